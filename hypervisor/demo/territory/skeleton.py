"""What exists before any street: railways and motorways that streets never cross, and the roads that join the settlements."""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely

from hypervisor.demo.territory.field import HALF_HEIGHT, HALF_WIDTH
from hypervisor.demo.territory.river import River
from hypervisor.demo.territory.seeds import Seeds
from hypervisor.demo.territory.shapes import Point, chaikin, closed, ring, wander

RAMPART_M, BOULEVARD_M, AVENUE_RING_M, MOTORWAY_M = 440.0, 1_420.0, 2_850.0, 4_350.0
RAIL_HALF_WIDTH_M, MOTORWAY_HALF_WIDTH_M = 14.0, 38.0
QUAY_M, QUAY_REACH_M = 14.0, 2_600.0
LONGEST_ROAD_M = 7_500.0
MOTORWAY_CLEAR_M = 820.0
Ranked: TypeAlias = tuple[int, shapely.Geometry]  # A class and its line.
DOMAIN = shapely.box(-HALF_WIDTH, -HALF_HEIGHT, HALF_WIDTH, HALF_HEIGHT)


@dataclass(frozen=True)
class Skeleton:
    """Lines in straight metres. `roads` pairs with `classes` (1 primary … 3 tertiary)."""

    roads: list[shapely.LineString]
    classes: list[int]
    motorways: list[shapely.LineString]
    rails: list[shapely.LineString]
    barriers: shapely.Geometry
    rampart: shapely.Polygon
    station: tuple[float, float]


def make_skeleton(rng: np.random.Generator, river: River, seeds: Seeds) -> Skeleton:
    """Barriers and main roads, clipped to each other so that no road dangles."""
    rails, station = _rails(rng)
    motorways = _motorways(rng, seeds)
    barriers = shapely.union_all(
        [river.water]
        + [line.buffer(RAIL_HALF_WIDTH_M, cap_style="flat") for line in rails]
        + [line.buffer(MOTORWAY_HALF_WIDTH_M, cap_style="flat") for line in motorways],
        grid_size=0.01,
    )
    rampart_ring = closed(chaikin(ring(rng, RAMPART_M, 13, 0.09), 1, closed=True))
    rampart = shapely.Polygon(rampart_ring)
    roads = [(1, shapely.LineString(rampart_ring))]
    roads.append((1, shapely.LineString(closed(ring(rng, BOULEVARD_M, 12, 0.06)))))
    roads.append((2, shapely.LineString(closed(chaikin(ring(rng, AVENUE_RING_M, 14, 0.09), 2, closed=True)))))
    radials = _between_settlements(rng, seeds, river)
    roads += [(rank, line.difference(rampart)) for rank, line in radials]
    roads += _percees(roads[3:], rampart)
    roads += _cross_of_the_core(rng, rampart)
    quays = _quays(river, rampart)
    roads += [(3, line) for line in quays]
    roads += [(3, line) for line in _bridges(river, [line for _rank, line in roads], quays)]
    pieces = [(rank, part) for rank, line in roads for part in _parts(line) if part.length > 5]
    return Skeleton([line for _rank, line in pieces], [rank for rank, _line in pieces], motorways, rails, barriers, rampart, station)


def _parts(geometry: shapely.Geometry) -> list[shapely.LineString]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "LineString"]


def _rails(rng: np.random.Generator) -> tuple[list[shapely.LineString], Point]:
    """The main line from west to east south of the centre, and a second one branching north."""
    main = np.array(
        [
            (-19e3, -4.6e3),
            (-12e3, -5.2e3),
            (-7e3, -3.9e3),
            (-3.9e3, -2.5e3),
            (-0.9e3, -1.62e3),
            (0.7e3, -1.85e3),
            (3.6e3, -2.3e3),
            (7.5e3, -3.5e3),
            (12e3, -3.1e3),
            (19e3, -4.4e3),
        ]
    )
    main[[1, 2, 7, 8], 1] += rng.uniform(-700, 700, 4)
    north = np.array([(-3.9e3, -2.5e3), (-4.4e3, -0.4e3), (-3.5e3, 2.3e3), (-1.6e3, 5.2e3), (0.8e3, 10e3), (1.6e3, 17e3)])
    north[2:5, 0] += rng.uniform(-500, 500, 3)
    main_line = shapely.LineString(chaikin(main, 4))
    fork = main_line.interpolate(main_line.project(shapely.Point(north[0])))
    north[0] = (fork.x, fork.y)
    station = main_line.interpolate(main_line.project(shapely.Point(-650, -1_600)))
    return [main_line, shapely.LineString(chaikin(north, 4))], (station.x, station.y)


def _motorways(rng: np.random.Generator, seeds: Seeds) -> list[shapely.LineString]:
    """A ring that goes round the suburbs or inside them, and three branches that leave through open country."""
    belt = _clear_of(chaikin(ring(rng, MOTORWAY_M, 9, 0.09), 4, closed=True), seeds.xy[seeds.kind == 1])
    lines = [shapely.LineString(closed(belt))]
    settlements = seeds.xy[1:]
    taken: list[float] = []
    for _branch in range(3):
        best = None
        for _try in range(60):
            angle = rng.uniform(0, 2 * math.pi)
            if any(abs((angle - other + math.pi) % (2 * math.pi) - math.pi) < 1.35 for other in taken):
                continue
            start = belt[np.argmin(np.abs(np.angle(np.exp(1j * (np.arctan2(belt[:, 1], belt[:, 0]) - angle)))))]
            end = 26_000 * np.array([math.cos(angle), math.sin(angle)])
            line = shapely.LineString(wander(rng, start, end, 0.045, 4))
            clearance = min(line.distance(shapely.Point(place)) for place in settlements)
            if best is None or clearance > best[0]:
                best = (clearance, angle, line)
        if best:
            taken.append(best[1])
            lines.append(shapely.intersection(best[2], DOMAIN.buffer(1_000)))
    return lines


