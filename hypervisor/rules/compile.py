"""Numbers the rules that layers declare and sorts them by the property that they watch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import Rule
from hypervisor.errors import BadConfiguration
from hypervisor.rules.crossing import CrossingIndex

COMPARISONS = ("above", "below", "silent")
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True)
class CompiledRule:
    """A rule with its number in this process, and what an alarm says of it."""

    number: int
    layer: str
    rule: Rule
    unit: str
    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class Watch:
    """The rules of one property of one kind.

    index: those with one threshold for all; own: those whose threshold is each asset's; silent: those that await a value.
    """

    index: CrossingIndex
    own: tuple[int, ...]
    silent: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Rulebook:
    """Every compiled rule by number, what watches each (layer, kind, property), and the number behind each (layer, kind, cause)."""

    rules: tuple[CompiledRule, ...]
    watches: Mapping[tuple[str, str, str], Watch]
    by_cause: Mapping[tuple[str, str, str], int]


def compile_rules(layers: Mapping[str, Layer]) -> Rulebook:
    """The rulebook of these layers. Raises BadConfiguration when a rule names what its layer does not declare, or a cause twice."""
    compiled: list[CompiledRule] = []
    by_cause: dict[tuple[str, str, str], int] = {}
    for layer in layers.values():
        for rule in layer.rules:
            _check(layer, rule)
            cause = (layer.key, rule.kind, rule.key)
            if cause in by_cause:
                raise BadConfiguration(f"layer {layer.key} declares rule {rule.key!r} twice for {rule.kind}: rename one")
            by_cause[cause] = len(compiled)
            unit = layer.property_of(rule.property).unit
            compiled.append(CompiledRule(number=len(compiled), layer=layer.key, rule=rule, unit=unit, duration_ms=rule.duration // MILLISECOND))
    by_property: dict[tuple[str, str, str], list[CompiledRule]] = {}
    for one in compiled:
        by_property.setdefault((one.layer, one.rule.kind, one.rule.property), []).append(one)
    return Rulebook(rules=tuple(compiled), watches={key: _watch(rules) for key, rules in by_property.items()}, by_cause=by_cause)


def _watch(rules: list[CompiledRule]) -> Watch:
    return Watch(
        index=CrossingIndex((one.number, one.rule) for one in rules if one.rule.threshold_attribute is None),
        own=tuple(one.number for one in rules if one.rule.threshold_attribute is not None and one.rule.comparison != "silent"),
        silent=tuple(one.number for one in rules if one.rule.comparison == "silent"),
    )


def _check(layer: Layer, rule: Rule) -> None:
    kinds = {kind.key: kind for kind in layer.kinds}
    where = f"rule {rule.key!r} of layer {layer.key}"
    if rule.kind not in kinds:
        raise BadConfiguration(f"{where} is for kind {rule.kind!r}, which the layer does not declare: correct it")
    if rule.property not in kinds[rule.kind].properties:
        raise BadConfiguration(f"{where} watches {rule.property!r}, which {rule.kind} does not have: correct it")
    if rule.comparison not in COMPARISONS:
        raise BadConfiguration(f"{where} compares by {rule.comparison!r}: use one of {', '.join(COMPARISONS)}")
    if rule.comparison == "silent" and rule.duration <= timedelta(0):
        raise BadConfiguration(f"{where} awaits silence without saying how long: give it a duration")
