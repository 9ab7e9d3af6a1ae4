"""Posture and exercises in PostgreSQL. What every screen says of them is one shape, `posture_situation` (0033_posture.sql), and the body of their fact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import text

from hypervisor.i18n import N_, _
from hypervisor.store import outbox, relay, verdicts
from hypervisor.store.unit_of_work import UnitOfWork

ACTOR, ACTOR_NAME = "system:clock", N_("Horloge")
OVER = N_("Exercice terminé à son heure : {title}. Les SMS et les appels partent de nouveau.")
BEGIN, END = "exercise-begin", "exercise-end"
"""Actions of the two lines between which the logbook is the exercise's (0033_posture.sql)."""
ENDED = "UPDATE exercise SET ended_at = {at}, ended_by = {by}, ended_name = {name}, ended_reason = {reason} WHERE tenant = {t} AND ended_at IS NULL"
WITHDRAWN = """UPDATE posture_change SET outcome = 'withdrawn', decided_at = {at}, decided_by = {by}, decided_name = {name}, decided_reason = {reason}
    WHERE tenant = {t} AND outcome IS NULL AND exercise_id IS NOT NULL"""


def situation(uow: UnitOfWork) -> dict[str, Any]:
    """{"level" shown, "real_level", "since", "reason", "by", "exercise", "pending"}; the last two None when there is none."""
    found: dict[str, Any] = uow.connection.execute(text("SELECT posture_situation(cast(:t AS smallint))"), {"t": uow.tenant}).scalar_one()
    return found


def lock(uow: UnitOfWork) -> None:
    """Until the commit, nobody else changes this tenant's posture."""
    uow.connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('posture'), :t)"), {"t": uow.tenant})


def propose(uow: UnitOfWork, level: int, reason: str, exercise_id: int | None, by: str, name: str, at: datetime) -> int:
    """Writes a proposal; gives its number."""
    row = uow.connection.execute(
        text("""INSERT INTO posture_change (tenant, level, reason, exercise_id, proposed_at, proposed_by, proposed_name)
                VALUES (:t, :level, :reason, :exercise, :at, :by, :name) RETURNING id"""),
        {"t": uow.tenant, "level": level, "reason": reason, "exercise": exercise_id, "at": at, "by": by, "name": name},
    )
    return int(row.scalar_one())


def decide(uow: UnitOfWork, number: int, outcome: str, reason: str, by: str, name: str, at: datetime) -> None:
    """Writes how a proposal ended: accepted, refused, withdrawn."""
    uow.connection.execute(
        text("""UPDATE posture_change SET outcome = :outcome, decided_at = :at, decided_by = :by, decided_name = :name, decided_reason = nullif(:reason, '')
                WHERE tenant = :t AND id = :id AND outcome IS NULL"""),
        {"t": uow.tenant, "id": number, "outcome": outcome, "at": at, "by": by, "name": name, "reason": reason},
    )


def begin_exercise(uow: UnitOfWork, values: Mapping[str, object]) -> int:
    """Writes an exercise that begins. values: title, reason, sends, at, until, by, name."""
    row = uow.connection.execute(
        text("""INSERT INTO exercise (tenant, title, reason, sends, started_at, until, by, by_name)
                VALUES (:t, :title, :reason, :sends, :at, :until, :by, :name) RETURNING id"""),
        {"t": uow.tenant, **values},
    )
    return int(row.scalar_one())


def end_exercise(uow: UnitOfWork, reason: str, by: str, name: str, at: datetime) -> None:
    """Ends the exercise that runs, and a proposal that it leaves."""
    marks = {name: f":{name}" for name in ("t", "at", "by", "name", "reason")}
    for statement in (WITHDRAWN, ENDED):
        uow.connection.execute(text(statement.format(**marks)), {"t": uow.tenant, "at": at, "by": by, "name": name, "reason": reason})


def tell(uow: UnitOfWork, at: datetime) -> None:
    """The fact that the posture changed, as it is now."""
    uow.connection.execute(
        text("INSERT INTO outbox (tenant, at, kind, body) VALUES (:t, :at, 'posture', posture_situation(cast(:t AS smallint)))"), {"t": uow.tenant, "at": at}
    )
    outbox.wake_relay(uow)


def running(cursor: psycopg.Cursor, tenant: int) -> tuple[int, bool] | None:
    """(number, whether SMS and calls leave) of the exercise that runs, None when none does. For both roles."""
    row = cursor.execute("SELECT id, sends FROM exercise WHERE tenant = %s AND ended_at IS NULL", (tenant,)).fetchone()
    return None if row is None else (row[0], row[1])


def end_due(cursor: psycopg.Cursor, tenant: int, now: datetime) -> bool:
    """Ends the exercise whose time is over, with its line and its fact; whether there was one. In a transaction of the worker's role."""
    due = cursor.execute("SELECT title FROM exercise WHERE tenant = %s AND ended_at IS NULL AND until <= %s FOR UPDATE", (tenant, now)).fetchone()
    if due is None:
        return False
    marks = {name: f"%({name})s" for name in ("t", "at", "by", "name", "reason")}
    for statement in (WITHDRAWN, ENDED):
        cursor.execute(statement.format(**marks), {"t": tenant, "at": now, "by": ACTOR, "name": _(ACTOR_NAME), "reason": None})
    cursor.execute("INSERT INTO outbox (tenant, at, kind, body) VALUES (%s, %s, 'posture', posture_situation(%s::smallint))", (tenant, now, tenant))
    relay.notify(cursor)
    line: dict[str, object] = {
        "at": now.isoformat(),
        "actor": ACTOR,
        "actor_name": _(ACTOR_NAME),
        "kind": "system",
        "action": END,
        "text": _(OVER, title=due[0]),
    }
    verdicts.append_lines(cursor, tenant, [line])
    return True


def levels(uow: UnitOfWork, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Periods at a level that touch [since, until), oldest first: level, exercise_id (None: for good), started_at, ended_at (None: now), reason, who."""
    rows = uow.connection.execute(
        text("""SELECT id, level, exercise_id, reason, proposed_name, decided_name, iso(started_at) AS started_at, iso(ended_at) AS ended_at FROM posture_period
                WHERE tenant = :t AND started_at < :until AND (ended_at IS NULL OR ended_at > :since) ORDER BY started_at, id"""),
        {"t": uow.tenant, "since": since, "until": until},
    )
    return [dict(row) for row in rows.mappings()]


def exercises(uow: UnitOfWork, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Exercises that touch [since, until), oldest first."""
    rows = uow.connection.execute(
        text("""SELECT id, title, reason, sends, iso(started_at) AS started_at, iso(until) AS until, by_name, iso(ended_at) AS ended_at, ended_name, ended_reason FROM exercise
                WHERE tenant = :t AND started_at < :until AND (ended_at IS NULL OR ended_at > :since) ORDER BY started_at, id"""),
        {"t": uow.tenant, "since": since, "until": until},
    )
    return [dict(row) for row in rows.mappings()]
