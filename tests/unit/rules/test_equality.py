"""The worker's indexes and an evaluator that looks at everything every time give the same transitions, whatever comes in whatever order."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from tests.unit.rules.machine import COMMUNES, KINDS, Machine
from tests.unit.rules.naive import Naive

START = 1_780_000_000_000
LEVELS = st.integers(-4, 4).map(lambda n: n / 2)
"""A coarse grid makes values fall on thresholds often, where mistakes hide."""
GUARDS = {
    "": lambda _value, _previous, _properties: True,
    "value > 1.0": lambda value, _previous, _properties: value > 1,
    "properties.flow < 1.0": lambda _value, _previous, properties: properties.get("flow", 9) < 1,
    "previous < 0.0": lambda _value, previous, _properties: previous is not None and previous < 0,
}
GROUPS = {"count0": [(4, {1, 2, 3})], "count1": [(1, {1, 2}), (3, {3})]}
DURATIONS = st.sampled_from([0, 0, 400, 3000])
MEASURES = st.builds(
    lambda comparison, prop, threshold, hysteresis, duration, when, communes: {
        "comparison": comparison,
        "property": prop,
        "threshold": threshold,
        "hysteresis": hysteresis,
        "duration": timedelta(milliseconds=duration),
        "when": when,
        "communes": communes,
    },
    st.sampled_from(["above", "below"]),
    st.sampled_from(["level", "level", "flow"]),
    LEVELS,
    st.sampled_from([0.0, 0.5, 1.0, 7.0]),
    DURATIONS,
    st.sampled_from([*GUARDS, "properties.flow < 1.0"]),
    st.sampled_from([(), (), (10,)]),
)
# Half a unit in a second is 1,800 an hour.
RATES = st.builds(
    lambda comparison, threshold, hysteresis, duration, when: {
        "comparison": comparison,
        "property": "level",
        "threshold": threshold,
        "hysteresis": hysteresis,
        "duration": timedelta(milliseconds=duration),
        "when": when,
    },
    st.sampled_from(["rising", "falling"]),
    st.sampled_from([600.0, 1800.0, 7200.0]),
    st.sampled_from([0.0, 1200.0, 5400.0]),
    DURATIONS,
    st.sampled_from(["", "", "value > 1.0"]),
)
SILENCES = st.builds(
    lambda duration, communes: {"comparison": "silent", "property": "level", "duration": timedelta(milliseconds=duration), "communes": communes},
    st.sampled_from([400, 3000, 60_000]),
    st.sampled_from([(), (20,)]),
)


@st.composite
def rulebooks(draw: st.DrawFn) -> list[Rule]:
    found = []
    for family, one in (("measure", MEASURES), ("rate", RATES), ("silent", SILENCES)):
        for number, declared in enumerate(draw(st.lists(one, max_size=4))):
            found.append(Rule(key=f"{family}{number}", kind="tank", title="t", priority=Priority.MAJOR, **declared))
    for number, group in enumerate(["parent", "commune"]):
        counted = draw(st.sampled_from(["", *(rule.key for rule in found if not rule.key.startswith("count"))]))
        if counted:
            threshold, duration = draw(st.sampled_from([1.0, 2.0])), timedelta(milliseconds=draw(DURATIONS))
            kind = "site" if group == "parent" else "tank"
            shape = {"comparison": "count", "threshold": threshold, "hysteresis": draw(st.sampled_from([0.0, threshold - 1])), "duration": duration}
            found.append(Rule(key=f"count{number}", kind=kind, title="t", priority=Priority.MAJOR, members=counted, group=group, **shape))
    return draw(st.permutations(found))


STEPS = st.sampled_from([0, 100, 399, 400, 1000, 1000, 2999, 3000, 60_000])
"""With a millisecond less than each duration: a timer that fires one tick early must show."""
VALUES = st.tuples(
    st.just("value"), STEPS, st.sampled_from([1, 1, 1, 2, 3]), st.sampled_from(["level", "level", "flow"]), LEVELS, st.sampled_from([0, 0, 0, 400, 2000])
)
OTHERS = st.one_of(
    st.tuples(st.just("tick"), STEPS), st.tuples(st.just("tick"), STEPS), st.tuples(st.just("restart"), STEPS), st.tuples(st.just("rules"), STEPS, rulebooks())
)
EVENTS = st.lists(st.integers(0, 9).flatmap(lambda n: OTHERS if n == 9 else VALUES), min_size=30, max_size=60)


@settings(max_examples=60, deadline=None)
@given(rulebooks(), EVENTS)
def test_the_indexes_and_a_naive_evaluator_give_the_same_transitions(rules, events):
    now = START
    machine = Machine(rules, GROUPS, now)
    naive = Naive(rules, KINDS, GUARDS, GROUPS, now, COMMUNES)
    for event in events:
        now += event[1]
        if event[0] == "rules":
            rules = event[2]
        if event[0] in ("rules", "restart"):
            machine.load(rules, now)
            naive.change(rules, now)
        by_index, plainly = [], []
        if event[0] == "value":
            _, _, asset, prop, value, lag = event
            by_index, plainly = machine.value(asset, prop, value, now - lag, now), naive.value(asset, prop, value, now - lag)
        elif event[0] == "tick":
            by_index, plainly = machine.silent(now), naive.silences(now)
        assert sorted(by_index) == sorted(plainly), event
        assert sorted(machine.durations(now)) == sorted(naive.durations(now)), event
        assert sorted(machine.counts(now)) == sorted(naive.counts(now)), event
        assert machine.raised == naive.raised
