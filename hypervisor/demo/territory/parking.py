"""Car parks and on-street bays."""

# numpy, scipy and shapely type many results as Any.
# mypy: disable-error-code="no-any-return"

import numpy as np
import shapely

from hypervisor.demo.territory.assets import Batch
from hypervisor.demo.territory.city import City, Spots, draw_edges, spots
from hypervisor.demo.territory.wordlists import CAR_PARKS

BAY_M = 5.5
SPACE_M2, FRONT_M, LONG = 26.0, 6.0, 1.6
"""Ground of a space with its share of the lanes, from the street's axis to the fence, length along the street over depth."""
BAYS_WITHIN_M = 1_700.0
USAGES = ("standard", "livraison", "PMR", "recharge")


def make_parking(rng: np.random.Generator, city: City, car_parks: int, bays: int) -> tuple[Batch, Batch]:
    """Car parks near where people go, bays in rows along the streets of the centre."""
    return _car_parks(rng, city, car_parks), _bays(rng, city, bays)


def _car_parks(rng: np.random.Generator, city: City, count: int) -> Batch:
    drawn = draw_edges(rng, city, np.sqrt(city.people) * np.exp(-city.radius / 2_500), count * 30)
    chosen: list[int] = []
    for edge in drawn:
        gap = np.hypot(*(city.middles[chosen] - city.middles[edge]).T).min() if chosen else np.inf
        if gap > 170 or len(drawn) < count:
            chosen.append(int(edge))
        if len(chosen) == count:
            break
    edge = np.array(sorted(chosen, key=lambda e: city.radius[e]))
    count = len(edge)
    underground = (city.radius[edge] < 1_500) & (rng.random(count) < 0.7)
    levels = np.where(underground, rng.integers(2, 6, count), np.where(rng.random(count) < 0.25, rng.integers(3, 6, count), 1))
    capacity = np.where(levels > 1, levels * rng.integers(70, 165, count), rng.integers(60, 340, count))
    codes = [f"PK-{number + 1:02d}" for number in range(count)]
    names = [f"Parking {CAR_PARKS[i]}" if i < len(CAR_PARKS) else f"Parking {_street(city, e)} {i + 1}" for i, e in enumerate(edge.tolist())]
    width, depth = _sides(capacity / levels * SPACE_M2, city.network.lengths[edge])
    where = spots(city, edge, city.network.lengths[edge] / 2, FRONT_M + depth / 2)
    return Batch(
        layer="parking", kind="car_park", ngsi_type="OffStreetParking", codes=codes, names=names, where=where, shapes=_grounds(city, where, width, depth),
        attributes={
            "capacity": capacity, "levels": levels, "name": names,
            "structure": np.where(underground, "souterrain", np.where(levels > 1, "silo", "surface")),
            "operator": rng.choice(["régie métropolitaine", "délégation de service"], count, p=[0.6, 0.4]),
            "pmr_bays": np.maximum(2, np.ceil(capacity * 0.02)).astype(int),
            "charging_points": np.maximum(0, rng.poisson(capacity / 45)),
            "max_height_m": np.where(levels > 1, 1.9, 2.2),
        },
    )  # fmt: skip


def _sides(ground: np.ndarray, street: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length along the street and depth, in metres, of that much ground on a street of that length."""
    width = np.minimum(np.sqrt(LONG * ground), np.maximum(street - 4, 20.0))
    return width, np.clip(ground / width, 15.0, 70.0)


def _grounds(city: City, where: Spots, width: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """A rectangle along its street around each spot."""
    ends = city.network.lines[where.edge]
    way = shapely.get_coordinates(shapely.get_point(ends, -1)) - shapely.get_coordinates(shapely.get_point(ends, 0))
    way /= np.hypot(*way.T)[:, None]
    along, across = way * width[:, None] / 2, np.column_stack([-way[:, 1], way[:, 0]]) * depth[:, None] / 2
    corners = [where.xy + a * along + b * across for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    outlines: np.ndarray = shapely.polygons(np.stack(corners, axis=1))
    return outlines


def _bays(rng: np.random.Generator, city: City, count: int) -> Batch:
    network = city.network
    fits = (city.radius < BAYS_WITHIN_M) & np.isin(network.classes, (2, 3, 4)) & (network.lengths > 45)
    sizes = rng.integers(4, 13, count)
    groups = int(np.searchsorted(np.cumsum(sizes), count)) + 1
    sizes = sizes[:groups]
    sizes[-1] -= sizes.sum() - count
    edge = draw_edges(rng, city, np.where(fits, network.lengths, 0.0), groups)
    room = np.maximum(network.lengths[edge] - 16, BAY_M)
    pitch = np.minimum(BAY_M, room / sizes)
    start = 8 + rng.random(groups) * np.maximum(room - sizes * pitch, 0)
    group = np.repeat(np.arange(groups), sizes)
    order = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    side = np.where(rng.random(groups) < 0.5, 1.0, -1.0)[group]
    where = spots(city, edge[group], start[group] + (order + 0.5) * pitch[group], side * 3.4)
    usage = rng.choice(4, groups, p=[0.80, 0.09, 0.04, 0.07])[group]
    usage = np.where((usage == 0) & (order == 0) & (rng.random(count) < 0.35), 2, usage)
    codes = [f"ST-{g + 1:03d}-{o + 1:02d}" for g, o in zip(group.tolist(), order.tolist(), strict=True)]
    return Batch(
        layer="parking", kind="bay", ngsi_type="ParkingSpot", codes=codes, names=[f"Place {code}" for code in codes], where=where,
        attributes={
            "street": [city.streets.names[city.streets.of_edge[e]] for e in where.edge.tolist()],
            "usage": np.array(USAGES)[usage],
            "zone": np.where(city.radius[where.edge] < 700, "rouge", "verte"),
            "limit_min": np.array([120, 30, 1440, 180])[usage],
            "length_m": np.round(pitch[group], 1),
        },
    )  # fmt: skip


def _street(city: City, edge: int) -> str:
    return city.streets.names[city.streets.of_edge[edge]] or city.commune_names[city.commune[edge] - 1]
