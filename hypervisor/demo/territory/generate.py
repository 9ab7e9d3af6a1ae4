"""From a seed and a number of assets to the whole territory."""

# numpy, scipy and shapely type many results as Any.
# mypy: disable-error-code="no-any-return"

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely

from hypervisor.demo.territory import wordlists
from hypervisor.demo.territory.assets import DEFAULT_ASSETS, AssetRow, Batch, Edges, rows_of
from hypervisor.demo.territory.basemap import Basemap, make_basemap
from hypervisor.demo.territory.blocks import Ground, make_ground
from hypervisor.demo.territory.city import City
from hypervisor.demo.territory.communes import Communes, make_communes
from hypervisor.demo.territory.density import make_density
from hypervisor.demo.territory.lighting import make_lighting
from hypervisor.demo.territory.names import make_streets
from hypervisor.demo.territory.network import Network, make_network, warped
from hypervisor.demo.territory.parking import make_parking
from hypervisor.demo.territory.river import River, make_river
from hypervisor.demo.territory.security import make_security
from hypervisor.demo.territory.seeds import Seeds, make_seeds
from hypervisor.demo.territory.shapes import near
from hypervisor.demo.territory.skeleton import Skeleton, make_skeleton
from hypervisor.demo.territory.warp import Warp, make_warp, to_wgs84
from hypervisor.demo.territory.waste import make_waste
from hypervisor.demo.territory.water import make_water

COARSE_BELOW = 5_000  # Fewer assets than this are for tests: larger blocks, a fifth of the time.
COARSENESS = 5.0
WET_VERGE_M = 9.8
MOST_CABINETS = 3_200  # About a third of the lit junctions: past that, cabinets feed more luminaires.
INSEE_DEPARTMENT = "96"  # No French department bears this number.


@dataclass(frozen=True)
class Territory:
    """The metropolis. Geometry in local metres; `rows` and `warp.geometries_to_wgs84` give degrees.

    population[i], insee[i] and city.polygons[i] belong to commune i + 1; commune_of_asset[id - 1] is an asset's commune.
    """

    seed: int
    city: City
    insee: list[str]
    population: np.ndarray
    basemap: Basemap
    batches: tuple[Batch, ...]
    edges: Edges
    commune_of_asset: np.ndarray

    @property
    def count(self) -> int:
        """Number of assets."""
        return sum(len(batch) for batch in self.batches)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the metropolis in degrees."""
        west, south, east, north = shapely.total_bounds(self.city.polygons)
        corners = to_wgs84(np.array([(west, south), (east, south), (east, north), (west, north)]))
        return (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the old town."""
        lon, lat = to_wgs84(np.zeros((1, 2)))[0].tolist()
        return lon, lat

    def rows(self) -> Iterator[AssetRow]:
        """Every asset, ids 1 to `count`."""
        for batch in self.batches:
            yield from rows_of(self.city, batch, self.commune_of_asset[batch.first_id - 1 :])


def generate(seed: int = 7, assets: int | None = None) -> Territory:
    """The same territory for the same seed and number of assets (about 40,000 when None, at least 100).

    More assets stand closer on the same streets. Below COARSE_BELOW the town has larger blocks, so that tests are quick.
    """
    assets = max(assets or DEFAULT_ASSETS, 100)
    rng, dice = np.random.default_rng(seed), random.Random(seed)
    river = make_river(rng)
    seeds = make_seeds(rng, river)
    skeleton = make_skeleton(rng, river, seeds)
    density = make_density(rng, river, seeds, skeleton)
    ground = make_ground(rng, dice, skeleton, river, density, COARSENESS if assets < COARSE_BELOW else 1.0)
    communes = make_communes(ground, seeds)
    warp = make_warp(rng)
    straight = make_network(
        skeleton.roads + [shapely.LineString(path) for _rank, path in ground.streets], skeleton.classes + [rank for rank, _path in ground.streets]
    )
    people_per_ha = density.at(shapely.get_coordinates(shapely.line_interpolate_point(straight.lines, 0.5, normalized=True)))
    network = warped(straight, warp)
    population = seeds.population[: len(communes.polygons)]
    city = _city(dice, network, communes, ground, seeds, population, people_per_ha, river, skeleton, warp)
    basemap = make_basemap(rng, city, ground, communes, river, skeleton, seeds, warp)
    batches, edges = _assets(rng, city, assets)
    insee = [f"{INSEE_DEPARTMENT}{number:03d}" for number in range(1, len(population) + 1)]
    return Territory(seed, city, insee, population, basemap, batches, edges, _communes_of(city, batches))


