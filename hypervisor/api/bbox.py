"""Boxes given as `west,south,east,north` in degrees (RFC 7946 §5)."""

import math

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _


def read(written: str | None) -> dict[str, float] | None:
    """The four sides by name, None when nothing is written. Raises InvalidRequest when it is no box."""
    if not written:
        return None
    try:
        west, south, east, north = (float(part) for part in written.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InvalidRequest(_("bbox attend quatre nombres : ouest,sud,est,nord, en degrés."))
    return {"west": west, "south": south, "east": east, "north": north}
