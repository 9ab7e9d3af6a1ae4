"""The base map as vector tiles, from the territory's own database: nothing is fetched from outside."""

from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, tiles


def tile(uow: UnitOfWork, z: int, x: int, y: int) -> bytes:
    """Tile z/x/y (web mercator) in Mapbox vector tile format, uncompressed; empty outside the drawn country.

    Raises NotFound for a tile that cannot exist or is deeper than tiles.DEEPEST, beyond which clients enlarge.
    """
    require("map:read")
    side = 1 << z if 0 <= z <= tiles.DEEPEST else 0
    if not (0 <= x < side and 0 <= y < side):
        raise NotFound(_("La tuile {z}/{x}/{y} n’existe pas : le fond de plan va jusqu’au zoom {deepest}.", z=z, x=x, y=y, deepest=tiles.DEEPEST))
    return tiles.tile(uow, z, x, y)
