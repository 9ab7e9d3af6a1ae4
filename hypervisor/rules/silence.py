"""What has not been heard, judged on the clock for many assets at once."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.quality import LATE_PERIODS, STALE_PERIODS, Quality

SOURCE_SHARE = 0.95
"""A source is silent when this share of its assets that ever spoke is stale (docs/live-protocol.md §3 says the same to screens)."""


def liveness(heard_at_ms: NDArray[np.int64], period_ms: NDArray[np.int64], now_ms: int | NDArray[np.int64]) -> NDArray[np.uint8]:
    """Quality by age of each value, `quality.by_age` for arrays; 0 ms means never received."""
    age = now_ms - heard_at_ms
    quality = np.full(len(heard_at_ms), Quality.FRESH, np.uint8)
    quality[age > LATE_PERIODS * period_ms] = Quality.LATE
    quality[age > STALE_PERIODS * period_ms] = Quality.STALE
    quality[heard_at_ms == 0] = Quality.NEVER_RECEIVED
    return quality


class SilenceIndex:
    """The silence rules of one property of one kind, by duration: only those passed since the last look are given, however many there are."""

    def __init__(self, rules: Iterable[tuple[int, int]], assets: int) -> None:
        """rules: (duration in ms, number of the rule); assets: how many are looked at, always in the same order."""
        ordered = sorted(rules)
        self._durations = np.array([duration for duration, _ in ordered], np.int64)
        self._numbers = [number for _, number in ordered]
        self._passed = np.zeros(assets, np.int64)
        self._heard = np.zeros(assets, np.int64)

    def fell_silent(self, heard_at_ms: NDArray[np.int64], now_ms: int, watched_from_ms: int) -> Iterator[tuple[int, int]]:
        """(index of the asset, rule) for each duration that has passed since the last look; assets never heard are not silent.

        watched_from_ms: nothing is blamed for silence before it (the worker was away, or the whole source was).
        """
        age = np.where(heard_at_ms > 0, now_ms - np.maximum(heard_at_ms, watched_from_ms), 0)
        passed = np.searchsorted(self._durations, age, side="left")
        # What was heard meanwhile begins anew, though it may be as old already.
        before = np.where(heard_at_ms == self._heard, self._passed, 0)
        self._passed, self._heard = passed, heard_at_ms.copy()
        for place in np.flatnonzero(passed > before).tolist():
            for rank in range(int(before[place]), int(passed[place])):
                yield place, self._numbers[rank]


def is_source_silent(quality: NDArray[np.uint8]) -> bool:
    """Whether so many assets of a source are stale that the source itself must be blamed. One that never spoke is not silent."""
    spoke = int(np.count_nonzero(quality != Quality.NEVER_RECEIVED))
    return spoke > 0 and int(np.count_nonzero(quality == Quality.STALE)) >= SOURCE_SHARE * spoke
