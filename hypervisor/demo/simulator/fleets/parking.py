"""Car parks follow real occupancy curves; each bay is taken and left by cars that come and go."""

import numpy as np

from hypervisor.demo.simulator import chance, curves
from hypervisor.demo.simulator.fleets.fleet import Fleet, Rows, Values
from hypervisor.demo.simulator.moment import Moment

PROFILES = tuple(curves.PARKING)


class CarParks(Fleet):
    """Off-street car parks."""

    kind_key = "car_park"

    def prepare(self) -> None:
        """Capacity, the curve that each follows, and how much fuller or emptier than the mean it is."""
        self.capacity = np.maximum(1, self.number("capacity", 300))
        self._profile = (chance.uniform(self.seeds, 1) * len(PROFILES)).astype(int)
        self._scale = 0.7 + 0.75 * chance.uniform(self.seeds, 2)

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Whole places: free and taken add up to the capacity."""
        curve = np.array([curves.week(curves.PARKING[name], now) for name in PROFILES])[self._profile[rows]]
        share = np.clip(curve * self._scale[rows] + 0.03 * chance.wander(self.seeds[rows], now.epoch_s, 600), 0.01, 0.985)
        capacity = self.capacity[rows]
        taken = np.round(share * capacity)
        return {
            "occupancy": taken / capacity,
            "available_spots": (capacity - taken).astype(int).tolist(),
            "occupied_spots": taken.astype(int).tolist(),
            "total_spots": capacity.astype(int).tolist(),
            "car_park_status": np.where(share > 0.92, "almostFull", "open").tolist(),
        }


class Bays(Fleet):
    """On-street bays with a sensor each. A stay lasts 20 to 70 minutes; the share of bays taken follows the street's curve."""

    kind_key = "bay"

    def prepare(self) -> None:
        """Length of a stay, and nothing said yet."""
        self._stay_s = 1200 + 3000 * chance.uniform(self.seeds, 1)
        self._last = np.full(len(self.items), False)

    def _is_taken(self, now: Moment) -> np.ndarray:
        stay = ((now.epoch_s + self._stay_s * chance.uniform(self.seeds, 2)) / self._stay_s).astype(np.int64)
        return chance.uniform(self.seeds, stay) < curves.week(curves.STREET, now)

    def moved(self, now: Moment) -> Rows:
        """Bays just taken or left."""
        taken = self._is_taken(now)
        rows = np.flatnonzero(taken != self._last)
        self._last = taken
        return rows

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Free or occupied."""
        return {"bay_status": np.where(self._is_taken(now)[rows], "occupied", "free").tolist()}
