"""The alarm: a condition on one asset and its acknowledgement, two independent facts, and the ISA-18.2 state computed from both.

States follow ANSI/ISA-18.2-2016 in the wording of `docs` (events model): masks (shelved, suppressed, out of service) hide the truth
without changing it, so that leaving a mask shows the truth at that moment. Read TRANSITIONS: it is the law; the functions after it only
choose the trigger. What may be masked, by whom and how long is in `domain.masking`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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


class Stake(StrEnum):
    """What happens if nobody answers (screens.md B.4), worst first."""

    VITAL = "vital"  # danger to people, or loss of an essential service
    SERVICE = "service"  # a service is degraded
    REPAIR = "repair"  # something to repair in working hours
    NONE = "none"  # nothing to do


SOON, WITHIN_THE_HOUR = timedelta(minutes=15), timedelta(hours=1)
"""Steps of the time to respond; chosen by us: the time to send a patrol, and the time to bring a crew on call."""

MATRIX: Mapping[Stake, tuple[Priority, Priority, Priority]] = MappingProxyType(
    {
        Stake.VITAL: (Priority.CRITICAL, Priority.MAJOR, Priority.MAJOR),
        Stake.SERVICE: (Priority.MAJOR, Priority.MAJOR, Priority.MINOR),
        Stake.REPAIR: (Priority.MINOR, Priority.MINOR, Priority.MINOR),
        Stake.NONE: (Priority.INFO, Priority.INFO, Priority.INFO),
    }
)
"""consequence → priority when the time to respond is within SOON, WITHIN_THE_HOUR, or longer (the method of ANSI/ISA-18.2-2016, rationalisation)."""


def priority_of(stake: Stake, respond_within: timedelta | None) -> Priority:
    """Priority by consequence and time to respond; no time given is the longest."""
    soon, hour, later = MATRIX[stake]
    if respond_within is None or respond_within > WITHIN_THE_HOUR:
        return later
    return soon if respond_within <= SOON else hour


SEVERITIES: Mapping[str, Priority] = MappingProxyType(
    {
        # ITU-T X.733, perceived severity.
        "critical": Priority.CRITICAL, "major": Priority.MAJOR, "minor": Priority.MINOR, "warning": Priority.MINOR, "indeterminate": Priority.INFO,
        # OASIS CAP 1.2, severity ("Minor" is above).
        "extreme": Priority.CRITICAL, "severe": Priority.MAJOR, "moderate": Priority.MINOR, "unknown": Priority.INFO,
        # RFC 5424, as monitoring tools use it.
        "emergency": Priority.CRITICAL, "alert": Priority.CRITICAL, "error": Priority.MAJOR, "notice": Priority.INFO, "info": Priority.INFO,
        "informational": Priority.INFO, "high": Priority.MAJOR, "medium": Priority.MINOR, "low": Priority.MINOR,
    }
)  # fmt: skip
"""A source's own word for severity, in lower case → priority, for alarms that say nothing of consequence. The word itself is kept beside."""


class State(StrEnum):
    """ISA-18.2 names of an alarm's state, as the API gives them."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_unacknowledged"
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    LATCHED = "latched"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed_by_design"
    OUT_OF_SERVICE = "out_of_service"


MASKS: Mapping[str, State] = MappingProxyType({"out_of_service": State.OUT_OF_SERVICE, "suppressed": State.SUPPRESSED, "shelved": State.SHELVED})
"""Masks in the order in which they win when several are put on."""

FACTS_OF: Mapping[State, tuple[bool, bool, bool]] = MappingProxyType(
    {
        State.UNACKNOWLEDGED: (True, False, False),
        State.ACKNOWLEDGED: (True, True, False),
        State.RETURNED: (False, False, False),
        State.NORMAL: (False, True, False),
        State.LATCHED_UNACKNOWLEDGED: (False, False, True),
        State.LATCHED: (False, True, True),
    }
)
"""State without masks → (condition active, acknowledged, held by its latch). While the condition is active the latch does not show."""
TRUTH: Mapping[tuple[bool, bool, bool], State] = MappingProxyType({facts: state for state, facts in FACTS_OF.items()})


class Trigger(StrEnum):
    """What may happen to an alarm's truth."""

    RAISE = "raise"  # the condition is met, again or still
    INFORM = "inform"  # the same, of information, which asks for nothing
    WORSEN = "worsen"  # its priority rises
    INSIST = "insist"  # it was repeated too often since it was acknowledged
    REMIND = "remind"  # it was acknowledged too long ago and lasts
    CLEAR = "clear"  # the condition ended
    CLEAR_UNTOLD = "clear_untold"  # the condition ended before the room was ever asked
    CLEAR_LATCHED = "clear_latched"  # the condition ended; a person must reset it
    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    RESET = "reset"


