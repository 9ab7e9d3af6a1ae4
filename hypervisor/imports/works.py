"""Works announced by files: GeoJSON (what, from, to, permit, contractor; or « Informations travaux » of schema.data.gouv.fr) and DATEX II, see `works_datex.py`.

Nothing is judged here but whether a row can be read: the operation judges its window and its place.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from hypervisor.errors import InvalidRequest
from hypervisor.fmt import ZONE
from hypervisor.i18n import N_, _
from hypervisor.imports import places, read, works_datex
from hypervisor.imports.columns import folded
from hypervisor.imports.rows import Columns, Refusal, Row
from hypervisor.operations.works import KINDS, LONGEST_TITLE, Announced, Plan

WHAT = ("what", "titre", "title", "objet", "naturetravaux", "libelle", "intitule", "nature", "description")
FROM = ("from", "startsat", "datedebut", "debut", "start", "startdate", "datedeb", "dudate")
TO = ("to", "endsat", "datefin", "fin", "end", "enddate", "audate")
PERMIT = ("permit", "arrete", "numarrete", "numeroarrete", "reference", "ref", "numero", "num", "id", "identifiant")
CONTRACTOR = ("contractor", "entreprise", "moe", "organisation", "maitreouvrage")
COMMENT = ("comment", "commentaire", "resume")
"""How properties are called, folded, the first that is filled wins: our own words, then those of schema.data.gouv.fr (Informations travaux 0.0.2) and of portals."""

NO_TITLE = N_("titre absent")
NO_START = N_("date de début absente")
NO_END = N_("date de fin absente : une règle permanente n’est pas un chantier")
BAD_DATE = N_("date illisible")
DUPLICATE = N_("référence déjà vue dans le fichier")
LINE_M, POINT_M = 15.0, 25.0
"""What lies within this distance of a line or a point is concerned: a street is 12 to 30 m from façade to façade. Chosen by us."""
ROUND = 7  # Decimals of a degree: a centimetre.


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a file announces, in its order, and the rows that cannot be read."""

    works: list[Announced]
    refusals: list[Refusal]


def read_works(content: bytes, name: str) -> Found:
    """Works of a file. Raises InvalidRequest when it is neither a GeoJSON FeatureCollection nor DATEX II."""
    rows = works_datex.rows(content, name) if content.lstrip()[:1] == b"<" else _geojson(content, name)
    works: list[Announced] = []
    refusals: list[Refusal] = []
    seen: set[str] = set()
    for row in rows:
        try:
            plan = _plan(row)
        except places.BadPlace as error:
            refusals.append(Refusal(place=row.place, reason=str(error), detail=_titled(row)))
            continue
        if plan.reference in seen:
            refusals.append(Refusal(place=row.place, reason=DUPLICATE, detail=plan.reference))
            continue
        seen.add(plan.reference)
        works.append(Announced(place=row.place, plan=plan))
    return Found(works=works, refusals=refusals)


def _geojson(content: bytes, name: str) -> Iterator[Row]:
    try:
        written = json.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise InvalidRequest(_("{name} n’est ni du JSON ni du XML : {error}. Rien n’a été importé.", name=name, error=str(error)[:200])) from None
    if not isinstance(written, dict) or written.get("type") != "FeatureCollection":
        raise InvalidRequest(_("{name} n’est ni une FeatureCollection GeoJSON ni du DATEX II : rien n’a été importé.", name=name))
    return read.features(written)


def _plan(row: Row) -> Plan:
    """Raises BadPlace, whose message is the reason."""
    if row.problem:
        raise places.BadPlace(row.problem)
    columns = {folded(str(key)): value for key, value in row.columns.items() if value not in (None, "")}
    title = _text(columns, WHAT)
    if not title:
        raise places.BadPlace(NO_TITLE)
    starts_at, ends_at = _first(columns, FROM), _first(columns, TO)
    if starts_at is None:
        raise places.BadPlace(NO_START)
    if ends_at is None:
        raise places.BadPlace(NO_END)
    geometry = row.geometry
    if geometry is not None:
        geometry = places.by_size(geometry)
    if geometry is None or geometry.is_empty:
        raise places.BadPlace(places.MISSING)
    if reason := places.judged(geometry):
        raise places.BadPlace(reason)
    since = _instant(starts_at, is_end=False)
    permit = _text(columns, PERMIT) or (row.given_id or "")
    contractor = _text(columns, CONTRACTOR)
    return Plan(
        kind=_kind(columns, row),
        title=title[:LONGEST_TITLE],
        starts_at=since,
        ends_at=_instant(ends_at, is_end=True),
        area=_area(geometry, columns),
        reference=(permit or _derived(title, contractor, since, geometry))[:100],
        contractor=contractor[:200],
        comment=_comment(columns)[:2000],
    )


