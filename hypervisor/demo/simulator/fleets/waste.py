"""Containers fill from one round to the next."""

import numpy as np

from hypervisor.demo.simulator import chance, curves
from hypervisor.demo.simulator.fleets.fleet import Fleet, Rows, Values
from hypervisor.demo.simulator.moment import Moment

DAY_S = 86_400


class Containers(Fleet):
    """Drop-off containers: emptied every three to ten days, when 60 to 94 % full, so that overflowing is an incident and not a habit."""

    kind_key = "container"

    def prepare(self) -> None:
        """Days between two rounds."""
        self._round_s = DAY_S * (3 + 7 * chance.uniform(self.seeds, 1))

    def measure(self, rows: Rows, now: Moment) -> dict[str, Values]:
        """Filling as a share, and the temperature inside, warmed by the sun."""
        cycles = now.epoch_s / self._round_s[rows] + chance.uniform(self.seeds[rows], 2)
        peak = 0.60 + 0.34 * chance.uniform(self.seeds[rows], cycles.astype(np.int64))
        sun_c = max(0.0, now.sun) / 60 * 12
        return {
            "filling": np.clip(peak * (cycles % 1) + 0.005 * chance.wander(self.seeds[rows], now.epoch_s, 1800), 0, 0.945),
            "container_temperature": curves.air_c(now) + sun_c + 2 * chance.wander(self.seeds[rows], now.epoch_s, 3600, 1),
            "container_status": ["ok"] * len(rows),
        }
