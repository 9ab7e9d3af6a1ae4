"""What each kind of place asks of its blocks: their size, how crooked and how crossed its streets are."""

import math
import random
from dataclasses import dataclass

import numpy as np

from hypervisor.demo.territory.density import FAUBOURG, URBAN
from hypervisor.demo.territory.field import Field, noise
from hypervisor.demo.territory.shapes import Corners

# What an edge of a cell is, and which of them one can walk on.
ROAD, STREET, BARRIER, FIELD = range(4)
WALKED = (ROAD, STREET)


@dataclass(frozen=True)
class Kind:
    """One row of the table: block size in hectares, jitter in degrees, share of crossings, dead ends per block."""

    target_ha: float
    jitter_deg: float
    crossing: float
    dead_ends: float
    curved: bool = False
    road_class: int = 0


# Sizes after the real block sizes of Montpellier (median .22, .46, .87, .95 ha by ring), tuned by eye.
KINDS = {
    "core": Kind(0.40, 15, 0.28, 0.40),
    "nineteenth": Kind(0.92, 6, 0.30, 0.30),
    "faubourg": Kind(1.75, 7, 0.33, 0.45),
    "plots": Kind(2.7, 9, 0.20, 0.8, curved=True),
    "estate": Kind(5.0, 6, 0.20, 1.0, curved=True),
    "activity": Kind(6.0, 5, 0.10, 0.8),
    "fringe": Kind(3.4, 9, 0.20, 0.5, curved=True),
    "country": Kind(58, 14, 0.10, 0.0, road_class=5),
    "field": Kind(34, 14, 0.10, 0.0),
}


@dataclass(frozen=True)
class Plan:
    """What to do with one cell."""

    kind: str
    target_m2: float
    jitter_deg: float
    crossing: float
    curved: bool
    road_class: int


class Zones:
    """Answers which kind of place a cell is in, and draws its target size."""

    def __init__(self, rng: np.random.Generator, dice: random.Random, density: Field, coarseness: float) -> None:
        self.dice = dice
        self.coarseness = coarseness
        self.density = density.lookup()
        self.character = noise(rng, 1_300).lookup()
        self.grain = noise(rng, 750).lookup()

    def plan(self, points: Corners, area: float, cx: float, cy: float) -> Plan:
        """The plan for a cell of `area` square metres about (cx, cy)."""
        name = self._kind(points, area, cx, cy)
        kind = KINDS[name]
        target = kind.target_ha * self.dice.lognormvariate(0, 0.33)
        if name in ("plots", "faubourg"):
            target *= math.exp(0.5 * self.grain(cx, cy))
        if name == "plots":
            target = min(target + 0.45 * self.grain(cx, cy) ** 2, 4.5)
        road_class = kind.road_class and (5 if self.dice.random() < 0.4 else 6)
        target_m2 = target * 1e4 * self.coarseness
        return Plan(name, target_m2, kind.jitter_deg, kind.crossing, kind.curved, road_class)

    def _kind(self, points: Corners, area: float, cx: float, cy: float) -> str:
        r = math.hypot(cx, cy)
        people = self.density(cx, cy)
        if r < 440:
            return "core"
        if r < 1_450:
            return "nineteenth"
        if people > FAUBOURG:
            return "faubourg"
        if people > URBAN:
            character = self.character(cx, cy)
            if character > 1.05 and r > 1_700:
                return "estate"
            return "activity" if character < -1.1 and r > 2_300 else "plots"
        if area > 34_000 and any(self.density(x, y) > URBAN for x, y in points):
            return "fringe"
        return "country" if area > 650_000 else "field"
