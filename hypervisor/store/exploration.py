"""What exploration needs beside history: which asset is where, outlines of communes in metres, views that people keep."""

import json
from collections.abc import Set
from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork

SIMPLER_M = 40
"""Tolerance of the outlines, in metres: less than a pixel when a territory of 40 km fills 1,000 of them."""


def assets(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, layer: str, kind: str | None) -> list[Any]:
    """(id, name, code, kind, commune_id, commune, x, y) of a layer's assets inside the perimeter, by id; x, y in metres (EPSG:2154)."""
    return list(
        uow.connection.execute(
            text(f"""SELECT v.id, v.name, v.code, v.kind, v.commune_id, c.name AS commune, ST_X(p.place) AS x, ST_Y(p.place) AS y
                     FROM asset v JOIN commune c ON c.tenant = v.tenant AND c.id = v.commune_id
                     CROSS JOIN LATERAL (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(v.lon, v.lat), 4326), 2154) AS place) AS p
                     WHERE v.tenant = :t AND v.layer = :layer AND (cast(:kind AS text) IS NULL OR v.kind = :kind) AND {INSIDE} ORDER BY v.id"""),  # noqa: S608 - a constant of ours
            {"t": uow.tenant, "layer": layer, "kind": kind, "layers": array(layers), "communes": array(communes)},
        )
    )


def kinds(uow: UnitOfWork) -> dict[tuple[str, str], int]:
    """(layer, kind) → how many assets."""
    rows = uow.connection.execute(text("SELECT layer, kind, count(*) AS n FROM asset WHERE tenant = :t GROUP BY 1, 2"), {"t": uow.tenant})
    return {(row.layer, row.kind): row.n for row in rows}


def outlines(uow: UnitOfWork, communes: Set[int] | None) -> list[dict[str, Any]]:
    """{id, name, rings: [[[x, y], …], …]} of the communes that have one, in metres (EPSG:2154), simplified."""
    rows = uow.connection.execute(
        text("""SELECT id, name, ST_AsGeoJSON(ST_Multi(ST_SimplifyPreserveTopology(ST_Transform(geom, 2154), :simpler)), 0)::jsonb -> 'coordinates' AS polygons FROM commune
                WHERE tenant = :t AND id > 0 AND geom IS NOT NULL AND (cast(:communes AS int[]) IS NULL OR id = ANY(:communes)) ORDER BY name"""),
        {"t": uow.tenant, "simpler": SIMPLER_M, "communes": array(communes)},
    )
    return [{"id": row.id, "name": row.name, "rings": [ring for polygon in row.polygons for ring in polygon]} for row in rows]


def views(uow: UnitOfWork, owner: str) -> list[dict[str, Any]]:
    """Views that this person keeps, and those that others share, by name."""
    rows = uow.connection.execute(
        text("""SELECT id, name, body, is_shared, owner, owner_name, iso(saved_at) AS saved_at FROM saved_view
                WHERE tenant = :t AND (owner = :owner OR is_shared) ORDER BY lower(name), id"""),
        {"t": uow.tenant, "owner": owner},
    )
    return [dict(row) for row in rows.mappings()]


def save_view(uow: UnitOfWork, name: str, body: dict[str, str], owner: str, owner_name: str, at: datetime, *, is_shared: bool) -> dict[str, Any]:
    """Keeps a view under a name of its owner, in the place of the one of that name."""
    row = uow.connection.execute(
        text("""INSERT INTO saved_view (tenant, name, body, is_shared, owner, owner_name, saved_at)
                VALUES (:t, :name, cast(:body AS jsonb), :shared, :owner, :owner_name, :at)
                ON CONFLICT (tenant, owner, name) DO UPDATE SET body = excluded.body, is_shared = excluded.is_shared, saved_at = excluded.saved_at
                RETURNING id, name, body, is_shared, owner, owner_name, iso(saved_at) AS saved_at"""),
        {"t": uow.tenant, "name": name, "body": json.dumps(body), "shared": is_shared, "owner": owner, "owner_name": owner_name, "at": at},
    )
    return dict(row.mappings().one())


def drop_view(uow: UnitOfWork, view_id: int, owner: str) -> bool:
    """Forgets a view of this person; whether there was one."""
    done = uow.connection.execute(
        text("DELETE FROM saved_view WHERE tenant = :t AND id = :id AND owner = :owner"), {"t": uow.tenant, "id": view_id, "owner": owner}
    )
    return done.rowcount == 1
