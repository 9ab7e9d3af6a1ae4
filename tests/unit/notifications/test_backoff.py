"""Waits double, stay bounded, and end with the message's patience."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hypervisor.notifications.backoff import FIRST, JITTER, LONGEST, delay, next_attempt
from hypervisor.notifications.message import PATIENCE

NOW = datetime(2026, 2, 11, 17, 0, tzinfo=UTC)


@given(st.sampled_from(sorted(PATIENCE)), st.integers(1, 10_000), st.integers())
def test_a_delay_is_within_a_fifth_of_the_doubled_one_and_never_beyond_the_longest(channel: str, attempts: int, seed: int) -> None:
    wished = min(FIRST[channel] * 2 ** min(attempts - 1, 30), LONGEST[channel])
    got = delay(channel, attempts, Random(seed))
    assert (1 - JITTER) * wished <= got <= (1 + JITTER) * wished


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    assert len({delay("sms", 3, Random(seed)) for seed in range(50)}) == 50


def test_a_call_is_tried_for_two_hours_and_no_longer() -> None:
    assert next_attempt("call", 50, NOW, NOW + timedelta(minutes=118), Random(1)) is not None
    assert next_attempt("call", 50, NOW, NOW + timedelta(hours=2), Random(1)) is None
