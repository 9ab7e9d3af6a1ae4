"""From the skeleton's faces to streets, dead ends and finished pieces of ground."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from hypervisor.demo.territory.cut import Cutter, Leaf, centroid, inside
from hypervisor.demo.territory.density import URBAN
from hypervisor.demo.territory.field import Field, noise
from hypervisor.demo.territory.river import River
from hypervisor.demo.territory.shapes import Corners, Point, near
from hypervisor.demo.territory.skeleton import DOMAIN, Skeleton
from hypervisor.demo.territory.zones import BARRIER, KINDS, ROAD, WALKED, Zones

TOWN = ("core", "nineteenth", "faubourg", "plots", "estate", "activity", "fringe")


@dataclass(frozen=True)
class Ground:
    """Pieces of ground in straight metres, one row per leaf, and the streets drawn between them."""

    polygons: np.ndarray
    kinds: np.ndarray
    centroids: np.ndarray
    hectares: np.ndarray
    people: np.ndarray  # Inhabitants before the communes' totals are imposed.
    parks: np.ndarray  # bool
    woods: np.ndarray  # bool
    streets: list[tuple[int, Corners]]


def make_ground(rng: np.random.Generator, dice: random.Random, skeleton: Skeleton, river: River, density: Field, coarseness: float) -> Ground:
    """Cut every face, then add dead ends, parks and woods."""
    cutter = Cutter(Zones(rng, dice, density, coarseness), dice)
    for points, tags in _faces(skeleton):
        cutter.run(points, tags)
    streets = cutter.streets + _dead_ends(dice, cutter.leaves)
    leaves = [leaf for leaf in cutter.leaves if len(leaf.points) >= 3]
    polygons = np.array([shapely.Polygon(leaf.points) for leaf in leaves])
    kinds = np.array([leaf.plan.kind for leaf in leaves])
    centroids = np.array([centroid(leaf.points)[1:] for leaf in leaves])
    hectares = shapely.area(polygons) / 1e4
    urban = np.isin(kinds, TOWN)
    parks = _parks(rng, polygons, urban, hectares, river)
    woods = _woods(rng, centroids, urban, density)
    people = np.minimum(density.at(centroids), 320) * hectares
    people[parks | (kinds == "activity")] = 0
    people[~urban] *= 0.15
    return Ground(polygons, kinds, centroids, hectares, people, parks, woods, streets)


def _faces(skeleton: Skeleton) -> Iterator[tuple[Corners, list[int]]]:
    """Faces between roads, barriers removed, as counter-clockwise corners and edge tags."""
    frame = DOMAIN.boundary
    noded = shapely.union_all([*skeleton.roads, frame], grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    land = shapely.get_parts(shapely.difference(faces, skeleton.barriers))
    pieces = [piece for face in land for piece in _without_holes(face) if piece.area > 60]
    rings = [shapely.get_coordinates(shapely.orient_polygons(piece).exterior)[:-1] for piece in pieces]
    middles = np.vstack([(ring + np.roll(ring, -1, axis=0)) / 2 for ring in rings])
    tree = shapely.STRtree(np.array(skeleton.roads, dtype=object))
    found = tree.query(shapely.points(middles), predicate="dwithin", distance=0.5)[0]
    tags = np.full(len(middles), BARRIER)
    tags[found] = ROAD
    start = 0
    for ring in rings:
        yield [tuple(point) for point in ring.tolist()], tags[start : start + len(ring)].tolist()
        start += len(ring)


def _without_holes(face: shapely.Geometry) -> list[shapely.Polygon]:
    """The face cut through its holes, since the recursive cut knows simple polygons only."""
    pending, done = [face], []
    while pending:
        polygon = pending.pop()
        if polygon.geom_type != "Polygon":
            pending.extend(shapely.get_parts(polygon))
        elif not polygon.interiors:
            done.append(polygon)
        else:
            x = polygon.interiors[0].centroid.x
            west, south, east, north = polygon.bounds
            pending += [
                shapely.intersection(polygon, shapely.box(west, south, x, north)),
                shapely.intersection(polygon, shapely.box(x, south, east, north)),
            ]
    return [polygon for polygon in done if polygon.geom_type == "Polygon" and polygon.area > 1]


def _dead_ends(dice: random.Random, leaves: list[Leaf]) -> list[tuple[int, Corners]]:
    """Cul-de-sacs from the middle of a long edge into the block, two in five with an elbow."""
    streets = []
    for leaf in leaves:
        share = KINDS[leaf.plan.kind].dead_ends
        tries = 2 if leaf.plan.kind in ("estate", "activity") else 1
        for _try in range(tries):
            if dice.random() < share:
                path = _dead_end(dice, leaf.points, leaf.tags)
                if path:
                    streets.append((5 if leaf.plan.kind in ("core", "nineteenth", "activity") else 4, path))
    return streets


def _dead_end(dice: random.Random, points: Corners, tags: list[int]) -> Corners | None:
    edges = [(math.dist(points[i], points[(i + 1) % len(points)]), i) for i in range(len(points)) if tags[i] in WALKED]
    edges = sorted((edge for edge in edges if edge[0] > 38), reverse=True)[:3]
    if not edges:
        return None
    length, index = dice.choice(edges)
    (x0, y0), (x1, y1) = points[index], points[(index + 1) % len(points)]
    share = dice.uniform(0.32, 0.68)
    foot = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    tilt = dice.gauss(0, 0.12)
    along = ((x1 - x0) / length, (y1 - y0) / length)
    inward = (-along[1] + tilt * along[0], along[0] + tilt * along[1])  # Corners run counter-clockwise.
    depth = _depth(points, foot, inward)
    reach = min(dice.uniform(0.42, 0.72) * depth, 190)
    if reach < 24:
        return None
    end = (foot[0] + reach * inward[0], foot[1] + reach * inward[1])
    path = [foot, end]
    if dice.random() < 0.4:
        side = dice.choice((-1, 1)) * dice.uniform(0.3, 0.7)
        elbow = min(reach, 90) * side
        turned = (end[0] + elbow * along[0], end[1] + elbow * along[1])
        if _depth(points, end, (along[0] * (1 if side > 0 else -1), along[1] * (1 if side > 0 else -1))) > abs(elbow) + 14:
            path.append(turned)
    return path if all(inside(points, point) for point in path[1:]) else None


def _depth(points: Corners, foot: Point, direction: Point) -> float:
    """How far one can walk from `foot` before the block's other side."""
    fx, fy = foot
    ux, uy = direction
    nearest = math.inf
    for index, (x0, y0) in enumerate(points):
        x1, y1 = points[(index + 1) % len(points)]
        s0 = (x0 - fx) * uy - (y0 - fy) * ux
        s1 = (x1 - fx) * uy - (y1 - fy) * ux
        if (s0 > 0) != (s1 > 0):
            t = s0 / (s0 - s1)
            along = (x0 + t * (x1 - x0) - fx) * ux + (y0 + t * (y1 - y0) - fy) * uy
            if along > 2:
                nearest = min(nearest, along)
    return nearest if nearest < math.inf else 0.0


def _parks(rng: np.random.Generator, polygons: np.ndarray, urban: np.ndarray, hectares: np.ndarray, river: River) -> np.ndarray:
    chance = np.where(hectares > 0.9, 0.05, 0.018)
    chance[near(polygons, river.water, 110)] = 0.26
    return urban & (rng.random(len(polygons)) < chance) & (hectares < 9)


def _woods(rng: np.random.Generator, centroids: np.ndarray, urban: np.ndarray, density: Field) -> np.ndarray:
    relief = noise(rng, 2_600).at(centroids) + 0.55 * noise(rng, 700).at(centroids)
    relief += 0.5 * (np.hypot(centroids[:, 0], centroids[:, 1]) > 5_200)
    return ~urban & (relief > 1.25) & (density.at(centroids) < URBAN)
