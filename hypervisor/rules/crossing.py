"""Which rules a new value may change: only those whose threshold lies between the previous value and the new one.

The invariant it rests on: after a value, a condition that does not hold is off its threshold, and one that holds is within its hysteresis.
A previous value that is not known (NaN) gives up the invariant, and every threshold on the value's side is a candidate. So does a guard that
refused a condition: `conditions.py` looks at that one again at each value.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.rule import Rule


class CrossingIndex:
    """Sorted thresholds of the rules of one property of one kind. Lookup costs the logarithm of their number, plus what is crossed."""

    def __init__(self, rules: Iterable[tuple[int, Rule]]) -> None:
        upward: list[tuple[float, float, int]] = []
        downward: list[tuple[float, float, int]] = []
        for number, rule in rules:
            if rule.comparison in ("above", "rising"):
                upward.append((rule.threshold, rule.threshold - rule.hysteresis, number))
            else:
                on = -rule.threshold if rule.comparison == "falling" else rule.threshold
                downward.append((on, on + rule.hysteresis, number))
        self._above_on = _Levels((on, number) for on, _, number in upward)
        self._above_off = _Levels((off, number) for _, off, number in upward)
        self._below_on = _Levels((on, number) for on, _, number in downward)
        self._below_off = _Levels((off, number) for _, off, number in downward)

        every = (self._above_on, self._above_off, self._below_on, self._below_off)
        self._every_level = np.unique(np.array([level for levels in every for level in levels.levels], np.float64))

    def may_cross(self, previous: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """For which of these pairs `crossed` may give anything; always where the previous value is NaN."""
        moved = np.isnan(previous)
        for side in ("left", "right"):
            moved |= np.searchsorted(self._every_level, previous, side) != np.searchsorted(self._every_level, value, side)  # type: ignore[call-overload]
        return moved

    def crossed(self, previous: float, value: float) -> tuple[Sequence[int], Sequence[int]]:
        """Numbers of the rules whose condition may begin, and of those whose condition may end."""
        if value == previous:
            return (), ()
        if math.isnan(previous):
            return (
                [*self._above_on.in_upper(-math.inf, value), *self._below_on.in_lower(value, math.inf)],
                [*self._above_off.in_upper(value, math.inf), *self._below_off.in_lower(-math.inf, value)],
            )
        if value > previous:
            return self._above_on.in_upper(previous, value), self._below_off.in_lower(previous, value)
        return self._below_on.in_lower(value, previous), self._above_off.in_upper(value, previous)


class _Levels:
    """Levels in order, each with its rule."""

    def __init__(self, levels: Iterable[tuple[float, int]]) -> None:
        ordered = sorted(levels)
        self.levels = [level for level, _ in ordered]
        self._numbers = [number for _, number in ordered]

    def in_upper(self, low: float, high: float) -> list[int]:
        """Rules whose level is in ]low, high]: met from the level up."""
        return self._numbers[bisect_right(self.levels, low) : bisect_right(self.levels, high)]

    def in_lower(self, low: float, high: float) -> list[int]:
        """Rules whose level is in [low, high[: met from the level down."""
        return self._numbers[bisect_left(self.levels, low) : bisect_left(self.levels, high)]
