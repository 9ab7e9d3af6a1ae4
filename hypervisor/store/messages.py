"""Messages in PostgreSQL: the queue of the jobs, and the outbox that people read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy import text

from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

MOST_PATIENT = timedelta(minutes=20)
"""No attempt is ever put off for longer: a `next_at` further away comes from a clock that was moved back."""
SHAPE = """jsonb_build_object('id', id, 'ref', ref, 'channel', channel, 'recipient_name', recipient_name, 'purpose', purpose, 'layer', layer, 'alarm_id', alarm_id,
    'event_id', event_id, 'queued_at', iso(queued_at), 'queued_by', queued_by, 'state', state, 'attempts', attempts, 'doubts', doubts, 'next_at', iso(next_at),
    'sent_at', iso(sent_at), 'last_error', last_error, 'exercise_id', exercise_id)"""
CONTENT = "jsonb_build_object('recipient', recipient, 'subject', subject, 'body', body)"


def add(cursor: psycopg.Cursor, tenant: int, values: Mapping[str, object], attachments: Sequence[Mapping[str, object]], at: datetime) -> int:
    """Adds a message. values: channel, recipient, recipient_name, subject, body, purpose, layer, alarm_id, event_id, by, state (waiting, or held), exercise_id."""
    row = cursor.execute(
        """INSERT INTO message (tenant, channel, recipient, recipient_name, subject, body, attachments, purpose, layer, alarm_id, event_id, queued_at, queued_by, next_at, state, exercise_id)
           VALUES (%(tenant)s, %(channel)s, %(recipient)s, %(recipient_name)s, %(subject)s, %(body)s, %(files)s, %(purpose)s, %(layer)s, %(alarm_id)s, %(event_id)s,
               %(at)s, %(by)s, %(at)s, %(state)s, %(exercise_id)s) RETURNING id""",
        {"tenant": tenant, "files": Jsonb(list(attachments)), "at": at, **values},
    ).fetchone()
    assert row is not None, "RETURNING gives the row"
    return int(row[0])


def begin(cursor: psycopg.Cursor, channel: str, most: int, now: datetime) -> list[dict[str, Any]]:
    """Takes due messages of a channel, oldest first, and says so before anything is sent: a crash from here on is a doubt, never a silence."""
    with cursor.connection.cursor(row_factory=dict_row) as named:
        named.execute(
            """UPDATE message m SET state = 'sending', attempts = attempts + 1, began_at = %(now)s
               WHERE (m.tenant, m.id) IN (SELECT tenant, id FROM message WHERE state = 'waiting' AND channel = %(channel)s AND (next_at <= %(now)s OR next_at > %(beyond)s)
                   ORDER BY next_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
               RETURNING tenant, id, ref, channel, recipient, subject, body, attachments, purpose, alarm_id, event_id, queued_at, attempts""",
            {"now": now, "beyond": now + MOST_PATIENT, "channel": channel, "most": most},
        )
        return sorted(named.fetchall(), key=lambda row: row["id"])


def recover(cursor: psycopg.Cursor, known: Collection[tuple[int, int]], now: datetime) -> int:
    """Gives back what a dead process was sending, but for `known`, which this one still sends; how many. Each is a doubt."""
    cursor.execute(
        """UPDATE message SET state = 'waiting', doubts = doubts + 1, next_at = %s, last_error = 'interrupted'
           WHERE state = 'sending' AND NOT EXISTS (SELECT FROM unnest(%s::int[], %s::bigint[]) AS k (tenant, id) WHERE k.tenant = message.tenant AND k.id = message.id)""",
        (now, [tenant for tenant, _id in known], [number for _tenant, number in known]),
    )
    return cursor.rowcount


def end(
    cursor: psycopg.Cursor,
    tenant: int,
    message_id: int,
    state: str,
    now: datetime,
    *,
    error: str | None = None,
    doubt: bool = False,
    next_at: datetime | None = None,
) -> None:
    """Writes how an attempt ended. next_at: of the next one, for a message that waits."""
    cursor.execute(
        """UPDATE message SET state = %s, last_error = %s, doubts = doubts + %s, next_at = coalesce(%s, next_at), sent_at = CASE WHEN %s = 'sent' THEN %s::timestamptz END
           WHERE tenant = %s AND id = %s""",
        (state, error, int(doubt), next_at, state, now, tenant, message_id),
    )


def about(cursor: psycopg.Cursor, tenant: int, message_id: int) -> tuple[str, str, str | None, int | None, int | None]:
    """(recipient's name, purpose, layer, alarm, event) of a message, for the logbook."""
    row = cursor.execute(
        "SELECT recipient_name, purpose, layer, alarm_id, event_id FROM message WHERE tenant = %s AND id = %s", (tenant, message_id)
    ).fetchone()
    assert row is not None, "a message is kept longer than it is tried"
    return row[0], row[1], row[2], row[3], row[4]


def forget(cursor: psycopg.Cursor, before: datetime) -> int:
    """Deletes messages queued before that, which are not on their way; how many."""
    cursor.execute("DELETE FROM message WHERE queued_at < %s AND state NOT IN ('waiting', 'sending')", (before,))
    return cursor.rowcount


def listed(uow: UnitOfWork, layers: Collection[str] | None, *, content: bool, state: str | None, limit: int) -> list[dict[str, Any]]:
    """The outbox, newest first. content: with address, subject and text."""
    shape = f"{SHAPE} || {CONTENT}" if content else SHAPE
    rows = uow.connection.execute(
        text(f"""SELECT {shape} AS shape FROM message WHERE tenant = :t AND (layer IS NULL OR cast(:layers AS text[]) IS NULL OR layer = ANY (:layers))
                 AND (cast(:state AS text) IS NULL OR state = :state) ORDER BY queued_at DESC, id DESC LIMIT :limit"""),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "layers": None if layers is None else array(frozenset(layers)), "state": state, "limit": limit},
    )
    return [row.shape for row in rows]


def has(uow: UnitOfWork, layers: Collection[str] | None, message_id: int) -> bool:
    """Whether these layers, or all of them, have that message, at rest or not."""
    found = uow.connection.execute(
        text("SELECT 1 FROM message WHERE tenant = :t AND id = :id AND (layer IS NULL OR cast(:layers AS text[]) IS NULL OR layer = ANY (:layers))"),
        {"t": uow.tenant, "id": message_id, "layers": None if layers is None else array(frozenset(layers))},
    )
    return found.first() is not None


def again(uow: UnitOfWork, layers: Collection[str] | None, message_id: int, at: datetime) -> str | None:
    """Asks for another try of a message that is at rest; gives its recipient's name, None when there is no such message."""
    row = uow.connection.execute(
        text("""UPDATE message SET state = 'waiting', next_at = :at WHERE tenant = :t AND id = :id AND state IN ('kept', 'refused', 'given_up')
                AND (layer IS NULL OR cast(:layers AS text[]) IS NULL OR layer = ANY (:layers)) RETURNING recipient_name"""),
        {"t": uow.tenant, "id": message_id, "layers": None if layers is None else array(frozenset(layers)), "at": at},
    ).one_or_none()
    return None if row is None else row.recipient_name


def counts(uow: UnitOfWork) -> list[tuple[str, str, int, int]]:
    """(channel, state, how many, doubts) of the messages that are kept."""
    rows = uow.connection.execute(
        text("SELECT channel, state, count(*), sum(doubts) FROM message WHERE tenant = :t GROUP BY 1, 2 ORDER BY 1, 2"), {"t": uow.tenant}
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in rows]
