"""Cabinets switch by the sun, each with its own clock; luminaires follow the cabinet that feeds them."""

import re

import numpy as np
from numpy.typing import NDArray

from hypervisor.demo.simulator import chance
from hypervisor.demo.simulator.fleets.fleet import Fleet, Rows, Values
from hypervisor.demo.simulator.moment import Moment

REGIME = re.compile(r"(?:(\d+) %|extinction) (\d+):(\d+)-(\d+):(\d+)")
OFF, LOW, ON = "off", "low", "on"
LEVEL = {OFF: 0.0, LOW: 0.5, ON: 1.0}
WORDS = np.array([OFF, LOW, ON])
SHARE = np.array([LEVEL[word] for word in WORDS])
DIMMED_FROM, DIMMED_TO = 23.5, 5.0  # Usual dimming hours of French towns; six cabinets in ten dim.
DEFECTS = 1e-4  # Luminaires out of order for good: three or four in a metropolis, so that the queue stays readable.


def regime(dimming: object) -> tuple[float, float, float]:
    """First hour, last hour and level (0 to 1) of the night's regime as the inventory writes it: "50 % 23:00-05:00", "extinction 01:00-05:00"; else none."""
    found = REGIME.fullmatch(dimming) if isinstance(dimming, str) else None
    if found is None:
        return (24.0, 0.0, 1.0)
    first_h, first_min, last_h, last_min = (int(part) for part in found.groups()[1:])
    return (first_h + first_min / 60, last_h + last_min / 60, int(found[1] or 0) / 100)


def switched(seeds: chance.Seeds, now: Moment) -> NDArray[np.intp]:
    """0 off, 1 dimmed, 2 on, per cabinet: its clock lights it when the sun is 1.5° to 3.5° under the horizon."""
    is_dark = now.sun < -1.5 - 2 * chance.uniform(seeds, 1)
    is_dimmed = (chance.uniform(seeds, 2) < 0.6) & (now.hour >= DIMMED_FROM or now.hour < DIMMED_TO)
    return np.where(is_dark, np.where(is_dimmed, 1, 2), 0)


class Cabinets(Fleet):
    """Lighting control cabinets."""

    kind_key = "cabinet"

    def prepare(self) -> None:
        """Powers, and nothing said yet."""
        self.power_kw = self.number("power_kw", 4.0)
        self._index = np.zeros(len(self.items))
        self._indexed_at = np.full(len(self.items), np.nan)
        self._last = np.full(len(self.items), -1)

    def moved(self, now: Moment) -> Rows:
        """Cabinets that have just switched."""
        state = switched(self.seeds, now)
        rows = np.flatnonzero(state != self._last)
        self._last = state
        return rows

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """The contactor, the load in proportion, and a mains voltage that sags a little under the evening's load."""
        state = switched(self.seeds[rows], now)
        steady = chance.wander(self.seeds[rows], now.epoch_s, 120, 1)
        power = 0.03 + self.power_kw[rows] * 0.7 * SHARE[state] * (1 + 0.01 * steady)
        # The meter counts from the simulator's start, as one that has just been replaced.
        hours = np.nan_to_num((now.epoch_s - self._indexed_at[rows]) / 3600)
        self._index[rows] += power * np.clip(hours, 0, 1)
        self._indexed_at[rows] = now.epoch_s
        return {
            "power_state": WORDS[state].tolist(),
            "cabinet_status": ["ok"] * len(rows),
            "active_power": power,
            "energy_index": np.round(self._index[rows], 2),
            "voltage": 231 + 3 * chance.wander(self.seeds[rows], now.epoch_s, 600, 2) - 2 * (18 <= now.hour < 22),
            "door": ["closed"] * len(rows),
        }


class Luminaires(Fleet):
    """Luminaires. One without a known cabinet follows a clock of its own."""

    kind_key = "luminaire"

    def prepare(self) -> None:
        """The seed of each luminaire's cabinet, from which the cabinet's state is computed, and its own regime at night."""
        parents = sorted({item.parent or item.urn for item in self.items})
        self._parent_seeds = chance.seeds(parents)
        rank = {urn: i for i, urn in enumerate(parents)}
        self._parent = np.array([rank[item.parent or item.urn] for item in self.items], dtype=np.intp)
        regimes = [regime(item.attributes.get("dimming")) for item in self.items]
        self._from, self._to, self._night_level = np.array(regimes, dtype=np.float64).reshape(-1, 3).T
        self._is_defective = chance.uniform(self.seeds, 3) < DEFECTS
        self._last = np.full(len(self.items), -1.0)

    def _level(self, now: Moment, rows: Rows | slice = slice(None)) -> NDArray[np.float64]:
        is_fed = (switched(self._parent_seeds, now) > 0)[self._parent[rows]]
        first, last = self._from[rows], self._to[rows]
        is_after, is_before = now.hour >= first, now.hour < last
        is_reduced = np.where(first > last, is_after | is_before, is_after & is_before)
        return np.where(is_fed & ~self._is_defective[rows], np.where(is_reduced, self._night_level[rows], 1.0), 0.0)

    def moved(self, now: Moment) -> Rows:
        """Luminaires that have just changed their level."""
        level = self._level(now)
        rows = np.flatnonzero(level != self._last)
        self._last = level
        return rows

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Lit while the cabinet is, at the level of the hour, but for the few that are out of order."""
        level = self._level(now, rows)
        return {
            "power_state": np.where(level == 0, OFF, np.where(level < 1, LOW, ON)).tolist(),
            "luminaire_status": np.where(self._is_defective[rows], "defectiveLamp", "ok").tolist(),
            "illuminance": level,
        }
