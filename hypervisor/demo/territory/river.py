"""The Serre: a meandering river with an island, and the stream that joins it."""

import math
from dataclasses import dataclass

import numpy as np
import shapely

from hypervisor.demo.territory.shapes import chaikin

HALF_WIDTH_M = 36.0
ARM_HALF_WIDTH_M = 21.0
PASSES_EAST_M = 735.0  # Far enough from the rampart for a quarter of houses between walls and quay.


@dataclass(frozen=True)
class River:
    """Centre line, water surface with the island as a hole, and the tributary's line, in straight metres."""

    centre: shapely.LineString
    water: shapely.Polygon
    tributary: shapely.LineString


def make_river(rng: np.random.Generator) -> River:
    """A sine-generated curve (Langbein and Leopold, 1966) flowing past the centre on its east side."""
    line, nearest = _shift(_meander(rng))
    arm = _arm(line, nearest)
    water = shapely.union(shapely.LineString(line).buffer(HALF_WIDTH_M, quad_segs=4), shapely.LineString(arm).buffer(ARM_HALF_WIDTH_M, quad_segs=4)).simplify(
        0.8
    )
    return River(shapely.LineString(line), water, _tributary(rng, line, nearest))


def _meander(rng: np.random.Generator) -> np.ndarray:
    step, count = 60.0, 1_000
    knots = rng.uniform(-0.35, 0.35, 60)
    wavelength = 2_600 * (1 + np.interp(np.linspace(0, 59, count), np.arange(60), knots))
    phase = np.cumsum(2 * math.pi * step / wavelength) + rng.uniform(0, 6.3)
    swing = np.radians(np.interp(np.linspace(0, 30, count), np.arange(31), rng.uniform(38, 60, 31)))
    heading = math.radians(64) + swing * np.sin(phase)
    return np.cumsum(step * np.column_stack([np.cos(heading), np.sin(heading)]), axis=0)


def _shift(line: np.ndarray) -> tuple[np.ndarray, int]:
    """The line moved so that it passes due north, PASSES_EAST_M east of the centre, and never nearer."""
    heading = np.degrees(np.arctan2(*(line[2:] - line[:-2]).T[::-1]))
    middle = len(line) // 2
    candidates = [i for i in range(middle - 160, middle + 160) if abs(heading[i - 1] - 88) < 6]
    best, best_gap = (line, middle), -1.0
    for index in candidates or [middle]:
        moved = line - line[index] + [PASSES_EAST_M, 0.0]
        gap = np.hypot(moved[:, 0], moved[:, 1]).min()
        if gap > best_gap:
            best, best_gap = (moved, index), gap
    return best


def _arm(line: np.ndarray, nearest: int) -> np.ndarray:
    """The second arm: a bump of 205 m to the east over 1 km, around the island."""
    middle, half = nearest - 3, 9
    part = line[middle - half : middle + half + 1]
    along = np.gradient(part, axis=0)
    east = np.column_stack([along[:, 1], -along[:, 0]]) / np.hypot(along[:, 0], along[:, 1])[:, None]
    bump = 205 * np.cos(np.linspace(-math.pi / 2, math.pi / 2, len(part))) ** 1.4
    return chaikin(part + bump[:, None] * east, 1)


def _tributary(rng: np.random.Generator, line: np.ndarray, nearest: int) -> shapely.LineString:
    mouth = nearest - 62  # About 3 km downstream of the centre.
    steps = 150
    heading = math.radians(158) + math.radians(48) * np.sin(np.cumsum(rng.uniform(0.2, 0.5, steps)))
    path = line[mouth] + np.cumsum(90 * np.column_stack([np.cos(heading), np.sin(heading)]), axis=0)
    return shapely.LineString(chaikin(np.vstack([line[mouth : mouth + 1], path]), 1))
