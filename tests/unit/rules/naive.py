"""The rules, judged the plain way: every rule on every asset at every instant, with no index, no wheel and no memory but what a rule needs."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hypervisor.domain.rule import RATE, VALUE, Rule

HOUR_MS = 3_600_000
MILLIS = 1000

Transition = tuple[str, int, bool]
"""(key of the rule, asset, holds)."""


@dataclass
class Naive:
    """guards: expression → the same in Python, given (value, previous, properties). groups: key of a counting rule → [(anchor, members)]."""

    rules: list[Rule]
    kinds: Mapping[int, str]
    guards: Mapping[str, Callable[[float, float | None, Mapping[str, float]], bool]]
    groups: Mapping[str, list[tuple[int, set[int]]]]
    watched_from: int
    communes: Mapping[int, int]
    last: dict[tuple[int, str], tuple[float, int]] = field(default_factory=dict)
    since: dict[tuple[int, str], int] = field(default_factory=dict)
    raised: set[tuple[int, str]] = field(default_factory=set)

    def value(self, asset: int, prop: str, value: float, at: int) -> list[Transition]:
        known, known_at = self.last.get((asset, prop), (math.nan, 0))
        if at <= known_at:
            return []
        self.last[asset, prop] = value, at
        found: list[Transition] = []
        for rule in self.rules:
            if rule.property != prop or rule.kind != self.kinds[asset]:
                continue
            judged = value
            if rule.comparison == "silent":
                if (asset, rule.key) in self.since:
                    self._end(asset, rule, found)
                continue
            if rule.comparison in RATE:
                if not known_at or at - known_at < MILLIS:
                    continue
                judged = (value - known) * HOUR_MS / (at - known_at)
            was = (asset, rule.key) in self.since
            holds = rule.is_met(judged, was)
            if was and not holds:
                self._end(asset, rule, found)
            elif holds and not was and self._may_begin(asset, rule, value, known if known_at else None):
                self._begin(asset, rule, at, found)
        return found

    def silences(self, now: int) -> list[Transition]:
        found: list[Transition] = []
        for rule in self.rules:
            for asset, kind in self.kinds.items():
                heard = self.last.get((asset, rule.property), (0.0, 0))[1]
                is_silent = heard and now - max(heard, self.watched_from) > rule.duration.total_seconds() * 1000
                if rule.comparison == "silent" and kind == rule.kind and is_silent and (asset, rule.key) not in self.since and self._applies(asset, rule):
                    self.since[asset, rule.key] = 0
                    self.raised.add((asset, rule.key))
                    found.append((rule.key, asset, True))
        return found

    def durations(self, now: int) -> list[Transition]:
        by_key = {rule.key: rule for rule in self.rules}
        found: list[Transition] = []
        for (asset, key), since in self.since.items():
            if (asset, key) not in self.raised and now >= since + by_key[key].duration.total_seconds() * 1000:
                self.raised.add((asset, key))
                found.append((key, asset, True))
        return found

    def counts(self, now: int) -> list[Transition]:
        found: list[Transition] = []
        for rule in self.rules:
            for anchor, members in self.groups.get(rule.key, []) if rule.comparison == "count" else []:
                count = sum((member, rule.members) in self.raised for member in members)
                was = (anchor, rule.key) in self.since
                if was != (holds := rule.is_met(count, was)):
                    if holds:
                        self._begin(anchor, rule, now, found)
                    else:
                        self._end(anchor, rule, found)
        return found

    def change(self, rules: list[Rule], now: int) -> None:
        keys = {rule.key for rule in rules}
        self.rules, self.watched_from = rules, now
        self.since = {key: since for key, since in self.since.items() if key[1] in keys}
        self.raised = {key for key in self.raised if key[1] in keys}

    def _applies(self, asset: int, rule: Rule) -> bool:
        return not rule.communes or self.communes[asset] in rule.communes

    def _may_begin(self, asset: int, rule: Rule, value: float, previous: float | None) -> bool:
        if rule.comparison in VALUE | RATE and not self._applies(asset, rule):
            return False
        properties = {prop: last for (of, prop), (last, _) in self.last.items() if of == asset}
        return not rule.when or self.guards[rule.when](value, previous, properties)

    def _begin(self, asset: int, rule: Rule, at: int, found: list[Transition]) -> None:
        self.since[asset, rule.key] = at
        if not rule.duration:
            self.raised.add((asset, rule.key))
            found.append((rule.key, asset, True))

    def _end(self, asset: int, rule: Rule, found: list[Transition]) -> None:
        del self.since[asset, rule.key]
        if (asset, rule.key) in self.raised:
            self.raised.remove((asset, rule.key))
            found.append((rule.key, asset, False))
