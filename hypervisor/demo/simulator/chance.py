"""Chance without memory: the same asset at the same instant always draws the same number, so that a restart changes nothing."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Seeds = NDArray[np.uint64]
Numbers = NDArray[np.float64]

# Constants of splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
GOLDEN, MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def seeds(urns: Iterable[str]) -> Seeds:
    """A 64-bit seed per URN."""
    return np.array([int.from_bytes(hashlib.blake2b(urn.encode(), digest_size=8).digest(), "little") for urn in urns], dtype=np.uint64)


def uniform(seed: Seeds, draw: int | NDArray[np.int64] = 0) -> Numbers:
    """A number in [0, 1) per seed; another `draw` gives another, independent one."""
    with np.errstate(over="ignore"):
        mixed = seed + (np.asarray(draw, dtype=np.int64).astype(np.uint64) + np.uint64(1)) * GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * MIX_2
        mixed = mixed ^ (mixed >> np.uint64(31))
    drawn: Numbers = (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return drawn


def wander(seed: Seeds, epoch_s: float, period_s: float, channel: int = 0) -> Numbers:
    """Smooth noise in [-1, 1] per seed that changes its mind every `period_s`: straight lines between two draws."""
    bucket, part = divmod(epoch_s, period_s)
    part /= period_s
    before, after = (uniform(seed ^ np.uint64(channel * 7919 + 17), int(bucket) + step) for step in (0, 1))
    return (before * (1 - part) + after * part) * 2 - 1