def _first(columns: Columns, names: tuple[str, ...]) -> Any:
    return next((columns[name] for name in names if name in columns), None)


def _text(columns: Columns, names: tuple[str, ...]) -> str:
    return " ".join(str(_first(columns, names) or "").split())


def _titled(row: Row) -> str:
    return _text({folded(str(key)): value for key, value in row.columns.items()}, WHAT)[:100]


def _comment(columns: Columns) -> str:
    street = " ".join(str(columns[name]) for name in ("adressenumero", "adressevoie") if name in columns)
    town = " ".join(str(columns[name]) for name in ("adressepostal", "adressecommune") if name in columns)
    return ", ".join(part for part in (_text(columns, COMMENT), street, town) if part)


def _kind(columns: Mapping[str, Any], row: Row) -> str:
    said = str(columns.get("kind", ""))
    if said in KINDS:
        return said
    return "decree" if row.given_type == "decree" or {"arrete", "numarrete", "numeroarrete"} & columns.keys() else "work_order"


def _instant(written: Any, *, is_end: bool) -> datetime:
    """A date alone is the whole day of the territory: it begins at its midnight and ends at the next. A time without a zone is the territory's."""
    text = str(written).strip()
    if dated := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})|(\d{2})/(\d{2})/(\d{4})", text):
        year, month, day = (int(part) for part in (dated.group(1, 2, 3) if dated[1] else dated.group(6, 5, 4)))
        try:
            midnight = datetime.combine(date(year, month, day) + timedelta(days=int(is_end)), time(), ZONE)
        except ValueError:
            raise places.BadPlace(BAD_DATE) from None
        return midnight
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise places.BadPlace(BAD_DATE) from None
    return at if at.tzinfo else at.replace(tzinfo=ZONE)


def _derived(title: str, contractor: str, since: datetime, geometry: BaseGeometry) -> str:
    """A reference for what has none, the same at each import as long as title, contractor, start and place stay."""
    said = "\n".join((title, contractor, since.isoformat(), shapely.to_wkt(geometry, rounding_precision=6)))
    return "auto-" + hashlib.sha256(said.encode()).hexdigest()[:12]


def _area(geometry: BaseGeometry, columns: Columns) -> dict[str, Any]:
    """GeoJSON of the surface concerned: a line or a point with what lies around it, or with the width that the file gives when that is more."""
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        around = POINT_M if geometry.geom_type in ("Point", "MultiPoint") else LINE_M
        try:
            width = float(str(columns.get("largeur", 0)).replace(",", "."))
        except ValueError:
            width = 0.0
        geometry = _around(geometry, max(around, width / 2 if math.isfinite(width) and width < 1000 else 0.0))
    if not geometry.is_valid:
        geometry = shapely.make_valid(geometry)
    written: dict[str, Any] = json.loads(shapely.to_geojson(shapely.set_precision(geometry, 10**-ROUND)))
    return written


def _around(geometry: BaseGeometry, distance_m: float) -> BaseGeometry:
    """The geometry widened by metres, computed in a plane that touches the globe where it is."""
    centre = geometry.centroid
    plane = f"+proj=aeqd +lat_0={centre.y} +lon_0={centre.x} +units=m"
    flat = shapely.transform(geometry, Transformer.from_crs(4326, plane, always_xy=True).transform, interleaved=False)
    back = Transformer.from_crs(plane, 4326, always_xy=True).transform
    return shapely.transform(shapely.buffer(flat, distance_m, quad_segs=4), back, interleaved=False)
