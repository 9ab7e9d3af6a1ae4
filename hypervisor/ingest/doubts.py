"""Requests whose values carry no time: the same body again is a retry while nobody knows what became of the first, and another measure once it was answered.

A sensor that repeats its value without a time proves that it lives: each counts. One that was told 503 sends the same body again, though Redis may have had it.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hypervisor.hot.stream import RETRIED_S, Intake, Parcel, Receipt

MOST_DOUBTED = 100_000


class _Doubt:
    """The receipts of one request, once there are some."""

    receipts: Sequence[Receipt] = ()

    def end(self, receipts: Sequence[Receipt]) -> None:
        """Says what became of it."""
        self.receipts = receipts


class Doubts:
    """See the module."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._doubted: dict[str, float] = {}

    @contextmanager
    def about(self, parcels: Sequence[Parcel]) -> Iterator[_Doubt]:
        """While parcels are being added; when the block fails, their memory stays for RETRIED_S."""
        doubt = _Doubt()
        digest, is_until_sure = parcels[0].seen.digest, parcels[0].seen.is_until_sure
        try:
            yield doubt
        finally:
            if is_until_sure and not doubt.receipts:
                self._note(digest)
        if not is_until_sure:
            return
        since = self._doubted.pop(digest, None)
        is_in_doubt = since is not None and time.monotonic() - since < RETRIED_S
        # Added now, though it was sent before: what was sent first may still lie unread before a Redis that was frozen. Its memory must outlast it.
        if not is_in_doubt or all(receipt.is_known for receipt in doubt.receipts):
            self._intake.settle(parcels)

    def _note(self, digest: str) -> None:
        if len(self._doubted) >= MOST_DOUBTED:
            self._doubted.clear()
        self._doubted[digest] = time.monotonic()
