"""What is not kept for ever, besides history: answers to retried requests, sessions that are over, what strangers leave at the door, images and positions."""

from datetime import datetime

from hypervisor.store.engine import Cursor


def forget_answers(cursor: Cursor, before: datetime) -> int:
    """Deletes the answers given before that; gives how many."""
    cursor.execute("DELETE FROM idempotency WHERE at < %s", (before,))
    return cursor.rowcount


def forget_sessions(cursor: Cursor) -> int:
    """Deletes sessions that ended or were revoked more than a week ago; gives how many. The audit keeps who signed in. By the machine's time, as they were written."""
    cursor.execute("DELETE FROM session WHERE least(expires_at, revoked_at) < now() - interval '7 days'")
    return cursor.rowcount


def forget_strangers(cursor: Cursor) -> int:
    """Deletes failed sign-ins and codes of walls that are a day past their use; gives how many. By the machine's time, as they were written."""
    cursor.execute("DELETE FROM signin_failure WHERE at < now() - interval '1 day'")
    gone = cursor.rowcount
    cursor.execute("DELETE FROM wall_pairing WHERE expires_at < now() - interval '1 day'")
    return gone + cursor.rowcount


def forget_callers(cursor: Cursor, before: datetime, now: datetime) -> int:
    """Forgets who called about events opened before that; gives how many. The audit keeps, for each tenant, that it was done and how many times, not whose names."""
    cursor.execute(
        """WITH gone AS (UPDATE event SET caller = NULL WHERE caller IS NOT NULL AND opened_at < %s RETURNING tenant),
           proof AS (INSERT INTO audit (tenant, at, actor, action, outcome, detail)
                     SELECT tenant, %s, 'jobs', 'job:caller:purge', 'done', jsonb_build_object('callers', count(*)) FROM gone GROUP BY tenant)
           SELECT count(*) FROM gone""",
        (before, now),
    )
    (count,) = cursor.fetchone() or (0,)
    return int(count)


def forget_field(cursor: Cursor, before: datetime) -> int:
    """Deletes photographs received before that, and the positions sent with acts; gives how many photographs. The acts themselves stay."""
    cursor.execute("DELETE FROM intervention_photo WHERE received_at < %s", (before,))
    gone = cursor.rowcount
    cursor.execute("UPDATE intervention_log SET detail = detail - 'position' WHERE received_at < %s AND detail ? 'position'", (before,))
    return gone
