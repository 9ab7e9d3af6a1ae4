"""The alarm: a condition on one asset and its acknowledgement, two independent facts, and the ISA-18.2 state computed from both.

States follow ANSI/ISA-18.2-2016 in the wording of `docs` (events model): masks (shelved, suppressed, out of service) hide the truth
without changing it, so that leaving a mask shows the truth at that moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Priority(IntEnum):
    """In what order to act. The number is the digit drawn in the shape, 1 first; information asks for no act."""

    CRITICAL = 1
    MAJOR = 2
    MINOR = 3
    INFO = 4

    @property
    def word(self) -> str:
        """The word of the API: critical, major, minor, info."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Priority":
        """The priority of an API word. Raises KeyError."""
        return cls[word.upper()]


class State(StrEnum):
    """ISA-18.2 names of an alarm's state, as the API gives them."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_unacknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed_by_design"
    OUT_OF_SERVICE = "out_of_service"


MASKS: Mapping[str, State] = MappingProxyType({"out_of_service": State.OUT_OF_SERVICE, "suppressed": State.SUPPRESSED, "shelved": State.SHELVED})
"""Masks in the order in which they win when several are put on."""

TRUTH: Mapping[tuple[bool, bool], State] = MappingProxyType(
    {
        (True, False): State.UNACKNOWLEDGED,
        (True, True): State.ACKNOWLEDGED,
        (False, False): State.RETURNED,
        (False, True): State.NORMAL,
    }
)
"""(condition active, acknowledged) → state without masks."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an alarm is, apart from what it is called: the input and output of every transition."""

    active: bool
    acknowledged: bool
    priority: Priority
    masks: frozenset[str] = frozenset()

    @property
    def state(self) -> State:
        """The state that screens show: the winning mask, else the truth."""
        return next((MASKS[m] for m in MASKS if m in self.masks), TRUTH[self.active, self.acknowledged])

    @property
    def is_open(self) -> bool:
        """Whether the alarm still has a life: its condition holds, or nobody has acknowledged its return."""
        return TRUTH[self.active, self.acknowledged] is not State.NORMAL


class Impossible(Exception):
    """The transition does not exist from this state; the sentence says why."""


def raised(priority: Priority) -> Facts:
    """A new alarm. Information asks for no acknowledgement, so it is born acknowledged."""
    return Facts(active=True, acknowledged=priority is Priority.INFO, priority=priority)


def worsened_or_repeated(before: Facts, priority: Priority) -> Facts:
    """The condition is met again or got worse: a worsening acknowledged alarm asks again (events.md)."""
    is_worse = priority < before.priority
    came_back = not before.active
    asks = priority is not Priority.INFO and (is_worse or came_back)
    return Facts(
        active=True, acknowledged=before.acknowledged and not asks, priority=min(priority, before.priority) if not came_back else priority, masks=before.masks
    )


def cleared(before: Facts) -> Facts:
    """The condition ended: an unacknowledged alarm stays, to be acknowledged."""
    return Facts(active=False, acknowledged=before.acknowledged, priority=before.priority, masks=before.masks)


def _acknowledge(before: Facts) -> Facts:
    if before.acknowledged:
        raise Impossible("this alarm is already acknowledged")
    return Facts(active=before.active, acknowledged=True, priority=before.priority, masks=before.masks)


def _unacknowledge(before: Facts) -> Facts:
    if not before.acknowledged or not before.active:
        raise Impossible("only an active acknowledged alarm can be given back to the room")
    return Facts(active=True, acknowledged=False, priority=before.priority, masks=before.masks)


VERBS = MappingProxyType({"acknowledge": _acknowledge, "unacknowledge": _unacknowledge})
"""What a person may do to an alarm's facts. Each takes the facts before and gives the facts after, or raises Impossible."""
