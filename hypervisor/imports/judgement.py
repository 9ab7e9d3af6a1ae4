"""From rows to assets: which kind, which identifier, where; and what is refused, with the reason."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from hypervisor.domain.layer import Kind, Layer
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import N_
from hypervisor.imports import columns, places
from hypervisor.imports.columns import folded
from hypervisor.imports.rows import Asset, Refusal, Row

DUPLICATE = N_("identifiant déjà vu dans le fichier")
ANOTHER_KIND = N_("type inconnu de la couche")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Assets to write, in the file's order, and rows refused. moved: assets placed by their columns because their geometry was not usable."""

    kind: Kind
    assets: list[Asset]
    refusals: list[Refusal]
    moved: int = 0


def kind_of(layer: Layer, key: str | None, file_name: str, rows: Sequence[Row]) -> Kind:
    """The kind asked, else the layer's only one, else what the entities' type, the file's name or its columns say. Raises InvalidRequest when nothing tells."""
    by_key = {kind.key: kind for kind in layer.kinds}
    if key is not None:
        if key not in by_key:
            raise InvalidRequest(f"layer {layer.key} has no kind {key!r}: choose among {', '.join(by_key)}")
        return by_key[key]
    if len(layer.kinds) == 1:
        return layer.kinds[0]
    types = {row.given_type for row in rows if row.given_type}
    found = [kind for kind in layer.kinds if kind.ngsi_type in types]
    if len(found) == 1:
        return found[0]
    # The file's name first: columns of one kind often name another (a luminaire's cabinet).
    for words in (folded(file_name), " ".join(folded(name) for row in rows[:1] for name in row.columns)):
        scored = {
            kind.key: max((len(hint) for hint in (folded(kind.key), folded(kind.label), *kind.hints) if hint in words), default=0) for kind in layer.kinds
        }
        best = max(scored.values())
        told = [kind for kind in layer.kinds if best and scored[kind.key] == best]
        if len(told) == 1:
            return told[0]
    raise InvalidRequest(f"{file_name} does not tell what it holds: give --kind, one of {', '.join(by_key)}")


def prepare(layer: Layer, kind: Kind, source: str, rows: Sequence[Row]) -> Prepared:
    """Assets and refusals. source: name of the data set; with the identifier it makes the URN, so that a newer file of the same name updates the same assets."""
    reading = _Reading.of(kind, source, [row for row in rows if not row.problem])
    seen: dict[str, int] = {}
    assets: list[Asset] = []
    refusals: list[Refusal] = []
    moved = 0
    for row in rows:
        try:
            asset = reading.asset(row)
            if asset.urn in seen:
                raise _Refused(DUPLICATE, f"{asset.code}, {seen[asset.urn]}")
        except _Refused as refused:
            refusals.append(Refusal(place=row.place, reason=refused.sentence, detail=refused.detail))
            continue
        except places.BadPlace as problem:
            refusals.append(Refusal(place=row.place, reason=problem.sentence))
            continue
        seen[asset.urn] = row.place
        moved += row.geometry is not None and asset.geometry is not row.geometry
        assets.append(asset)
    return Prepared(kind=kind, assets=assets, refusals=refusals, moved=moved)


class _Refused(InvalidRequest):
    """The row is not kept: the sentence is a French msgid, the detail a figure or a word of the file."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """Which column says what, decided once for the file."""

    kind: Kind
    source: str
    where: tuple[str, ...]
    identifying: str | None
    naming: str | None
    addressing: str | None
    renamed: dict[str, str]
    has_own_ids: bool

    @classmethod
    def of(cls, kind: Kind, source: str, rows: Sequence[Row]) -> "_Reading":
        names = list(dict.fromkeys(name for row in rows for name in row.columns))
        where = places.coordinate_columns(names)
        # Entities, and our own exports, carry their URN; a plain GeoJSON's feature identifier is often a mere rank.
        are_named = any(row.given_type for row in rows) or all((row.given_id or "").startswith("urn:") for row in rows)
        identifying = None if are_named else columns.identifier_column(rows, names)
        naming = next(iter(columns.matching(names, columns.NAME)), None)
        given = {row.given_id for row in rows if row.given_id}
        return cls(
            kind=kind,
            source=source,
            where=where,
            identifying=identifying,
            naming=naming,
            addressing=next(iter(columns.matching(names, columns.ADDRESS)), None),
            renamed=columns.attribute_names(names, [key for key, _ in kind.details], [name for name in (*where, identifying, naming) if name]),
            has_own_ids=bool(given) and (are_named or len(given) == len(rows)),
        )

    def asset(self, row: Row) -> Asset:
        """The row's asset. Raises _Refused or BadPlace."""
        if row.problem:
            raise _Refused(row.problem)
        if row.given_type and row.given_type != self.kind.ngsi_type:
            raise _Refused(ANOTHER_KIND, row.given_type)
        geometry = places.placed(row.geometry, row.columns, self.where)
        point = geometry if geometry.geom_type == "Point" else geometry.representative_point()
        written = self._cell(row, self.identifying) if self.identifying else (row.given_id or "") if self.has_own_ids else ""
        code = written or _digest(row, geometry)
        address = self._cell(row, self.addressing)
        shown = code.rpartition(":")[2]
        return Asset(
            place=row.place,
            urn=code if code.startswith("urn:") else f"urn:ngsi-ld:{self.kind.ngsi_type}:{_slug(self.source)}:{_slug(code)}",
            kind=self.kind.key,
            name=self._cell(row, self.naming) or f"{self.kind.label} {shown if written else address}".strip(),
            code=shown,
            address=address or None,
            attributes=columns.attributes(row.columns, self.renamed),
            geometry=geometry,
            lon=round(point.x, 7),
            lat=round(point.y, 7),
        )

    @staticmethod
    def _cell(row: Row, name: str | None) -> str:
        return columns.text(row.columns.get(name)) if name else ""


def _digest(row: Row, geometry: shapely.Geometry) -> str:
    """An identifier for a row that has none: the same place and the same cells give the same one."""
    content = shapely.to_wkt(geometry, rounding_precision=6) + repr(sorted((name, columns.text(value)) for name, value in row.columns.items()))
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def _slug(written: str) -> str:
    return re.sub(r"[^A-Za-z0-9._~-]+", "-", written).strip("-") or hashlib.blake2b(written.encode(), digest_size=6).hexdigest()
