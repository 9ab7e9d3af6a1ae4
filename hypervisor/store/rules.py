"""Rules that a tenant saved, and the assets that they gather. A rule's row is never changed: each saving adds a version, the highest is the truth."""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import text

from hypervisor.store.outbox import wake_relay
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

CURRENT = "SELECT DISTINCT ON (layer, key) layer, key, version, enabled, body, at, by FROM rule WHERE tenant = {tenant} ORDER BY layer, key, version DESC"
MEMBERS = {
    "parent": "SELECT p.id, array_agg(c.id) FROM asset_edge e JOIN asset p ON p.tenant = e.tenant AND p.id = e.parent_id JOIN asset c ON c.tenant = e.tenant AND c.id = e.child_id "
    "WHERE e.tenant = %(tenant)s AND p.layer = %(layer)s AND p.kind = %(kind)s AND c.layer = %(layer)s AND c.kind = %(counted)s "
    "AND (%(communes)s::int[] IS NULL OR c.commune_id = ANY(%(communes)s::int[])) "
    "AND (%(area)s::text IS NULL OR ST_Intersects(c.geom, ST_SetSRID(ST_GeomFromGeoJSON(%(area)s::text), 4326))) GROUP BY p.id",
    "commune": "SELECT min(id), array_agg(id) FROM asset WHERE tenant = %(tenant)s AND layer = %(layer)s AND kind = %(counted)s "
    "AND (%(communes)s::int[] IS NULL OR commune_id = ANY(%(communes)s::int[])) "
    "AND (%(area)s::text IS NULL OR ST_Intersects(geom, ST_SetSRID(ST_GeomFromGeoJSON(%(area)s::text), 4326))) GROUP BY commune_id",
    "area": "SELECT min(id), array_agg(id) FROM asset WHERE tenant = %(tenant)s AND layer = %(layer)s AND kind = %(counted)s "
    "AND (%(communes)s::int[] IS NULL OR commune_id = ANY(%(communes)s::int[])) "
    "AND ST_Intersects(geom, ST_SetSRID(ST_GeomFromGeoJSON(%(area)s::text), 4326)) HAVING min(id) IS NOT NULL",
}
"""How a rule gathers the assets that it counts → (the asset that carries the alarm, the assets)."""


