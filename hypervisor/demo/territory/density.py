"""How many people live where: inhabitants per hectare over the plane, which decides how small the blocks are."""

# numpy, scipy and shapely type many results as Any.
# mypy: disable-error-code="no-any-return"

from collections.abc import Sequence

import numpy as np
import shapely
from scipy.spatial import cKDTree

from hypervisor.demo.territory.field import Field, noise, points_of
from hypervisor.demo.territory.river import River
from hypervisor.demo.territory.seeds import Seeds
from hypervisor.demo.territory.skeleton import Skeleton

URBAN = 13.0  # Inhabitants per hectare above which ground is built.
FAUBOURG = 52.0


def make_density(rng: np.random.Generator, river: River, seeds: Seeds, skeleton: Skeleton) -> Field:
    """The sum of the centre, each settlement and the houses along the roads, roughened and kept off the flood plain."""
    base = noise(rng, 1_500)
    xy = points_of(base)
    r = np.hypot(xy[:, 0], xy[:, 1])
    people = 150 * np.exp(-((r / 1_350) ** 1.1)) + 30 * np.exp(-((r / 2_300) ** 2.2))
    for place, kind, population in zip(seeds.xy[1:], seeds.kind[1:], seeds.population[1:], strict=True):
        peak, spread = _settlement(kind, population)
        near = np.hypot(xy[:, 0] - place[0], xy[:, 1] - place[1])
        reach = near < 4 * spread
        people[reach] += peak * np.exp(-((near[reach] / spread) ** 1.8))
    road = _distance_to_lines(xy, skeleton.roads)
    settled = cKDTree(seeds.xy).query(xy)[0]
    people += 22 * np.exp(-((road / 100) ** 2)) * np.exp(-((settled / 620) ** 2))
    people += 17 * np.exp(-((road / 230) ** 2)) * np.exp(-((r / 4_300) ** 4))
    people *= np.exp(0.5 * base.values.ravel() + 0.3 * noise(rng, 600).values.ravel())
    water = _distance_to_lines(xy, [river.centre])
    dry = 1 / (1 + np.exp(-(water - 230) / 45))
    people *= np.where(r < 2_400, 1.0, dry)
    return Field(base.x0, base.y0, people.reshape(base.values.shape))


def _settlement(kind: int, population: int) -> tuple[float, float]:
    if kind == 1:
        return 58.0, 1.75 * 330 * (population / 6_500) ** 0.42
    return 42.0, 1.55 * 205 * (population / 1_500) ** 0.42


def _distance_to_lines(xy: np.ndarray, lines: Sequence[shapely.LineString]) -> np.ndarray:
    """Distance to the nearest line, within 20 m: lines become points 40 m apart, far faster than exact geometry."""
    points = shapely.get_coordinates(shapely.segmentize(np.array(lines, dtype=object), 40.0))
    return cKDTree(points).query(xy, distance_upper_bound=3_000)[0]
