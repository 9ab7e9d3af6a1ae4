"""When things go wrong by themselves: the first within seconds, then one every 40 to 90 seconds of the machine."""

import random

from hypervisor.demo.simulator import incidents
from hypervisor.demo.simulator.moment import Moment
from hypervisor.demo.simulator.world import Incident, World

FIRST_AFTER_S = 6.0
BETWEEN_S = (40.0, 90.0)
AT_ONCE = 8
OPENING = ("burst", "cabinet_trip", "overflow")
"""What the first page sees: the first of these that the territory can play."""


class Director:
    """Chooses the next incident and its instant. Incidents already on count, whoever asked for them."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._wait_s = FIRST_AFTER_S
        self._has_opened = False

    def next(self, world: World, now: Moment, elapsed_s: float) -> Incident | None:
        """The incident that starts now, None for none. elapsed_s: machine seconds since the last call."""
        self._wait_s -= elapsed_s
        if self._wait_s > 0:
            return None
        self._wait_s = self._dice.uniform(*BETWEEN_S)
        if len(world.incidents) >= AT_ONCE:
            return None
        names = [self._draw()] if self._has_opened else OPENING
        self._has_opened = True
        return next((incident for name in names if (incident := incidents.start(world, name, now.epoch_s, self._dice))), None)

    def _draw(self) -> str:
        names = list(incidents.SCENARIOS)
        return self._dice.choices(names, [incidents.SCENARIOS[name].weight for name in names])[0]
