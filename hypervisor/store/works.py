"""Works in PostgreSQL: what puts assets out of service for a window, start included and end excluded."""

import json
from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import text

from hypervisor.domain.alarm import Mask
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

COVERS = """(s.id = ANY (w.asset_ids) OR (w.area IS NOT NULL AND s.geom && w.area AND ST_Intersects(s.geom, w.area)))
    AND (w.layers IS NULL OR s.layer = ANY (w.layers)) AND (w.communes IS NULL OR s.commune_id = ANY (w.communes))"""
"""Whether works `w` cover asset `s`."""
SHAPE = """SELECT w.id, w.version, w.state, jsonb_build_object('id', w.id, 'kind', w.kind, 'title', w.title, 'reference', w.reference, 'contractor', w.contractor, 'state', w.state, 'starts_at', iso(w.starts_at),
    'ends_at', iso(w.ends_at), 'asset_ids', to_jsonb(w.asset_ids), 'area', ST_AsGeoJSON(w.area)::jsonb, 'layers', to_jsonb(w.layers), 'created_by', w.created_by,
    'created_name', w.created_name, 'created_at', iso(w.created_at), 'comment', w.comment, 'version', w.version,
    'assets', (SELECT count(*) FROM asset s WHERE s.tenant = w.tenant AND {covers})) AS shape FROM works w"""
SHAPES = SHAPE.format(covers=COVERS)
MINE = """(cast(:layers AS text[]) IS NULL OR (w.area IS NOT NULL AND w.layers IS NULL) OR w.layers && cast(:layers AS text[])
        OR EXISTS (SELECT FROM asset s WHERE s.tenant = w.tenant AND s.id = ANY (w.asset_ids) AND s.layer = ANY (:layers)))
    AND (cast(:communes AS int[]) IS NULL OR (w.area IS NOT NULL AND w.communes IS NULL) OR w.communes && cast(:communes AS int[])
        OR EXISTS (SELECT FROM asset s WHERE s.tenant = w.tenant AND s.id = ANY (w.asset_ids) AND s.commune_id = ANY (:communes)))"""
"""Whether works `w` concern something of a perimeter."""


def add(uow: UnitOfWork, values: dict[str, Any], area: dict[str, Any] | None, layers: Set[str] | None, communes: Set[int] | None) -> int:
    """Adds planned works; gives their number. values: kind, title, reference, starts_at, ends_at, asset_ids, comment, by, name, at. Area in WGS84."""
    number: int = uow.connection.execute(
        text("""INSERT INTO works (tenant, kind, title, reference, contractor, starts_at, ends_at, asset_ids, area, layers, communes, comment, created_by, created_name, created_at)
                VALUES (:t, :kind, :title, :reference, :contractor, :starts_at, :ends_at, :asset_ids, ST_SetSRID(ST_GeomFromGeoJSON(:area), 4326), :layers, :communes, :comment, :by, :name, :at)
                RETURNING id"""),
        {"t": uow.tenant, "area": None if area is None else json.dumps(area), "layers": array(layers), "communes": array(communes), **values},
    ).scalar_one()
    return number


def hold_imports(uow: UnitOfWork) -> None:
    """Makes imports of this tenant wait for each other until the transaction ends."""
    uow.connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('works-import'), :t)"), {"t": uow.tenant})


def is_in_territory(uow: UnitOfWork, area: dict[str, Any], communes: Set[int] | None) -> bool:
    """Whether an area touches a commune of the perimeter; always when the tenant has no outline of any."""
    found: bool = uow.connection.execute(
        text("""WITH a AS (SELECT ST_SetSRID(ST_GeomFromGeoJSON(:area), 4326) AS geom)
                SELECT NOT EXISTS (SELECT FROM commune WHERE tenant = :t AND geom IS NOT NULL) OR EXISTS (SELECT FROM commune c, a WHERE c.tenant = :t
                    AND (cast(:communes AS int[]) IS NULL OR c.id = ANY (:communes)) AND c.geom && a.geom AND ST_Intersects(c.geom, a.geom))"""),
        {"t": uow.tenant, "area": json.dumps(area), "communes": array(communes)},
    ).scalar_one()
    return found


