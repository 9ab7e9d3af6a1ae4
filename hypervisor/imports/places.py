"""Where a row is: its geometry, or columns that hold coordinates, in degrees, Lambert-93 or a conic conformal zone; and whether that is in France."""

import functools
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import N_
from hypervisor.imports.columns import folded
from hypervisor.imports.rows import Columns

FRANCE = (
    (-5.3, 41.2, 9.7, 51.2), (-63.3, 14.2, -60.7, 18.3), (-54.7, 2.0, -51.5, 5.9), (55.1, -21.5, 55.9, -20.8), (44.9, -13.1, 45.4, -12.5), (-56.6, 46.7, -56.0, 47.2),
    (163.3, -23.0, 168.3, -19.4), (-155.0, -28.0, -134.0, -7.5), (-178.3, -14.5, -176.0, -13.1),
)  # fmt: skip
"""West, south, east, north of the mainland with Corsica, then of each overseas territory, rounded outwards."""

LAMBERT_93 = 2154
MISSING = N_("coordonnées absentes")
UNREADABLE = N_("coordonnées illisibles")
EMPTY = N_("géométrie vide")
OUTSIDE_WORLD = N_("coordonnées hors des limites du globe")
OUTSIDE_FRANCE = N_("coordonnées hors de France")
SWAPPED = N_("coordonnées hors de France : longitude et latitude semblent inversées")

LONGITUDE = re.compile(r"(x|lon|lng|long|longitude|xlong|lonwgs84|longwgs84|xwgs84|xl93|xlambert93?|coordx.*|xcoord.*|coordonneex|pointx|geolon.*)")
LATITUDE = re.compile(r"(y|lat|latitude|ylat|latwgs84|ywgs84|yl93|ylambert93?|coordy.*|ycoord.*|coordonneey|pointy|geolat.*)")
PAIR = re.compile(r"(geopoint.*|geopoint2d|coordonnees|coordonneesgps|latlon|latlng|position)")


class BadPlace(InvalidRequest):
    """The row has no usable place; the message is a French msgid."""


@functools.cache
def _transform(crs: int | str) -> Callable[..., Any]:
    from pyproj import Transformer

    transform: Callable[..., Any] = Transformer.from_crs(crs, 4326, always_xy=True).transform
    return transform


def to_degrees(crs: str | None) -> Callable[[BaseGeometry], BaseGeometry]:
    """What turns a geometry of that reference system (a name as GeoJSON of before 2016 writes it, None for degrees) into longitude and latitude."""
    if crs is None or crs.endswith(("CRS84", "4326")):
        return lambda geometry: geometry
    return lambda geometry: shapely.transform(geometry, _transform(crs), interleaved=False)


def by_size(geometry: BaseGeometry) -> BaseGeometry:
    """A geometry of an unsaid reference system in degrees: the size of its figures tells which it is."""
    x, y = geometry.representative_point().coords[0] if not geometry.is_empty else (0.0, 0.0)
    crs = _crs_of(x, y)
    return geometry if crs is None else shapely.transform(geometry, _transform(crs), interleaved=False)


def _crs_of(x: float, y: float) -> int | None:
    """None for degrees. Lambert-93 lies within 0 to 1,300 km east and 6,000 to 7,200 km north; the nine conic zones (EPSG 3942 to 3950) around 1,700 km east."""
    if abs(x) <= 360 and abs(y) <= 360:
        return None
    zone = 42 + round((y - 1_200_000) / 1_000_000)
    return 3900 + zone if 1_300_000 < x < 2_300_000 and 42 <= zone <= 50 else LAMBERT_93


def coordinate_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns that hold a place: (longitude or x, latitude or y), or one that holds both, or none."""
    east, north, both = ([name for name in names if pattern.fullmatch(folded(name))] for pattern in (LONGITUDE, LATITUDE, PAIR))
    # "x" and "y" come last: beside "lon" and "lat" they are usually of another system.
    if east and north:
        return (max(east, key=lambda name: len(folded(name))), max(north, key=lambda name: len(folded(name))))
    return (both[0],) if both else ()


def placed(geometry: BaseGeometry | None, columns: Columns, names: tuple[str, ...]) -> BaseGeometry:
    """The row's geometry in degrees: its own when it is in France, else the point of its coordinate columns. Raises BadPlace."""
    own = judged(geometry) if geometry is not None else MISSING
    if geometry is not None and not own:
        return geometry
    written = [columns.get(name) for name in names]
    if not names or all(value in (None, "") for value in written):
        raise BadPlace(own)
    point = _point(written)
    if reason := judged(point):
        raise BadPlace(reason)
    return point


def _point(written: list[Any]) -> BaseGeometry:
    if len(written) == 1:  # One column for both, "latitude, longitude" as most portals write it.
        parts = [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?", str(written[0]))]
        if len(parts) != 2:
            raise BadPlace(UNREADABLE)
        return shapely.Point(parts[1], parts[0])
    if any(value in (None, "") for value in written):
        raise BadPlace(MISSING)
    try:
        x, y = (float(str(value).replace(",", ".").replace("\u202f", "").replace(" ", "")) for value in written)
    except ValueError:
        raise BadPlace(UNREADABLE) from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise BadPlace(UNREADABLE)
    crs = _crs_of(x, y)
    return shapely.Point(x, y) if crs is None else shapely.Point(*_transform(crs)(x, y))


def judged(geometry: BaseGeometry) -> str:
    """Why the geometry is not a place in France, "" when it is."""
    if geometry.is_empty:
        return EMPTY
    west, south, east, north = geometry.bounds
    if not all(math.isfinite(side) for side in geometry.bounds):
        return UNREADABLE
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        return OUTSIDE_WORLD
    if _is_in_france(west, south, east, north):
        return ""
    return SWAPPED if _is_in_france(south, west, north, east) else OUTSIDE_FRANCE


def _is_in_france(west: float, south: float, east: float, north: float) -> bool:
    return any(w <= west and s <= south and east <= e and north <= n for w, s, e, n in FRANCE)
