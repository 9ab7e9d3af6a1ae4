"""What the map is drawn from: lines, areas and labels, each with a class and the zoom from which it is shown."""

# numpy, scipy and shapely type many results as Any.
# mypy: disable-error-code="no-any-return"

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely

from hypervisor.demo.territory.blocks import TOWN, Ground
from hypervisor.demo.territory.city import City
from hypervisor.demo.territory.communes import Communes
from hypervisor.demo.territory.river import River
from hypervisor.demo.territory.seeds import Seeds
from hypervisor.demo.territory.skeleton import DOMAIN, Skeleton
from hypervisor.demo.territory.warp import Warp
from hypervisor.demo.territory.wordlists import DISTRICTS, NEIGHBOURS

CLASS_NAMES = {1: "primary", 2: "secondary", 3: "tertiary", 4: "residential", 5: "service", 6: "track"}
LINE_ZOOM = {
    "motorway": 0,
    "boundary": 9,
    "rail": 9,
    "primary": 9,
    "secondary": 10,
    "river": 0,
    "stream": 11,
    "tertiary": 10,
    "residential": 11,
    "service": 12,
    "track": 13,
}
AREA_ZOOM = {"water": 0, "wood": 0, "urban": 0, "park": 11, "block": 14}
MOTORWAY_NAMES = ("Rocade", "A 931", "A 932", "A 933")
RIVER_NAME, STREAM_NAME = "La Serre", "Ru de Fontarnay"
ROUNDABOUT_APART_M = 420.0


@dataclass(frozen=True)
class Feature:
    """One thing drawn. `geometry` in local metres; rank orders labels, 0 first."""

    kind: str
    name: str
    min_zoom: int
    geometry: shapely.Geometry
    rank: int = 0
    max_zoom: int = 24


@dataclass(frozen=True)
class Basemap:
    """All that is drawn under the assets, in local metres."""

    lines: list[Feature]
    areas: list[Feature]
    labels: list[Feature]


def make_basemap(
    rng: np.random.Generator, city: City, ground: Ground, communes: Communes, river: River, skeleton: Skeleton, seeds: Seeds, warp: Warp
) -> Basemap:
    """Everything bent by the warp and named."""
    return Basemap(_lines(rng, city, river, skeleton, warp), _areas(city, ground, river, warp), _labels(city, seeds, warp))


def _line(kind: str, name: str, geometry: shapely.LineString) -> Feature:
    return Feature(kind, name, LINE_ZOOM[kind], geometry)


def _lines(rng: np.random.Generator, city: City, river: River, skeleton: Skeleton, warp: Warp) -> list[Feature]:
    drawn = [("river", RIVER_NAME, river.centre), ("stream", STREAM_NAME, river.tributary), *(("rail", "", line) for line in skeleton.rails)]
    drawn += [("motorway", name, line) for name, line in zip(MOTORWAY_NAMES, skeleton.motorways, strict=False)]
    features = [_line(kind, name, part) for kind, name, line in drawn for part in _within(line, warp)]
    limits = shapely.line_merge(shapely.union_all(shapely.boundary(city.polygons), grid_size=0.01))
    features += [Feature("boundary", "", LINE_ZOOM["boundary"], shapely.simplify(part, 2)) for part in shapely.get_parts(limits)]
    features += [_line("primary", "", line) for line in _ramps(city, skeleton, warp)]
    discs, rings = _roundabouts(rng, city)
    tree = shapely.STRtree(discs)
    for street, chain in enumerate(city.streets.chains):
        for kind, line in _stretches(city, chain):
            crossed = tree.query(line, predicate="intersects")
            if len(crossed):
                line = shapely.difference(line, shapely.union_all(discs[crossed]))
            name = city.streets.names[street]
            features += [_line(kind, name, part) for part in shapely.get_parts(line) if part.length > 1]
    features += rings
    drawn_finely = shapely.simplify(np.array([feature.geometry for feature in features]), 0.8)
    return [replace(feature, geometry=line) for feature, line in zip(features, drawn_finely, strict=True)]


def _within(shape: shapely.Geometry, warp: Warp) -> np.ndarray:
    """The parts of a shape of straight space that the drawn country holds, warped."""
    return shapely.get_parts(warp.geometries(shapely.intersection(shape, DOMAIN)))


def _stretches(city: City, chain: list[int]) -> Iterator[tuple[str, shapely.LineString]]:
    """A street's line, cut where its class changes."""
    points: list[np.ndarray] = []
    kind = 0
    for edge in chain:
        line = shapely.get_coordinates(city.network.lines[edge])
        line = line[::-1] if city.streets.flipped[edge] else line
        if points and city.network.classes[edge] != kind:
            yield CLASS_NAMES[kind], shapely.LineString(np.vstack(points))
            points = []
        kind = int(city.network.classes[edge])
        points.append(line)
    yield CLASS_NAMES[kind], shapely.LineString(np.vstack(points))