def announced(uow: UnitOfWork, reference: str, values: dict[str, Any], area: dict[str, Any], layers: Set[str] | None) -> dict[str, Any] | None:
    """id and state of the works that files announce under this reference, locked, and whether they are as given (is_same); None when there are none."""
    row = uow.connection.execute(
        text("""SELECT id, state, state <> 'ended' AND kind = :kind AND title = :title AND starts_at = :starts_at AND ends_at = :ends_at AND comment = :comment
                    AND contractor = :contractor AND ST_OrderingEquals(area, ST_SetSRID(ST_GeomFromGeoJSON(:area), 4326))
                    AND layers IS NOT DISTINCT FROM cast(:layers AS text[]) AS is_same
                FROM works WHERE tenant = :t AND origin = 'file' AND reference = :reference FOR UPDATE"""),
        {"t": uow.tenant, "reference": reference, "area": json.dumps(area), "layers": array(layers), **values},
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def announce(uow: UnitOfWork, reference: str, values: dict[str, Any], area: dict[str, Any], layers: Set[str] | None, communes: Set[int] | None) -> None:
    """Adds planned works that a file announces. values: kind, title, starts_at, ends_at, comment, contractor, by, name, at."""
    uow.connection.execute(
        text("""INSERT INTO works (tenant, origin, kind, title, reference, contractor, starts_at, ends_at, area, layers, communes, comment, created_by, created_name, created_at)
                VALUES (:t, 'file', :kind, :title, :reference, :contractor, :starts_at, :ends_at, ST_SetSRID(ST_GeomFromGeoJSON(:area), 4326), :layers, :communes, :comment, :by,
                    :name, :at)"""),
        {"t": uow.tenant, "reference": reference, "area": json.dumps(area), "layers": array(layers), "communes": array(communes), **values},
    )


def announce_again(uow: UnitOfWork, work_id: int, values: dict[str, Any], area: dict[str, Any], layers: Set[str] | None) -> None:
    """Replaces what a file announced: planned again, for the worker to look at."""
    uow.connection.execute(
        text("""UPDATE works SET kind = :kind, title = :title, starts_at = :starts_at, ends_at = :ends_at, comment = :comment, contractor = :contractor, state = 'planned',
                    area = ST_SetSRID(ST_GeomFromGeoJSON(:area), 4326), layers = :layers, version = version + 1 WHERE tenant = :t AND id = :id"""),
        {"t": uow.tenant, "id": work_id, "area": json.dumps(area), "layers": array(layers), **values},
    )


def lock(uow: UnitOfWork, work_id: int) -> dict[str, Any] | None:
    """Works, locked until the transaction ends; None when the tenant has none of this number."""
    row = uow.connection.execute(
        text("SELECT id, title, state, starts_at, ends_at, asset_ids, layers, communes, version FROM works WHERE tenant = :t AND id = :id FOR UPDATE"),
        {"t": uow.tenant, "id": work_id},
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def change(uow: UnitOfWork, work_id: int, **values: object) -> None:
    """Writes starts_at, ends_at, title, comment or state."""
    names = ", ".join(f"{name} = :{name}" for name in values)
    uow.connection.execute(text(f"UPDATE works SET {names}, version = version + 1 WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": work_id, **values})  # noqa: S608 - names of ours


def outside(uow: UnitOfWork, asset_ids: Sequence[int], layers: Set[str] | None, communes: Set[int] | None) -> list[int]:
    """Those of these assets that do not exist, or are outside the perimeter."""
    rows = uow.connection.execute(
        text("""SELECT asked.id FROM unnest(cast(:ids AS int[])) AS asked (id) LEFT JOIN asset v ON v.tenant = :t AND v.id = asked.id
                WHERE v.id IS NULL OR NOT (cast(:layers AS text[]) IS NULL OR v.layer = ANY (:layers)) OR NOT (cast(:communes AS int[]) IS NULL OR v.commune_id = ANY (:communes))"""),
        {"t": uow.tenant, "ids": list(asset_ids), "layers": array(layers), "communes": array(communes)},
    )
    return [row.id for row in rows]


def shape_of(uow: UnitOfWork, work_id: int, layers: Set[str] | None = None, communes: Set[int] | None = None) -> dict[str, Any] | None:
    """Works as everyone reads them, None outside the perimeter."""
    row = uow.connection.execute(
        text(f"{SHAPES} WHERE w.tenant = :t AND w.id = :id AND {MINE}"),
        {"t": uow.tenant, "id": work_id, "layers": array(layers), "communes": array(communes)},
    ).one_or_none()
    return None if row is None else row.shape


def area_of(uow: UnitOfWork, commune_id: int) -> dict[str, Any] | None:
    """The commune's own outline (GeoJSON, WGS84), None when it has none."""
    found: dict[str, Any] | None = uow.connection.execute(
        text("SELECT ST_AsGeoJSON(geom, 6)::jsonb FROM commune WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": commune_id}
    ).scalar_one_or_none()
    return found


def hanging_on(uow: UnitOfWork, asset_ids: Sequence[int], layers: Set[str] | None, communes: Set[int] | None, most: int) -> list[int]:
    """These assets and all that hangs on them in the graph, inside a perimeter."""
    rows = uow.connection.execute(
        text("""WITH RECURSIVE hung (id) AS (SELECT unnest(cast(:ids AS int[])) UNION SELECT e.child_id FROM hung h JOIN asset_edge e ON e.tenant = :t AND e.parent_id = h.id)
                SELECT s.id FROM hung JOIN asset s ON s.tenant = :t AND s.id = hung.id
                WHERE (cast(:layers AS text[]) IS NULL OR s.layer = ANY (:layers)) AND (cast(:communes AS int[]) IS NULL OR s.commune_id = ANY (:communes)) LIMIT :most"""),
        {"t": uow.tenant, "ids": list(asset_ids), "layers": array(layers), "communes": array(communes), "most": most},
    )
    return [row.id for row in rows]


def place_of(uow: UnitOfWork, work_id: int, layers: Set[str] | None, communes: Set[int] | None) -> dict[str, Any] | None:
    """title of the works, and layer, commune_id, asset_id, lon, lat of their first asset in a perimeter; None when there is none."""
    row = uow.connection.execute(
        text(f"""SELECT w.title, s.layer, s.commune_id, s.id AS asset_id, s.lon, s.lat FROM works w JOIN asset s ON s.tenant = w.tenant AND {COVERS}
                 WHERE w.tenant = :t AND w.id = :id AND (cast(:layers AS text[]) IS NULL OR s.layer = ANY (:layers))
                     AND (cast(:communes AS int[]) IS NULL OR s.commune_id = ANY (:communes)) ORDER BY s.id LIMIT 1"""),  # noqa: S608 - a constant of ours
        {"t": uow.tenant, "id": work_id, "layers": array(layers), "communes": array(communes)},
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def listed(
    uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, at: datetime, *, over: bool, limit: int, asset_id: int | None = None
) -> list[dict[str, Any]]:
    """Works planned or running, those that are over too when asked; by start."""
    state = "" if over else "AND w.state IN ('planned', 'running')"
    if asset_id is not None:
        state += f" AND EXISTS (SELECT FROM asset s WHERE s.tenant = w.tenant AND s.id = :asset AND {COVERS})"
    rows = uow.connection.execute(
        text(f"{SHAPES} WHERE w.tenant = :t AND {MINE} {state} ORDER BY w.starts_at DESC, w.id DESC LIMIT :limit"),
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "limit": limit, "asset": asset_id},
    )
    return [row.shape for row in rows]


def over_assets(cursor: psycopg.Cursor, tenant: int, asset_ids: Sequence[int], now: datetime) -> dict[int, frozenset[Mask]]:
    """Asset → masks of the works whose window holds this instant."""
    found: dict[int, frozenset[Mask]] = {}
    cursor.execute("SELECT FROM works WHERE tenant = %s AND state IN ('planned', 'running') AND starts_at <= %s AND ends_at > %s LIMIT 1", (tenant, now, now))
    if cursor.fetchone() is None:
        return found
    cursor.execute(
        f"SELECT s.id, w.id, w.title, w.ends_at FROM works w JOIN asset s ON s.tenant = w.tenant AND s.id = ANY (%s) "  # noqa: S608 - a constant of ours
        f"WHERE w.tenant = %s AND w.state IN ('planned', 'running') AND w.starts_at <= %s AND w.ends_at > %s AND {COVERS}",
        (list(asset_ids), tenant, now, now),
    )
    for asset_id, work_id, title, ends_at in cursor:
        found[asset_id] = found.get(asset_id, frozenset()) | {mask(work_id, title, ends_at, now)}
    return found


def mask(work_id: int, title: str, ends_at: datetime, now: datetime) -> Mask:
    """What works put on the alarms of their assets."""
    return Mask(kind="out_of_service", source=f"work:{work_id}", at=now, until=ends_at, name="Travaux", reason=title)


def due(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[tuple[int, str, str, datetime]]:
    """(id, title, new state, end) of works whose window begins or has ended; their state is written, and a fact says which."""
    cursor.execute(
        "WITH done AS (UPDATE works SET state = CASE WHEN ends_at <= %(now)s THEN 'ended' ELSE 'running' END, version = version + 1 "
        "WHERE tenant = %(t)s AND ((state = 'planned' AND starts_at <= %(now)s) OR (state = 'running' AND ends_at <= %(now)s)) RETURNING id, title, state, ends_at), "
        "told AS (INSERT INTO outbox (tenant, at, kind, body) SELECT %(t)s, %(now)s, 'works', jsonb_build_object('id', id) FROM done) SELECT * FROM done",
        {"t": tenant, "now": now},
    )
    return cursor.fetchall()
