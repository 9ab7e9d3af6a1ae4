"""Where people settled: the centre, its suburbs, the villages, and the neighbours beyond the metropolis."""

# numpy, scipy and shapely type many results as Any.
# mypy: disable-error-code="no-any-return"

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from hypervisor.demo.territory.field import HALF_HEIGHT, HALF_WIDTH
from hypervisor.demo.territory.river import River

CENTRE_POPULATION = 152_000
AROUND_POPULATION = 98_000  # Suburbs and villages together: 250,000 with the centre.
SUBURBS, VILLAGES = 8, 14
RIVER_CLEARANCE_M = 420.0


@dataclass(frozen=True)
class Seeds:
    """Settlements in straight metres. kind: 0 centre, 1 suburb, 2 village, 3 neighbour outside the metropolis.

    The first 1 + SUBURBS + VILLAGES rows are the communes, in the order of their ids 1 to 23.
    """

    xy: np.ndarray
    kind: np.ndarray
    population: np.ndarray


def make_seeds(rng: np.random.Generator, river: River) -> Seeds:
    """Settlements that keep their distance from each other and from the water."""
    places = [np.zeros(2)]
    turn = rng.uniform(0, 2 * math.pi)
    for index in range(SUBURBS):
        angle = turn + math.radians(45 * index + rng.uniform(-15, 15))
        places.append(_polar(rng.uniform(3_300, 4_900), angle))
    places = _off_the_river(places, river)
    _scatter(rng, places, VILLAGES, 2_700, lambda: _polar(rng.uniform(5_800, 11_000), rng.uniform(0, 2 * math.pi)), 5_600)
    outside = _scatter(
        rng,
        places,
        70,
        2_900,
        lambda: np.array([rng.uniform(-HALF_WIDTH, HALF_WIDTH), rng.uniform(-HALF_HEIGHT, HALF_HEIGHT)]),
        9_500,
        shrink=False,
    )
    places = _off_the_river(places, river)
    suburbs = rng.uniform(4_000, 14_000, SUBURBS)
    villages = np.clip(rng.lognormal(7.15, 0.75, VILLAGES), 320, 5_200)
    around = np.concatenate([suburbs, villages])
    around *= AROUND_POPULATION / around.sum()
    population = np.concatenate([[CENTRE_POPULATION], around, np.clip(rng.lognormal(6.1, 0.6, outside), 120, 2_500)])
    kind = np.repeat([0, 1, 2, 3], [1, SUBURBS, VILLAGES, outside])
    return Seeds(np.array(places), kind, _rounded(population, 1 + SUBURBS + VILLAGES))


def _rounded(population: np.ndarray, communes: int) -> np.ndarray:
    whole = np.rint(population).astype(int)
    whole[communes - 1] += CENTRE_POPULATION + AROUND_POPULATION - whole[:communes].sum()
    return whole


def _polar(radius: float, angle: float) -> np.ndarray:
    return np.array([radius * math.cos(angle), radius * math.sin(angle)])


def _scatter(
    rng: np.random.Generator, places: list[np.ndarray], wanted: int, spacing: float, draw: Callable[[], np.ndarray], minimum_radius: float, shrink: bool = True
) -> int:
    """Append up to `wanted` places at least `spacing` apart, relaxing the spacing when allowed; how many were added."""
    added = 0
    for attempt in range(6_000):
        if added == wanted:
            break
        candidate = draw()
        relaxed = spacing * (1 - 0.4 * attempt / 6_000) if shrink else spacing
        if math.hypot(*candidate) > minimum_radius and np.hypot(*(np.array(places) - candidate).T).min() > relaxed:
            places.append(candidate)
            added += 1
    return added


def _off_the_river(places: list[np.ndarray], river: River) -> list[np.ndarray]:
    moved = [places[0]]
    for place in places[1:]:
        point = shapely.Point(place)
        gap = river.centre.distance(point)
        if gap < RIVER_CLEARANCE_M:
            foot = river.centre.interpolate(river.centre.project(point))
            away = place - [foot.x, foot.y]
            away = away / (np.hypot(*away) + 1e-9)
            place = place + (RIVER_CLEARANCE_M - gap) * away
        moved.append(place)
    return moved
