"""From the door to the screens' stream: how long each observation took, as running totals that /metrics renders."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

BOUNDS_MS = (25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)
PREFIX, SUM, BEYOND = "latency:", "latency:sum", "latency:inf"


def totals(received_at_ms: Sequence[int], shown_at_ms: int) -> Counter[str]:
    """latency:<bound> → observations that took at most it and more than the bound before; latency:inf → those beyond; latency:sum → milliseconds of all."""
    if not received_at_ms:
        return Counter()
    took = np.maximum(shown_at_ms - np.array(received_at_ms, np.int64), 0)
    counts = np.bincount(np.searchsorted(BOUNDS_MS, took), minlength=len(BOUNDS_MS) + 1)
    found = Counter({f"{PREFIX}{bound}": int(count) for bound, count in zip(BOUNDS_MS, counts, strict=False) if count})
    found[BEYOND] = int(counts[-1])
    found[SUM] = int(took.sum())
    return found
