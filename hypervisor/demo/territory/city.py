"""The finished town that assets are laid on: streets with their commune, people and water, and places along them."""

# numpy, scipy and shapely type many results as Any.
# mypy: disable-error-code="no-any-return"

from dataclasses import dataclass

import numpy as np
import shapely

from hypervisor.demo.territory.names import Streets
from hypervisor.demo.territory.network import Network

HOUSE_FRONT_M = 14.0  # Two numbers, one on each side, every 14 m.


@dataclass(frozen=True)
class City:
    """Everything in local metres, after the warp; arrays of edges follow `network.lines`."""

    network: Network
    streets: Streets
    commune: np.ndarray  # Of each edge, 0 outside.
    polygons: np.ndarray  # Of the communes, polygons[i] is commune i + 1.
    commune_names: list[str]
    commune_centres: np.ndarray
    middles: np.ndarray  # Of the edges.
    density: np.ndarray  # Inhabitants per hectare at the middle of each edge.
    people: np.ndarray  # Inhabitants along each edge; each commune's sum is its population.
    by_water: np.ndarray  # Edges over the river or so near that their verge is wet: nothing is placed there.
    water: shapely.Geometry
    river: shapely.LineString
    station: np.ndarray

    @property
    def radius(self) -> np.ndarray:
        """Distance of each edge to the centre."""
        return np.hypot(self.middles[:, 0], self.middles[:, 1])

    @property
    def usable(self) -> np.ndarray:
        """Edges where street furniture may stand."""
        return (self.commune > 0) & ~self.by_water & (self.network.classes < 6) & (self.network.lengths > 8)


@dataclass(frozen=True)
class Spots:
    """Places along streets, one per row: position in local metres, edge, and house number."""

    xy: np.ndarray
    edge: np.ndarray
    number: np.ndarray


def spots(city: City, edge: np.ndarray, along: np.ndarray, lateral: np.ndarray) -> Spots:
    """Places `along` metres from the start of each edge and `lateral` metres to its left (negative: right)."""
    lines = city.network.lines[edge]
    along = np.clip(along, 0.5, city.network.lengths[edge] - 0.5)
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines, along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, along + 0.4))
    way = ahead - here
    way /= np.hypot(way[:, 0], way[:, 1])[:, None] + 1e-12
    xy = here + lateral[:, None] * np.column_stack([-way[:, 1], way[:, 0]])
    flipped = city.streets.flipped[edge]
    walked = city.streets.metre[edge] + np.where(flipped, city.network.lengths[edge] - along, along)
    right = (lateral < 0) ^ flipped
    number = 2 * (walked / HOUSE_FRONT_M).astype(int) + np.where(right, 1, 2)
    return Spots(xy, edge, number)


def draw_edges(rng: np.random.Generator, city: City, weight: np.ndarray, count: int) -> np.ndarray:
    """`count` edges drawn in proportion to `weight`, with repetition, where street furniture may stand."""
    weight = np.where(city.usable, weight, 0.0)
    return rng.choice(len(weight), size=count, p=weight / weight.sum())


def addresses(city: City, where: Spots) -> list[str]:
    """'12 rue des Tanneurs' for each spot; the street alone when it has no number; the commune when it has no name."""
    street = city.streets.of_edge[where.edge].tolist()
    commune = city.commune[where.edge].tolist()
    lowered = [_in_a_sentence(name) for name in city.streets.names]
    return [
        f"{number} {lowered[index]}" if lowered[index] else city.commune_names[place - 1]
        for index, place, number in zip(street, commune, where.number.tolist(), strict=True)
    ]


def _in_a_sentence(name: str) -> str:
    return name[:1].lower() + name[1:]
