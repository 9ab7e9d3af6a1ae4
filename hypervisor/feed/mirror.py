"""The appearance of every asset as this process knows it, and what changed since the last frame."""

import itertools
from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.appearance import NEVER_SEEN
from hypervisor.domain.quality import Quality
from hypervisor.feed import encode
from hypervisor.feed.channels import Layout

PAIR = np.dtype([("slot", "<u4"), ("appearance", "u1")])
SILENT_SHARE = 0.95
"""A layer is silent when this share of its assets ever heard is stale. Chosen by us: a few stubborn sensors must not hide that the source has died."""


class Mirror:
    """One tenant's appearances, by layer. Ten changes of a lamp between two frames are one byte in the next."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._oldest_ms = 0.0
        self._now: dict[str, NDArray[np.uint8]] = {layer: np.full(layout.size(layer), NEVER_SEEN, np.uint8) for layer in layout.columns}
        self._dirty: dict[str, list[NDArray[np.uint32]]] = {layer: [] for layer in layout.columns}

    def apply(self, layer: str, packed: bytes, oldest_ms: float = 0.0) -> None:
        """Applies the pairs of one entry of `delta:*`. Slots of another layout are dropped: the reconciliation that follows a new layout brings the truth."""
        if layer not in self._now or len(packed) % PAIR.itemsize:
            return
        pairs = np.frombuffer(packed, PAIR)
        pairs = pairs[pairs["slot"] < len(self._now[layer])]
        if len(pairs) == 0:
            return
        self._now[layer][pairs["slot"]] = pairs["appearance"]
        self._dirty[layer].append(pairs["slot"])
        if oldest_ms and (not self._oldest_ms or oldest_ms < self._oldest_ms):
            self._oldest_ms = oldest_ms

    def reconcile(self, layer: str, snap: bytes | None) -> int:
        """Makes the layer what `snap:*` says, and marks what differed. Gives how many assets differed; a snap of another size is of another layout and is left alone."""
        if layer not in self._now or snap is None or len(snap) != len(self._now[layer]):
            return 0
        truth = np.frombuffer(snap, np.uint8)
        slots = np.flatnonzero(truth != self._now[layer]).astype(np.uint32)
        if len(slots):
            self._now[layer][slots] = truth[slots]
            self._dirty[layer].append(slots)
        return len(slots)

    def take(self) -> tuple[dict[int, bytes], float]:
        """What changed since the last call: channel number → its DELTA section, and the oldest observed time among the changes (0 when unknown)."""
        sections: dict[int, bytes] = {}
        for layer, pieces in self._dirty.items():
            if not pieces:
                continue
            slots = np.unique(np.concatenate(pieces))
            pieces.clear()
            firsts, channels = self.layout.bounds[layer]
            owner = np.searchsorted(firsts, slots, side="right") - 1
            for start, end in _runs(owner):
                channel = channels[int(owner[start])]
                own = slots[start:end]
                sections[channel.number] = encode.delta_section(channel.number, own - np.uint32(channel.first), self._now[layer][own])
        oldest_ms, self._oldest_ms = self._oldest_ms, 0.0
        return sections, oldest_ms

    def full(self, number: int) -> bytes:
        """The FULL section of a channel."""
        channel = self.layout.channels[number]
        return encode.full_section(number, self._now[channel.layer][channel.first : channel.first + channel.size])

    def appearances(self, layer: str) -> NDArray[np.uint8]:
        """The layer's bytes in slot order; a view, not to be written."""
        return self._now[layer]

    def severity(self, layer: str, slot: int) -> int:
        """Severity 0-4 of an asset, 0 when it is not on this layout."""
        now = self._now.get(layer)
        return 0 if now is None or slot >= len(now) else int(now[slot]) & 0b111

    def silent(self, communes: Collection[int] | None = None) -> Mapping[str, bool]:
        """layer → whether its source is silent, as its assets of these communes tell. A layer never heard is not silent: nothing is shown for it."""
        found = {}
        for layer, everywhere in self._now.items():
            now = everywhere if communes is None else everywhere[np.isin(self.layout.commune_of[layer], list(communes))]
            quality = np.bincount(now >> 3 & 0b111, minlength=8)
            heard = len(now) - quality[Quality.NEVER_RECEIVED]
            found[layer] = bool(heard) and quality[Quality.STALE] >= SILENT_SHARE * heard
        return found


def _runs(owner: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """(start, end) of each run of equal values."""
    cuts = np.flatnonzero(np.diff(owner)) + 1
    edges = [0, *cuts.tolist(), len(owner)]
    yield from itertools.pairwise(edges)
