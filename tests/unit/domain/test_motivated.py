"""Access to the past by motive: whatever is asked, nothing outside the window and nothing outside the hour."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hypervisor.domain.motivated import LASTS, LENT, MINUTE, Access, whole_minutes
from hypervisor.domain.operator import PERMISSIONS, Role

NOON = datetime(2026, 2, 11, 12, 0, tzinfo=UTC)
MOMENTS = st.integers(-3000, 3000).map(lambda minutes: NOON + minutes * MINUTE)
SECONDS = st.integers(-10_000, 10_000).map(lambda seconds: NOON + timedelta(seconds=seconds))


def access(since: datetime = NOON, until: datetime = NOON + 30 * MINUTE, closed_at: datetime | None = None) -> Access:
    opened = NOON + 60 * MINUTE
    return Access(
        id=1,
        since=since,
        until=until,
        motive="plainte n° 12",
        opened_at=opened,
        by="dpo",
        by_name="M. Fontaine",
        open_until=opened + LASTS,
        closed_at=closed_at,
    )


@given(at=MOMENTS, minutes=st.integers(0, 30), since=MOMENTS, length=st.integers(1, 1440))
def test_what_is_read_of_a_run_of_minutes_is_what_the_window_and_the_run_share(at, minutes, since, length) -> None:
    one = access(since, since + length * MINUTE)
    shared = [at + n * MINUTE for n in range(minutes + 1) if since <= at + n * MINUTE <= one.until]
    found = one.cut(at, minutes)
    assert found == ((shared[0], len(shared) - 1) if shared else None)


@given(a=SECONDS, b=SECONDS)
def test_a_period_is_held_when_each_of_its_moments_is(a, b) -> None:
    one = access()
    assert one.holds(a, b) == (a <= b and all(one.since <= moment <= one.until for moment in (a, b)))


@given(later=st.integers(0, 10_000), closed=st.none() | st.integers(0, 10_000))
def test_it_lends_for_an_hour_at_most_and_never_again_once_closed(later, closed) -> None:
    one = access(closed_at=None if closed is None else NOON + 60 * MINUTE + timedelta(seconds=closed))
    assert one.is_open(one.opened_at + timedelta(seconds=later)) == (later < 3600 and (closed is None or later < closed))


@given(since=SECONDS, until=SECONDS, now=SECONDS)
def test_a_window_is_opened_by_whole_minutes_that_are_past(since, until, now) -> None:
    first, last = whole_minutes(since, until, now)
    assert first <= since < first + MINUTE
    assert last <= min(until, now) < last + MINUTE
    assert first.second == last.second == 0


def test_it_lends_reading_alone_to_who_has_none_of_it() -> None:
    assert all(right.endswith(":read") for right in LENT)
    assert [role for role in Role if "access:open" in PERMISSIONS[role]] == [Role.DPO]
    assert not LENT & PERMISSIONS[Role.DPO]
