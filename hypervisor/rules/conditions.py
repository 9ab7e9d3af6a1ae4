"""Which conditions hold on which assets, which of them wait for their duration, and what that raises or ends."""

import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypervisor.rules.compile import CompiledRule, Watch
from hypervisor.rules.guard import GuardFailed
from hypervisor.rules.wheel import TimerWheel

HOUR_MS = 3_600_000
RATE_FROM_MS = 1000
"""Two values closer than this give no rate: chosen by us, since a millisecond between two values makes any noise a flood."""

Surroundings = Callable[[int, CompiledRule, int], Mapping[str, Any]]
"""(asset, rule, time of the value in epoch ms) → what a guard may use besides the value."""


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
    """What conditions changed.

    verdicts, in order; pending: for each (asset, rule) the time since which it waits and the value, None when it no longer does;
    failed: why a rule's guard could not be evaluated, by rule.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    pending: dict[tuple[int, int], tuple[int, float] | None] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)


class Conditions:
    """Conditions that hold on assets. `asset` is any stable number that the caller chose.

    thresholds: (asset, rule) → the asset's own threshold, for the rules that have one each; scopes: rule → the assets on which it applies, all when absent;
    surroundings: what guards may use.
    """

    def __init__(
        self,
        rules: tuple[CompiledRule, ...],
        thresholds: Mapping[tuple[int, int], float] | None = None,
        scopes: Mapping[int, Container[int]] | None = None,
        surroundings: Surroundings = lambda _asset, _rule, _at_ms: {},
    ) -> None:
        self._rules = rules
        self._thresholds = thresholds or {}
        self._scopes = scopes or {}
        self._surroundings = surroundings
        self._met: set[tuple[int, int]] = set()
        self._since: dict[tuple[int, int], int] = {}
        self._timers = TimerWheel()
        self._silent: dict[int, set[int]] = {}
        self._rates: dict[tuple[int, int], float] = {}
        # What a guard refused, by (asset, watch): the index sees a threshold crossed once, the guard may agree later.
        self._refused: dict[tuple[int, int], set[int]] = {}
        self._refused_rates: dict[tuple[int, int], set[int]] = {}

    def restore(self, met: Iterable[tuple[int, int]], pending: Mapping[tuple[int, int], int]) -> None:
        """Takes up what the database kept: conditions whose alarm is active, and those that wait, with the time since when."""
        for asset, rule in met:
            self._hold(asset, rule)
        for (asset, rule), since_ms in pending.items():
            self._hold(asset, rule)
            self._wait(asset, rule, since_ms)

    def holds(self, asset: int, rule: int) -> bool:
        """Whether the condition of a rule holds on an asset, its duration elapsed or not."""
        return (asset, rule) in self._met

    def restless(self) -> set[int]:
        """Assets whose next value must be observed whatever it is: one that fell silent is heard by it, one that a guard refused may be allowed."""
        return {*self._silent, *(asset for asset, _watch in self._refused)}

    def observe(
        self,
        asset: int,
        watch: Watch,
        previous: float,
        value: float,
        observed_at_ms: int,
        received_at_ms: int,
        changes: Changes,
        known: float = math.nan,
        known_at_ms: int = 0,
    ) -> None:
        """Judges a new value.

        previous: the value that was judged before this one, NaN when that is not known (a restart). known and known_at_ms: the last value
        and its time, judged by this process or not, 0 when there is none: rates and guards use them.
        """
        arrival = _Arrival(asset, value, observed_at_ms, received_at_ms, known if known_at_ms else None, changes)
        began, ended = watch.index.crossed(previous, value)
        if began or ended or self._refused:
            self._judge(arrival, value, began, ended, self._refused, watch.number)
        if watch.rates is not None and known_at_ms and observed_at_ms - known_at_ms >= RATE_FROM_MS:
            rate = (value - known) * HOUR_MS / (observed_at_ms - known_at_ms)
            began, ended = watch.rates.crossed(self._rates.get((asset, watch.number), math.nan), rate)
            self._rates[asset, watch.number] = rate
            self._judge(arrival, rate, began, ended, self._refused_rates, watch.number)
        for number in watch.own:
            was_met = (asset, number) in self._met
            is_met = self._rules[number].rule.is_met(value, was_met, self._thresholds.get((asset, number)))
            if is_met != was_met and (was_met or self._allows(arrival, number)):
                (self._begin if is_met else self._end)(arrival, number, value)
        if watch.silent and asset in self._silent:
            for number in sorted(self._silent[asset] & watch.silent):
                self._end(arrival, number, value)

    def count(self, asset: int, number: int, count: int, at_ms: int, changes: Changes) -> None:
        """Judges how many assets of the group that this one stands for are in alarm."""
        was_met = (asset, number) in self._met
        is_met = self._rules[number].rule.is_met(count, was_met)
        if is_met != was_met:
            (self._begin if is_met else self._end)(_Arrival(asset, count, at_ms, at_ms, None, changes), number, count)

    def fell_silent(self, asset: int, rule: int, last_value: float | None, last_at_ms: int, now_ms: int, changes: Changes) -> None:
        """Nothing came for the rule's duration."""
        if (asset, rule) not in self._met and self._applies(asset, rule):
            self._hold(asset, rule)
            changes.verdicts.append(Verdict(asset, rule, True, last_value, last_at_ms, now_ms))

    def due(self, now_ms: int) -> Iterator[tuple[int, int]]:
        """(asset, rule) pairs whose duration has elapsed, each given once; they hold from now on as raised."""
        for key in self._timers.due(now_ms):
            del self._since[key]
            yield key

    def rate(self, asset: int, watch: Watch) -> float | None:
        """The last change per hour of a property, None when it is not known."""
        return self._rates.get((asset, watch.number))

    def met(self, rule: int) -> list[int]:
        """Assets on which a rule's condition holds, in order."""
        return sorted(asset for asset, number in self._met if number == rule)

    def waits(self) -> dict[tuple[int, int], int]:
        """What waits for its duration: (asset, rule) → since when."""
        return dict(self._since)

    def _judge(
        self,
        arrival: "_Arrival",
        value: float,
        began: Sequence[int],
        ended: Sequence[int],
        refused: dict[tuple[int, int], set[int]],
        watch: int,
    ) -> None:
        waiting = refused.pop((arrival.asset, watch), None)
        if waiting:
            began = [*began, *sorted(number for number in waiting.difference(began) if self._rules[number].rule.is_met(value, was_met=False))]
        for number in began:
            if (arrival.asset, number) in self._met:
                continue
            if self._allows(arrival, number):
                self._begin(arrival, number, value)
            elif self._rules[number].guard is not None:
                refused.setdefault((arrival.asset, watch), set()).add(number)
        for number in ended:
            if (arrival.asset, number) in self._met:
                self._end(arrival, number, value)

    def _applies(self, asset: int, number: int) -> bool:
        scope = self._scopes.get(number)
        return scope is None or asset in scope

    def _allows(self, arrival: "_Arrival", number: int) -> bool:
        if not self._applies(arrival.asset, number):
            return False
        one = self._rules[number]
        if one.guard is None:
            return True
        surroundings = {"value": arrival.value, **self._surroundings(arrival.asset, one, arrival.observed_at_ms)}
        if arrival.previous is not None:
            surroundings["previous"] = arrival.previous
        try:
            return one.guard.allows(surroundings)
        except GuardFailed as failed:
            arrival.changes.failed[number] = str(failed)
            return False

    def _begin(self, arrival: "_Arrival", number: int, value: float) -> None:
        self._hold(arrival.asset, number)
        if self._rules[number].duration_ms == 0:
            arrival.changes.verdicts.append(Verdict(arrival.asset, number, True, value, arrival.observed_at_ms, arrival.received_at_ms))
        else:
            self._wait(arrival.asset, number, arrival.observed_at_ms)
            arrival.changes.pending[arrival.asset, number] = (arrival.observed_at_ms, value)

    def _end(self, arrival: "_Arrival", number: int, value: float) -> None:
        key = arrival.asset, number
        self._met.discard(key)
        if arrival.asset in self._silent:
            self._silent[arrival.asset].discard(number)
            if not self._silent[arrival.asset]:
                del self._silent[arrival.asset]
        if self._since.pop(key, None) is None:
            arrival.changes.verdicts.append(Verdict(arrival.asset, number, False, value, arrival.observed_at_ms, arrival.received_at_ms))
        else:
            self._timers.end(key)
            arrival.changes.pending[key] = None

    def _hold(self, asset: int, number: int) -> None:
        self._met.add((asset, number))
        if self._rules[number].rule.comparison == "silent":
            self._silent.setdefault(asset, set()).add(number)

    def _wait(self, asset: int, number: int, since_ms: int) -> None:
        self._since[asset, number] = since_ms
        self._timers.set((asset, number), since_ms + self._rules[number].duration_ms)


@dataclass(slots=True)
class _Arrival:
    """A value on its way through the rules of its property."""

    asset: int
    value: float
    observed_at_ms: int
    received_at_ms: int
    previous: float | None
    changes: Changes
