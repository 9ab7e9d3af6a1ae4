"""Durations run on the clock, silence is judged on the clock, and a restart takes them up."""

import math
from datetime import timedelta

import numpy as np
import pytest

from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.domain.quality import Quality
from hypervisor.domain.rule import Rule
from hypervisor.errors import BadConfiguration
from hypervisor.rules import silence
from hypervisor.rules.compile import Rulebook, compile_rules
from hypervisor.rules.conditions import Changes, Conditions

MINUTE = 60_000


def book(**rule: object) -> Rulebook:
    declared = {"key": "full", "kind": "bin", "property": "filling", "title": "Pleine", "priority": Priority.MINOR, "threshold": 90.0} | rule
    kind = Kind(key="bin", label="", plural="", ngsi_type="WasteContainer", icon="", properties=("filling",))
    layer = Layer(key="waste", label="", icon="", order=1, kinds=(kind,), properties=(Property(key="filling", label="", unit="%"),), rules=(Rule(**declared),))
    return compile_rules({"waste": layer})


def observe(conditions: Conditions, rules: Rulebook, value: float, at: int) -> Changes:
    changes = Changes()
    conditions.observe(1, rules.watches["waste", "bin", "filling"], math.nan, value, at, at, changes)
    return changes


def test_a_condition_with_a_duration_waits_and_is_raised_by_the_clock():
    rules = book(duration=timedelta(minutes=2))
    conditions = Conditions(rules.rules)
    changes = observe(conditions, rules, 95, at=0)
    assert changes.verdicts == [] and changes.pending == {(1, 0): (0, 95)}
    assert list(conditions.due(2 * MINUTE - 1)) == []
    assert list(conditions.due(2 * MINUTE)) == [(1, 0)]
    assert list(conditions.due(9 * MINUTE)) == []
    assert [v.holds for v in observe(conditions, rules, 10, at=3 * MINUTE).verdicts] == [False]


def test_a_condition_that_ends_before_its_duration_raises_nothing():
    rules = book(duration=timedelta(minutes=2))
    conditions = Conditions(rules.rules)
    observe(conditions, rules, 95, at=0)
    changes = observe(conditions, rules, 10, at=MINUTE)
    assert changes.verdicts == [] and changes.pending == {(1, 0): None}
    observe(conditions, rules, 95, at=MINUTE + 1)
    assert list(conditions.due(2 * MINUTE)) == [], "the first wait is void"


def test_a_restart_takes_up_what_waited_and_what_was_raised():
    rules = book(duration=timedelta(minutes=2))
    conditions = Conditions(rules.rules)
    conditions.restore(met=[(2, 0)], pending={(1, 0): MINUTE})
    assert list(conditions.due(3 * MINUTE)) == [(1, 0)]
    assert conditions.holds(2, 0)


def test_silence_is_a_condition_that_a_value_ends():
    rules = book(comparison="silent", duration=timedelta(minutes=30))
    conditions, changes = Conditions(rules.rules), Changes()
    conditions.fell_silent(1, 0, 50.0, 1, 31 * MINUTE, changes)
    conditions.fell_silent(1, 0, 50.0, 1, 32 * MINUTE, changes)
    assert [v.holds for v in changes.verdicts] == [True]
    assert [v.holds for v in observe(conditions, rules, 50, at=33 * MINUTE).verdicts] == [False]


def test_age_makes_a_value_late_then_stale():
    heard = np.array([0, 100_000, 84_999, 69_999], np.int64)
    quality = silence.liveness(heard, np.full(4, 10_000, np.int64), 100_000)
    # Late after 1.5 periods (15 s), stale after 3 (30 s): screens.md B.2.
    assert list(quality) == [Quality.NEVER_RECEIVED, Quality.FRESH, Quality.LATE, Quality.STALE]


def test_nothing_is_blamed_for_silence_before_it_was_watched():
    heard = np.array([0, 1_000, 90_000], np.int64)
    assert list(silence.SilenceIndex([(20_000, 7)], 3).fell_silent(heard, 100_000, watched_from_ms=0)) == [(1, 7)]
    assert list(silence.SilenceIndex([(20_000, 7)], 3).fell_silent(heard, 100_000, watched_from_ms=95_000)) == []


def test_each_silence_is_given_once_and_again_only_after_a_value():
    index = silence.SilenceIndex([(20_000, 7), (50_000, 8)], 1)
    assert list(index.fell_silent(np.array([1_000], np.int64), 30_000, 0)) == [(0, 7)]
    assert list(index.fell_silent(np.array([1_000], np.int64), 40_000, 0)) == []
    assert list(index.fell_silent(np.array([1_000], np.int64), 60_000, 0)) == [(0, 8)]
    # A value that comes late is as old already as the first duration asks.
    assert list(index.fell_silent(np.array([35_000], np.int64), 61_000, 0)) == [(0, 7)]


def test_a_source_is_silent_when_nearly_all_that_spoke_is_stale():
    stale, fresh, never = Quality.STALE, Quality.FRESH, Quality.NEVER_RECEIVED
    assert silence.is_source_silent(np.array([stale] * 19 + [fresh] + [never] * 50, np.uint8))
    assert not silence.is_source_silent(np.array([stale] * 18 + [fresh] * 2, np.uint8))
    assert not silence.is_source_silent(np.array([never] * 5, np.uint8))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "lamp"}, "has no asset"),
        ({"property": "noise"}, "has no property"),
        ({"comparison": "near"}, "does not exist"),
        ({"comparison": "silent"}, "how long"),
        ({"comparison": "rising", "threshold": 0.0}, "positive"),
        ({"when": "value >"}, "CEL"),
        ({"when": "colour == 'red'"}, "colour"),
        ({"when": "[1, 2].exists(x, x > 1)"}, "without a loop"),
        ({"when": "value + 1.0"}, "true or false"),
        ({"when": "properties.noise > 1.0"}, "noise"),
        ({"when": "true" + " && true" * 80}, "shorten"),
        ({"area": "nowhere"}, "polygon"),
        ({"comparison": "count", "property": "", "members": "full", "group": "street", "threshold": 3.0}, "counts itself"),
    ],
)
def test_a_wrong_rule_stops_the_start_with_a_sentence(change, said):
    with pytest.raises(BadConfiguration, match=said):
        book(**change)
