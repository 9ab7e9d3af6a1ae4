"""The event: what operators manage. Its life is a table, its owner is one person."""

from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    """Where an event stands, in the order of its life."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"
    FALSE_POSITIVE = "false_positive"


OPEN = (Status.NEW, Status.IN_PROGRESS, Status.ON_HOLD)
"""Work remains to be done."""
LIVE = frozenset({*OPEN, Status.RESOLVED})
"""On the screens: open, or resolved and waiting for its account."""
LEAKS = ("main_burst", "reported_leak")
"""Types of event that are leaks by themselves: the rule of a burst main, and what a call reports (operations/event_types.py)."""

TRANSITIONS: MappingProxyType[str, MappingProxyType[Status, Status]] = MappingProxyType(
    {
        "take": MappingProxyType({Status.NEW: Status.IN_PROGRESS, Status.IN_PROGRESS: Status.IN_PROGRESS, Status.ON_HOLD: Status.IN_PROGRESS}),
        "release": MappingProxyType({Status.IN_PROGRESS: Status.NEW, Status.ON_HOLD: Status.NEW}),
        "assign": MappingProxyType({Status.NEW: Status.IN_PROGRESS, Status.IN_PROGRESS: Status.IN_PROGRESS, Status.ON_HOLD: Status.ON_HOLD}),
        "hold": MappingProxyType({Status.IN_PROGRESS: Status.ON_HOLD}),
        "resume": MappingProxyType({Status.ON_HOLD: Status.IN_PROGRESS}),
        "resolve": MappingProxyType({Status.IN_PROGRESS: Status.RESOLVED, Status.ON_HOLD: Status.RESOLVED}),
        "close": MappingProxyType({Status.RESOLVED: Status.CLOSED}),
        "reopen": MappingProxyType({Status.RESOLVED: Status.IN_PROGRESS, Status.CLOSED: Status.IN_PROGRESS, Status.FALSE_POSITIVE: Status.IN_PROGRESS}),
        "false-positive": MappingProxyType(dict.fromkeys(OPEN, Status.FALSE_POSITIVE)),
        "merge": MappingProxyType(dict.fromkeys(OPEN, Status.MERGED)),
        "absorb": MappingProxyType({status: status for status in OPEN}),
        "attach": MappingProxyType({status: status for status in OPEN}),
        "split": MappingProxyType({status: status for status in OPEN}),
        "comment": MappingProxyType({status: status for status in Status}),
    }
)
"""verb → (status before → status after). A verb absent for a status is refused.

`resume` is the clock's, at the end of a hold. `merge` ends an event in another, which `absorb`s it; `attach` and `split` move alarms in and out.
"""


class Impossible(Exception):
    """The verb does not exist from this status."""


def after(verb: str, status: Status) -> Status:
    """The status after a verb. Raises Impossible when the table has no such line."""
    try:
        return TRANSITIONS[verb][status]
    except KeyError:
        raise Impossible(f"an event that is {status.value} cannot {verb}") from None
