"""Looking at whole columns must not miss a value that a rule of the crossing index would have looked at alone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from hypervisor.rules.crossing import CrossingIndex

# Few distinct numbers, so that values fall on thresholds, between them, and on each other.
numbers = st.integers(-4, 4).map(lambda n: n / 2)
rules = st.builds(
    Rule,
    key=st.just("r"),
    kind=st.just("k"),
    property=st.just("p"),
    title=st.just("t"),
    priority=st.just(Priority.MINOR),
    comparison=st.sampled_from(["above", "below"]),
    threshold=numbers,
    hysteresis=numbers.map(abs),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(rules, max_size=6), numbers | st.just(float("nan")), numbers)
def test_a_value_that_is_not_a_candidate_crosses_nothing(declared: list[Rule], previous: float, value: float) -> None:
    index = CrossingIndex(enumerate(declared))
    [may] = index.may_cross(np.array([previous]), np.array([value]))
    assert may or not any(index.crossed(previous, value))


def test_a_value_that_stays_between_two_thresholds_is_no_candidate():
    rule = Rule(key="r", kind="k", property="p", title="t", priority=Priority.MINOR, threshold=10, hysteresis=1)
    index = CrossingIndex([(0, rule)])
    assert index.may_cross(np.array([1.0, 8.9, 9.5, np.nan]), np.array([2.0, 9.1, 9.9, 1.0])).tolist() == [False, True, False, True]
