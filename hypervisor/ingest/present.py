"""The worker's memory of one tenant: last values, what is silent or invalid, open alarms, and the appearance byte that follows from them.

An asset is known by its place in the directory; a value by its cell. Everything here is loaded again from Redis and PostgreSQL at a start.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.alarm import Priority
from hypervisor.domain.appearance import appearance
from hypervisor.domain.quality import Quality
from hypervisor.hot.state import HOT_VALUE, LOOKS, HotValue
from hypervisor.ingest.columns import Measures
from hypervisor.ingest.directory import Directory
from hypervisor.rules import silence

CLOSED_KEPT = 10_000
"""Ended alarms whose version is remembered at least: hours of them, while a late copy is seconds late."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAlarm:
    """What the map and the rules that count need of an alarm; the highest version of an id is the truth. cause: its rule's key, "" when no rule raised it."""

    id: int
    asset_id: int
    cause: str = ""
    version: int
    priority: Priority
    active: bool
    acknowledged: bool
    masked: bool
    latched: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its condition holds, nobody has acknowledged its return, or its latch waits for a person."""
        return self.active or not self.acknowledged or self.latched


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardGroup:
    """The assets of one kind whose silence is watched: their places, and the cell that must be heard."""

    layer: str
    kind: str
    places: NDArray[np.int32]
    cells: NDArray[np.int32]
    period_ms: int


class Present:
    """See the module. Readers take `value`, `heard_at_ms` and `invalid` by cell, `quality` and `shown` by place.

    `values`, `heard_at` and `primed` are the same memory as columns; `property_of` and `place_of` say of a cell what it holds.
    """

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        count = len(directory)
        self.value = array("d", bytes(8 * directory.cells))
        self.heard_at_ms = array("q", bytes(8 * directory.cells))
        # A cell's first value after a start is judged against every rule: what was kept may be older than what was decided.
        self.is_primed = bytearray(directory.cells)
        self.invalid: set[int] = set()
        self.quality = bytearray([Quality.NEVER_RECEIVED if table.heard else Quality.FRESH for table in directory.table])
        self.shown = bytearray(count)
        self.held = dict.fromkeys(directory.layers, 0)
        self._alarms: dict[int, dict[int, OpenAlarm]] = {}
        self._versions: dict[int, int] = {}
        by_kind: dict[tuple[str, str], list[int]] = {}
        for place, table in enumerate(directory.table):
            by_kind.setdefault((table.layer.key, table.kind.key), []).append(place)
        self._by_kind = {key: np.array(places, np.int32) for key, places in by_kind.items()}
        self.groups = list(self._groups())
        self.measures = Measures(directory)
        self.values = _column(self.value, np.float64)
        self.heard_at = _column(self.heard_at_ms, np.int64)
        self.primed = _column(self.is_primed, np.uint8)
        self.asset_ids = _column(directory.asset_id, np.int32)
        self._first_cell = _column(directory.first_cell, np.int32)
        self._quality = _column(self.quality, np.uint8)
        sizes = [table.size for table in directory.table]
        self.place_of = np.repeat(np.arange(count, dtype=np.int32), sizes)
        properties = {id(table): [m.property_id for m in table.measures.values()] for table in directory.kinds.values()}
        self.property_of = np.fromiter((number for table in directory.table for number in properties[id(table)]), np.int16, directory.cells)

    # Values ---------------------------------------------------------------------------------------------------------

    def restore(self, values: Iterable[HotValue]) -> None:
        """Takes last values; those of unknown assets or properties are left out."""
        directory = self.directory
        positions = {key: {m.property_id: m.position for m in table.measures.values()} for key, table in directory.kinds.items()}
        for value in values:
            place = directory.by_id.get(value.asset_id)
            if place is None:
                continue
            table = directory.table[place]
            position = positions[table.layer.key, table.kind.key].get(value.property_id)
            if position is None:
                continue
            cell = directory.first_cell[place] + position
            if value.observed_at_ms > self.heard_at_ms[cell]:
                self.keep(place, cell, value.value, value.observed_at_ms)
                if value.quality == Quality.INVALID:
                    self.invalid.add(cell)

    def keep(self, place: int, cell: int, value: float, observed_at_ms: int) -> None:
        """Writes a last value."""
        if self.heard_at_ms[cell] == 0:
            self.held[self.directory.table[place].layer.key] += 1
        self.value[cell] = value
        self.heard_at_ms[cell] = observed_at_ms

    def keep_all(self, places: NDArray[np.int32], cells: NDArray[np.int32], values: NDArray[np.float64], observed_at_ms: NDArray[np.int64]) -> None:
        """Writes last values, of a different cell each."""
        is_first = self.heard_at[cells] == 0
        if is_first.any():
            layers = self.measures.layer_of_kind[self.measures.kind_of_place[places[is_first]]]
            for layer, count in zip(self.measures.layers, np.bincount(layers, minlength=len(self.measures.layers)).tolist(), strict=True):
                self.held[layer] += count
        self.values[cells] = values
        self.heard_at[cells] = observed_at_ms

    def cells(self, places: NDArray[np.int32], measures: NDArray[np.int16]) -> NDArray[np.int32]:
        """The cells of these measures (numbers of `measures`) on these places."""
        found: NDArray[np.int32] = self._first_cell[places] + self.measures.position[measures]
        return found

    def cell(self, place: int, prop: str) -> int:
        """The cell of a property, by its key."""
        return self.directory.first_cell[place] + self.directory.table[place].kind.properties.index(prop)

    def hot_values(self, cells: NDArray[np.int32]) -> dict[str, NDArray[np.void]]:
        """The last values of these cells as Redis keeps them (HOT_VALUE), by layer."""
        places = self.place_of[cells]
        packed = np.zeros(len(cells), HOT_VALUE)
        packed["asset_id"], packed["property_id"] = self.asset_ids[places], self.property_of[cells]
        packed["observed_at_ms"], packed["value"] = self.heard_at[cells], self.values[cells]
        packed["quality"] = Quality.FRESH
        if self.invalid:
            packed["quality"][np.isin(cells, list(self.invalid))] = Quality.INVALID
        layers = self.measures.layer_of_kind[self.measures.kind_of_place[places]]
        return {self.measures.layers[number]: packed[layers == number] for number in np.unique(layers).tolist()}

    def all_hot_values(self, layer: str) -> NDArray[np.void]:
        """Every last value of a layer, as Redis keeps it."""
        return self.hot_values(np.flatnonzero(self.heard_at).astype(np.int32)).get(layer, np.zeros(0, HOT_VALUE))

    # Silence --------------------------------------------------------------------------------------------------------

    def heard(self, places: NDArray[np.int32], at_ms: NDArray[np.int64], period_ms: NDArray[np.int64], now_ms: NDArray[np.int64]) -> list[int]:
        """Judges assets anew after a value of their watched property; the places whose quality changed."""
        quality = silence.liveness(at_ms, period_ms, now_ms)
        moved = self._quality[places] != quality
        self._quality[places[moved]] = quality[moved]
        changed: list[int] = places[moved].tolist()
        return changed

    def grow_old(self, now_ms: int) -> list[int]:
        """Judges every watched asset by the clock; the places whose quality changed."""
        changed: list[int] = []
        for group in self.groups:
            quality = silence.liveness(self.heard_at[group.cells], np.full(len(group.cells), group.period_ms, np.int64), now_ms)
            moved = np.flatnonzero(self._quality[group.places] != quality)
            self._quality[group.places[moved]] = quality[moved]
            changed += group.places[moved].tolist()
        return changed

    def quality_of(self, layer: str) -> NDArray[np.uint8]:
        """Quality by age of each watched asset of a layer."""
        parts = [self._quality[group.places] for group in self.groups if group.layer == layer]
        return np.concatenate(parts) if parts else np.zeros(0, np.uint8)

    def newest(self, layer: str) -> int:
        """Time of the newest watched value of a layer, 0 when nothing was ever heard."""
        return max((int(self.heard_at[group.cells].max()) for group in self.groups if group.layer == layer), default=0)

    def heard_of(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Times of the last values of these cells."""
        return self.heard_at[cells]

    def places_of(self, layer: str, kind: str) -> NDArray[np.int32]:
        """Places of the assets of a kind, in order."""
        return self._by_kind.get((layer, kind), np.zeros(0, np.int32))

    # Alarms ---------------------------------------------------------------------------------------------------------

    def know_alarm(self, alarm: OpenAlarm) -> int | None:
        """Takes an alarm's newest state; the place whose appearance may follow, None when it is old news or of no known asset."""
        place = self.directory.by_id.get(alarm.asset_id)
        if place is None or self._versions.get(alarm.id, 0) >= alarm.version:
            return None
        of_asset = self._alarms.setdefault(place, {})
        # The version of an alarm that ended is kept too: a late copy of an older one must not open it again.
        self._versions[alarm.id] = alarm.version
        if alarm.is_open:
            of_asset[alarm.id] = alarm
        else:
            of_asset.pop(alarm.id, None)
            self._forget_closed()
        if not of_asset:
            del self._alarms[place]
        return place

    def _forget_closed(self) -> None:
        """Drops the versions of alarms that ended, those heard first, once they are many."""
        if len(self._versions) > 2 * CLOSED_KEPT + len(self._alarms):
            open_ids = {number for alarms in self._alarms.values() for number in alarms}
            closed = [number for number in self._versions if number not in open_ids]
            for number in closed[:-CLOSED_KEPT]:
                del self._versions[number]

    # Appearance -----------------------------------------------------------------------------------------------------

    def look(self, place: int) -> int:
        """The appearance byte of an asset."""
        directory = self.directory
        table, first = directory.table[place], directory.first_cell[place]
        alarms = [alarm for alarm in self._alarms.get(place, {}).values() if not alarm.masked]
        is_invalid = bool(self.invalid) and any(cell in self.invalid for cell in range(first, first + table.size))
        active = table.active
        is_active = active is not None and self.heard_at_ms[first + active.position] > 0 and self.value[first + active.position] >= (active.active_from or 0.0)
        return appearance(
            worst=min((alarm.priority for alarm in alarms), default=None),
            quality=Quality.INVALID if is_invalid else Quality(self.quality[place]),
            is_unacknowledged=any(not alarm.acknowledged for alarm in alarms),
            is_active=is_active,
        )

    def repaint(self, places: Iterable[int]) -> dict[str, list[tuple[int, int]]]:
        """Looks at these assets again; by layer, (slot, byte) of those whose appearance changed."""
        changed: dict[str, list[tuple[int, int]]] = {}
        for place in places:
            byte = self.look(place)
            if byte != self.shown[place]:
                self.shown[place] = byte
                if (slot := self.directory.slot[place]) >= 0:
                    changed.setdefault(self.directory.table[place].layer.key, []).append((slot, byte))
        return changed

    def looks(self, layer: str) -> NDArray[np.void]:
        """How each asset of a layer looks (LOOKS), those that have a slot."""
        places = np.concatenate([np.zeros(0, np.int32), *(places for (of_layer, _kind), places in self._by_kind.items() if of_layer == layer)])
        slots = _column(self.directory.slot, np.int32)[places]
        found = np.zeros(int(np.count_nonzero(slots >= 0)), LOOKS)
        found["slot"], found["look"] = slots[slots >= 0], _column(self.shown, np.uint8)[places[slots >= 0]]
        return found

    def _groups(self) -> Iterator[HeardGroup]:
        for (layer, kind), table in self.directory.kinds.items():
            places = self.places_of(layer, kind)
            if table.heard is not None and len(places):
                cells = np.frombuffer(self.directory.first_cell, np.int32)[places] + table.heard.position
                yield HeardGroup(layer=layer, kind=kind, places=places, cells=cells, period_ms=table.period_ms)


def _column(memory: "array[Any] | bytearray", kind: type[np.generic]) -> NDArray[Any]:
    """The same memory as a column."""
    return np.frombuffer(memory, kind) if len(memory) else np.zeros(0, kind)