def _city(
    dice: random.Random,
    network: Network,
    communes: Communes,
    ground: Ground,
    seeds: Seeds,
    population: np.ndarray,
    people_per_ha: np.ndarray,
    river: River,
    skeleton: Skeleton,
    warp: Warp,
) -> City:
    polygons = warp.geometries(communes.polygons)
    water = warp.geometries(river.water)
    middles = shapely.line_interpolate_point(network.lines, 0.5, normalized=True)
    xy = shapely.get_coordinates(middles)
    commune = _commune_at(polygons, middles)
    centres = warp.points(seeds.xy)
    names = [wordlists.CENTRE, *wordlists.SUBURBS, *wordlists.VILLAGES]
    every_name = names + list(wordlists.NEIGHBOURS)
    places = [(name, x, y) for name, (x, y) in zip(every_name, centres.tolist(), strict=False)]
    wet = near(network.lines, water, WET_VERGE_M)
    quay = ~wet & (network.classes == 3) & near(middles, water, 17.0) & (np.hypot(xy[:, 0], xy[:, 1]) < 3_000)
    streets = make_streets(dice, network, commune, quay, places)
    weight = people_per_ha * network.lengths * (network.classes < 6)
    people = np.zeros(len(xy))
    for label, inhabitants in enumerate(population.tolist(), start=1):
        here = commune == label
        people[here] = weight[here] * inhabitants / weight[here].sum()
    station = warp.points(np.array([skeleton.station]))[0]
    return City(
        network, streets, commune, polygons, names, centres[: len(names)], xy, people_per_ha, people, wet, water, warp.geometries(river.centre), station
    )


def _commune_at(polygons: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Id of the commune that holds each point, 0 for none."""
    point, polygon = shapely.STRtree(points).query(polygons, predicate="intersects")[::-1]
    commune = np.zeros(len(points), int)
    commune[point] = polygon + 1
    return commune


def _communes_of(city: City, batches: tuple[Batch, ...]) -> np.ndarray:
    """Each asset's commune: where it stands, or its street's when it stands just over the metropolis' limit."""
    parts = []
    for batch in batches:
        at = _commune_at(city.polygons, shapely.points(batch.where.xy))
        parts.append(np.where(at > 0, at, city.commune[batch.where.edge]))
    return np.concatenate(parts)


def _assets(rng: np.random.Generator, city: City, assets: int) -> tuple[tuple[Batch, ...], Edges]:
    """Every batch, numbered, and the graph between them. Kinds grow with `assets`; what a town has few of, more slowly."""
    scale = assets / DEFAULT_ASSETS
    slow = min(scale, scale**0.4)

    def few(count: int, least: int) -> int:
        return max(least, round(count * slow))

    water = make_water(rng, city, few(20, 4), round(1_100 * min(scale, 2.0)), few(8, 2))
    car_parks, bays = make_parking(rng, city, few(40, 4), round(2_500 * scale))
    containers = make_waste(rng, city, round(1_500 * scale))
    switches, cameras, doors, camera_switch, door_switch = make_security(rng, city, round(250 * scale), few(60, 6), few(25, 3))
    others = [car_parks, bays, water.mains, water.valves, water.meters, water.reservoirs, water.pumps, containers, switches, cameras, doors]
    cabinets_wanted = min(round(900 * scale), MOST_CABINETS)
    luminaires_wanted = assets - cabinets_wanted - sum(len(batch) for batch in others)
    cabinets, luminaires, cabinet = make_lighting(rng, city, luminaires_wanted, cabinets_wanted)
    batches = []
    first = 1
    for batch in [cabinets, luminaires, *others]:
        batches.append(replace(batch, first_id=first))
        first += len(batch)
    ids = {batch.kind: batch.ids for batch in batches}
    links = [
        (ids["cabinet"][cabinet], ids["luminaire"], "feeds"),
        (ids["main"][water.valve_main], ids["valve"], "isolates"),
        (ids["district_meter"][water.main_meter], ids["main"], "meters"),
        (ids["pump"], ids["reservoir"], "feeds"),
        (ids["reservoir"][water.meter_reservoir], ids["district_meter"], "feeds"),
        (ids["switch"][camera_switch], ids["camera"], "connects"),
        (ids["switch"][door_switch], ids["access_door"], "connects"),
    ]
    relation = np.repeat([name for _p, _c, name in links], [len(children) for _p, children, _n in links])
    return tuple(batches), Edges(np.concatenate([p for p, _c, _n in links]), np.concatenate([c for _p, c, _n in links]), relation)
