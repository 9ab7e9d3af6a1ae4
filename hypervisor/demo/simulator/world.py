"""The territory's sensors together: who reports at this instant, and what they say."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from hypervisor import layers
from hypervisor.demo.simulator.fleets import FLEETS, Fleet, SteadyFleet
from hypervisor.demo.simulator.fleets.fleet import Rows
from hypervisor.demo.simulator.inventory import Inventory, Item
from hypervisor.demo.simulator.moment import Moment, moment

Entity = dict[str, object]
Effect = Callable[[object, float, int], object]

CATCH_UP_S = 30.0
"""A fleet of which everything is due (a start, a jump of the clock) says it in this many seconds, within CATCH_UP_RATES."""
CATCH_UP_RATES = (40.0, 1_000.0)
"""Least and most reports per second of a fleet that catches up: small fleets are there at once, a million assets do not drown the door."""
LOOK_S = 1.0
"""Fleets are asked this often, in machine seconds, whose state has moved."""


@dataclass
class Incident:
    """Something that goes wrong for a while. targets: kind → rows; effects: kind → property → what becomes of the value, given seconds since the start and the row."""

    scenario: str
    started_s: float
    ends_s: float
    targets: dict[str, list[int]] = field(default_factory=dict)
    effects: dict[str, dict[str, Effect]] = field(default_factory=dict)
    silenced: str = ""
    asset: str = ""
    number: int = 0


class Lane:
    """The reports of one fleet: each asset once a period, evenly spread; slower properties in one report out of several."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.size = len(fleet.items)
        periods = [prop.period.total_seconds() for prop in fleet.properties]
        self.period_s = min(periods)
        self._every = [max(1, int(period // self.period_s)) for period in periods]
        self._waiting = np.ones(self.size, dtype=bool)
        self._complete = np.ones(self.size, dtype=bool)
        self._turn: int | None = None
        self.urgent: set[int] = set()
        self.affected: dict[int, list[Incident]] = {}

    def everything(self) -> None:
        """All assets are to report, with all their properties."""
        self._waiting[:] = True
        self._complete[:] = True

    def rows_due(self, now: Moment, elapsed_s: float, is_looking: bool) -> tuple[Rows, Rows]:
        """Rows to report (those that cannot wait first come in the second array), at most what the fleet's pace allows."""
        turn = int(now.epoch_s / self.period_s * self.size)
        before, self._turn = turn if self._turn is None else self._turn, turn
        due = turn - before
        if due < 0 or due >= self.size:
            self.everything()
        else:
            self._waiting[np.arange(before + 1, turn + 1) % self.size] = True
        if is_looking:
            self._waiting[self.fleet.moved(now)] = True
        urgent = np.array(sorted(self.urgent), dtype=np.intp)
        self.urgent.clear()
        self._waiting[urgent] = False
        pace = max(1.0, float(np.clip(self.size / CATCH_UP_S, *CATCH_UP_RATES)) * elapsed_s)
        rows = np.flatnonzero(self._waiting)[: int(pace) + 2 * max(due, 0)]
        self._waiting[rows] = False
        return rows, urgent

    def entities(self, rows: Rows, now: Moment, is_urgent: bool) -> Iterator[Entity]:
        """What these rows say, as NGSI-LD entities in normalized form."""
        if not len(rows):
            return
        at = datetime.fromtimestamp(now.epoch_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        measured = self.fleet.measure(rows, now)
        turns = (int(now.epoch_s / self.period_s * self.size) - rows) // self.size + rows
        columns = [self._column(measured[prop.key], prop.key, rows, now) for prop in self.fleet.properties]
        shown = [self._shown(every, turns, rows, is_urgent) for every in self._every]
        self._complete[rows] = False
        for i, row in enumerate(rows.tolist()):
            item = self.fleet.items[row]
            entity: Entity = {"id": item.urn, "type": self.fleet.kind.ngsi_type}
            for prop, column, is_shown in zip(self.fleet.properties, columns, shown, strict=True):
                if is_shown[i]:
                    attribute = {"type": "Property", "value": column[i], "observedAt": at}
                    entity[prop.attribute] = attribute | {"unitCode": prop.wire_unit} if prop.wire_unit else attribute
            yield entity

    def _shown(self, every: int, turns: NDArray[np.intp], rows: Rows, is_urgent: bool) -> NDArray[np.bool_]:
        return np.ones(len(rows), dtype=bool) if every == 1 or is_urgent else self._complete[rows] | (turns % every == 0)

    def _column(self, values: object, key: str, rows: Rows, now: Moment) -> list[object]:
        column: list[object] = np.round(values, 4).tolist() if isinstance(values, np.ndarray) else list(values)  # type: ignore[call-overload]
        if self.affected:
            for i, row in enumerate(rows.tolist()):
                for incident in self.affected.get(row, ()):
                    effect = incident.effects.get(self.fleet.kind.key, {}).get(key)
                    if effect:
                        column[i] = effect(column[i], now.epoch_s - incident.started_s, row)
        return column


class World:
    """Every lane, the incidents that are on, and the layers that a silent supervisor hides."""

    def __init__(self, inventory: Inventory) -> None:
        self._place = (inventory.lon, inventory.lat)
        by_kind: dict[tuple[str, str], list[Item]] = {}
        for item in inventory.items:
            by_kind.setdefault((item.layer, item.kind), []).append(item)
        self.lanes: dict[str, Lane] = {}
        for layer in layers.all_layers().values():
            for kind in layer.kinds:
                if kind.properties and (items := by_kind.get((layer.key, kind.key))):
                    self.lanes[kind.key] = Lane(FLEETS.get(kind.key, SteadyFleet)(layer, kind, items))
        self.incidents: list[Incident] = []
        self._looked_s = LOOK_S
        self._count = 0

    def moment(self, epoch_ms: int) -> Moment:
        """The instant at the territory's place."""
        return moment(epoch_ms, *self._place)

    def tick(self, now: Moment, elapsed_s: float) -> tuple[list[Entity], list[Entity]]:
        """What is reported now: ordinary reports, and those that cannot wait. elapsed_s: machine seconds since the last tick."""
        for incident in [incident for incident in self.incidents if not incident.started_s <= now.epoch_s < incident.ends_s]:
            self.end(incident)
        self._looked_s += elapsed_s
        is_looking = self._looked_s >= LOOK_S
        self._looked_s = 0.0 if is_looking else self._looked_s
        silenced = {incident.silenced for incident in self.incidents}
        ordinary: list[Entity] = []
        urgent: list[Entity] = []
        for lane in self.lanes.values():
            rows, hurried = lane.rows_due(now, elapsed_s, is_looking)
            if lane.fleet.layer.key not in silenced:
                ordinary.extend(lane.entities(rows, now, is_urgent=False))
                urgent.extend(lane.entities(hurried, now, is_urgent=True))
        return ordinary, urgent

    def begin(self, incident: Incident) -> None:
        """The incident starts: its targets report at the next tick."""
        self._count += 1
        incident.number = self._count
        self.incidents.append(incident)
        for lane, row in self._rows(incident):
            lane.affected.setdefault(row, []).append(incident)
            lane.urgent.add(row)

    def end(self, incident: Incident) -> None:
        """The incident is repaired: its targets report again, and a silent layer says all that it has to say."""
        self.incidents.remove(incident)
        for lane, row in self._rows(incident):
            lane.affected[row].remove(incident)
            if not lane.affected[row]:
                del lane.affected[row]
            lane.urgent.add(row)
        for lane in self.lanes.values():
            if lane.fleet.layer.key == incident.silenced:
                lane.everything()

    def is_in_trouble(self, kind: str, row: int) -> bool:
        """Whether an incident already holds this asset."""
        return row in self.lanes[kind].affected

    def _rows(self, incident: Incident) -> Iterable[tuple[Lane, int]]:
        return [(self.lanes[kind], row) for kind, rows in incident.targets.items() for row in rows]
