"""Values made fewer without lying: gaps stay gaps, and what is averaged says so and keeps its extremes. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAP_PERIODS = 3
"""Periods without a value that make a gap, as for staleness (screens.md B.2)."""
MINUTE_MS = 60_000
BUCKETS_MS = tuple(minutes * MINUTE_MS for minutes in (1, 5, 10, 15, 30, 60, 180, 360, 720, 1440, 10_080))
"""Lengths that a person can name; one of a week at most."""

Point = list[float | None]
"""[epoch ms, mean, low, high]; a point whose mean is None stands in a gap, so that a line breaks there."""


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """points oldest first; bucket_ms: length of what each one averages, 0 when they are the values themselves; gaps: how many holes."""

    points: list[Point]
    bucket_ms: int
    gaps: int


def sampled(
    at_ms: NDArray[np.int64],
    values: NDArray[np.float64],
    period_ms: int,
    most: int,
    low: NDArray[np.float64] | None = None,
    high: NDArray[np.float64] | None = None,
) -> Sampled:
    """At most about `most` points of these values, oldest first. period_ms: how often a healthy source speaks, 0 when nobody knows: then nothing is a gap.

    low, high: extremes of values that are means already; a mean of such means weighs each alike.
    """
    low, high = values if low is None else low, values if high is None else high
    if len(at_ms) <= most:
        return _with_gaps(at_ms, values, low, high, GAP_PERIODS * period_ms, 0)
    span = int(at_ms[-1] - at_ms[0])
    bucket_ms = next((length for length in BUCKETS_MS if span / length <= most), BUCKETS_MS[-1])
    starts_of = at_ms // bucket_ms * bucket_ms
    first = np.flatnonzero(np.diff(starts_of, prepend=-1))
    count = np.diff(first, append=len(at_ms))
    mean = np.add.reduceat(values, first) / count
    return _with_gaps(
        starts_of[first], mean, np.minimum.reduceat(low, first), np.maximum.reduceat(high, first), max(GAP_PERIODS * period_ms, bucket_ms), bucket_ms
    )


def _with_gaps(
    at_ms: NDArray[np.int64], mean: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], longest_ms: int, bucket_ms: int
) -> Sampled:
    holes = np.flatnonzero(np.diff(at_ms) > longest_ms) + 1 if longest_ms else np.empty(0, np.int64)
    points: list[Point] = []
    before = 0
    rows = np.column_stack((at_ms.astype(np.float64), mean, low, high)).tolist()
    for hole in [*holes.tolist(), len(rows)]:
        points += rows[before:hole]
        if hole < len(rows):
            points.append([float((at_ms[hole - 1] + at_ms[hole]) // 2), None, None, None])
        before = hole
    return Sampled(points=points, bucket_ms=bucket_ms, gaps=len(holes))


def correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[float, float] | None:
    """(Pearson's r, Spearman's rho) of two columns of one length; None below three pairs or when one does not vary."""
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(first, second)[0, 1]), float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, equal values sharing the mean of theirs (the usual treatment of ties in Spearman's coefficient)."""
    _unique, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    shared: NDArray[np.float64] = (ends - (counts - 1) / 2)[inverse]
    return shared
