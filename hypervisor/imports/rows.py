"""What every reader gives: rows of a file, each with its place in it."""

from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry

Columns = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row. place: line of a text file (its header is line 1), or rank of a feature from 1; geometry: in longitude and latitude, None when the file gives none;
    given_id and given_type: identifier and type outside the columns (GeoJSON, NGSI); problem: why the row cannot be read, empty when it can.
    """

    place: int
    columns: Columns = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    given_id: str | None = None
    given_type: str | None = None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A row that is not kept, and why, as a French msgid."""

    place: int
    reason: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """An asset ready to be written. geometry: longitude and latitude; lon, lat: a point of it; place: of the row that it comes from."""

    place: int
    urn: str
    kind: str
    name: str
    code: str
    address: str | None
    attributes: Columns
    geometry: BaseGeometry
    lon: float
    lat: float
