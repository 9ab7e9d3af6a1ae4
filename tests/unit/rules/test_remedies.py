"""Which delay or hysteresis would calm a rule, and what it would cost: counted by hand on short stories."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from hypervisor.rules.backtest import Past, Transition, back_test
from hypervisor.rules.remedies import Episode, candidates, episodes, recommended, remedy
from tests.unit.rules.machine import LAYER

MINUTE = 60_000
HIGH = Rule(key="high", kind="tank", property="level", title="Haut", priority=Priority.MAJOR, threshold=8.0, decide_within=timedelta(hours=4))


def tried(rule: Rule, values: list[Past], until_ms: int) -> list[Episode]:
    return episodes(back_test(LAYER, rule, values, until_ms), until_ms)


def remedies(rule: Rule, values: list[Past], until_ms: int):
    before = tried(rule, values, until_ms)
    return before, [
        remedy(before, tried(replace(rule, duration=duration, hysteresis=margin), values, until_ms), duration, margin)
        for duration, margin in candidates(rule, is_coded=False)
    ]


def test_an_alarm_that_still_stands_lasts_until_the_end_of_the_trial():
    told = [Transition(1, 5, True, 9.0), Transition(2, 6, True, 9.0), Transition(1, 8, False, 1.0)]
    assert episodes(told, 100) == [Episode(1, 5, 8), Episode(2, 6, 100)]


def test_a_value_that_trembles_around_its_threshold_is_calmed_by_a_hysteresis_and_the_real_alarm_is_not_late():
    # Twenty minutes between 7.9 and 8.1, one a minute, then forty minutes at 9 and back to 1.
    values = [Past(1, 8.1 if minute % 2 else 7.9, minute * MINUTE) for minute in range(20)]
    values += [Past(1, 9.0, minute * MINUTE) for minute in range(20, 60)] + [Past(1, 1.0, 60 * MINUTE)]
    before, found = remedies(HIGH, values, 120 * MINUTE)
    # 8.1 at minutes 1, 3, … 19: ten alarms, of which the last goes on from minute 19 to 60; nine are short.
    assert (len(before), sum(one.is_short for one in before)) == (10, 9)
    best = recommended(HIGH, found)
    # 2 % of 8 is 0.16: 7.9 does not end an alarm that began at 8.1, and all is one alarm, never late.
    assert (best.duration, best.hysteresis, best.removed, best.late, best.missed) == (timedelta(0), 0.16, 9, 0, 0)


def test_spikes_are_removed_by_a_delay_whose_cost_is_said():
    # Five spikes of one minute, twenty minutes apart, then a real alarm from minute 200 to 260.
    values = [Past(1, value, (20 * n + part) * MINUTE) for n in range(5) for part, value in ((0, 9.0), (1, 1.0))]
    values += [Past(1, 9.0, 200 * MINUTE), Past(1, 1.0, 260 * MINUTE)]
    before, found = remedies(HIGH, values, 300 * MINUTE)
    assert len(before) == 6
    best = recommended(HIGH, found)
    # A minute is not enough: a spike of exactly one minute is over when its minute is. Either way the gentlest that removes all five wins.
    assert best.removed == 5 and best.missed == 0 and best.late == 1
    assert best.worst_late == best.duration <= timedelta(minutes=2)


def test_nothing_is_recommended_when_every_alarm_is_real():
    values = [Past(1, 9.0, 0), Past(1, 1.0, 30 * MINUTE), Past(1, 9.0, 60 * MINUTE), Past(1, 1.0, 90 * MINUTE)]
    _before, found = remedies(HIGH, values, 120 * MINUTE)
    assert recommended(HIGH, found) is None


def test_words_have_no_distance_and_silence_has_only_its_delay():
    assert {margin for _delay, margin in candidates(HIGH, is_coded=True)} == {0.0}
    silent = replace(HIGH, comparison="silent", duration=timedelta(minutes=10))
    assert [delay / timedelta(minutes=1) for delay, _margin in candidates(silent, is_coded=False)] == [15, 20, 30, 40]


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0, 16, allow_nan=False)), max_size=60))
def test_a_stricter_setting_never_raises_more_and_never_asks_sooner(told):
    values = [Past(asset, value, minute * MINUTE) for minute, (asset, value) in enumerate(told)]
    _before, found = remedies(HIGH, values, (len(told) + 200) * MINUTE)
    for one in found:
        assert one.removed >= 0 and one.missed >= 0 and one.worst_late >= one.median_late >= timedelta(0)
        assert one.worst_late <= one.duration, "a delay costs its own length at most"
