"""Any sequence of what sources, people, masks and the clock do keeps the invariants of alarms."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hypervisor.domain.alarm import (
    FACTS_OF,
    MASKS,
    VERBS,
    Facts,
    Impossible,
    Mask,
    Priority,
    State,
    cleared,
    expired,
    masked,
    raised,
    raised_again,
    reminded,
    unmasked,
)
from hypervisor.store import masking

NOON = datetime(2026, 2, 11, 12, 0, tzinfo=UTC)
PRIORITIES = st.sampled_from(list(Priority))
SOURCES = st.sampled_from(["person", "alarm:7", "work:1", "work:2"])


class Life(RuleBasedStateMachine):
    """One alarm, beside a model that knows nothing of masks: the truth must be the same as if there were none."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.facts: Facts | None = None
        self.was_asked = False

    def step(self, after: Facts) -> None:
        if self.facts is None or self.facts.truth is State.NORMAL:
            self.was_asked = False
        self.was_asked |= after.state is State.UNACKNOWLEDGED
        self.facts = after

    @rule(priority=PRIORITIES, latched=st.booleans())
    def condition_met(self, priority: Priority, latched: bool) -> None:
        before = self.facts
        after = raised(priority, latched) if before is None else raised_again(before, priority, latched)
        assert after.active
        if before is not None and before.acknowledged and priority is not Priority.INFO and (priority < before.priority or not before.active):
            assert not after.acknowledged, "what worsens or comes back asks again"
        self.step(after)

    @precondition(lambda self: self.facts is not None)
    @rule()
    def condition_ends(self) -> None:
        before = self.facts
        after = cleared(before)
        assert not after.active
        if before.active and before.announced and not before.acknowledged:
            assert not after.acknowledged, "nobody has seen what the room was asked about"
        self.step(after)

    @precondition(lambda self: self.facts is not None)
    @rule(verb=st.sampled_from(sorted(VERBS)))
    def person_acts(self, verb: str) -> None:
        before = self.facts
        try:
            after = VERBS[verb](before)
        except Impossible:
            return
        assert after.active == before.active, "no person changes the condition"
        assert after.masks == before.masks
        assert after.priority == before.priority
        self.step(after)

    @precondition(lambda self: self.facts is not None and self.facts.is_open)
    @rule(kind=st.sampled_from(list(MASKS)), source=SOURCES, minutes=st.none() | st.integers(1, 120), once=st.booleans())
    def mask_put_on(self, kind: str, source: str, minutes: int | None, once: bool) -> None:
        until = None if minutes is None else self.now + timedelta(minutes=minutes)
        after = masked(self.facts, Mask(kind=kind, source=source, at=self.now, until=until, once=once))
        assert after.truth is self.facts.truth
        assert after.state in MASKS.values()
        self.step(after)

    @precondition(lambda self: self.facts is not None)
    @rule(kind=st.sampled_from(list(MASKS)), source=st.none() | SOURCES)
    def mask_taken_off(self, kind: str, source: str | None) -> None:
        after = unmasked(self.facts, kind, source)
        assert after.truth is self.facts.truth, "leaving a mask shows the truth, an acknowledgement kept"
        self.step(after)

    @precondition(lambda self: self.facts is not None)
    @rule(minutes=st.integers(1, 60))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        after = expired(self.facts, self.now)
        assert after.truth is self.facts.truth
        assert all(mask.until is None or mask.until > self.now for mask in after.masks)
        self.step(after)

    @precondition(lambda self: self.facts is not None and self.facts.truth is State.ACKNOWLEDGED)
    @rule()
    def patience_ends(self) -> None:
        after = reminded(self.facts)
        assert not after.acknowledged
        self.step(after)

    @precondition(lambda self: self.facts is not None)
    @rule()
    def process_restarts(self) -> None:
        """What is written and read again is the same alarm."""
        before = self.facts
        entries = masking.entries(before.masks)
        announced_at = NOON if before.announced else None
        read = masking.facts(before.active, before.acknowledged, before.priority, before.latched, announced_at, before.repeats, entries)
        assert read.truth is before.truth
        assert read.masks == before.masks
        assert read.state is before.state
        self.step(read)

    @invariant()
    def truth_is_two_facts_and_a_latch(self) -> None:
        if self.facts is not None:
            active, acknowledged, held = FACTS_OF[self.facts.truth]
            assert (self.facts.active, self.facts.acknowledged) == (active, acknowledged)
            assert held == (self.facts.latched and not self.facts.active)

    @invariant()
    def masks_show_and_nothing_masked_is_closed(self) -> None:
        if self.facts is not None:
            worn = {mask.kind for mask in self.facts.masks}
            assert (self.facts.state in MASKS.values()) == bool(worn)
            assert self.facts.is_open == (self.facts.truth is not State.NORMAL or bool(worn))

    @invariant()
    def what_the_room_sees_it_was_asked(self) -> None:
        if self.facts is not None and self.facts.state is State.UNACKNOWLEDGED:
            assert self.facts.announced
            assert self.was_asked

    @invariant()
    def one_mask_by_kind_and_source(self) -> None:
        if self.facts is not None:
            keys = [(mask.kind, mask.source) for mask in self.facts.masks]
            assert len(keys) == len(set(keys))


Life.TestCase.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