def _roundabouts(rng: np.random.Generator, city: City) -> tuple[np.ndarray, list[Feature]]:
    """Discs that cut the streets, and the rings drawn instead: where three main roads or more meet, out of the centre.

    The street graph keeps its junction: only the drawing changes.
    """
    network = city.network
    main = network.classes <= 3
    degree = np.bincount(np.concatenate([network.start[main], network.end[main]]), minlength=len(network.nodes))
    best = np.full(len(network.nodes), 9)
    for ends in (network.start, network.end):
        np.minimum.at(best, ends, network.classes)
    r = np.hypot(network.nodes[:, 0], network.nodes[:, 1])
    chosen: list[np.ndarray] = []
    discs, rings = [], []
    for node in np.flatnonzero((degree >= 3) & (best <= 2) & (r > 1_900)):
        place = network.nodes[node]
        if any(np.hypot(*(place - other)) < ROUNDABOUT_APART_M for other in chosen):
            continue
        chosen.append(place)
        disc = shapely.Point(place).buffer(rng.uniform(15, 24), quad_segs=6)
        discs.append(disc)
        rings.append(Feature(CLASS_NAMES[int(best[node])], "", LINE_ZOOM["residential"], disc.exterior))
    return np.array(discs, dtype=object), rings


def _ramps(city: City, skeleton: Skeleton, warp: Warp) -> list[shapely.LineString]:
    """Four slip roads where a primary road crosses a motorway."""
    primary = shapely.union_all(city.network.lines[city.network.classes == 1])
    ramps = []
    for motorway in skeleton.motorways:
        for line in shapely.get_parts(warp.geometries(motorway)):
            for crossing in shapely.get_parts(shapely.intersection(line, primary)):
                if crossing.geom_type != "Point":
                    continue
                at = line.project(crossing)
                reach = shapely.get_parts(shapely.intersection(primary, crossing.buffer(75).exterior))
                for side in (-1, 1):
                    on_motorway = line.interpolate(max(at + side * 330, 0))
                    bend = line.interpolate(max(at + side * 120, 0))
                    for end in reach[:2]:
                        middle = ((bend.x * 2 + end.x) / 3, (bend.y * 2 + end.y) / 3)
                        ramps.append(shapely.LineString([on_motorway.coords[0], bend.coords[0], middle, end.coords[0]]))
    return ramps


def _areas(city: City, ground: Ground, river: River, warp: Warp) -> list[Feature]:
    features = [Feature("water", RIVER_NAME, 0, part) for part in _within(river.water, warp)]
    bent = warp.geometries(ground.polygons, 60.0)
    town = np.isin(ground.kinds, TOWN)
    built = shapely.union_all(shapely.buffer(bent[town], 7, join_style="mitre", quad_segs=1), grid_size=0.5)
    built = shapely.buffer(shapely.buffer(built, 22, join_style="mitre"), -26, join_style="mitre")
    features += [Feature("urban", "", 0, part) for part in shapely.get_parts(shapely.simplify(built, 2)) if part.area > 8_000]
    woods = shapely.union_all(shapely.buffer(bent[ground.woods], 2, join_style="mitre"), grid_size=0.5)
    features += [Feature("wood", "", 0, part) for part in shapely.get_parts(shapely.simplify(woods, 6)) if part.area > 20_000]
    features += [Feature("park", "", AREA_ZOOM["park"], polygon) for polygon in shapely.simplify(bent[ground.parks], 1)]
    features += [Feature("block", "", AREA_ZOOM["block"], polygon) for polygon in shapely.simplify(bent[town & ~ground.parks], 1)]
    return features


def _labels(city: City, seeds: Seeds, warp: Warp) -> list[Feature]:
    places = warp.points(seeds.xy)
    features = []
    count = len(city.commune_names)
    for index, (x, y) in enumerate(places):
        if index < count:
            rank = 0 if index == 0 else 1 if seeds.kind[index] == 1 else 2
            features.append(Feature("commune", city.commune_names[index], 0 if rank < 2 else 10, shapely.Point(x, y), rank, 15))
        elif index - count < len(NEIGHBOURS):
            features.append(Feature("neighbour", NEIGHBOURS[index - count], 11, shapely.Point(x, y), 3, 15))
    features += [
        Feature("district", name, 14 if name == DISTRICTS[0] else 13, shapely.Point(x, y), 4)
        for name, (x, y) in zip(DISTRICTS, _district_places(city), strict=False)
    ]
    features.append(Feature("station", "Gare de Valmorin-Ville", 13, shapely.Point(city.station), 3))
    for along in (0.32, 0.45, 0.52, 0.6, 0.7):
        features.append(Feature("river", RIVER_NAME, 12, city.river.interpolate(along, normalized=True), 4))
    return features


def _district_places(city: City) -> list[np.ndarray]:
    """The old town, then places spread over the centre commune, half a kilometre apart at least."""
    rows = np.flatnonzero((city.commune == 1) & (city.density > 30))
    places = [np.zeros(2)]
    for angle in np.arange(len(DISTRICTS)) * 2.399963:  # The golden angle spreads points evenly on a spiral.
        target = (650 + 190 * len(places)) * np.array([np.cos(angle), np.sin(angle)])
        near = city.middles[rows[np.argmin(np.hypot(*(city.middles[rows] - target).T))]]
        if min(np.hypot(*(near - other)) for other in places) > 480:
            places.append(near)
    return places
