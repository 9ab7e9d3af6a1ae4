"""What is not kept for ever, besides history: answers to retried requests."""

from datetime import datetime

from hypervisor.store.engine import Cursor


def forget_answers(cursor: Cursor, before: datetime) -> int:
    """Deletes the answers given before that; gives how many."""
    cursor.execute("DELETE FROM idempotency WHERE at < %s", (before,))
    return cursor.rowcount
