"""The crossing index gives the transitions of an evaluator that looks at every rule every time."""

import math
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.domain.rule import Rule
from hypervisor.rules.compile import Rulebook, compile_rules
from hypervisor.rules.conditions import Changes, Conditions

# A coarse grid makes values fall on thresholds often, where mistakes hide.
LEVELS = st.integers(-6, 6).map(lambda n: n / 2)
RULES = st.lists(st.tuples(st.sampled_from(["above", "below"]), LEVELS, st.sampled_from([0.0, 0.5, 1.0, 7.0]), st.sampled_from([0, 2])), max_size=8)
VALUES = st.lists(LEVELS, min_size=1, max_size=30)


def rulebook(declared: list[tuple[str, float, float, int]]) -> Rulebook:
    rules = tuple(
        Rule(
            key=f"r{i}",
            kind="tank",
            property="level",
            title="t",
            priority=Priority.MAJOR,
            comparison=c,
            threshold=t,
            hysteresis=h,
            duration=timedelta(milliseconds=d),
        )
        for i, (c, t, h, d) in enumerate(declared)
    )
    kind = Kind(key="tank", label="", plural="", ngsi_type="Tank", icon="", properties=("level",))
    return compile_rules({"water": Layer(key="water", label="", icon="", order=1, kinds=(kind,), properties=(Property(key="level", label=""),), rules=rules)})


def naive(book: Rulebook, values: list[float]) -> list[tuple[int, int, bool]]:
    """(time, rule, holds): every rule judged at every instant, a duration being over once the condition held that long."""
    met: dict[int, int] = {}
    raised: set[int] = set()
    found = []
    for now, value in enumerate(values):
        for one in book.rules:
            if one.number in met and one.number not in raised and now - met[one.number] >= one.duration_ms:
                raised.add(one.number)
                found.append((now, one.number, True))
        for one in book.rules:
            holds = one.rule.is_met(value, one.number in met)
            if holds and one.number not in met:
                met[one.number] = now
                if one.duration_ms == 0:
                    raised.add(one.number)
                    found.append((now, one.number, True))
            elif not holds and one.number in met:
                del met[one.number]
                if one.number in raised:
                    raised.remove(one.number)
                    found.append((now, one.number, False))
    return found


@settings(deadline=None)
@given(RULES, VALUES, st.data())
def test_the_index_and_a_naive_evaluator_give_the_same_transitions(declared, values, data):
    book = rulebook(declared)
    if not book.rules:
        return
    watch = book.watches["water", "tank", "level"]
    conditions, previous, found = Conditions(book.rules), math.nan, []
    for now, value in enumerate(values):
        found += [(now, rule, True) for _, rule in conditions.due(now)]
        changes = Changes()
        # A previous value that was forgotten (a restart) must not change what is decided.
        known = math.nan if data.draw(st.booleans(), label="forgotten") else previous
        conditions.observe(1, watch, known, value, now, now, changes)
        found += [(now, verdict.rule, verdict.holds) for verdict in changes.verdicts]
        previous = value
    assert sorted(found) == sorted(naive(book, values))


def test_an_asset_with_its_own_threshold_is_judged_by_it():
    rule = Rule(key="flow", kind="meter", property="flow", title="t", priority=Priority.MAJOR, threshold=100, hysteresis=5, threshold_attribute="alarm_flow")
    kind = Kind(key="meter", label="", plural="", ngsi_type="WaterMeter", icon="", properties=("flow",))
    book = compile_rules({"water": Layer(key="water", label="", icon="", order=1, kinds=(kind,), properties=(Property(key="flow", label=""),), rules=(rule,))})
    conditions, changes = Conditions(book.rules, {(7, 0): 10.0}), Changes()
    watch = book.watches["water", "meter", "flow"]
    conditions.observe(7, watch, math.nan, 12, 1, 1, changes)
    conditions.observe(8, watch, math.nan, 12, 1, 1, changes)
    conditions.observe(7, watch, 12, 6, 2, 2, changes)
    conditions.observe(7, watch, 6, 4, 3, 3, changes)
    assert [(v.asset, v.holds, v.observed_at_ms) for v in changes.verdicts] == [(7, True, 1), (7, False, 3)]