TRANSITIONS: Mapping[Trigger, Mapping[State, State]] = MappingProxyType(
    {
        Trigger.RAISE: {
            State.NORMAL: State.UNACKNOWLEDGED,
            State.UNACKNOWLEDGED: State.UNACKNOWLEDGED,
            State.ACKNOWLEDGED: State.ACKNOWLEDGED,
            State.RETURNED: State.UNACKNOWLEDGED,
            State.LATCHED_UNACKNOWLEDGED: State.UNACKNOWLEDGED,
            State.LATCHED: State.UNACKNOWLEDGED,
        },
        Trigger.INFORM: {
            State.NORMAL: State.ACKNOWLEDGED,
            State.ACKNOWLEDGED: State.ACKNOWLEDGED,
            State.UNACKNOWLEDGED: State.UNACKNOWLEDGED,
            State.RETURNED: State.UNACKNOWLEDGED,
            State.LATCHED_UNACKNOWLEDGED: State.UNACKNOWLEDGED,
            State.LATCHED: State.ACKNOWLEDGED,
        },
        Trigger.WORSEN: {State.UNACKNOWLEDGED: State.UNACKNOWLEDGED, State.ACKNOWLEDGED: State.UNACKNOWLEDGED},
        Trigger.INSIST: {State.ACKNOWLEDGED: State.UNACKNOWLEDGED},
        Trigger.REMIND: {State.ACKNOWLEDGED: State.UNACKNOWLEDGED},
        Trigger.CLEAR: {State.UNACKNOWLEDGED: State.RETURNED, State.ACKNOWLEDGED: State.NORMAL},
        Trigger.CLEAR_UNTOLD: {State.UNACKNOWLEDGED: State.NORMAL},
        Trigger.CLEAR_LATCHED: {State.UNACKNOWLEDGED: State.LATCHED_UNACKNOWLEDGED, State.ACKNOWLEDGED: State.LATCHED},
        Trigger.ACKNOWLEDGE: {
            State.UNACKNOWLEDGED: State.ACKNOWLEDGED,
            State.RETURNED: State.NORMAL,
            State.LATCHED_UNACKNOWLEDGED: State.LATCHED,
        },
        Trigger.UNACKNOWLEDGE: {State.ACKNOWLEDGED: State.UNACKNOWLEDGED},
        Trigger.RESET: {State.LATCHED: State.NORMAL, State.LATCHED_UNACKNOWLEDGED: State.RETURNED},
    }
)
"""trigger → (truth before → truth after). A state that a trigger does not name refuses it."""

INSIST_AFTER: Mapping[Priority, int] = MappingProxyType({Priority.CRITICAL: 3, Priority.MAJOR: 5, Priority.MINOR: 10})
"""Repeats of an acknowledged alarm after which it asks again; chosen by us. Information never asks."""
REMIND_AFTER: Mapping[Priority, timedelta] = MappingProxyType({Priority.CRITICAL: timedelta(minutes=30), Priority.MAJOR: timedelta(hours=4)})
"""How long an acknowledged alarm may last before it asks again; chosen by us. Minor ones are a list for working hours: they do not."""


