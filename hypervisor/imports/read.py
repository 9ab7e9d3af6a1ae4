"""Files as they come: CSV, GeoJSON, NGSI entities, shapefile, GeoPackage. One reader per format, chosen by the file's name."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import N_
from hypervisor.imports import places
from hypervisor.imports.rows import Row

DELIMITERS = ",;\t|"
ENCODINGS = ("utf-8-sig", "cp1252")
"""UTF-8 with or without its mark, else what French spreadsheets write; the second never fails."""
RAGGED = N_("le nombre de colonnes diffère de l'en-tête")
BROKEN_GEOMETRY = N_("géométrie illisible")


def rows(path: Path) -> Iterator[Row]:
    """Rows of a file. Raises InvalidRequest when its name is of no known format, or when it cannot be read at all."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InvalidRequest(f"{path.name} is not imported: its name must end with one of {', '.join(sorted(READERS))}")
    return reader(path)


def _csv(path: Path) -> Iterator[Row]:
    content = _decoded(path)
    header, _, _ = content.partition("\n")
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    names = [name.strip() for name in next(reader, [])]
    if len(names) < 2:
        raise InvalidRequest(f"{path.name} is not imported: its first line names no columns, or they are not separated by comma, semicolon, tabulation or bar")
    begins = reader.line_num + 1
    for values in reader:
        place, begins = begins, reader.line_num + 1
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(names):
            yield Row(place=place, problem=RAGGED)
        else:
            yield Row(place=place, columns=dict(zip(names, (value.strip() for value in values), strict=True)))


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    for encoding in ENCODINGS[:-1]:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode(ENCODINGS[-1], errors="replace")


def _json(path: Path) -> Iterator[Row]:
    try:
        content = json.loads(_decoded(path))
    except ValueError as error:
        raise InvalidRequest(f"{path.name} is not imported: it is not JSON ({error})") from None
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        return features(content)
    entities = content if isinstance(content, list) else [content]
    if entities and all(isinstance(entity, dict) and "id" in entity and "type" in entity for entity in entities):
        return _entities(entities)
    raise InvalidRequest(f"{path.name} is not imported: it holds neither a GeoJSON FeatureCollection nor NGSI entities")


def features(content: dict[str, Any]) -> Iterator[Row]:
    """Rows of a GeoJSON FeatureCollection."""
    to_degrees = places.to_degrees(((content.get("crs") or {}).get("properties") or {}).get("name"))
    for place, feature in enumerate(content.get("features") or [], start=1):
        geometry, problem = _geometry(feature.get("geometry") if isinstance(feature, dict) else None)
        given = feature.get("id") if isinstance(feature, dict) else None
        yield Row(
            place=place,
            columns=(feature.get("properties") or {}) if isinstance(feature, dict) else {},
            geometry=to_degrees(geometry) if geometry is not None else None,
            given_id=None if given is None else str(given),
            problem=problem,
        )


def _entities(entities: list[dict[str, Any]]) -> Iterator[Row]:
    for place, entity in enumerate(entities, start=1):
        columns = {name: _value(attribute) for name, attribute in entity.items() if name not in ("id", "type", "@context", "location")}
        geometry, problem = _geometry(_value(entity.get("location")))
        yield Row(place=place, columns=columns, geometry=geometry, given_id=str(entity["id"]), given_type=str(entity["type"]), problem=problem)


def _value(attribute: Any) -> Any:
    """The value of an NGSI attribute, normalized or not."""
    return next((attribute[key] for key in ("value", "object") if key in attribute), attribute) if isinstance(attribute, dict) else attribute


def _geometry(written: Any) -> tuple[BaseGeometry | None, str]:
    if written is None:
        return None, ""
    try:
        return shapely.force_2d(shapely.from_geojson(json.dumps(written))), ""
    except (ShapelyError, TypeError, ValueError):
        return None, BROKEN_GEOMETRY


def _geographic(path: Path) -> Iterator[Row]:
    import geopandas
    import pyogrio

    try:
        names = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        frames = [geopandas.read_file(path, layer=name) for name in names]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise InvalidRequest(f"{path.name} is not imported: it cannot be opened ({error})") from None
    place = 0
    for frame in frames:
        # A shapefile without its .prj says nothing: `places` then reads Lambert-93 or degrees from the figures themselves.
        located = frame if frame.crs is None else frame.to_crs(4326)
        guess = places.by_size if frame.crs is None else (lambda geometry: geometry)
        attributes = frame.drop(columns=frame.geometry.name).astype(object)
        attributes = attributes.where(attributes.notna(), None)
        for columns, geometry in zip(attributes.to_dict("records"), located.geometry, strict=True):
            place += 1
            yield Row(place=place, columns=columns, geometry=None if geometry is None else guess(shapely.force_2d(geometry)))


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _csv,
    ".txt": _csv,
    ".geojson": _json,
    ".json": _json,
    ".jsonld": _json,
    ".shp": _geographic,
    ".zip": _geographic,
    ".gpkg": _geographic,
}
