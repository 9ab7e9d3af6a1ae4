"""The one smooth deformation that turns the straight drawing into a hand-made one, and the shift to real coordinates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely

from hypervisor.demo.territory.field import Field, noise

# (wavelength, amplitude) in metres. Chosen by us so that circuity nears 1.05 without a fold (slope stays under 0.4).
OCTAVES = ((7_000, 320), (2_200, 105), (900, 40), (330, 11))
# A rural spot of Burgundy in Lambert-93 (EPSG:2154): the metropolis is laid there, over villages it hides.
ORIGIN = (852_000.0, 6_690_000.0)
_TO_WGS84 = pyproj.Transformer.from_crs(2154, 4326, always_xy=True)


@dataclass(frozen=True)
class Warp:
    """Moves points of straight space to local metres of the finished map."""

    layers: tuple[tuple[float, Field, Field], ...]

    def points(self, xy: np.ndarray) -> np.ndarray:
        """The n points of shape (n, 2), moved."""
        moved = np.array(xy, dtype=float)
        for amplitude, east, north in self.layers:
            moved[:, 0] += amplitude * east.at(xy)
            moved[:, 1] += amplitude * north.at(xy)
        return moved

    def geometries(self, geometries: Any, step: float = 30.0) -> Any:
        """The shapely geometry, or array of them, cut finer than `step` metres and moved; topology is kept."""
        return shapely.transform(shapely.segmentize(geometries, step), self.points)


def make_warp(rng: np.random.Generator) -> Warp:
    """A warp drawn from the generator, zero at the centre so that the town stays where it was meant."""
    layers = []
    for wavelength, amplitude in OCTAVES:
        pair = []
        for _axis in range(2):
            field = noise(rng, wavelength)
            at_centre = field.at(np.zeros((1, 2)))[0]
            pair.append(Field(field.x0, field.y0, field.values - at_centre))
        layers.append((amplitude, pair[0], pair[1]))
    return Warp(tuple(layers))


def to_wgs84(xy: np.ndarray) -> np.ndarray:
    """Longitude and latitude in degrees of n points in local metres, shape (n, 2)."""
    lon, lat = _TO_WGS84.transform(xy[:, 0] + ORIGIN[0], xy[:, 1] + ORIGIN[1])
    return np.column_stack([lon, lat])


def geometries_to_wgs84(geometries: Any) -> Any:
    """A geometry, or an array of them, in local metres, as geometries in degrees rounded to 1e-7 (a centimetre)."""
    return shapely.transform(geometries, lambda xy: np.round(to_wgs84(xy), 7))
