"""The map as it was: the same frames as the feed's, made from history instead of the present. The painter does not know the difference.

A chapter is a moment and the minutes after it: one FULL frame, then one DELTA a minute.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.alarm import Priority
from hypervisor.domain.appearance import SEVERITY_OF
from hypervisor.domain.layer import Kind, Layer
from hypervisor.domain.quality import STALE_PERIODS, Quality
from hypervisor.feed import encode
from hypervisor.feed.channels import Layout
from hypervisor.feed.mirror import Mirror
from hypervisor.rules import silence

STEP_MS = 60_000
LONGEST_LOOK_BACK = timedelta(hours=3)
"""How far back a last value is looked for. Of what is heard less often than once an hour, a replay may therefore say « périmée » too soon: never the reverse."""
HIDDEN = frozenset({"normal", "shelved", "suppressed_by_design", "out_of_service"})
"""States that leave no mark on the map: `Present.look` draws no masked alarm either."""
WAITING = frozenset({"unacknowledged", "returned_unacknowledged", "latched_unacknowledged"})


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm's life as the map needs it. steps: (epoch ms, state from then on), oldest first."""

    asset_id: int
    priority: Priority
    steps: list[tuple[int, str]]

    def state_at(self, ms: int) -> str:
        """Its state at that moment, "normal" before its first step."""
        return next((state for at, state in reversed(self.steps) if at <= ms), "normal")


@dataclass(frozen=True, kw_only=True)
class Known:
    """History's answer as columns, in order of step then time (History.latest)."""

    asset_id: NDArray[np.int32]
    property_id: NDArray[np.int16]
    step: NDArray[np.int32]
    observed_at_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """frames[k] is the map at at_ms + k minutes; silent[k]: the layers whose source was silent then."""

    at_ms: int
    frames: list[bytes]
    silent: list[list[str]]

    def packed(self) -> bytes:
        """One body: u64 length and JSON {at, step_ms, silent}, then u64 length and bytes of each frame, each padded to 8 so that a reader makes views of it."""
        head = msgspec.json.encode({"at": self.at_ms, "step_ms": STEP_MS, "silent": self.silent})
        return b"".join(_sized(piece) for piece in (head, *self.frames))


def look_backs(layers: Iterable[Layer], numbers: Mapping[tuple[str, str], int], at_ms: int) -> dict[int, int]:
    """property number → the epoch ms after which its last value still says something, for every property that the map draws."""
    longest = LONGEST_LOOK_BACK / timedelta(milliseconds=1)
    return {
        numbers[layer.key, key]: at_ms - int(min(longest, (STALE_PERIODS + 1) * (layer.property_of(key).period / timedelta(milliseconds=1))))
        for layer in layers
        for kind in layer.kinds
        for key in _drawn(kind)
        if (layer.key, key) in numbers
    }


def chapter(
    layout: Layout, channels: Sequence[int], numbers: Mapping[tuple[str, str], int], known: Known, traces: Sequence[Trace], never: Mapping[str, NDArray[np.bool_]],
    communes: Collection[int] | None, at_ms: int, minutes: int,
) -> Chapter:  # fmt: skip
    """The chapter that begins at at_ms. never: by layer, which slots have not been heard to this day: they had not been heard then either.

    What was first heard after that moment is drawn « périmée » and not « jamais reçue »: history says when a value came, not that there was none before it was kept.
    """
    mirror = Mirror(layout)
    sheets = {layer.key: _Sheet(layout, layer, numbers, never.get(layer.key)) for layer in layout.layers if layer.key in layout.columns}
    frames, silent = [], []
    ends = np.searchsorted(known.step, np.arange(minutes + 1), side="right")
    for minute in range(minutes + 1):
        now_ms = at_ms + minute * STEP_MS
        rows = slice(0 if minute == 0 else int(ends[minute - 1]), int(ends[minute]))
        marks = _marks(traces, now_ms)
        for key, sheet in sheets.items():
            sheet.hear(known, rows)
            mirror.reconcile(key, sheet.looks(now_ms, marks).tobytes())
        sections, _oldest = mirror.take()
        kind = encode.DELTA if minute else encode.FULL
        chosen = [sections[number] for number in channels if number in sections] if minute else [mirror.full(number) for number in channels]
        frames.append(encode.head(kind, len(chosen), layout.version, minute, now_ms) + b"".join(chosen))
        silent.append(sorted(layer for layer, is_silent in mirror.silent(communes).items() if is_silent))
    return Chapter(at_ms=at_ms, frames=frames, silent=silent)


