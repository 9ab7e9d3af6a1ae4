"""Queueing a message: one row in the caller's transaction. Committed, it will be delivered; rolled back, it never was.

During an exercise its subject and its text say so first, and an SMS or a call is held back unless the exercise was armed: what this transaction sees decides.
"""

from dataclasses import asdict
from datetime import datetime

from hypervisor.domain.posture import HELD, PREFIX
from hypervisor.notifications.message import Draft, address
from hypervisor.store import UnitOfWork, messages, posture
from hypervisor.store.engine import Cursor


def queue(uow: UnitOfWork, draft: Draft, at: datetime) -> int:
    """Queues a message in an operation's transaction; gives its number. Raises InvalidRequest for an address that its channel cannot reach."""
    with uow.cursor() as cursor:
        return queue_in(cursor, uow.tenant, draft, at)


def queue_in(cursor: Cursor, tenant: int, draft: Draft, at: datetime) -> int:
    """The same, in a transaction of the worker's role."""
    exercise, sends = posture.running(cursor, tenant) or (None, True)
    prefix = PREFIX if exercise else ""
    files = [asdict(file) for file in draft.attachments]
    values = {
        "channel": draft.channel, "recipient": address(draft.channel, draft.recipient), "recipient_name": draft.recipient_name,
        "subject": prefix + draft.subject if draft.subject else draft.subject, "body": prefix + draft.body, "purpose": draft.purpose, "layer": draft.layer,
        "alarm_id": draft.alarm_id, "event_id": draft.event_id, "by": draft.by, "exercise_id": exercise,
        "state": "waiting" if sends or draft.channel not in HELD else "held",
    }  # fmt: skip
    return messages.add(cursor, tenant, values, files, at)
