"""Rules: observations judged per second at 10,000 active rules against 100, with an evaluator that looks at every rule as the floor of the same run.

Each rule watches one of two properties of one kind with a threshold and a hysteresis; values walk, so that thresholds are crossed as in the field: a few
per observation, whatever the number of rules. What is timed is the judgement of the worker, history and screens apart.
"""

import math
import platform
import random
import statistics
import time

from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.domain.rule import Rule
from hypervisor.rules.compile import CompiledRule, Rulebook, compile_rules
from hypervisor.rules.conditions import Changes, Conditions

RULES = (100, 1_000, 10_000)
ASSETS = 100
OBSERVATIONS = 100_000
FEWER_FOR_THE_FLOOR = {100: 20_000, 1_000: 2_000, 10_000: 200}
RUNS = 5
TARGET = 0.2
STEP = 0.5
SPAN = 1_000.0


def rulebook(count: int) -> Rulebook:
    """Thresholds spread over the span: one in twenty waits for a duration, one in two hundred looks at a rate, all have a hysteresis."""
    chance = random.Random(1)
    rules = []
    for number in range(count):
        comparison = "rising" if number % 200 == 199 else chance.choice(("above", "below"))
        rules.append(
            Rule(
                key=f"rule_{number}",
                kind="tank",
                property=f"p{number % 2}",
                title="t",
                priority=Priority.MINOR,
                comparison=comparison,
                threshold=chance.uniform(1, SPAN) * (100 if comparison == "rising" else 1),
                hysteresis=chance.uniform(0, 5),
            )
        )
    kind = Kind(key="tank", label="", plural="", ngsi_type="Tank", icon="", properties=("p0", "p1"))
    layer = Layer(
        key="bench", label="", icon="", order=1, kinds=(kind,), properties=(Property(key="p0", label=""), Property(key="p1", label="")), rules=tuple(rules)
    )
    return compile_rules({"bench": layer})


def walk(count: int) -> list[tuple[int, int, float]]:
    """(asset, property, value): each cell walks by about half a unit in a thousand."""
    chance = random.Random(2)
    value = {(asset, prop): chance.uniform(0, SPAN) for asset in range(ASSETS) for prop in (0, 1)}
    found = []
    for n in range(count):
        cell = n % ASSETS, n // ASSETS % 2
        value[cell] = min(SPAN, max(0.0, value[cell] + chance.gauss(0, STEP)))
        found.append((*cell, value[cell]))
    return found


def indexed(book: Rulebook, observations: list[tuple[int, int, float]], warm: int) -> tuple[float, int]:
    """Observations per second by the worker's conditions, and how many conditions changed. The first `warm` are not timed: all cells are unknown at first."""
    conditions, watches = Conditions(book.rules), [book.watches["bench", "tank", f"p{prop}"] for prop in (0, 1)]
    last: dict[tuple[int, int], tuple[float, int]] = {}
    began, changed = 0.0, 0
    for at, (asset, prop, value) in enumerate(observations):
        if at == warm:
            changed, began = 0, time.perf_counter()
        changes = Changes()
        known, known_at = last.get((asset, prop), (math.nan, 0))
        conditions.observe(asset, watches[prop], known, value, at * 10, at * 10, changes, known, known_at)
        last[asset, prop] = value, at * 10
        changed += len(changes.verdicts)
    return (len(observations) - warm) / (time.perf_counter() - began), changed


def naive(book: Rulebook, observations: list[tuple[int, int, float]]) -> float:
    """Observations per second when each rule of the property is evaluated at each value."""
    by_property: list[list[CompiledRule]] = [
        [one for one in book.rules if one.rule.property == f"p{prop}" and one.rule.comparison != "rising"] for prop in (0, 1)
    ]
    met: set[tuple[int, int]] = set()
    began = time.perf_counter()
    for asset, prop, value in observations:
        for one in by_property[prop]:
            key = asset, one.number
            was_met = key in met
            if one.rule.is_met(value, was_met) != was_met:
                met.symmetric_difference_update((key,))
    return len(observations) / (time.perf_counter() - began)


def main() -> None:
    observations = walk(OBSERVATIONS + 2 * ASSETS)
    books = {count: rulebook(count) for count in RULES}
    rates: dict[int, list[float]] = {count: [] for count in RULES}
    floors: dict[int, list[float]] = {count: [] for count in RULES}
    changed = dict.fromkeys(RULES, 0)
    for _ in range(RUNS):
        # Interleaved, so that a noisy moment of the machine falls on all alike.
        for count in RULES:
            rate, changed[count] = indexed(books[count], observations, 2 * ASSETS)
            rates[count].append(rate)
            floors[count].append(naive(books[count], observations[: FEWER_FOR_THE_FLOOR[count]]))
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}; {OBSERVATIONS:,} observations of {ASSETS:,} assets, {RUNS} runs, medians"
    )
    print(f"{'rules':>8} {'obs/s':>12} {'every rule looked at':>22} {'index ÷ floor':>14} {'changes/obs':>12}")
    for count in RULES:
        rate, floor = statistics.median(rates[count]), statistics.median(floors[count])
        print(f"{count:>8,} {rate:>12,.0f} {floor:>22,.0f} {rate / floor:>14.1f} {changed[count] / OBSERVATIONS:>12.2f}")
    ratio = statistics.median(many / few for many, few in zip(rates[10_000], rates[100], strict=True))
    print(f"rate at 10,000 rules ÷ rate at 100: {ratio:.2f} (target ≥ {TARGET}) {'kept' if ratio >= TARGET else 'MISSED'}")


if __name__ == "__main__":
    main()