class _Sheet:
    """One layer's slots: when each was last heard, what it said, how often it should speak."""

    def __init__(self, layout: Layout, layer: Layer, numbers: Mapping[tuple[str, str], int], never: NDArray[np.bool_] | None) -> None:
        column = layout.columns[layer.key]
        count = len(column.ids)
        self._order = np.argsort(column.ids)
        self._ids = column.ids[self._order]
        self._heard_by, self._active_by = np.full(256, -1, np.int32), np.full(256, -1, np.int32)
        self._period, self._from = np.ones(256, np.int64), np.zeros(256)
        for index, kind in enumerate(layer.kinds):
            if kind.staleness:
                self._heard_by[index] = numbers.get((layer.key, kind.staleness), -1)
                self._period[index] = layer.property_of(kind.staleness).period / timedelta(milliseconds=1)
            if kind.active:
                self._active_by[index], self._from[index] = numbers.get((layer.key, kind.active[0]), -1), kind.active[1]
        self._kinds = column.kinds
        self._heard_ms, self._invalid = np.zeros(count, np.int64), np.zeros(count, bool)
        self._active = np.zeros(count, bool)
        self._never = np.zeros(count, bool) if never is None or len(never) != count else never

    def hear(self, known: Known, rows: slice) -> None:
        """Takes these rows, older first."""
        at = np.searchsorted(self._ids, known.asset_id[rows])
        own = (
            np.flatnonzero((at < len(self._ids)) & (self._ids[np.minimum(at, len(self._ids) - 1)] == known.asset_id[rows]))
            if len(self._ids)
            else np.empty(0, int)
        )
        slots, prop = self._order[at[own]], known.property_id[rows][own]
        kinds, value, quality = self._kinds[slots], known.value[rows][own], known.quality[rows][own]
        heard, active = prop == self._heard_by[kinds], prop == self._active_by[kinds]
        self._heard_ms[slots[heard]] = known.observed_at_ms[rows][own][heard]
        self._invalid[slots[heard]] = quality[heard] == Quality.INVALID
        self._active[slots[active]] = value[active] >= self._from[kinds[active]]

    def looks(self, now_ms: int, marks: "Marks") -> NDArray[np.uint8]:
        """The appearance of each slot, as `domain.appearance`."""
        watched, period = self._heard_by[self._kinds] >= 0, self._period[self._kinds]
        # Nothing found in the look-back: the value was older than that, which is stale, unless there has never been one.
        quality = silence.liveness(np.where(self._heard_ms > 0, self._heard_ms, 1), period, now_ms)
        quality[~watched] = Quality.FRESH
        quality[watched & self._never] = Quality.NEVER_RECEIVED
        quality[self._invalid & (quality != Quality.STALE)] = Quality.INVALID
        looks = quality << 3 | self._active.astype(np.uint8) << 7
        at = np.minimum(np.searchsorted(self._ids, marks.asset_ids), max(0, len(self._ids) - 1))
        if len(self._ids):
            own = self._ids[at] == marks.asset_ids
            looks[self._order[at[own]]] |= marks.bits[own]
        return looks.astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Severity and acknowledgement bits of the assets in alarm, one row an asset."""

    asset_ids: NDArray[np.int32]
    bits: NDArray[np.uint8]


def _marks(traces: Sequence[Trace], now_ms: int) -> Marks:
    found: dict[int, int] = {}
    for trace in traces:
        state = trace.state_at(now_ms)
        if state in HIDDEN:
            continue
        before = found.get(trace.asset_id, 0)
        found[trace.asset_id] = max(before & 0b111, SEVERITY_OF[trace.priority]) | (before & 0x40) | (0x40 if state in WAITING else 0)
    return Marks(asset_ids=np.fromiter(found, np.int32, len(found)), bits=np.fromiter(found.values(), np.uint8, len(found)))


def never_heard(mirror: Mirror) -> dict[str, NDArray[np.bool_]]:
    """By layer, the slots that the present says were never received."""
    return {layer: mirror.appearances(layer) >> 3 & 0b111 == Quality.NEVER_RECEIVED for layer in mirror.layout.columns}


def _drawn(kind: Kind) -> set[str]:
    return {key for key in (kind.staleness, kind.active[0] if kind.active else None) if key}


def _sized(piece: bytes) -> bytes:
    return len(piece).to_bytes(8, "little") + piece + bytes(-len(piece) % 8)
