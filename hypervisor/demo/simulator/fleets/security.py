"""Cameras, doors and switches: whether the equipment answers."""

import numpy as np

from hypervisor.demo.simulator import chance, curves
from hypervisor.demo.simulator.fleets.fleet import Fleet, Rows, Values
from hypervisor.demo.simulator.moment import Moment

LOST_CAMERAS = 0.008  # Two in 250 wait for a repair.


class Cameras(Fleet):
    """Cameras."""

    kind_key = "camera"

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Online, but for the few that wait for a repair."""
        return {"camera_status": np.where(chance.uniform(self.seeds[rows], 1) < LOST_CAMERAS, "offline", "online").tolist()}


class Doors(Fleet):
    """Doors of public buildings: opened now and then in working hours."""

    kind_key = "access_door"

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Closed or open."""
        works = not now.is_weekend and 7.5 <= now.hour < 19
        is_open = chance.uniform(self.seeds[rows], int(now.epoch_s // 300)) < (0.06 if works else 0.0)
        return {"door_state": np.where(is_open, "open", "closed").tolist()}


class Switches(Fleet):
    """Network switches in street cabinets: about 20 °C above the air."""

    kind_key = "switch"

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Online, and how warm."""
        warmth = curves.air_c(now) + 20 + 4 * chance.uniform(self.seeds[rows], 1) + 1.5 * chance.wander(self.seeds[rows], now.epoch_s, 900)
        return {"switch_status": ["online"] * len(rows), "switch_temperature": warmth}
