"""Numbers the rules of a tenant and sorts them by the property that they watch: the layers' own, changed by what the tenant saved."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from hypervisor import i18n
from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import RATE, VALUE, Rule
from hypervisor.errors import BadConfiguration
from hypervisor.rules.check import faults
from hypervisor.rules.crossing import CrossingIndex
from hypervisor.rules.guard import Guard

logger = logging.getLogger(__name__)

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True)
class SavedRule:
    """A rule as a tenant saved it: it takes the place of the layer's own rule of that key, or adds one; disabled takes it away."""

    layer: str
    rule: Rule
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class CompiledRule:
    """A rule with its number in this process, and what an alarm says of it."""

    number: int
    layer: str
    rule: Rule
    unit: str
    duration_ms: int
    guard: Guard | None = None


@dataclass(frozen=True, kw_only=True)
class Watch:
    """The rules of one property of one kind.

    number: of this watch; index: rules with one threshold for all; rates: those of the change per hour, None when there are none;
    own: those whose threshold is each asset's; silent: those that await a value.
    """

    number: int
    index: CrossingIndex
    rates: CrossingIndex | None
    own: tuple[int, ...]
    silent: frozenset[int]

    @property
    def judges_each(self) -> bool:
        """Whether the index alone cannot tell which values leave every condition as it is."""
        return bool(self.own) or self.rates is not None


@dataclass(frozen=True, kw_only=True)
class Rulebook:
    """Every compiled rule by number, what watches each (layer, kind, property), and the number behind each (layer, kind, cause)."""

    rules: tuple[CompiledRule, ...]
    watches: Mapping[tuple[str, str, str], Watch]
    by_cause: Mapping[tuple[str, str, str], int]


def overlay(layers: Mapping[str, Layer], saved: Iterable[SavedRule], suspended: Collection[tuple[str, str]] = ()) -> dict[str, Layer]:
    """The layers with the rules that a tenant saved, without those suspended, (layer, key).

    One that no longer fits its layer is left out and logged: it must not stop the others. One that counts a rule which is not there counts nothing, and is left out too.
    """
    changed: dict[str, dict[str, Rule | None]] = {}
    for one in saved:
        changed.setdefault(one.layer, {})[one.rule.key] = one.rule if one.enabled else None
    for layer, key in suspended:
        changed.setdefault(layer, {})[key] = None
    found = dict(layers)
    for key in changed.keys() & layers.keys():
        merged = {rule.key: rule for rule in layers[key].rules} | changed[key]
        rules = tuple(rule for rule in merged.values() if rule is not None)
        there = {rule.key for rule in rules}
        rules = tuple(rule for rule in rules if rule.comparison != "count" or rule.members in there)
        sound = tuple(rule for rule in rules if rule.key not in changed[key] or not _logged(layers[key], rule, rules))
        found[key] = replace(layers[key], rules=sound)
    return found


def compile_rules(layers: Mapping[str, Layer]) -> Rulebook:
    """The rulebook of these layers. Raises BadConfiguration when a rule names what its layer does not declare, or a cause twice."""
    compiled: list[CompiledRule] = []
    by_cause: dict[tuple[str, str, str], int] = {}
    for layer in layers.values():
        units = {prop.key: prop.unit for prop in layer.properties}
        for rule in layer.rules:
            if wrong := _faults(layer, rule, layer.rules):
                raise BadConfiguration(f"rule {rule.key!r} of layer {layer.key}: {wrong[0]}")
            cause = (layer.key, rule.kind, rule.key)
            if cause in by_cause:
                raise BadConfiguration(f"layer {layer.key} declares rule {rule.key!r} twice for {rule.kind}: rename one")
            by_cause[cause] = len(compiled)
            compiled.append(
                CompiledRule(
                    number=len(compiled),
                    layer=layer.key,
                    rule=rule,
                    unit=_unit(rule, units),
                    duration_ms=rule.duration // MILLISECOND,
                    guard=Guard(rule.when) if rule.when else None,
                )
            )
    by_property: dict[tuple[str, str, str], list[CompiledRule]] = {}
    for one in compiled:
        if one.rule.comparison != "count":
            by_property.setdefault((one.layer, one.rule.kind, one.rule.property), []).append(one)
    watches = {key: _watch(number, rules) for number, (key, rules) in enumerate(by_property.items())}
    return Rulebook(rules=tuple(compiled), watches=watches, by_cause=by_cause)


def _watch(number: int, rules: list[CompiledRule]) -> Watch:
    rates = [(one.number, one.rule) for one in rules if one.rule.comparison in RATE]
    return Watch(
        number=number,
        index=CrossingIndex((one.number, one.rule) for one in rules if one.rule.comparison in VALUE and one.rule.threshold_attribute is None),
        rates=CrossingIndex(rates) if rates else None,
        own=tuple(one.number for one in rules if one.rule.threshold_attribute is not None),
        silent=frozenset(one.number for one in rules if one.rule.comparison == "silent"),
    )


def _unit(rule: Rule, units: Mapping[str, str]) -> str:
    unit = units.get(rule.property, "")
    return f"{unit}/h" if rule.comparison in RATE else unit


def _faults(layer: Layer, rule: Rule, others: tuple[Rule, ...]) -> list[str]:
    """In English: who reads it installs or keeps the platform."""
    token = i18n.current_locale.set("en")
    try:
        return faults(layer, rule, others)
    finally:
        i18n.current_locale.reset(token)


def _logged(layer: Layer, rule: Rule, others: tuple[Rule, ...]) -> bool:
    wrong = _faults(layer, rule, others)
    if wrong:
        logger.error("saved rule %r of layer %s is left out, and raises nothing: %s", rule.key, layer.key, wrong[0])
    return bool(wrong)
