"""The communes: pieces of ground go to the nearest settlement, and the limits between them become shared smooth lines."""

# numpy, scipy and shapely type many results as Any.
# mypy: disable-error-code="no-any-return"

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage

from hypervisor.demo.territory.blocks import Ground
from hypervisor.demo.territory.field import HALF_HEIGHT, HALF_WIDTH
from hypervisor.demo.territory.seeds import Seeds
from hypervisor.demo.territory.shapes import chaikin

PIXEL = 40.0
SIMPLIFY_M = 45.0
COLUMNS, ROWS = int(2 * HALF_WIDTH / PIXEL), int(2 * HALF_HEIGHT / PIXEL)


@dataclass(frozen=True)
class Communes:
    """`polygons[i]` is commune i + 1, in straight metres; together they cover the metropolis without gap or overlap.

    ground: the commune id of each piece of ground, 0 outside.
    """

    polygons: np.ndarray
    ground: np.ndarray


def make_communes(ground: Ground, seeds: Seeds) -> Communes:
    """Draw, clean and trace the communes."""
    count = int((seeds.kind < 3).sum())
    owner = _nearest_settlement(ground.centroids, seeds)
    owner = np.where(owner < count, owner + 1, 0)
    raster = _largest_parts(_raster(ground.polygons, owner), count)
    faces = _faces(_arcs(raster))
    labels = _label_of(raster, faces)
    polygons = [shapely.union_all(faces[labels == label]) for label in range(1, count + 1)]
    return Communes(np.array(polygons, dtype=object), owner)


def _nearest_settlement(xy: np.ndarray, seeds: Seeds) -> np.ndarray:
    """Index of the settlement with the lowest distance less weight: large places reach further."""
    weight = np.clip(480 * np.log(seeds.population / 1_600), -500, 500)
    weight[0] = 2_600
    best = np.full(len(xy), np.inf)
    owner = np.zeros(len(xy), int)
    for index, (x, y) in enumerate(seeds.xy):
        gap = np.hypot(xy[:, 0] - x, xy[:, 1] - y) - weight[index]
        owner[gap < best] = index
        best = np.minimum(best, gap)
    return owner


def _raster(polygons: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels painted on a grid of PIXEL metres by scan lines; -1 where no polygon lies."""
    coordinates, owner = shapely.get_coordinates(shapely.get_exterior_ring(polygons), return_index=True)
    same = owner[1:] == owner[:-1]
    a, b, owner = coordinates[:-1][same], coordinates[1:][same], owner[:-1][same]
    column, row = (a[:, 0] + HALF_WIDTH) / PIXEL - 0.5, (a[:, 1] + HALF_HEIGHT) / PIXEL - 0.5
    column_b, row_b = (b[:, 0] + HALF_WIDTH) / PIXEL - 0.5, (b[:, 1] + HALF_HEIGHT) / PIXEL - 0.5
    first = np.ceil(np.minimum(row, row_b)).astype(int)
    crossed = np.ceil(np.maximum(row, row_b)).astype(int) - first
    edge = np.repeat(np.arange(len(owner)), crossed)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(crossed) - crossed, crossed) + first[edge]
    x = column[edge] + (line - row[edge]) / (row_b[edge] - row[edge]) * (column_b[edge] - column[edge])
    order = np.lexsort((x, line, owner[edge]))
    x, line, who = x[order], line[order], owner[edge][order]
    left = np.ceil(x[0::2]).astype(int).clip(0, COLUMNS)
    width = np.maximum(np.ceil(x[1::2]).astype(int).clip(0, COLUMNS) - left, 0)
    span = np.repeat(np.arange(len(left)), width)
    pixel = np.arange(len(span)) - np.repeat(np.cumsum(width) - width, width) + left[span]
    raster = np.full((ROWS, COLUMNS), -1, np.int16)
    inside = (line[0::2][span] >= 0) & (line[0::2][span] < ROWS)
    raster[line[0::2][span][inside], pixel[inside]] = labels[who[0::2][span][inside]]
    return raster


def _largest_parts(raster: np.ndarray, count: int) -> np.ndarray:
    """Each commune reduced to its largest part; rivers, roads and lost islands go to the nearest neighbour."""
    filled = _nearest(raster, raster < 0)
    kept = np.where(filled == 0, 0, -1).astype(np.int16)
    for label in range(1, count + 1):
        parts, found = ndimage.label(filled == label)
        if found:
            kept[parts == np.bincount(parts.ravel())[1:].argmax() + 1] = label
    filled = _nearest(kept, kept < 0)
    # What a commune encloses is its own: no hole of "outside" within the metropolis.
    inside = ndimage.binary_fill_holes(filled > 0)
    return _nearest(filled, inside & (filled == 0))


def _nearest(labels: np.ndarray, missing: np.ndarray) -> np.ndarray:
    row, column = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
    return labels[row, column]


def _arcs(raster: np.ndarray) -> np.ndarray:
    """The limits between labels, one line from a triple point to the next, smoothed with their ends in place."""
    padded = np.pad(raster, 1)
    segments = []
    rows, columns = np.nonzero(padded[1:, :] != padded[:-1, :])  # Limits that run west to east.
    segments.append(np.stack([columns, rows + 1, columns + 1, rows + 1], axis=1))
    rows, columns = np.nonzero(padded[:, 1:] != padded[:, :-1])
    segments.append(np.stack([columns + 1, rows, columns + 1, rows + 1], axis=1))
    corners = (np.vstack(segments).reshape(-1, 2, 2) - 1) * PIXEL - [HALF_WIDTH, HALF_HEIGHT]
    arcs = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(corners))))
    arcs = shapely.simplify(arcs, SIMPLIFY_M)
    return np.array([shapely.LineString(chaikin(shapely.get_coordinates(arc), 2)) for arc in arcs])


def _faces(arcs: np.ndarray) -> np.ndarray:
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(arcs, grid_size=0.01))))


def _label_of(raster: np.ndarray, faces: np.ndarray) -> np.ndarray:
    points = shapely.get_coordinates(shapely.point_on_surface(faces))
    column = ((points[:, 0] + HALF_WIDTH) / PIXEL).astype(int).clip(0, COLUMNS - 1)
    row = ((points[:, 1] + HALF_HEIGHT) / PIXEL).astype(int).clip(0, ROWS - 1)
    return raster[row, column]
