"""How long each hop of the way takes, from the door to the screens: as running totals that /metrics renders, and as spans when traces are wanted.

`decode` and `xadd` are counted by the door itself, `screen` by each web process; the others, of the worker and its relay, are totals in Redis.
"""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate

from hypervisor import tracing

METRIC = "vigie_hop_seconds"
HELP = (
    "Hops of the way: decode, xadd (door); stream: from the stream's entry to its reading; judge: mapping, bounds and rules of a group; postgresql: its transaction; "
    "lua: its present; relay: from a fact's commit to the screens' stream"
)
SCREEN, SCREEN_HELP = "vigie_hop_screen_seconds", "From the hub's queue to the socket of a screen, each message"
BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
IN_REDIS = ("stream", "judge", "postgresql", "lua", "relay")
PREFIX = "hop:"


def note(counts: Counter[str], hop: str, seconds: float) -> None:
    """Adds one passage to the totals: hop:<hop>:<place of its bound>, and hop:<hop>:us, microseconds of all."""
    counts[f"{PREFIX}{hop}:{bisect_left(BOUNDS_S, seconds)}"] += 1
    counts[f"{PREFIX}{hop}:us"] += max(0, int(seconds * 1e6))


@contextmanager
def passing(counts: Counter[str], hop: str) -> Iterator[None]:
    """Notes how long the block took, unless it fails, and is its span."""
    began = time.perf_counter()
    with tracing.span(hop):
        yield
    note(counts, hop, time.perf_counter() - began)


def buckets(totals: Mapping[str, int], hop: str) -> tuple[list[tuple[str, float]], float]:
    """(upper bound in s, passages at most as long) as Prometheus wants them, and the seconds of all."""
    below = list(accumulate(totals.get(f"{PREFIX}{hop}:{place}", 0) for place in range(len(BOUNDS_S) + 1)))
    bounds = [*map(str, BOUNDS_S), "+Inf"]
    return [(bound, float(count)) for bound, count in zip(bounds, below, strict=True)], totals.get(f"{PREFIX}{hop}:us", 0) / 1e6
