"""What the clock of escalation reads and writes: alarms that wait, the rungs climbed, the codes given out. In a transaction of the worker's role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb

from hypervisor.domain.alarm import Priority
from hypervisor.store import relay

WAITS = "a.active AND NOT a.acknowledged AND NOT a.is_masked AND a.priority < 4"
MOST = 500
BEGUN = f"""SELECT a.id, a.priority, coalesce(CASE WHEN a.waits_since IS NULL THEN (SELECT max(t.at) FROM alarm_transition t WHERE t.tenant = a.tenant AND t.alarm_id = a.id
        AND t.to_state = 'unacknowledged' AND t.from_state IS DISTINCT FROM 'unacknowledged') END, %(now)s)
    FROM alarm a WHERE a.tenant = %(t)s AND {WAITS} AND (a.waits_since IS NULL OR a.waits_priority <> a.priority) ORDER BY a.id LIMIT {MOST} FOR UPDATE OF a SKIP LOCKED"""  # noqa: S608 - constants of ours
DUE = f"""SELECT a.id, a.priority, a.waits_since, a.layer, a.commune_id, coalesce(c.name, ''), a.title, s.name, coalesce(s.code, ''), a.event_id, e.number, a.asset_id
    FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id LEFT JOIN commune c ON c.tenant = a.tenant AND c.id = a.commune_id
    LEFT JOIN event e ON e.tenant = a.tenant AND e.id = a.event_id
    WHERE a.tenant = %s AND a.escalate_at <= %s AND {WAITS} ORDER BY a.priority, a.escalate_at, a.id LIMIT {MOST} FOR UPDATE OF a SKIP LOCKED"""  # noqa: S608 - constants of ours

RUNNING = "(SELECT x.id FROM exercise x WHERE x.tenant = {tenant} AND x.ended_at IS NULL)"
HELD = f"e.held_by IS NOT NULL AND e.held_by IS DISTINCT FROM {RUNNING.format(tenant='e.tenant')}"
"""Of a rung `e`: an exercise that is over kept it from a telephone."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alarm whose next rung is due, locked."""

    id: int
    priority: Priority
    since: datetime
    layer: str
    commune_id: int
    commune: str
    title: str
    asset_name: str
    asset_code: str
    event_id: int | None
    event_number: str | None
    asset_id: int


