"""What a rule would have raised on values of the past: the same conditions as the worker's, fed from a list."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import Rule
from hypervisor.rules.compile import CompiledRule, compile_rules
from hypervisor.rules.conditions import Changes, Conditions, Surroundings


@dataclass(frozen=True, slots=True)
class Past:
    """A value of history, in the property's unit; at_ms in epoch milliseconds UTC."""

    asset: int
    value: float
    at_ms: int


@dataclass(frozen=True, slots=True)
class Transition:
    """An alarm that would have begun (holds) or ended on an asset."""

    asset: int
    at_ms: int
    holds: bool
    value: float | None


def back_test(
    layer: Layer,
    rule: Rule,
    values: Iterable[Past],
    until_ms: int,
    thresholds: Mapping[int, float] | None = None,
    surroundings: Surroundings = lambda _asset, _rule, _at_ms: {},
) -> list[Transition]:
    """Transitions in the order of time, until until_ms.

    values: of the rule's property, oldest first; each is judged as if it had come at its own time. thresholds: asset → its own, for rules that have one each.
    surroundings: what a guard may use besides the value and the one before it. Rules that count look at alarms and cannot be tried so: ValueError.
    Raises BadConfiguration for a wrong rule.
    """
    if rule.comparison == "count":
        raise ValueError("a rule that counts looks at alarms, not at values: try the rule that it counts")
    book = compile_rules({layer.key: replace(layer, rules=(rule,))})
    one, watch = book.rules[0], book.watches[layer.key, rule.kind, rule.property]
    conditions = Conditions(book.rules, {(asset, 0): own for asset, own in (thresholds or {}).items()}, surroundings=surroundings)
    last: dict[int, Past] = {}
    found: list[Transition] = []
    for past in values:
        found += _waited(conditions, one, last, past.at_ms)
        known = last.get(past.asset)
        if known is not None and past.at_ms <= known.at_ms:
            continue
        changes = Changes()
        before, before_ms = (known.value, known.at_ms) if known else (math.nan, 0)
        conditions.observe(past.asset, watch, before, past.value, past.at_ms, past.at_ms, changes, before, before_ms)
        last[past.asset] = past
        found += [Transition(verdict.asset, past.at_ms, verdict.holds, verdict.value) for verdict in changes.verdicts]
    return found + _waited(conditions, one, last, until_ms)


def _waited(conditions: Conditions, one: CompiledRule, last: Mapping[int, Past], now_ms: int) -> list[Transition]:
    """What the clock raised before now: durations that were over, silences."""
    found = []
    if one.rule.comparison == "silent":
        for asset, past in sorted(last.items(), key=lambda item: item[1].at_ms):
            if now_ms > past.at_ms + one.duration_ms and not conditions.holds(asset, one.number):
                conditions.fell_silent(asset, one.number, past.value, past.at_ms, now_ms, Changes())
                found.append(Transition(asset, past.at_ms + one.duration_ms, True, past.value))
        return found
    since = conditions.waits()
    for asset, number in conditions.due(now_ms):
        found.append(Transition(asset, since[asset, number] + one.duration_ms, True, last[asset].value))
    return found
