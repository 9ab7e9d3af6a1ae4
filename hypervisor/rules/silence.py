"""What has not been heard, judged on the clock for many assets at once."""

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.quality import LATE_PERIODS, STALE_PERIODS, Quality

SOURCE_SHARE = 0.95
"""A source is silent when this share of its assets that ever spoke is stale (docs/live-protocol.md §3 says the same to screens)."""


def liveness(heard_at_ms: NDArray[np.int64], period_ms: NDArray[np.int64], now_ms: int) -> NDArray[np.uint8]:
    """Quality by age of each value, `quality.by_age` for arrays; 0 ms means never received."""
    age = now_ms - heard_at_ms
    quality = np.full(len(heard_at_ms), Quality.FRESH, np.uint8)
    quality[age > LATE_PERIODS * period_ms] = Quality.LATE
    quality[age > STALE_PERIODS * period_ms] = Quality.STALE
    quality[heard_at_ms == 0] = Quality.NEVER_RECEIVED
    return quality


def silent(heard_at_ms: NDArray[np.int64], duration_ms: int, now_ms: int, watched_from_ms: int) -> NDArray[np.intp]:
    """Indexes of values heard once, then not for longer than duration_ms.

    watched_from_ms: nothing is blamed for silence before it (the worker was away, or the whole source was).
    """
    since = np.maximum(heard_at_ms, watched_from_ms)
    return np.flatnonzero((heard_at_ms > 0) & (now_ms - since > duration_ms))


def is_source_silent(quality: NDArray[np.uint8]) -> bool:
    """Whether so many assets of a source are stale that the source itself must be blamed. One that never spoke is not silent."""
    spoke = int(np.count_nonzero(quality != Quality.NEVER_RECEIVED))
    return spoke > 0 and int(np.count_nonzero(quality == Quality.STALE)) >= SOURCE_SHARE * spoke
