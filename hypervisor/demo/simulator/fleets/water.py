"""District meters follow the day's consumption; pumps and reservoirs breathe with it."""

import numpy as np

from hypervisor.demo.simulator import chance, curves
from hypervisor.demo.simulator.fleets.fleet import Fleet, Rows, Values
from hypervisor.demo.simulator.moment import Moment

PUMPING_S = 8 * 3600  # A pump fills its reservoir in about half of eight hours.
QUIET_SHARE = 0.85  # A meter's ordinary flow stays under this share of its alarm flow.


class DistrictMeters(Fleet):
    """Flow entering a district, and pressure at its entry."""

    kind_key = "district_meter"

    def prepare(self) -> None:
        """Mean flow of each district: its attribute, else what its alarm flow suggests."""
        self.alarm_flow = self.number("alarm_flow_m3_h", 250.0)
        declared = self.number("nominal_flow_m3_h", np.nan)
        self.mean_flow = np.where(np.isnan(declared), self.alarm_flow / 2.6, declared)

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """The more a district drinks, the lower its pressure."""
        factor = curves.water_factor(now)
        noise = 1 + 0.04 * chance.wander(self.seeds[rows], now.epoch_s, 60, 1) + 0.02 * chance.wander(self.seeds[rows], now.epoch_s, 900, 2)
        pressure = 4.4 + 0.6 * chance.uniform(self.seeds[rows], 3) - 0.5 * factor + 0.05 * chance.wander(self.seeds[rows], now.epoch_s, 45, 4)
        return {"flow": np.minimum(self.mean_flow[rows] * factor * noise, QUIET_SHARE * self.alarm_flow[rows]), "pressure": pressure}


def _pumping(seeds: chance.Seeds, now: Moment) -> np.ndarray:
    return (now.epoch_s / PUMPING_S + chance.uniform(seeds, 1)) % 1 < 0.5


class Pumps(Fleet):
    """Pumps at the foot of reservoirs: on half of the time."""

    kind_key = "pump"

    def prepare(self) -> None:
        """Rated flow and power."""
        self._flow, self._power = self.number("rated_flow_m3_h", 150.0), self.number("power_kw", 45.0)
        self._last = np.full(len(self.items), False)

    def moved(self, now: Moment) -> Rows:
        """Pumps that have just started or stopped."""
        on = _pumping(self.seeds, now)
        rows = np.flatnonzero(on != self._last)
        self._last = on
        return rows

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Running at its rated flow, or stopped."""
        on = _pumping(self.seeds[rows], now)
        load = on * (1 + 0.02 * chance.wander(self.seeds[rows], now.epoch_s, 90, 1))
        return {"pump_status": np.where(on, "OPEN", "CLOSED").tolist(), "pump_flow": self._flow[rows] * load, "pump_power": self._power[rows] * 0.9 * load}


class Reservoirs(Fleet):
    """Water towers: filled half of the time, emptied the other half."""

    kind_key = "reservoir"

    def prepare(self) -> None:
        """Low and overflow levels."""
        self.low, self._top = self.number("low_level_m", 1.2), self.number("max_level_m", 5.0)

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """A triangle between a quarter and nine tenths of the useful height."""
        part = (now.epoch_s / PUMPING_S + chance.uniform(self.seeds[rows], 1)) % 1
        height = 0.25 + 0.65 * (1 - np.abs(2 * part - 1))
        return {"level": self.low[rows] + (self._top - self.low)[rows] * height}


class Valves(Fleet):
    """Valves: open, but for the few that separate districts."""

    kind_key = "valve"

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Open or closed, for good."""
        return {"valve_status": np.where(chance.uniform(self.seeds[rows], 1) < 0.93, "OPEN", "CLOSED").tolist()}
