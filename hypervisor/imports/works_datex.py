"""DATEX II as France publishes it: roadworks of situations (v2 Bison Futé, v3), and traffic regulation orders (v3 DiaLog, the national base of arrêtés)."""

import io
from collections.abc import Iterator
from xml.etree import ElementTree

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.imports import places
from hypervisor.imports.rows import Row

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
RECORD, ORDER = "situationRecord", "trafficRegulationOrder"
ROADWORKS = {"MaintenanceWorks": N_("Travaux d’entretien"), "ConstructionWorks": N_("Chantier"), "Roadworks": N_("Travaux")}
NOT_WORKS = N_("n’annonce pas de travaux")


def rows(content: bytes, name: str) -> Iterator[Row]:
    """One row for each situation record or order, by rank; what is no works has its reason. Raises InvalidRequest for a file that is not DATEX II."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise InvalidRequest(_("{name} déclare des entités XML, ce que DATEX II ne fait pas : rien n’a été importé.", name=name))
    place = 0
    try:
        for _event, element in ElementTree.iterparse(io.BytesIO(content)):  # noqa: S314 - no DOCTYPE, hence no entity
            kind = _local(element.tag)
            if kind not in (RECORD, ORDER):
                continue
            place += 1
            yield _record(place, element) if kind == RECORD else _order(place, element)
            element.clear()
    except ElementTree.ParseError as error:
        raise InvalidRequest(_("{name} n’est pas du XML qui se lit ({error}) : rien n’a été importé.", name=name, error=str(error))) from None
    if not place:
        raise InvalidRequest(_("{name} ne contient ni situation ni arrêté DATEX II : rien n’a été importé.", name=name))


def _record(place: int, element: ElementTree.Element) -> Row:
    kind = element.get(TYPE, "").rpartition(":")[2]
    if kind not in ROADWORKS:
        return Row(place=place, columns={"what": kind}, problem=NOT_WORKS)
    road = _word(element, "roadNumber") or _word(element, "roadName")
    said = [_value(one) for one in element if _local(one.tag) == "generalPublicComment"]
    title = next((one for one in said if one), "")
    columns = {
        "what": ", ".join(part for part in (_(ROADWORKS[kind]), road, title) if part),
        "from": _word(element, "overallStartTime"),
        "to": _word(element, "overallEndTime"),
        "permit": element.get("id", ""),
        "comment": " ; ".join(one for one in said[1:] if one),
        "contractor": _word(element, "sourceIdentification") or _value(_found(element, "sourceName")),
    }
    return Row(place=place, columns=columns, geometry=_geometry(element))


def _order(place: int, element: ElementTree.Element) -> Row:
    validity = next((one for one in element if _local(one.tag) == "validityByOrder"), element)
    columns = {
        "what": _value(next((one for one in element if _local(one.tag) == "description"), None)),
        "from": _word(validity, "overallStartTime"),
        "to": _word(validity, "overallEndTime"),
        "permit": _word(element, "regulationId") or element.get("id", ""),
        "contractor": _value(_found(element, "issuingAuthority")),
        "comment": ", ".join(sorted({one.text.strip() for one in element.iter() if _local(one.tag) == "roadName" and one.text})),
    }
    return Row(place=place, columns=columns, geometry=_geometry(element), given_type="decree")


def _geometry(element: ElementTree.Element) -> BaseGeometry | None:
    """All that the element locates, in degrees: GeoJSON of DiaLog's extension, GML positions (latitude first), else its points, joined when they are two ends."""
    shapes: list[BaseGeometry] = []
    points: list[tuple[float, float]] = []
    for one in element.iter():
        name = _local(one.tag)
        try:
            if name == "geoJsonGeometry":
                shapes.append(shapely.force_2d(shapely.from_geojson(one.text or "")))
            elif name == "posList":
                numbers = [float(part) for part in (one.text or "").split()]
                line = shapely.LineString([(lon, lat) for lat, lon in zip(numbers[::2], numbers[1::2], strict=True)])
                shapes.append(_as_in_france(line))
            elif name in ("pointCoordinates", "coordinates") and (lat := _word(one, "latitude")) and (lon := _word(one, "longitude")):
                points.append((float(lon), float(lat)))
        except (ShapelyError, ValueError):
            continue  # A part that cannot be read: the others place it, and with none the row says so.
    if not shapes and points:
        unique = list(dict.fromkeys(points))
        shapes = [shapely.Point(unique[0]) if len(unique) == 1 else shapely.LineString(unique)]
    return shapely.union_all(shapes) if shapes else None


def _as_in_france(line: BaseGeometry) -> BaseGeometry:
    """Some write longitude first: the order that lies in France is the right one."""
    turned = shapely.transform(line, lambda x, y: (y, x), interleaved=False)
    return turned if places.judged(line) and not places.judged(turned) else line


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _found(element: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((one for one in element.iter() if _local(one.tag) == name), None)


def _word(element: ElementTree.Element, name: str) -> str:
    found = _found(element, name)
    return (found.text or "").strip() if found is not None else ""


def _value(element: ElementTree.Element | None) -> str:
    """The first text inside a multilingual string."""
    if element is None:
        return ""
    return _word(element, "value") or (element.text or "").strip()
