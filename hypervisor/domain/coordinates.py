"""Coordinates as people write them: WGS84 in decimal or sexagesimal degrees, Lambert-93 in metres (EPSG:2154)."""

import re
from dataclasses import dataclass
from typing import Literal

EASTINGS = (0.0, 1_300_000.0)
NORTHINGS = (6_000_000.0, 7_200_000.0)
"""Lambert-93 over metropolitan France, in metres, with a margin (bounds of EPSG:2154)."""

_NUMBER = r"[-+]?\d{1,3}(?:[.,]\d+)?"
_DECIMAL = re.compile(rf"^({_NUMBER})\s*°?\s*([NSEWO])?\s*[,;\s]\s*({_NUMBER})\s*°?\s*([NSEWO])?$", re.IGNORECASE)
_ANGLE = r"(\d{1,3})\s*°\s*(?:(\d{1,2})\s*['’′]\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|''|’’)\s*)?([NSEWO])"
_SEXAGESIMAL = re.compile(rf"^{_ANGLE}\s*[,;]?\s*{_ANGLE}$", re.IGNORECASE)
_LAMBERT = re.compile(r"^(?:X\s*[:=]?\s*)?(\d{5,7}(?:[.,]\d+)?)\s*(?:m\s*)?[,;\s]\s*(?:Y\s*[:=]?\s*)?(\d{7}(?:[.,]\d+)?)\s*m?$", re.IGNORECASE)
_GROUPED = re.compile(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?!\d))")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A pair as it was written. wgs84: x is the longitude and y the latitude, in degrees; lambert93: metres east and north."""

    system: Literal["wgs84", "lambert93"]
    x: float
    y: float


def read(words: str) -> Written | None:
    """The coordinates that these words are, None when they are something else. WGS84 is latitude first unless letters say otherwise."""
    said = words.strip()
    return _lambert(said) or _sexagesimal(said) or _decimal(said)


def _lambert(said: str) -> Written | None:
    found = _LAMBERT.match(_GROUPED.sub("", said)) or _LAMBERT.match(said)
    if found is None:
        return None
    x, y = (_float(part) for part in found.groups())
    inside = EASTINGS[0] <= x <= EASTINGS[1] and NORTHINGS[0] <= y <= NORTHINGS[1]
    return Written(system="lambert93", x=x, y=y) if inside else None


def _decimal(said: str) -> Written | None:
    found = _DECIMAL.match(said)
    # « 12, 14 » is a house number, not a place: a degree without decimals says nothing of a street.
    if found is None or not all(re.search(r"[.,]", found.group(part)) for part in (1, 3)):
        return None
    return _ordered(_float(found.group(1)), found.group(2), _float(found.group(3)), found.group(4))


def _sexagesimal(said: str) -> Written | None:
    found = _SEXAGESIMAL.match(said)
    if found is None:
        return None
    values = [int(found.group(i)) + int(found.group(i + 1) or 0) / 60 + _float(found.group(i + 2) or "0") / 3600 for i in (1, 5)]
    return _ordered(values[0], found.group(4), values[1], found.group(8))


def _ordered(first: float, first_side: str | None, second: float, second_side: str | None) -> Written | None:
    pair = [(first, (first_side or "").upper()), (second, (second_side or "").upper())]
    if pair[0][1] in {"E", "W", "O"} or pair[1][1] in {"N", "S"}:
        pair.reverse()
    (lat, north), (lon, east) = pair
    lat, lon = (-lat if north == "S" else lat), (-lon if east in {"W", "O"} else lon)
    return Written(system="wgs84", x=lon, y=lat) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _float(written: str) -> float:
    return float(written.replace(",", "."))