def begun(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[tuple[int, Priority, datetime]]:
    """(alarm, priority, since) of those that have begun to wait, or whose priority has changed while they waited. Locked."""
    return [(number, Priority(priority), since) for number, priority, since in cursor.execute(BEGUN, {"t": tenant, "now": now}).fetchall()]


def set_waiting(cursor: psycopg.Cursor, tenant: int, found: Sequence[tuple[int, Priority, datetime, datetime | None]]) -> None:
    """Writes (alarm, priority, since, when the next rung is due)."""
    cursor.execute(
        """UPDATE alarm a SET waits_since = n.since, waits_priority = n.priority, escalate_at = n.due
           FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[], %s::timestamptz[]) AS n (id, priority, since, due) WHERE a.tenant = %s AND a.id = n.id""",
        (*([one[column] for one in found] for column in range(4)), tenant),
    )


def forget_those_that_wait_no_more(cursor: psycopg.Cursor, tenant: int) -> None:
    """An acknowledgement, a mask or an end stops the ladder; the last rung climbed stays written."""
    cursor.execute(
        f"UPDATE alarm a SET waits_since = NULL, waits_priority = NULL, escalate_at = NULL WHERE a.tenant = %s AND a.waits_since IS NOT NULL AND NOT ({WAITS})",  # noqa: S608
        (tenant,),
    )


def wait_anew(cursor: psycopg.Cursor, tenant: int) -> None:
    """Alarms that still wait after the exercise that held their messages back: their ladder is looked at again, as if they had just begun to wait."""
    cursor.execute(
        f"""UPDATE alarm a SET waits_since = NULL, waits_priority = NULL, escalate_at = NULL WHERE a.tenant = %s AND a.waits_since IS NOT NULL AND {WAITS}
            AND (a.id, a.waits_since) IN (SELECT e.alarm_id, e.since FROM escalation e WHERE e.tenant = %s AND {HELD})""",  # noqa: S608 - constants of ours
        (tenant, tenant),
    )


def due(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[Waiting]:
    """Alarms whose next rung is due, worst first; locked, so that an acknowledgement of this instant either stops the rung or comes after it."""
    return [Waiting(row[0], Priority(row[1]), *row[2:]) for row in cursor.execute(DUE, (tenant, now)).fetchall()]


def climbed(cursor: psycopg.Cursor, tenant: int, alarm_id: int, since: datetime) -> set[str]:
    """Rungs that this wait has climbed, but for those whose message an exercise held back that is over."""
    query = f"SELECT e.rung FROM escalation e WHERE e.tenant = %s AND e.alarm_id = %s AND e.since = %s AND NOT ({HELD})"  # noqa: S608 - a constant of ours
    return {rung for (rung,) in cursor.execute(query, (tenant, alarm_id, since))}


def add(
    cursor: psycopg.Cursor,
    tenant: int,
    alarm: Waiting,
    rung: str,
    at: datetime,
    *,
    contact: tuple[int, str] | None = None,
    message_id: int | None = None,
    is_gap: bool = False,
    tells: str = "",
    held_by: int | None = None,
) -> None:
    """Writes that a rung is climbed, and shows it on the alarm. held_by: the exercise that keeps it from a telephone."""
    contact_id, name = contact or (None, None)
    cursor.execute(
        """INSERT INTO escalation (tenant, alarm_id, since, rung, at, contact_id, contact_name, message_id, is_gap, held_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (tenant, alarm_id, since, rung) DO UPDATE SET at = excluded.at, contact_id = excluded.contact_id, contact_name = excluded.contact_name,
               message_id = excluded.message_id, is_gap = excluded.is_gap, held_by = excluded.held_by""",
        (tenant, alarm.id, alarm.since, rung, at, contact_id, name, message_id, is_gap, held_by),
    )
    said = {"rung": rung, "tells": tells, "at": at.isoformat().replace("+00:00", "Z"), "name": name, "gap": is_gap}
    cursor.execute("UPDATE alarm SET escalation = %s, version = version + 1 WHERE tenant = %s AND id = %s", (Jsonb(said), tenant, alarm.id))


def next_due(cursor: psycopg.Cursor, tenant: int, alarm_id: int, at: datetime | None) -> None:
    """When the next rung is due, None for never."""
    cursor.execute("UPDATE alarm SET escalate_at = %s WHERE tenant = %s AND id = %s", (at, tenant, alarm_id))


def tell(cursor: psycopg.Cursor, tenant: int, alarm_ids: Sequence[int], now: datetime) -> None:
    """Facts of the alarms that climbed."""
    if alarm_ids:
        relay.add_alarms(cursor, tenant, sorted(set(alarm_ids)), now)
        relay.notify(cursor)


def sent_lately(cursor: psycopg.Cursor, tenant: int, recipient: str, purpose: str, since: datetime) -> int:
    """Messages of a purpose to a recipient since then; those of the exercise alone while one runs, none of an exercise's otherwise."""
    query = f"""SELECT count(*) FROM message WHERE tenant = %s AND recipient = %s AND purpose = %s AND queued_at > %s
                AND exercise_id IS NOT DISTINCT FROM {RUNNING.format(tenant="message.tenant")}"""  # noqa: S608 - a constant of ours
    row = cursor.execute(query, (tenant, recipient, purpose, since)).fetchone()
    return int(row[0]) if row else 0


def listed_lately(cursor: psycopg.Cursor, tenant: int, layer: str, since: datetime) -> datetime | None:
    """When the last list of minor alarms of a layer was written, since then."""
    row = cursor.execute(
        "SELECT max(queued_at) FROM message WHERE tenant = %s AND purpose = 'minor_list' AND layer = %s AND queued_at > %s", (tenant, layer, since)
    ).fetchone()
    return row[0] if row else None


def add_code(
    cursor: psycopg.Cursor, tenant: int, alarm_id: int, contact_id: int, message_id: int, hashes: tuple[bytes, bytes], at: datetime, until: datetime
) -> None:
    """Remembers what opens the acknowledgement of an alarm to one person. hashes: of the code, of the link."""
    cursor.execute(
        "INSERT INTO on_call_code (tenant, alarm_id, contact_id, message_id, code_hash, link_hash, created_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (tenant, alarm_id, contact_id, message_id, *hashes, at, until),
    )


def asset_of_duty(cursor: psycopg.Cursor, tenant: int, urn: str, layer: str, name: str) -> int:
    """The asset that carries alarms about people and posts: made once, at the middle of the territory."""
    row = cursor.execute(
        "SELECT asset_of_place(id, %s, %s, %s, coalesce((view->>'lon')::float8, 0), coalesce((view->>'lat')::float8, 0)) FROM tenant WHERE id = %s",
        (urn, layer, name, tenant),
    ).fetchone()
    assert row is not None, "the tenant exists"
    return int(row[0])


def open_gaps(cursor: psycopg.Cursor, tenant: int, source: str, cause: str) -> list[tuple[int, str, str, int, str]]:
    """(asset, layer, kind, commune, urn) of active alarms of ours of that cause."""
    return cursor.execute(
        "SELECT a.asset_id, a.layer, a.kind, a.commune_id, s.urn FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id "
        "WHERE a.tenant = %s AND a.source = %s AND a.cause = %s AND a.active AND a.is_open",
        (tenant, source, cause),
    ).fetchall()
