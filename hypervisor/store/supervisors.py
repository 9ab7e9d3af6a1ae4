"""External supervisors in PostgreSQL: the assets that they name, what is kept of what was refused, and what their link is worth."""

import json
import logging
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import text

from hypervisor.i18n import N_, _
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

SILENT_PERIODS = 3
"""Periods without a word after which a supervisor is silent (screens.md B.2: stale after three)."""
WATCHED = timedelta(days=30)
SILENT, BACK = N_("Superviseur muet : {label}"), N_("Superviseur de retour : {label}")


@dataclass(frozen=True, kw_only=True)
class NamedAsset:
    """An asset that a message names."""

    id: int
    layer: str
    kind: str
    commune_id: int


def assets_named(uow: UnitOfWork, names: Sequence[str], layers: Set[str] | None) -> dict[str, NamedAsset]:
    """URN or code → the asset, inside the perimeter. A code that several assets share names none."""
    rows = uow.connection.execute(
        text("""SELECT n.name, min(v.id) AS id, min(v.layer) AS layer, min(v.kind) AS kind, min(v.commune_id) AS commune_id FROM unnest(cast(:names AS text[])) AS n (name)
                JOIN asset v ON v.tenant = :t AND (v.urn = n.name OR v.code = n.name) WHERE cast(:layers AS text[]) IS NULL OR v.layer = ANY (:layers)
                GROUP BY n.name HAVING count(*) = 1"""),
        {"t": uow.tenant, "names": sorted(set(names)), "layers": array(layers)},
    )
    return {row.name: NamedAsset(id=row.id, layer=row.layer, kind=row.kind, commune_id=row.commune_id) for row in rows}


def asset_of_place(uow: UnitOfWork, urn: str, layer: str, name: str, lon: float, lat: float) -> NamedAsset:
    """An asset that no inventory holds, made where its supervisor says that it is."""
    asset_id = uow.connection.execute(
        text("SELECT asset_of_place(cast(:t AS smallint), :urn, :layer, :name, :lon, :lat)"),
        {"t": uow.tenant, "urn": urn, "layer": layer, "name": name, "lon": lon, "lat": lat},
    ).scalar_one()
    row = uow.connection.execute(text("SELECT layer, kind, commune_id FROM asset WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": asset_id}).one()
    return NamedAsset(id=asset_id, layer=row.layer, kind=row.kind, commune_id=row.commune_id)


def keep_refused(uow: UnitOfWork, source: str, refused: Sequence[tuple[str, str, str, dict[str, Any]]], at: datetime) -> None:
    """Keeps refused messages for inspection, beside refused observations: (cause, asset, alarm's cause, what was sent with the reason)."""
    for cause, entity, alarm_cause, payload in refused:
        uow.connection.execute(
            text("""INSERT INTO rejected_observation (tenant, received_at, cause, source, entity, property, payload)
                    VALUES (:t, :at, :cause, :source, :entity, :property, cast(:payload AS jsonb))"""),
            {"t": uow.tenant, "at": at, "cause": cause, "source": source, "entity": entity, "property": alarm_cause, "payload": json.dumps(payload)},
        )


