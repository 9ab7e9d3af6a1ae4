"""The recursive cut: every face between the main roads is split by streets until its pieces fit the place."""

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

from hypervisor.demo.territory.shapes import Corners, Point
from hypervisor.demo.territory.zones import BARRIER, FIELD, STREET, WALKED, Plan, Zones

SNAP_M, CORE_SNAP_M, FAR_SNAP_M = 16.0, 9.0, 34.0
BARRIER_STOP_M = 22.0
NARROW_M = 20.0  # A strip about this wide (between a quay and the water) is never a block.
HASH_M = 40.0
TERTIARY_ABOVE_HA = 16.0

Cell: TypeAlias = tuple[Corners, list[int]]  # Corners, and the tag of the edge after each.
Hit: TypeAlias = tuple[int, Point]  # An edge of a cell and a point on it.


@dataclass(frozen=True)
class Leaf:
    """A finished piece of ground: its corners, the tag of the edge after each corner, and its plan."""

    points: Corners
    tags: list[int]
    plan: Plan


@dataclass
class Cutter:
    """State of one cut: the junctions made so far, and what has been drawn."""

    zones: Zones
    dice: random.Random
    leaves: list[Leaf] = field(default_factory=list)
    streets: list[tuple[int, Corners]] = field(default_factory=list)
    junctions: dict[tuple[int, int], list[Point]] = field(default_factory=lambda: defaultdict(list))

    def run(self, points: Corners, tags: list[int]) -> None:
        """Cut one face (counter-clockwise corners, one tag per edge) down to leaves."""
        pending = [(points, tags)]
        while pending:
            cell = pending.pop()
            area, cx, cy = centroid(cell[0])
            plan = self.zones.plan(cell[0], area, cx, cy)
            if area <= plan.target_m2 or 2 * area < NARROW_M * _perimeter(cell[0]):
                self.leaves.append(Leaf(*cell, plan))
                continue
            pieces = self._split(cell, area, cx, cy, plan)
            if pieces is None:
                self.leaves.append(Leaf(*cell, plan))
            else:
                pending.extend(pieces)

    def _split(self, cell: Cell, area: float, cx: float, cy: float, plan: Plan) -> tuple[Cell, Cell] | None:
        points, tags = cell
        for attempt in range(5):
            direction, along, span = _direction(points, cx, cy)
            direction += math.radians(self.dice.gauss(0, plan.jitter_deg * (1 + 0.5 * attempt)))
            shift = self.dice.uniform(-0.1, 0.1) * span * (1 + 0.6 * attempt)
            origin = (cx + shift * math.cos(along), cy + shift * math.sin(along))
            chord = _longest_chord(points, origin, direction)
            if chord is None:
                continue
            (edge_a, a), (edge_b, b) = chord
            a = self._snap(points, edge_a, a, plan)
            b = self._snap(points, edge_b, b, plan)
            pieces = self._divide(points, tags, (edge_a, a), (edge_b, b), plan, area)
            if pieces is not None:
                return pieces
        return None

    def _snap(self, points: Corners, edge: int, point: Point, plan: Plan) -> Point:
        """The junction already on this edge that is near enough, else the point itself."""
        near = CORE_SNAP_M if plan.kind == "core" else SNAP_M
        reach = FAR_SNAP_M if self.dice.random() < 1.6 * plan.crossing else near
        start, end = points[edge], points[(edge + 1) % len(points)]
        best, best_gap = point, reach
        for corner in (start, end):
            gap = math.dist(corner, point)
            if gap < min(best_gap, near):
                best, best_gap = corner, gap
        column, row = int(point[0] // HASH_M), int(point[1] // HASH_M)
        for dc in (-1, 0, 1):
            for dr in (-1, 0, 1):
                for junction in self.junctions.get((column + dc, row + dr), ()):
                    gap = math.dist(junction, point)
                    if gap < best_gap and _distance_to_segment(junction, start, end) < 0.4:
                        best, best_gap = junction, gap
        return best

    def _divide(self, points: Corners, tags: list[int], first: Hit, second: Hit, plan: Plan, area: float) -> tuple[Cell, Cell] | None:
        (edge_a, a), (edge_b, b) = sorted((first, second), key=lambda end: end[0])
        if edge_a == edge_b or math.dist(a, b) < 14:
            return None
        tag, path = self._street(points, tags[edge_a], tags[edge_b], a, b, plan)
        inner = path[1:-1]
        left = _ring([a, *points[edge_a + 1 : edge_b + 1], b, *reversed(inner)], [*tags[edge_a : edge_b + 1]], tag)
        right = _ring([b, *points[edge_b + 1 :], *points[: edge_a + 1], a, *inner], [*tags[edge_b:], *tags[: edge_a + 1]], tag)
        if left is None or right is None:
            return None
        smallest = min(centroid(left[0])[0], centroid(right[0])[0])
        if smallest < 0.14 * area:
            return None
        if tag == STREET:
            self._draw(path, tags[edge_a], tags[edge_b], plan, area)
        return left, right

    def _street(self, points: Corners, tag_a: int, tag_b: int, a: Point, b: Point, plan: Plan) -> tuple[int, Corners]:
        """The tag and the path of the new limit: a street when one end at least meets a street."""
        if plan.kind == "field" or (tag_a not in WALKED and tag_b not in WALKED):
            return FIELD, [a, b]
        length = math.dist(a, b)
        if not plan.curved or length < 70 or self.dice.random() > 0.7:
            return STREET, [a, b]
        sagitta = self.dice.uniform(-0.22, 0.22)
        for _halving in range(3):
            path = _arc(a, b, sagitta)
            if all(inside(points, point) for point in path[1:-1]):
                return STREET, path
            sagitta /= 2
        return STREET, [a, b]

    def _draw(self, path: Corners, tag_a: int, tag_b: int, plan: Plan, area: float) -> None:
        drawn = list(path)
        if tag_a == BARRIER:
            drawn = _shortened(drawn[::-1])[::-1]
        if tag_b == BARRIER:
            drawn = _shortened(drawn)
        for end in (path[0], path[-1]):
            self.junctions[(int(end[0] // HASH_M), int(end[1] // HASH_M))].append(end)
        large = area > TERTIARY_ABOVE_HA * 1e4
        rank = plan.road_class or (5 if large and plan.kind == "fringe" else 3 if large else 4)
        self.streets.append((rank, drawn))


def _ring(points: Corners, tags: list[int], chord_tag: int) -> Cell | None:
    """Corners and tags of one half, without the doubled corners a snap leaves; None when nothing is left."""
    tags = tags + [chord_tag] * (len(points) - len(tags))
    kept_points, kept_tags = [], []
    for index, point in enumerate(points):
        if math.dist(point, points[(index + 1) % len(points)]) > 0.05:
            kept_points.append(point)
            kept_tags.append(tags[index])
    return (kept_points, kept_tags) if len(kept_points) >= 3 else None


def _perimeter(points: Corners) -> float:
    return sum(math.dist(point, points[index - 1]) for index, point in enumerate(points))


def centroid(points: Corners) -> tuple[float, float, float]:
    """Area (positive), and the centroid's coordinates."""
    ox, oy = points[0]
    twice = sx = sy = 0.0
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        x0, y0, x1, y1 = x0 - ox, y0 - oy, x1 - ox, y1 - oy
        cross = x0 * y1 - x1 * y0
        twice += cross
        sx += (x0 + x1) * cross
        sy += (y0 + y1) * cross
    if abs(twice) < 1e-6:
        return 0.0, ox, oy
    return abs(twice) / 2, ox + sx / (3 * twice), oy + sy / (3 * twice)


def _direction(points: Corners, cx: float, cy: float) -> tuple[float, float, float]:
    """Angle of the cut (along the edges' dominant direction, across the long axis), angle and length of that axis."""
    c4 = s4 = sxx = syy = sxy = 0.0
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        dx, dy = x1 - x0, y1 - y0
        length = math.hypot(dx, dy)
        angle = math.atan2(dy, dx)
        c4 += length * math.cos(4 * angle)
        s4 += length * math.sin(4 * angle)
        mx, my = (x0 + x1) / 2 - cx, (y0 + y1) / 2 - cy
        sxx += length * mx * mx
        syy += length * my * my
        sxy += length * mx * my
    axis = 0.5 * math.atan2(2 * sxy, sxx - syy)
    grid = math.atan2(s4, c4) / 4
    quarter = math.pi / 2
    turns = round((axis + quarter - grid) / quarter)
    ca, sa = math.cos(axis), math.sin(axis)
    projections = [(x - cx) * ca + (y - cy) * sa for x, y in points]
    return grid + turns * quarter, axis, max(projections) - min(projections)


def _longest_chord(points: Corners, origin: Point, direction: float) -> tuple[Hit, Hit] | None:
    """The longest stretch of the line inside the cell, as two (edge, point); None when it misses."""
    ux, uy = math.cos(direction), math.sin(direction)
    ox, oy = origin
    sides = [(x - ox) * uy - (y - oy) * ux for x, y in points]
    hits = []
    count = len(points)
    for index in range(count):
        after = (index + 1) % count
        if (sides[index] > 0) != (sides[after] > 0):
            share = sides[index] / (sides[index] - sides[after])
            x = points[index][0] + share * (points[after][0] - points[index][0])
            y = points[index][1] + share * (points[after][1] - points[index][1])
            hits.append(((x - ox) * ux + (y - oy) * uy, index, (x, y)))
    if len(hits) < 2:
        return None
    hits.sort()
    start, end = max(zip(hits[0::2], hits[1::2], strict=False), key=lambda pair: pair[1][0] - pair[0][0])
    return (start[1], start[2]), (end[1], end[2])


def _arc(a: Point, b: Point, sagitta: float) -> Corners:
    """A parabolic arc from a to b whose height is `sagitta` times its chord."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    steps = max(4, min(8, int(math.hypot(dx, dy) / 28)))
    middle = []
    for step in range(1, steps):
        t = step / steps
        height = 4 * sagitta * t * (1 - t)
        middle.append((a[0] + t * dx - height * dy, a[1] + t * dy + height * dx))
    return [a, *middle, b]


def inside(points: Corners, point: Point) -> bool:
    """Whether the polygon of these corners holds the point (even-odd)."""
    x, y = point
    odd = False
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
    return odd


def _distance_to_segment(point: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length2 = dx * dx + dy * dy
    if length2 == 0:
        return math.dist(point, start)
    t = max(0.0, min(1.0, ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length2))
    return math.dist(point, (start[0] + t * dx, start[1] + t * dy))


def _shortened(path: Corners) -> Corners:
    """The path stopped BARRIER_STOP_M before its end (half of its last stretch when that is shorter)."""
    (x0, y0), (x1, y1) = path[-2], path[-1]
    length = math.dist((x0, y0), (x1, y1))
    keep = max(1 - BARRIER_STOP_M / length, 0.5) if length else 0.5
    return [*path[:-1], (x0 + keep * (x1 - x0), y0 + keep * (y1 - y0))]