def _clear_of(belt: np.ndarray, suburbs: np.ndarray) -> np.ndarray:
    """The ring bent smoothly so that it passes MOTORWAY_CLEAR_M from each suburb's heart, on the side where it already was."""
    angles, radii = np.arctan2(belt[:, 1], belt[:, 0]), np.hypot(belt[:, 0], belt[:, 1])
    for suburb in suburbs:
        turn = np.abs((angles - math.atan2(suburb[1], suburb[0]) + math.pi) % (2 * math.pi) - math.pi)
        gap = radii[np.argmin(turn)] - np.hypot(*suburb)
        if abs(gap) < MOTORWAY_CLEAR_M:
            radii = radii + (math.copysign(MOTORWAY_CLEAR_M, gap) - gap) * np.exp(-((turn / 0.26) ** 2))
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])


def _between_settlements(rng: np.random.Generator, seeds: Seeds, river: River) -> list[Ranked]:
    """A near-Gabriel graph: two places are joined when no third one lies between them."""
    xy, kind = seeds.xy, seeds.kind
    roads = []
    for i in range(len(xy)):
        for j in range(i + 1, len(xy)):
            length = np.hypot(*(xy[i] - xy[j]))
            if length > LONGEST_ROAD_M and not (i == 0 and kind[j] == 1):
                continue
            gap = np.hypot(*(xy - (xy[i] + xy[j]) / 2).T)
            gap[[i, j]] = np.inf
            if gap.min() < 0.93 * length / 2:
                continue
            rank = 1 if i == 0 else 2 if kind[j] <= 2 and length < 6_500 else 3
            roads.append((rank, _not_along_the_water(rng, xy[i], xy[j], river)))
    return roads


def _not_along_the_water(rng: np.random.Generator, start: np.ndarray, end: np.ndarray, river: River) -> shapely.LineString:
    drafts = [shapely.LineString(wander(rng, start, end)) for _ in range(7)]
    return min(drafts, key=lambda line: max(line.intersection(river.water).length - 130, 0))


def _percees(radials: list[Ranked], rampart: shapely.Polygon) -> list[Ranked]:
    """Two straight avenues of the nineteenth century, in the widest gaps between the radials."""
    starts = []
    for rank, line in radials:
        if rank == 1:
            near = min((part for part in _parts(line)), key=lambda part: part.distance(rampart))
            crossing = near.interpolate(near.project(shapely.Point(0, 0)))
            starts.append(math.atan2(crossing.y, crossing.x))
    starts.sort()
    gaps = [((later - earlier) % (2 * math.pi), earlier) for earlier, later in zip(starts, starts[1:] + starts[:1], strict=True)]
    lines = []
    for gap, start in sorted(gaps, reverse=True)[:2]:
        angle = start + gap * 0.48
        ray = shapely.LineString([(0, 0), (AVENUE_RING_M * 1.15 * math.cos(angle), AVENUE_RING_M * 1.15 * math.sin(angle))])
        lines.append((2, shapely.intersection(ray, shapely.Point(0, 0).buffer(BOULEVARD_M * 1.02)).difference(rampart)))
    return lines


def _cross_of_the_core(rng: np.random.Generator, rampart: shapely.Polygon) -> list[Ranked]:
    tilt = rng.uniform(-0.25, 0.25)
    lines = []
    for angle in (tilt, tilt + math.pi / 2 + rng.uniform(-0.12, 0.12)):
        end = 700 * np.array([math.cos(angle), math.sin(angle)])
        lines.append((3, shapely.intersection(shapely.LineString(wander(rng, -end, end, 0.03)), rampart)))
    return lines


def _quays(river: River, rampart: shapely.Polygon) -> list[shapely.LineString]:
    within = shapely.Point(0, 0).buffer(QUAY_REACH_M).difference(rampart.buffer(8))
    bank = shapely.simplify(shapely.buffer(river.water, QUAY_M, quad_segs=3), 2.0)
    return _parts(shapely.line_merge(shapely.intersection(bank.boundary, within)))


def _bridges(river: River, roads: list[shapely.Geometry], quays: list[shapely.LineString]) -> list[shapely.LineString]:
    """A bridge every 400 m or so between the quays, where no road crosses within 110 m."""
    crossings = [road.intersection(river.centre) for road in roads]
    crossings = [crossing for crossing in crossings if not crossing.is_empty]
    outer = shapely.Polygon(shapely.buffer(river.water, QUAY_M, quad_segs=3).exterior)
    bank = shapely.union_all(quays)
    bridges = []
    for along in np.arange(0, river.centre.length, 390.0):
        middle = river.centre.interpolate(along)
        if np.hypot(middle.x, middle.y) > QUAY_REACH_M - 150:
            continue
        if any(crossing.distance(middle) < 110 for crossing in crossings):
            continue
        ahead = river.centre.interpolate(along + 5)
        across = np.array([-(ahead.y - middle.y), ahead.x - middle.x]) / 5.0
        line = shapely.LineString([(middle.x, middle.y) - 420 * across, (middle.x, middle.y) + 420 * across])
        span = [part for part in _parts(line.intersection(outer)) if part.distance(middle) < 1]
        if span and all(bank.distance(shapely.Point(end)) < 3 for end in span[0].coords) and span[0].length < 420:
            bridges.append(span[0])
            crossings.append(middle)
    return bridges