def heard(
    uow: UnitOfWork,
    key: str,
    label: str,
    at: datetime,
    *,
    received: int = 0,
    errors: int = 0,
    error: str = "",
    lag_ms: int | None = None,
    period_s: int | None = None,
) -> bool:
    """Notes that a supervisor spoke; True when it had been silent."""
    was_silent = uow.connection.execute(
        text("SELECT silent_since IS NOT NULL FROM supervisor WHERE tenant = :t AND key = :key FOR UPDATE"), {"t": uow.tenant, "key": key}
    ).scalar_one_or_none()
    uow.connection.execute(
        text("""INSERT INTO supervisor AS s (tenant, key, label, period_s, first_at, last_message_at, last_heartbeat_at, last_lag_ms, received, errors, last_error, last_error_at)
                VALUES (:t, :key, :label, coalesce(:period, 60), :at, CASE WHEN :received > 0 THEN :at END, CASE WHEN :received = 0 THEN :at END, :lag, :received, :errors,
                    nullif(:error, ''), CASE WHEN :errors > 0 THEN :at END)
                ON CONFLICT (tenant, key) DO UPDATE SET label = excluded.label, period_s = coalesce(:period, s.period_s), silent_since = NULL,
                    last_message_at = coalesce(excluded.last_message_at, s.last_message_at), last_heartbeat_at = coalesce(excluded.last_heartbeat_at, s.last_heartbeat_at),
                    last_lag_ms = coalesce(excluded.last_lag_ms, s.last_lag_ms), received = s.received + excluded.received, errors = s.errors + excluded.errors,
                    last_error = coalesce(excluded.last_error, s.last_error), last_error_at = coalesce(excluded.last_error_at, s.last_error_at)"""),
        {"t": uow.tenant, "key": key, "label": label, "period": period_s, "at": at, "received": received, "errors": errors, "error": error, "lag": lag_ms},
    )
    if was_silent:
        logger.info("source %s back", key)
        uow.connection.execute(
            text("UPDATE supervisor_outage SET until = :at WHERE tenant = :t AND key = :key AND until IS NULL"), {"t": uow.tenant, "key": key, "at": at}
        )
    return bool(was_silent)


def contracts(uow: UnitOfWork, now: datetime) -> list[dict[str, Any]]:
    """Each supervisor's link: last message, lag, errors, silence, share of the last thirty days in which it was heard."""
    rows = uow.connection.execute(
        text("""SELECT s.key, s.label, s.period_s, iso(s.first_at) AS first_at, iso(s.last_message_at) AS last_message_at, iso(s.last_heartbeat_at) AS last_heartbeat_at,
                    s.last_lag_ms, s.received, s.errors, s.last_error, iso(s.last_error_at) AS last_error_at, iso(s.silent_since) AS silent_since,
                    (SELECT count(*) FROM alarm a WHERE a.tenant = s.tenant AND a.source = 'supervisor:' || s.key AND a.is_open) AS open_alarms,
                    1 - coalesce((SELECT sum(extract(epoch FROM coalesce(o.until, :now) - greatest(o.since, :from))) FROM supervisor_outage o WHERE o.tenant = s.tenant AND o.key = s.key
                        AND coalesce(o.until, :now) > :from), 0)::float8 / greatest(1, extract(epoch FROM cast(:now AS timestamptz) - greatest(s.first_at, :from)))::float8 AS availability
                FROM supervisor s WHERE s.tenant = :t ORDER BY s.key"""),
        {"t": uow.tenant, "now": now, "from": now - WATCHED},
    )
    return [dict(row) for row in rows.mappings()]


def fall_silent(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[dict[str, object]]:
    """Marks the supervisors that are not heard any more; gives the logbook's lines."""
    cursor.execute(
        "UPDATE supervisor SET silent_since = greatest(last_message_at, last_heartbeat_at) WHERE tenant = %s AND silent_since IS NULL "
        "AND greatest(last_message_at, last_heartbeat_at) + %s * period_s * interval '1 second' < %s RETURNING key, label, silent_since",
        (tenant, SILENT_PERIODS, now),
    )
    found = cursor.fetchall()
    for key, _label, since in found:
        logger.warning("source %s lost: no word since %s", key, since.isoformat(timespec="seconds"))
    cursor.executemany("INSERT INTO supervisor_outage (tenant, key, since) VALUES (%s, %s, %s)", [(tenant, key, since) for key, _label, since in found])
    return [
        {"at": now.isoformat(), "actor": "worker", "actor_name": _("Moteur"), "kind": "system", "text": _(SILENT, label=label), "action": "supervisor-silent"}
        for _key, label, _since in found
    ]
