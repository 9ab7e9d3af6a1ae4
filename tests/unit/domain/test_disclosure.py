"""The complete incident file: whatever two people and the clock do to a request, nobody decides of their own and nothing is open beyond its time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hypervisor.domain.disclosure import ACTS, OPEN, WAITS, Impossible, NotTheirs, Status, after, status_at, within

NOON = datetime(2026, 2, 11, 12, 0, tzinfo=UTC)
PEOPLE = ("asker", "other", "third")
LAYERS = st.none() | st.frozensets(st.sampled_from(["water", "waste", "lighting"]))


class Life(RuleBasedStateMachine):
    """One request among three people; beside it, what a clerk would write in a notebook."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.kept, self.open_until = NOON, Status.WAITING, None
        self.agreed_by: str | None = None
        self.agreed_at: datetime | None = None
        self.is_taken_back = False

    @property
    def status(self) -> Status:
        return status_at(self.kept, NOON, self.open_until, self.now)

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(verb=st.sampled_from(sorted(ACTS)), who=st.sampled_from(PEOPLE))
    def somebody_acts(self, verb: str, who: str) -> None:
        before = self.status
        try:
            self.kept = after(verb, before, is_asker=who == "asker")
        except NotTheirs:
            assert (verb == "withdraw") != (who == "asker")
            return
        except Impossible:
            assert before not in ACTS[verb].of
            return
        if self.kept is Status.APPROVED:
            self.agreed_by, self.agreed_at, self.open_until = who, self.now, self.now + OPEN
        self.is_taken_back |= verb in ("revoke", "withdraw")

    @invariant()
    def is_open_only_by_another_person_s_word_and_for_its_time(self) -> None:
        is_open = self.status is Status.APPROVED
        assert is_open == (self.agreed_at is not None and not self.is_taken_back and self.now < self.agreed_at + OPEN)
        if is_open:
            assert self.agreed_by != "asker"
            assert self.agreed_at < NOON + WAITS, "nobody agrees to what is no longer asked"

    @invariant()
    def what_is_over_stays_over(self) -> None:
        if self.status not in (Status.WAITING, Status.APPROVED):
            for verb in ACTS:
                for is_asker in (True, False):
                    with pytest.raises((Impossible, NotTheirs)):
                        after(verb, self.status, is_asker=is_asker)


TestLife = Life.TestCase


def test_a_request_lapses_after_three_days_and_an_agreement_after_one() -> None:
    second = timedelta(seconds=1)
    assert status_at(Status.WAITING, NOON, None, NOON + timedelta(days=3) - second) is Status.WAITING
    assert status_at(Status.WAITING, NOON, None, NOON + timedelta(days=3)) is Status.LAPSED
    until = NOON + timedelta(hours=24)
    assert status_at(Status.APPROVED, NOON, until, until - second) is Status.APPROVED
    assert status_at(Status.APPROVED, NOON, until, until) is Status.EXPIRED
    assert status_at(Status.APPROVED, NOON, None, NOON) is Status.EXPIRED, "an agreement without an end opens nothing"


@given(inner=LAYERS, outer=LAYERS)
def test_a_perimeter_holds_another_when_it_holds_each_of_its_parts(inner, outer) -> None:
    every = frozenset({"water", "waste", "lighting", "a layer to come"})
    assert within(inner, outer) == ((every if inner is None else inner) <= (every if outer is None else outer) and not (inner is None and outer is not None))
