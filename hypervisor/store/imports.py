"""Writing imported assets: new ones added, known ones brought up to date by their URN, each in the commune where it stands."""

import json
from collections.abc import Iterable
from typing import NamedTuple

import psycopg

from hypervisor.store import layout

OUTSIDE = "Hors territoire"


class ImportedAsset(NamedTuple):
    """One row to write. attributes: JSON object; geometry: hexadecimal EWKB in EPSG:4326."""

    urn: str
    kind: str
    name: str
    code: str
    address: str | None
    attributes: dict[str, object]
    geometry: str
    lon: float
    lat: float


class Written(NamedTuple):
    """How many assets were added, brought up to date, and stand outside every commune."""

    added: int
    updated: int
    outside: int


def save(owner_url: str, tenant: int, layer: str, assets: Iterable[ImportedAsset]) -> Written | None:
    """Writes assets of one layer and assigns slots again, in one transaction; None when the tenant does not exist.

    An asset keeps its number, its edges and the attributes that the file does not mention. A URN that another layer holds is left alone.
    """
    with psycopg.connect(owner_url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        # The tenant's row first, as assign_slots does: two imports at once go one after the other and numbers are not given twice.
        if connection.execute("SELECT FROM tenant WHERE id = %s FOR UPDATE", (tenant,)).fetchone() is None:
            return None
        connection.execute("INSERT INTO commune (tenant, id, name) VALUES (%s, 0, %s) ON CONFLICT DO NOTHING", (tenant, OUTSIDE))
        _stage(connection, assets)
        connection.execute(
            """UPDATE staged s SET commune_id = coalesce((SELECT c.id FROM commune c WHERE c.tenant = %s AND c.id > 0
                   AND ST_Covers(c.geom, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326)) ORDER BY c.id LIMIT 1), 0)""",
            (tenant,),
        )
        updated = connection.execute(
            """UPDATE asset a SET kind = s.kind, name = s.name, code = s.code, address = s.address, commune_id = s.commune_id,
                      attributes = a.attributes || s.attributes, geom = s.geom, lon = s.lon, lat = s.lat
               FROM staged s WHERE a.tenant = %s AND a.urn = s.urn AND a.layer = %s""",
            (tenant, layer),
        ).rowcount
        added = connection.execute(
            """INSERT INTO asset (tenant, id, urn, layer, kind, name, code, address, commune_id, attributes, geom, lon, lat)
               SELECT %(t)s, (SELECT coalesce(max(id), 0) FROM asset WHERE tenant = %(t)s) + row_number() OVER (ORDER BY s.rank),
                      s.urn, %(layer)s, s.kind, s.name, s.code, s.address, s.commune_id, s.attributes, s.geom, s.lon, s.lat
               FROM staged s WHERE NOT EXISTS (SELECT FROM asset a WHERE a.tenant = %(t)s AND a.urn = s.urn)""",
            {"t": tenant, "layer": layer},
        ).rowcount
        outside = connection.execute("SELECT count(*) FROM staged WHERE commune_id = 0").fetchone()
        layout.assign_slots(connection, tenant)
        connection.execute("ANALYZE asset")
    return Written(added, updated, outside[0] if outside else 0)


def _stage(connection: psycopg.Connection, assets: Iterable[ImportedAsset]) -> None:
    connection.execute(
        """CREATE TEMP TABLE staged (rank int GENERATED ALWAYS AS IDENTITY, urn text, kind text, name text, code text, address text, attributes jsonb,
                                     geom geometry(Geometry, 4326), lon float8, lat float8, commune_id int) ON COMMIT DROP"""
    )
    with connection.cursor() as cursor, cursor.copy("COPY staged (urn, kind, name, code, address, attributes, geom, lon, lat) FROM STDIN") as copy:
        for asset in assets:
            copy.write_row(asset._replace(attributes=json.dumps(asset.attributes, ensure_ascii=False)))  # type: ignore[arg-type]
    connection.execute("ANALYZE staged")