@dataclass(frozen=True, kw_only=True)
class Mask:
    """Something that hides an alarm's truth.

    kind: a key of MASKS; source: "person", "alarm:<id>" (its cause) or "work:<id>"; until: when it ends by itself, itself excluded;
    once: it ends with the condition. by, name, reason, comment: who put it on and why.
    """

    kind: str
    source: str
    at: datetime
    until: datetime | None = None
    once: bool = False
    by: str = ""
    name: str = ""
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an alarm is, apart from what it is called: the input and output of every transition.

    latched: of a class that a person must reset, and not reset since it was raised; announced: the room was asked about it;
    repeats: how often it was raised again since it was acknowledged.
    """

    active: bool
    acknowledged: bool
    priority: Priority
    latched: bool = False
    announced: bool = False
    repeats: int = 0
    masks: frozenset[Mask] = frozenset()

    @property
    def truth(self) -> State:
        """The state under the masks."""
        return TRUTH[self.active, self.acknowledged, self.latched and not self.active]

    @property
    def mask_names(self) -> tuple[str, ...]:
        """Kinds of the masks that are on, the winning one first."""
        worn = {mask.kind for mask in self.masks}
        return tuple(kind for kind in MASKS if kind in worn)

    @property
    def state(self) -> State:
        """The state that screens show: the winning mask, else the truth."""
        worn = self.mask_names
        return MASKS[worn[0]] if worn else self.truth

    @property
    def is_open(self) -> bool:
        """Whether the alarm still has a life: something is asked or active, or a mask waits for its next occurrence."""
        return self.truth is not State.NORMAL or bool(self.masks)


class Impossible(Exception):
    """The transition does not exist from this state; the sentence says why."""


def raised(priority: Priority, latched: bool = False, masks: frozenset[Mask] = frozenset()) -> Facts:
    """A new alarm. Information asks for no acknowledgement, so it is born acknowledged."""
    born = Facts(active=False, acknowledged=True, priority=priority, masks=masks)
    return raised_again(born, priority, latched)


def raised_again(before: Facts, priority: Priority, latched: bool = False, masks: frozenset[Mask] = frozenset()) -> Facts:
    """The condition is met, again or still: what came back, got worse or was repeated too often asks again. masks are put on with it."""
    came_back = not before.active
    is_new = before.truth is State.NORMAL
    trigger = _of_raising(before, priority)
    # While it lasts, a condition that its source now calls less bad keeps the priority under which the room was asked.
    kept = priority if came_back else min(priority, before.priority)
    again = replace(
        before,
        priority=kept,
        latched=latched if is_new else before.latched or latched,
        announced=before.announced and not is_new,
        repeats=0 if is_new else before.repeats + 1,
        masks=before.masks | masks,
    )
    return _moved(again, before.truth, trigger)


def cleared(before: Facts) -> Facts:
    """The condition ended: what the room was asked about stays, to be acknowledged, and what is latched until it is reset."""
    if not before.active:
        return before
    lasting = frozenset(mask for mask in before.masks if not mask.once)
    is_untold = not before.announced and not before.acknowledged
    trigger = Trigger.CLEAR_LATCHED if before.latched else Trigger.CLEAR_UNTOLD if is_untold else Trigger.CLEAR
    return _moved(replace(before, masks=lasting), before.truth, trigger)


def reminded(before: Facts) -> Facts:
    """It lasts though it was acknowledged long ago: it asks again. Raises Impossible."""
    return _moved(before, before.truth, Trigger.REMIND)


def masked(before: Facts, mask: Mask) -> Facts:
    """Puts a mask on, in place of the one of the same kind and source. Under a cause, the room is asked about the cause instead."""
    others = frozenset(one for one in before.masks if (one.kind, one.source) != (mask.kind, mask.source))
    return replace(before, masks=others | {mask}, announced=before.announced and not mask.source.startswith("alarm:"))


def unmasked(before: Facts, kind: str, source: str | None = None) -> Facts:
    """Takes off the masks of a kind, those of one source alone when it is named: the truth of this moment shows."""
    kept = frozenset(mask for mask in before.masks if mask.kind != kind or (source is not None and mask.source != source))
    return _announced(replace(before, masks=kept))


def expired(before: Facts, now: datetime) -> Facts:
    """Takes off the masks whose time is up."""
    return _announced(replace(before, masks=frozenset(mask for mask in before.masks if mask.until is None or mask.until > now)))


def _of_raising(before: Facts, priority: Priority) -> Trigger:
    if before.active and priority < before.priority and priority is not Priority.INFO:
        return Trigger.WORSEN
    worst = min(priority, before.priority) if before.active else priority
    if before.truth is State.ACKNOWLEDGED and before.repeats + 1 >= INSIST_AFTER.get(worst, before.repeats + 2):
        return Trigger.INSIST
    return Trigger.INFORM if worst is Priority.INFO else Trigger.RAISE


def _moved(facts: Facts, truth: State, trigger: Trigger) -> Facts:
    try:
        after = TRANSITIONS[trigger][truth]
    except KeyError:
        raise Impossible(f"an alarm that is {truth.value} refuses {trigger.value}") from None
    active, acknowledged, is_held = FACTS_OF[after]
    asked_again = facts.acknowledged and not acknowledged
    moved = replace(
        facts,
        active=active,
        acknowledged=acknowledged,
        latched=facts.latched if active else is_held,
        repeats=0 if asked_again or (acknowledged and not facts.acknowledged) else facts.repeats,
    )
    return _announced(moved)


def _announced(facts: Facts) -> Facts:
    """What the room sees unacknowledged, it has been asked about."""
    return replace(facts, announced=True) if facts.state is State.UNACKNOWLEDGED else facts


def _acknowledge(before: Facts) -> Facts:
    return _moved(before, before.truth, Trigger.ACKNOWLEDGE)


def _unacknowledge(before: Facts) -> Facts:
    return _moved(before, before.truth, Trigger.UNACKNOWLEDGE)


def _reset(before: Facts) -> Facts:
    return _moved(before, before.truth, Trigger.RESET)


VERBS = MappingProxyType({"acknowledge": _acknowledge, "unacknowledge": _unacknowledge, "reset": _reset})
"""What a person may do to an alarm's truth. Each takes the facts before and gives the facts after, or raises Impossible."""
