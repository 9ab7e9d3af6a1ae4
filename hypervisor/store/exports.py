"""Reading whole layers of assets, one row at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg


class ExportedAsset(NamedTuple):
    """One asset. geometry: GeoJSON text, seven decimals."""

    urn: str
    kind: str
    name: str
    code: str | None
    address: str | None
    commune: str
    attributes: dict[str, Any]
    geometry: str
    lon: float
    lat: float


def assets(owner_url: str, tenant: int, layer: str) -> Iterator[ExportedAsset]:
    """The assets of a layer by number, through a cursor of the server."""
    with psycopg.connect(owner_url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection, connection.cursor(name="exported") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            """SELECT a.urn, a.kind, a.name, a.code, a.address, c.name, a.attributes, ST_AsGeoJSON(a.geom, 7), a.lon, a.lat
               FROM asset a JOIN commune c ON c.tenant = a.tenant AND c.id = a.commune_id WHERE a.tenant = %s AND a.layer = %s ORDER BY a.id""",
            (tenant, layer),
        )
        for row in cursor:
            yield ExportedAsset(*row)
