"""Small drawing tools: smoothing a line, closing a ring of points, bending a path."""

import math
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike

Point: TypeAlias = tuple[float, float]
Corners: TypeAlias = list[Point]


def chaikin(points: ArrayLike, times: int, closed: bool = False) -> np.ndarray:
    """The polyline with its corners cut `times` times; the ends of an open line do not move."""
    line = np.asarray(points, dtype=float)
    for _ in range(times):
        if closed:
            start, end = line, np.roll(line, -1, axis=0)
        else:
            start, end = line[:-1], line[1:]
        cut = np.empty((2 * len(start), 2))
        cut[0::2] = 0.75 * start + 0.25 * end
        cut[1::2] = 0.25 * start + 0.75 * end
        line = cut if closed else np.vstack([line[:1], cut[1:-1], line[-1:]])
    return line


def ring(rng: np.random.Generator, radius: float, corners: int, jitter: float) -> np.ndarray:
    """Corners of an irregular ring about the centre, counter-clockwise, not closed."""
    angles = (np.arange(corners) + rng.uniform(-0.22, 0.22, corners)) * 2 * math.pi / corners + rng.uniform(0, 6.3)
    radii = radius * (1 + rng.uniform(-jitter, jitter, corners))
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])


def closed(points: np.ndarray) -> np.ndarray:
    """The ring with its first point repeated at the end."""
    return np.vstack([points, points[:1]])


def wander(rng: np.random.Generator, start: ArrayLike, end: ArrayLike, bend: float = 0.035, midpoints: int = 3) -> np.ndarray:
    """A road from start to end with `midpoints` bends of about `bend` times its length, smoothed."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    along = end - start
    across = np.array([-along[1], along[0]])
    steps = np.linspace(0, 1, midpoints + 2)[1:-1]
    middle = start + steps[:, None] * along + rng.normal(0, bend, midpoints)[:, None] * across
    return chaikin(np.vstack([start, middle, end]), 2)


def near(geometries: np.ndarray, shape: shapely.Geometry, distance: float) -> np.ndarray:
    """Which geometries lie within `distance` metres of a long winding shape, cut in squares of a kilometre so that an index helps."""
    west, south, east, north = (int(side // 1_000) for side in shape.bounds)
    squares = [shapely.box(x * 1_000, y * 1_000, (x + 1) * 1_000, (y + 1) * 1_000) for x in range(west, east + 1) for y in range(south, north + 1)]
    pieces = shapely.intersection(shape, np.array(squares))
    found = shapely.STRtree(geometries).query(pieces[~shapely.is_empty(pieces)], predicate="dwithin", distance=distance)[1]
    return np.isin(np.arange(len(geometries)), found)
