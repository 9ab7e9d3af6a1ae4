"""What the clock does to events: the end of a hold. Run by the jobs, in a transaction of the worker's role."""

from datetime import datetime

import psycopg

from hypervisor.domain.event import Status, after
from hypervisor.store import relay, verdicts

ACTOR, ACTOR_NAME = "system:clock", "Horloge"
BACK = after("resume", Status.ON_HOLD).value


def end_holds(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[int]:
    """Gives back to their owners the events whose hold is over, with their log, fact and logbook line; their ids."""
    cursor.execute(
        """UPDATE event SET status = %s, hold_until = NULL, version = version + 1
           WHERE tenant = %s AND status = 'on_hold' AND hold_until <= %s RETURNING id, number, title, layer, commune_id""",
        (BACK, tenant, now),
    )
    ended = sorted(cursor.fetchall())
    if not ended:
        return []
    ids = [event_id for event_id, *_rest in ended]
    cursor.executemany(
        """INSERT INTO event_log (tenant, event_id, at, actor, actor_name, action, from_status, to_status) VALUES (%s, %s, %s, %s, %s, 'resume', 'on_hold', %s)""",
        [(tenant, event_id, now, ACTOR, ACTOR_NAME, BACK) for event_id in ids],
    )
    cursor.execute(
        """INSERT INTO outbox (tenant, at, kind, layer, commune_id, body)
           SELECT tenant, %s, 'event', layer, commune_id, shape FROM event_shape WHERE tenant = %s AND id = ANY(%s) ORDER BY id""",
        (now, tenant, ids),
    )
    relay.notify(cursor)
    lines = [
        {
            "at": now.isoformat(), "actor": ACTOR, "actor_name": ACTOR_NAME, "kind": "system", "text": f"Fin de mise en attente : {number} {title}", "layer": layer,
            "commune_id": commune_id, "event_id": event_id, "action": "resume", "from_state": "on_hold", "to_state": BACK,
        }
        for event_id, number, title, layer, commune_id in ended
    ]  # fmt: skip
    verdicts.append_lines(cursor, tenant, lines)
    return ids
