"""From the door to the screens' stream: how long each observation took, as running totals that /metrics renders."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

BOUNDS_MS = (25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)
PREFIX, SUM, BEYOND = "latency:", "latency:sum", "latency:inf"


def totals(received_at_ms: NDArray[np.int64], shown_at_ms: int) -> Counter[str]:
    """latency:<bound> → observations that took at most it and more than the bound before; latency:inf → those beyond; latency:sum → milliseconds of all."""
    if not len(received_at_ms):
        return Counter()
    took = np.maximum(shown_at_ms - received_at_ms, 0)
    counts = np.bincount(np.searchsorted(BOUNDS_MS, took), minlength=len(BOUNDS_MS) + 1)
    found = Counter({f"{PREFIX}{bound}": int(count) for bound, count in zip(BOUNDS_MS, counts, strict=False) if count})
    found[BEYOND] = int(counts[-1])
    found[SUM] = int(took.sum())
    return found
