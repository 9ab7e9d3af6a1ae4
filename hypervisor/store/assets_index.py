"""What a worker loads at a start: tenants, assets, open alarms, conditions that wait, sources said to be silent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from hypervisor.store import properties

SOURCE_LOST, SOURCE_BACK = "source-lost", "source-back"
"""Actions of the logbook's lines that tell of a whole source."""


@dataclass(frozen=True, kw_only=True)
class PendingCondition:
    """A condition that waits for its duration."""

    asset_id: int
    rule: str
    since_ms: int


@dataclass(frozen=True, kw_only=True)
class OpenAlarmRow:
    """What a worker knows of an open alarm."""

    id: int
    asset_id: int
    source: str
    cause: str
    version: int
    priority: int
    active: bool
    acknowledged: bool
    masks: Sequence[str]
    latched: bool


def tenants(cursor: psycopg.Cursor) -> dict[int, tuple[str, int]]:
    """id → (key, layout version)."""
    return {number: (key, version) for number, key, version in cursor.execute("SELECT id, key, layout_version FROM tenant ORDER BY id")}


def property_ids(connection: psycopg.Connection) -> dict[tuple[str, str], int]:
    """(layer, property) → number."""
    return properties.numbers(connection)


def assets(connection: psycopg.Connection, tenant: int, attributes: Sequence[str]) -> Iterator[tuple[int, str, str, str, int, int | None, dict[str, object]]]:
    """(id, urn, layer, kind, commune, slot, attributes of those names), by id."""
    names = list(attributes)
    own = "(SELECT jsonb_object_agg(key, value) FROM jsonb_each(attributes) WHERE key = ANY(%s))" if names else "NULL::jsonb"
    with connection.transaction(), connection.cursor("assets") as cursor:
        cursor.itersize = 10_000
        query = f"SELECT id, urn, layer, kind, commune_id, slot, {own} FROM asset WHERE tenant = %s ORDER BY id"  # noqa: S608 - one of the two texts above
        cursor.execute(query, [names, tenant] if names else [tenant])
        for number, urn, layer, kind, commune_id, slot, values in cursor:
            yield number, urn, layer, kind, commune_id, slot, values or {}


def open_alarms(cursor: psycopg.Cursor, tenant: int) -> list[OpenAlarmRow]:
    """Every open alarm, whoever raised it."""
    cursor.execute(
        "SELECT id, asset_id, source, cause, version, priority, active, acknowledged, masks, latched FROM alarm WHERE tenant = %s AND is_open", (tenant,)
    )
    return [
        OpenAlarmRow(id=i, asset_id=a, source=s, cause=c, version=v, priority=p, active=act, acknowledged=ack, masks=m, latched=held)
        for i, a, s, c, v, p, act, ack, m, held in cursor
    ]


def said_silent(cursor: psycopg.Cursor, tenant: int) -> set[str]:
    """Layers whose last line in the logbook about their source tells that it fell silent."""
    cursor.execute(
        "SELECT DISTINCT ON (layer) layer, action FROM logbook WHERE tenant = %s AND action IN ('source-lost', 'source-back') ORDER BY layer, seq DESC",
        (tenant,),
    )
    return {layer for layer, action in cursor if action == SOURCE_LOST}


def pending(cursor: psycopg.Cursor, tenant: int) -> list[PendingCondition]:
    """Every condition that waits for its duration."""
    cursor.execute("SELECT asset_id, rule, (extract(epoch FROM since) * 1000)::bigint FROM alarm_pending WHERE tenant = %s", (tenant,))
    return [PendingCondition(asset_id=a, rule=r, since_ms=ms) for a, r, ms in cursor]
