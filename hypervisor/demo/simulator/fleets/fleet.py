"""What every fleet is: the assets of one kind, and what each of them measures at an instant."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hypervisor.demo.simulator import chance
from hypervisor.demo.simulator.inventory import Item
from hypervisor.demo.simulator.moment import Moment
from hypervisor.domain.layer import Kind, Layer, Property

Rows = NDArray[np.intp]
Values = Sequence[object] | NDArray[np.float64]
NONE: Rows = np.empty(0, dtype=np.intp)


class Fleet(ABC):
    """The assets of a kind, in the order of their seeds, so that neighbours do not report together.

    `measure` gives, per property key, one value per row, in the unit of the wire. `moved` gives the rows whose state changed since it was asked last.
    """

    kind_key: ClassVar[str] = ""

    def __init__(self, layer: Layer, kind: Kind, items: Sequence[Item]) -> None:
        seeds = chance.seeds(item.urn for item in items)
        order = np.argsort(seeds, kind="stable")
        self.layer, self.kind = layer, kind
        self.items = [items[i] for i in order]
        self.seeds = seeds[order]
        self.properties: list[Property] = [layer.property_of(key) for key in kind.properties]
        self.row_of = {item.urn: row for row, item in enumerate(self.items)}
        self.prepare()

    def prepare(self) -> None:  # noqa: B027 - most kinds have nothing to prepare
        """Turns attributes into arrays, once."""

    def number(self, attribute: str, default: float) -> NDArray[np.float64]:
        """An attribute of every asset as numbers; `default` where it is absent or not a number."""
        found = (item.attributes.get(attribute) for item in self.items)
        return np.array([value if isinstance(value, int | float) else default for value in found], dtype=np.float64)

    def moved(self, now: Moment) -> Rows:
        """Rows whose state has just changed and which say so at once."""
        return NONE

    @abstractmethod
    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Property key → one value per row, in the unit of the wire."""


class SteadyFleet(Fleet):
    """Any kind that has no fleet of its own: numbers wander in the middle of their bounds, words stay at the first that counts as active, else the first."""

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Property key → one value per row."""
        return {prop.key: self._steady(prop, rows, now) for prop in self.properties}

    def _steady(self, prop: Property, rows: Rows, now: Moment) -> Values:
        if prop.words:
            active = self.kind.active[1] if self.kind.active and self.kind.active[0] == prop.key else -np.inf
            return [next((word for word, code in prop.words.items() if code >= active), next(iter(prop.words)))] * len(rows)
        low, high = (bound if np.isfinite(bound) else default for bound, default in ((prop.low, 0.0), (prop.high, 100.0)))
        received = (low + high) / 2 + (high - low) / 10 * chance.wander(self.seeds[rows], now.epoch_s, 900)
        return received / 100 if prop.wire_unit == "C62" and prop.unit == "%" else received
