"""The assets of the demonstration: what every layer's batch holds, and the asset graph between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from hypervisor.demo.territory.city import City, Spots, addresses
from hypervisor.demo.territory.warp import to_wgs84

URN = "urn:ngsi-ld:{type}:valmorin:{code}"
DEFAULT_ASSETS = 41_600  # Of which 34,000 luminaires.


CONTRACTORS = {
    "lighting": ("Lumière du Val", "Régie métropolitaine", "Éclairelec"),
    "parking": ("Régie métropolitaine", "Stationnement Plus"),
    "water": ("Régie des eaux", "Eaux de la Serre"),
    "waste": ("Collecte Serroise", "Régie métropolitaine"),
    "security": ("Vidéotech",),
}
"""layer → who shares out its communes. Invented names."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Assets of one kind, one per row; each attribute is a list or an array. `shapes`: lines or areas in local metres, for kinds that are not points; ids run from `first_id`."""

    layer: str
    kind: str
    ngsi_type: str
    codes: Sequence[str]
    names: Sequence[str]
    where: Spots
    attributes: Mapping[str, Any]
    shapes: np.ndarray | None = None
    first_id: int = 0

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def ids(self) -> np.ndarray:
        """Ids of the rows."""
        return np.arange(self.first_id, self.first_id + len(self))


@dataclass(frozen=True, kw_only=True)
class AssetRow:
    """One asset as the store writes it; position in degrees."""

    id: int
    urn: str
    layer: str
    kind: str
    name: str
    code: str
    address: str
    commune: int
    attributes: dict[str, Any]
    lon: float
    lat: float
    shape: shapely.Geometry | None


@dataclass(frozen=True)
class Edges:
    """Rows of the asset graph: parent and child are asset ids."""

    parent: np.ndarray
    child: np.ndarray
    relation: np.ndarray


def rows_of(city: City, batch: Batch, commune: np.ndarray, chunk: int = 20_000) -> Iterator[AssetRow]:
    """The batch's assets one by one, built `chunk` at a time so that a million of them fit in memory."""
    columns = list(batch.attributes)
    for start in range(0, len(batch), chunk):
        part = slice(start, start + chunk)
        where = Spots(batch.where.xy[part], batch.where.edge[part], batch.where.number[part])
        lon_lat = np.round(to_wgs84(where.xy), 7)
        values = zip(*(np.asarray(batch.attributes[key][part]).tolist() for key in columns), strict=True)
        shapes = batch.shapes[part] if batch.shapes is not None else [None] * len(where.xy)
        listed = zip(
            range(batch.first_id + start, batch.first_id + len(batch)), batch.codes[part], batch.names[part], addresses(city, where),
            commune[part].tolist(), values, lon_lat.tolist(), shapes, strict=False,
        )  # fmt: skip
        for number, code, name, address, place, row, (lon, lat), shape in listed:
            yield AssetRow(
                id=number, urn=URN.format(type=batch.ngsi_type, code=code), layer=batch.layer, kind=batch.kind, name=name, code=code, address=address,
                commune=place, attributes=dict(zip(columns, row, strict=True)) | {"contractor": contractor(batch.layer, place)}, lon=lon, lat=lat, shape=shape,
            )  # fmt: skip


def contractor(layer: str, commune: int) -> str:
    """Who keeps the layer's assets in a commune: the town's own service, or the firm of its lot."""
    lots = CONTRACTORS[layer]
    return lots[commune % len(lots)]
