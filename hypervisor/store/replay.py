"""The past as it was written: alarms and events that lived in a period with every step of their lives, lines of the logbook, notes of who looked back."""

from collections.abc import Set
from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.store.perimeter import INSIDE, INSIDE_OR_EVERYONES, array
from hypervisor.store.unit_of_work import UnitOfWork

MOST = 5000
"""Alarms, and lines, of one period at most."""


def alarms(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Shapes as they are today of the alarms that were open at some moment of [since, until), worst first, with `steps`: [{at, state, action, actor_name, comment}]."""
    rows = uow.connection.execute(
        text(f"""SELECT v.shape, s.steps FROM alarm_shape v CROSS JOIN LATERAL (
                     SELECT jsonb_agg(jsonb_build_object('at', iso(t.at), 'state', t.to_state, 'action', t.action, 'actor_name', t.actor_name, 'comment', t.comment) ORDER BY t.id) AS steps
                     FROM alarm_transition t WHERE t.tenant = v.tenant AND t.alarm_id = v.id AND t.at < :until) AS s
                 WHERE v.tenant = :t AND v.raised_at < :until AND {INSIDE}
                     AND (v.is_open OR v.id IN (SELECT alarm_id FROM alarm_transition WHERE tenant = :t AND at >= :since))
                 ORDER BY v.priority, v.raised_at, v.id LIMIT :most"""),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "since": since, "until": until, "most": MOST},
    )
    return [{**row.shape, "steps": row.steps} for row in rows if row.steps]


def events(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Shapes of the events that were live at some moment of the period, oldest first, with `steps`: [{at, status, action, actor_name, comment}]."""
    rows = uow.connection.execute(
        text(f"""SELECT v.shape, s.steps FROM event_shape v JOIN event e ON e.tenant = v.tenant AND e.id = v.id CROSS JOIN LATERAL (
                     SELECT jsonb_agg(jsonb_build_object('at', iso(g.at), 'status', g.to_status, 'action', g.action, 'actor_name', g.actor_name, 'comment', g.comment) ORDER BY g.id) AS steps
                     FROM event_log g WHERE g.tenant = v.tenant AND g.event_id = v.id AND g.at < :until) AS s
                 WHERE v.tenant = :t AND e.opened_at < :until AND (e.closed_at IS NULL OR e.closed_at >= :since) AND {INSIDE}
                 ORDER BY e.opened_at, v.id LIMIT :most"""),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "since": since, "until": until, "most": MOST},
    )
    return [{**row.shape, "steps": row.steps or []} for row in rows]


def lines(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Shapes of the logbook's lines of the period, oldest first; the last ones when they are too many."""
    rows = uow.connection.execute(
        text(f"""SELECT v.shape FROM logbook_shape v WHERE v.tenant = :t AND v.at >= :since AND v.at < :until AND {INSIDE_OR_EVERYONES}
                 ORDER BY v.seq DESC LIMIT :most"""),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "since": since, "until": until, "most": MOST},
    ).scalars()
    return list(rows)[::-1]


def first_moment(uow: UnitOfWork) -> datetime | None:
    """When the past begins: the oldest of the closed days, the first value still in PostgreSQL and the first alarm; None when nothing was ever written."""
    return uow.connection.execute(
        text("""SELECT least((SELECT min(day)::timestamp AT TIME ZONE 'UTC' FROM history_day WHERE tenant = :t AND file <> ''),
                             (SELECT min(at) FROM alarm_transition WHERE tenant = :t), (SELECT min(at) FROM logbook WHERE tenant = :t))"""),
        {"t": uow.tenant},
    ).scalar()


def notes(uow: UnitOfWork, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Bookmarks and lessons of the period, in order of the moment they point at."""
    rows = uow.connection.execute(
        text("""SELECT id, iso(at) AS at, kind, text, event_id, author_name, iso(created_at) AS created_at FROM replay_note
                WHERE tenant = :t AND at >= :since AND at < :until ORDER BY at, id LIMIT :most"""),
        {"t": uow.tenant, "since": since, "until": until, "most": MOST},
    )
    return [dict(row) for row in rows.mappings()]


def add_note(uow: UnitOfWork, at: datetime, kind: str, said: str, event_id: int | None, author: str, author_name: str, now: datetime) -> dict[str, Any]:
    """Keeps a note; gives it as `notes` does."""
    row = uow.connection.execute(
        text("""INSERT INTO replay_note (tenant, at, kind, text, event_id, author, author_name, created_at)
                VALUES (:t, :at, :kind, :said, :event, :author, :author_name, :now)
                RETURNING id, iso(at) AS at, kind, text, event_id, author_name, iso(created_at) AS created_at"""),
        {"t": uow.tenant, "at": at, "kind": kind, "said": said, "event": event_id, "author": author, "author_name": author_name, "now": now},
    )
    return dict(row.mappings().one())
