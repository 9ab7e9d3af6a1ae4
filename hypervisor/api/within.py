"""Areas drawn on a map, given as `lon,lat;lon,lat;…` in degrees. The ring closes by itself."""

import math

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _

LEAST, MOST = 3, 500


def read(written: str | None) -> str | None:
    """The area as a WKT polygon, None when nothing is written. Raises InvalidRequest when it is no ring of 3 to 500 places."""
    if not written:
        return None
    try:
        places = [tuple(float(part) for part in place.split(",")) for place in written.split(";") if place.strip()]
    except ValueError:
        places = []
    inside = all(len(place) == 2 and math.isfinite(place[0]) and abs(place[0]) <= 180 and abs(place[1]) <= 90 for place in places)
    if not (inside and LEAST <= len(places) <= MOST):
        raise InvalidRequest(_("within attend de 3 à 500 points : lon,lat;lon,lat;…, en degrés."))
    ring = [*places, places[0]]
    return f"POLYGON(({', '.join(f'{lon!r} {lat!r}' for lon, lat in ring)}))"