def current(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The newest version of each saved rule: layer, key, version, enabled, body, at, by."""
    return [dict(row) for row in uow.connection.execute(text(CURRENT.format(tenant=":t")), {"t": uow.tenant}).mappings()]


def versions(uow: UnitOfWork, layer: str, key: str) -> list[dict[str, Any]]:
    """Every version of a saved rule, newest first."""
    query = "SELECT version, enabled, body, iso(at) AS at, by FROM rule WHERE tenant = :t AND layer = :layer AND key = :key ORDER BY version DESC"
    return [dict(row) for row in uow.connection.execute(text(query), {"t": uow.tenant, "layer": layer, "key": key}).mappings()]


def save(uow: UnitOfWork, layer: str, key: str, version: int, body: dict[str, Any], at: datetime, by: str, *, enabled: bool) -> bool:
    """Adds a version and its fact; False when that version is there already: someone else was first."""
    values = {"t": uow.tenant, "layer": layer, "key": key, "version": version, "body": Jsonb(body), "at": at, "by": by, "enabled": enabled}
    added = uow.connection.execute(
        text(
            "INSERT INTO rule (tenant, layer, key, version, enabled, body, at, by) VALUES (:t, :layer, :key, :version, :enabled, :body, :at, :by) ON CONFLICT DO NOTHING"
        ),
        values,
    )
    if not added.rowcount:
        return False
    fact = {"layer": layer, "key": key, "version": version}
    uow.connection.execute(
        text("INSERT INTO outbox (tenant, at, kind, layer, body) VALUES (:t, :at, 'rule', :layer, :fact)"),
        {"t": uow.tenant, "at": at, "layer": layer, "fact": Jsonb(fact)},
    )
    wake_relay(uow)
    return True


def saved(cursor: psycopg.Cursor, tenant: int) -> list[tuple[str, dict[str, Any], bool]]:
    """(layer, body, enabled) of each saved rule, for the worker."""
    return [(layer, body, enabled) for layer, _, _, enabled, body, _, _ in cursor.execute(CURRENT.format(tenant="%s"), (tenant,))]


def editions(cursor: psycopg.Cursor) -> dict[int, int]:
    """tenant → a number that grows with each saving, and with each suspension that begins or ends."""
    cursor.execute(
        "SELECT tenant, sum(n)::bigint FROM (SELECT tenant, count(*) AS n FROM rule GROUP BY 1 UNION ALL SELECT tenant, count(*) + count(ended_at) FROM rule_suspension GROUP BY 1) t GROUP BY 1"
    )
    return dict(cursor.fetchall())


def members(
    cursor: psycopg.Cursor, tenant: int, group: str, layer: str, kind: str, counted: str, communes: Sequence[int], area: str
) -> list[tuple[int, list[int]]]:
    """Groups of assets of kind `counted`, each with the asset that stands for it."""
    values = {"tenant": tenant, "layer": layer, "kind": kind, "counted": counted, "communes": list(communes) or None, "area": area or None}
    return cursor.execute(MEMBERS[group], values).fetchall()


def inside(cursor: psycopg.Cursor, tenant: int, layer: str, kind: str, communes: Sequence[int], area: str) -> list[int]:
    """Assets of a kind in these communes and that area; empty or "" is everywhere."""
    cursor.execute(
        "SELECT id FROM asset WHERE tenant = %(tenant)s AND layer = %(layer)s AND kind = %(kind)s "
        "AND (%(communes)s::int[] IS NULL OR commune_id = ANY(%(communes)s::int[])) "
        "AND (%(area)s::text IS NULL OR ST_Intersects(geom, ST_SetSRID(ST_GeomFromGeoJSON(%(area)s::text), 4326)))",
        {"tenant": tenant, "layer": layer, "kind": kind, "communes": list(communes) or None, "area": area or None},
    )
    return [number for (number,) in cursor]


def forget_waiting(cursor: psycopg.Cursor, tenant: int, known: Sequence[tuple[str, str, str]]) -> None:
    """Forgets conditions that wait for rules that are not among `known`, (layer, kind, rule): one that comes back must not find an old wait."""
    layers, kinds, keys = zip(*known, strict=True) if known else ((), (), ())
    cursor.execute(
        "DELETE FROM alarm_pending w USING asset s WHERE w.tenant = %s AND s.tenant = w.tenant AND s.id = w.asset_id "
        "AND NOT EXISTS (SELECT FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (layer, kind, rule) WHERE (k.layer, k.kind, k.rule) = (s.layer, s.kind, w.rule))",
        (tenant, list(layers), list(kinds), list(keys)),
    )


def scope(
    uow: UnitOfWork, layer: str, kind: str, communes: Sequence[int], area: str, attribute: str | None, reader: Set[int] | None
) -> dict[int, tuple[int, float | None]]:
    """asset → (commune, its own threshold when `attribute` names a number of its), where a rule applies and the reader may look."""
    rows = uow.connection.execute(
        text("""SELECT id, commune_id, CASE WHEN jsonb_typeof(attributes -> :attribute) = 'number' THEN (attributes ->> :attribute)::float8 END AS own FROM asset
                WHERE tenant = :t AND layer = :layer AND kind = :kind AND (cast(:communes AS int[]) IS NULL OR commune_id = ANY(:communes))
                    AND (cast(:reader AS int[]) IS NULL OR commune_id = ANY(:reader))
                    AND (cast(:area AS text) IS NULL OR ST_Intersects(geom, ST_SetSRID(ST_GeomFromGeoJSON(cast(:area AS text)), 4326)))"""),
        {
            "t": uow.tenant,
            "layer": layer,
            "kind": kind,
            "communes": list(communes) or None,
            "area": area or None,
            "attribute": attribute or "",
            "reader": array(reader),
        },
    )
    return {row.id: (row.commune_id, row.own) for row in rows}


def raised(uow: UnitOfWork, layer: str, key: str, since: datetime, until: datetime) -> list[tuple[int, int]]:
    """(asset, how often) for each asset on which the rule raised an alarm in [since, until), masked or not."""
    rows = uow.connection.execute(
        text("""SELECT a.asset_id, count(*) AS n FROM alarm_transition x JOIN alarm a ON a.tenant = x.tenant AND a.id = x.alarm_id
                WHERE x.tenant = :t AND x.at >= :since AND x.at < :until AND x.action IN ('raise', 'repeat') AND a.source = 'rule' AND a.layer = :layer AND a.cause = :key
                GROUP BY 1"""),
        {"t": uow.tenant, "layer": layer, "key": key, "since": since, "until": until},
    )
    return [(row.asset_id, row.n) for row in rows]
