"""Writing a whole territory at once: communes, base map, assets and their graph, by COPY as the owner."""

import json
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg

OUTSIDE = "Hors territoire"
_POINT = "0101000020e6100000"  # Little-endian point with SRID 4326.


class AssetColumns(NamedTuple):
    """One row of `asset`. geometry: hexadecimal EWKB in EPSG:4326; slot: as `layout.assign_slots` would give it, which then has nothing to rewrite."""

    id: int
    urn: str
    layer: str
    kind: str
    name: str
    code: str
    address: str
    commune_id: int
    attributes: dict[str, Any]
    geometry: str
    lon: float
    lat: float
    slot: int


@contextmanager
def connected(owner_url: str) -> Iterator[psycopg.Connection]:
    """One transaction as the owner: committed at the end of the block, rolled back on any error."""
    with psycopg.connect(owner_url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        yield connection


def begin(connection: psycopg.Connection, tenant: int, key: str, label: str) -> bool:
    """Makes the tenant's row and its commune 0 (outside) when missing, and locks it; False when it already has communes of its own."""
    connection.execute("INSERT INTO tenant (id, key, label) VALUES (%s, %s, %s) ON CONFLICT (id) DO NOTHING", (tenant, key, label))
    connection.execute("SELECT FROM tenant WHERE id = %s FOR UPDATE", (tenant,))
    connection.execute("INSERT INTO commune (tenant, id, name) VALUES (%s, 0, %s) ON CONFLICT DO NOTHING", (tenant, OUTSIDE))
    return connection.execute("SELECT EXISTS (SELECT FROM commune WHERE tenant = %s AND id > 0)", (tenant,)).fetchone() == (False,)


def describe(connection: psycopg.Connection, tenant: int, label: str, view: dict[str, Any]) -> None:
    """The tenant's name on screens, and where its maps open: lon, lat, zoom, bounds."""
    connection.execute("UPDATE tenant SET label = %s, view = %s WHERE id = %s", (label, json.dumps(view), tenant))


def save_communes(connection: psycopg.Connection, tenant: int, communes: Iterable[tuple[int, str, str, int, str]]) -> None:
    """communes: (id from 1, name, INSEE code, population, geometry as hexadecimal EWKB MultiPolygon)."""
    _copy(connection, "COPY commune (tenant, id, name, insee, population, geom) FROM STDIN", ((tenant, *row) for row in communes))


def save_basemap(
    connection: psycopg.Connection,
    tenant: int,
    lines: Iterable[tuple[str, str, int, str]],
    areas: Iterable[tuple[str, str, int, str]],
    labels: Iterable[tuple[str, str, int, int, int, str]],
) -> None:
    """lines and areas: (class, name, min_zoom, geometry); labels: (class, name, rank, min_zoom, max_zoom, geometry). Ids are their order."""
    for table, columns, rows in (
        ("basemap_line", "class, name, min_zoom, geom", lines),
        ("basemap_area", "class, name, min_zoom, geom", areas),
        ("basemap_label", "class, name, rank, min_zoom, max_zoom, geom", labels),
    ):
        _copy(connection, f"COPY {table} (tenant, id, {columns}) FROM STDIN", ((tenant, number, *row) for number, row in enumerate(rows, start=1)))


def save_assets(connection: psycopg.Connection, tenant: int, assets: Iterable[AssetColumns]) -> int:
    """How many assets were written. They are read as they come: a million fit in any memory."""
    columns = "tenant, id, urn, layer, kind, name, code, address, commune_id, attributes, geom, lon, lat, slot"
    return _copy(
        connection,
        f"COPY asset ({columns}) FROM STDIN",
        ((tenant, *asset._replace(attributes=json.dumps(asset.attributes, ensure_ascii=False))) for asset in assets),  # type: ignore[arg-type]
    )


def save_edges(connection: psycopg.Connection, tenant: int, edges: Iterable[tuple[int, int, str]]) -> None:
    """edges: (parent asset, child asset, relation)."""
    _copy(connection, "COPY asset_edge (tenant, parent_id, child_id, relation) FROM STDIN", ((tenant, *row) for row in edges))


def refresh_statistics(connection: psycopg.Connection) -> None:
    """So that the first query after a load is planned for the rows that are there."""
    for table in ("commune", "basemap_line", "basemap_area", "basemap_label", "asset", "asset_edge"):
        connection.execute(f"ANALYZE {table}")


def played(connection: psycopg.Connection, tenant: int) -> Iterator[tuple[str, str, str, float, float, str | None, dict[str, Any]]]:
    """Every asset as (urn, layer, kind, lon, lat, URN of the asset that feeds or connects it, attributes), in order of id."""
    with connection.cursor(name="played") as cursor:
        cursor.itersize = 20_000
        cursor.execute(
            """SELECT a.urn, a.layer, a.kind, a.lon, a.lat, p.urn, a.attributes FROM asset a
               LEFT JOIN LATERAL (SELECT min(parent_id) AS id FROM asset_edge e WHERE e.tenant = a.tenant AND e.child_id = a.id) edge ON true
               LEFT JOIN asset p ON p.tenant = a.tenant AND p.id = edge.id
               WHERE a.tenant = %s ORDER BY a.id""",
            (tenant,),
        )
        yield from cursor


def point(lon: float, lat: float) -> str:
    """A point in EPSG:4326 as hexadecimal EWKB, ten times faster than through a geometry object."""
    return _POINT + struct.pack("<dd", lon, lat).hex()


def _copy(connection: psycopg.Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> int:
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
