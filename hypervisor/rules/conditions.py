"""Which conditions hold on which assets, which of them wait for their duration, and what that raises or ends."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hypervisor.rules.compile import CompiledRule, Watch


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's alarm must be raised (holds) or ended on an asset, because of this value at these times (epoch ms)."""

    asset: int
    rule: int
    holds: bool
    value: float | None
    observed_at_ms: int
    received_at_ms: int


@dataclass(slots=True)
class Changes:
    """What conditions changed: verdicts in order, and for each (asset, rule) the time since which it waits, None when it no longer does."""

    verdicts: list[Verdict] = field(default_factory=list)
    pending: dict[tuple[int, int], tuple[int, float] | None] = field(default_factory=dict)


class Conditions:
    """Conditions that hold on assets. `asset` is any stable number that the caller chose.

    thresholds: (asset, rule) → the asset's own threshold, for the rules that have one each.
    """

    def __init__(self, rules: tuple[CompiledRule, ...], thresholds: Mapping[tuple[int, int], float] | None = None) -> None:
        self._rules = rules
        self._thresholds = thresholds or {}
        self._met: set[tuple[int, int]] = set()
        self._pending: dict[tuple[int, int], int] = {}
        self._timers: list[tuple[int, int, int, int]] = []

    def restore(self, met: Iterable[tuple[int, int]], pending: Mapping[tuple[int, int], int]) -> None:
        """Takes up what the database kept: conditions whose alarm is active, and those that wait, with the time since when."""
        self._met.update(met)
        for (asset, rule), since_ms in pending.items():
            self._met.add((asset, rule))
            self._wait(asset, rule, since_ms)

    def holds(self, asset: int, rule: int) -> bool:
        """Whether the condition of a rule holds on an asset, its duration elapsed or not."""
        return (asset, rule) in self._met

    def observe(self, asset: int, watch: Watch, previous: float, value: float, observed_at_ms: int, received_at_ms: int, changes: Changes) -> None:
        """Judges a new value; previous is NaN when it is not known."""
        began, ended = watch.index.crossed(previous, value)
        for number in began:
            if (asset, number) not in self._met:
                self._begin(asset, number, value, observed_at_ms, received_at_ms, changes)
        for number in ended:
            if (asset, number) in self._met:
                self._end(asset, number, value, observed_at_ms, received_at_ms, changes)
        for number in watch.own:
            was_met = (asset, number) in self._met
            is_met = self._rules[number].rule.is_met(value, was_met, self._thresholds.get((asset, number)))
            if is_met != was_met:
                (self._begin if is_met else self._end)(asset, number, value, observed_at_ms, received_at_ms, changes)
        for number in watch.silent:
            if (asset, number) in self._met:
                self._end(asset, number, value, observed_at_ms, received_at_ms, changes)

    def fell_silent(self, asset: int, rule: int, last_value: float | None, last_at_ms: int, now_ms: int, changes: Changes) -> None:
        """Nothing came for the rule's duration."""
        if (asset, rule) not in self._met:
            self._met.add((asset, rule))
            changes.verdicts.append(Verdict(asset, rule, True, last_value, last_at_ms, now_ms))

    def due(self, now_ms: int) -> Iterator[tuple[int, int]]:
        """(asset, rule) pairs whose duration has elapsed, each given once; they hold from now on as raised."""
        while self._timers and self._timers[0][0] <= now_ms:
            _, asset, rule, since_ms = heapq.heappop(self._timers)
            # A condition that ended and began again has a newer timer: this one is void.
            if self._pending.get((asset, rule)) == since_ms:
                del self._pending[asset, rule]
                yield asset, rule

    def _begin(self, asset: int, number: int, value: float, observed_at_ms: int, received_at_ms: int, changes: Changes) -> None:
        self._met.add((asset, number))
        if self._rules[number].duration_ms == 0:
            changes.verdicts.append(Verdict(asset, number, True, value, observed_at_ms, received_at_ms))
        else:
            self._wait(asset, number, observed_at_ms)
            changes.pending[asset, number] = (observed_at_ms, value)

    def _end(self, asset: int, number: int, value: float, observed_at_ms: int, received_at_ms: int, changes: Changes) -> None:
        self._met.discard((asset, number))
        if self._pending.pop((asset, number), None) is None:
            changes.verdicts.append(Verdict(asset, number, False, value, observed_at_ms, received_at_ms))
        else:
            changes.pending[asset, number] = None

    def _wait(self, asset: int, number: int, since_ms: int) -> None:
        self._pending[asset, number] = since_ms
        heapq.heappush(self._timers, (since_ms + self._rules[number].duration_ms, asset, number, since_ms))
