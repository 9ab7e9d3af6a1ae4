"""A rule tried on the past gives what it would have raised, and when."""

from datetime import timedelta

import pytest

from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from hypervisor.rules.backtest import Past, back_test
from tests.unit.rules.machine import LAYER

MINUTE = 60_000
HOURLY = [Past(1, value, MINUTE * minute) for minute, value in enumerate([1, 5, 9, 9, 2, 9, 1], start=1)]


def transitions(**declared: object) -> list[tuple[int, bool]]:
    rule = Rule(**({"key": "high", "kind": "tank", "property": "level", "title": "Haut", "priority": Priority.MAJOR} | declared))
    return [(found.at_ms // MINUTE, found.holds) for found in back_test(LAYER, rule, HOURLY, 30 * MINUTE)]


def test_a_threshold_is_crossed_and_left():
    assert transitions(threshold=8.0) == [(3, True), (5, False), (6, True), (7, False)]


def test_a_duration_begins_where_it_was_over_not_where_the_next_value_came():
    # Above from minute 3 to minute 5: a minute and a half are over within minute 4.
    assert transitions(threshold=8.0, duration=timedelta(seconds=90)) == [(4, True), (5, False)]


def test_a_rate_is_per_hour():
    # From 1 to 5 in a minute is 240 an hour, from 2 to 9 is 420.
    assert transitions(comparison="rising", threshold=400.0) == [(6, True), (7, False)]


def test_silence_after_the_last_value_is_found():
    assert transitions(comparison="silent", threshold=0.0, duration=timedelta(minutes=5)) == [(12, True)]


def test_a_count_is_refused():
    with pytest.raises(ValueError, match="counts"):
        transitions(comparison="count", property="", members="x", group="commune", threshold=2.0)
