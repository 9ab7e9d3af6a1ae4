"""Back-pressure: nothing more is taken for a shard whose slowest reader is too far behind."""

import time

from hypervisor.errors import TooManyAttempts
from hypervisor.hot.stream import Intake, Parcel
from hypervisor.ingest import metrics

MOST_WAITING = 50_000
"""Entries of one shard beyond which the door answers 429: at 100 observations each, some 350 MB. With the bytes below, whichever comes first."""
MOST_BYTES_WAITING = 256 * 2**20
MEASURED_EVERY_S = 0.25
LATE = "the platform is too far behind: nothing was accepted; send the same request again in 2 s"


class Backlog:
    """See the module. most_waiting: entries of a shard beyond which we refuse."""

    def __init__(self, intake: Intake, most_waiting: int = MOST_WAITING) -> None:
        self._intake = intake
        self._most_waiting = most_waiting
        self._waiting: dict[tuple[int, int], tuple[float, bool]] = {}

    async def check(self, parcel: Parcel) -> None:
        """Raises TooManyAttempts when the slowest reader of the shard is too far behind; asked of Redis four times a second at most."""
        key = (parcel.tenant, parcel.shard)
        at, is_full = self._waiting.get(key, (-MEASURED_EVERY_S, False))
        if time.monotonic() - at >= MEASURED_EVERY_S:
            self._waiting[key] = (time.monotonic(), is_full)
            entries, size = await self._intake.waiting(*key)
            is_full = entries >= self._most_waiting or size >= MOST_BYTES_WAITING
            self._waiting[key] = (time.monotonic(), is_full)
            metrics.ENTRIES_WAITING.labels(*map(str, key)).set(entries)
            metrics.BYTES_WAITING.labels(*map(str, key)).set(size)
        if is_full:
            raise TooManyAttempts(LATE)
