"""Assets in PostgreSQL: listed by box, area and words, and one with what the graph ties to it."""

from collections.abc import Set
from typing import Any

from sqlalchemy import text

from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork

COLUMNS = "v.id, v.urn, v.layer, v.kind, v.name, v.code, v.address, v.commune_id, c.name AS commune, v.attributes, v.lon, v.lat"
FROM = "asset v JOIN commune c ON c.tenant = v.tenant AND c.id = v.commune_id"
FILTERS = {
    "layer": "v.layer = :layer",
    "kind": "v.kind = :kind",
    # && uses the index; every geometry that overlaps the box's own box is meant, lines and areas too.
    "bbox": "v.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)",
    "area": "(cast(v.commune_id AS text) = :area OR lower(c.name) = lower(:area) OR c.insee = :area)",
    "ids": "v.id = ANY(:ids)",
    "kinds": "v.layer || ':' || v.kind = ANY(:kinds)",
    "within": "ST_Intersects(v.geom, ST_GeomFromText(:within, 4326))",
    "contractor": "v.attributes ->> 'contractor' = :contractor",
    "q": "(v.name ILIKE '%' || :q || '%' OR v.code ILIKE '%' || :q || '%' OR v.address ILIKE '%' || :q || '%' OR v.urn = :q)",
    "after": "v.id > :after",
}
HAS_OPEN = "EXISTS (SELECT FROM alarm a WHERE a.tenant = v.tenant AND a.asset_id = v.id AND a.is_open{more})"
STATES = {
    "alarm": HAS_OPEN.format(more=""),
    "unacknowledged": HAS_OPEN.format(more=" AND NOT a.acknowledged"),
    "normal": "NOT " + HAS_OPEN.format(more=""),
}
"""state → condition."""
STATE = f"CASE WHEN {STATES['unacknowledged']} THEN 'unacknowledged' WHEN {STATES['alarm']} THEN 'alarm' ELSE 'normal' END"
"""The state of one asset by its open alarms: the most pressing that is true."""


def listed(
    uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, *, state: str | None, filters: dict[str, Any], limit: int, with_geometry: bool
) -> list[dict[str, Any]]:
    """Columns of assets by id, and `state`; with_geometry adds `geometry` (GeoJSON, 6 decimals: 10 cm). filters: names of FILTERS; bbox takes west, south, east, north."""
    where, values = _where(uow, layers, communes, state, filters)
    geometry = ", ST_AsGeoJSON(v.geom, 6)::jsonb AS geometry" if with_geometry else ""
    rows = uow.connection.execute(
        text(f"SELECT {COLUMNS}, {STATE} AS state{geometry} FROM {FROM} WHERE {where} ORDER BY v.id LIMIT :limit"),  # noqa: S608 - FILTERS and STATES
        {**values, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def counted(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, *, state: str | None, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """layer, kind, state (of STATES) and n of the same assets."""
    where, values = _where(uow, layers, communes, state, filters)
    rows = uow.connection.execute(
        text(f"SELECT v.layer, v.kind, {STATE} AS state, count(*) AS n FROM {FROM} WHERE {where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"),  # noqa: S608
        values,
    )
    return [dict(row) for row in rows.mappings()]


def ids(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, *, filters: dict[str, Any]) -> list[int]:
    """Ids of the same assets, ascending."""
    where, values = _where(uow, layers, communes, None, filters)
    # One array crosses the driver instead of a row per asset.
    return list(uow.connection.execute(text(f"SELECT array_agg(v.id ORDER BY v.id) FROM {FROM} WHERE {where}"), values).scalar() or [])  # noqa: S608


def contractors(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None) -> list[dict[str, Any]]:
    """name and n of each contractor who keeps assets, by name."""
    where, values = _where(uow, layers, communes, None, {})
    rows = uow.connection.execute(
        text(f"SELECT v.attributes ->> 'contractor' AS name, count(*) AS n FROM {FROM} WHERE {where} AND v.attributes ? 'contractor' GROUP BY 1 ORDER BY 1"),  # noqa: S608
        values,
    )
    return [dict(row) for row in rows.mappings()]


def numbers(uow: UnitOfWork, layer: str, kind: str) -> list[str]:
    """Names of the numeric attributes of a kind, by name, as the first two thousand of its assets declare them."""
    rows = uow.connection.execute(
        text(
            "SELECT DISTINCT one.key FROM (SELECT attributes FROM asset WHERE tenant = :t AND layer = :layer AND kind = :kind ORDER BY id LIMIT 2000) AS held, "
            "jsonb_each(held.attributes) AS one WHERE jsonb_typeof(one.value) = 'number' ORDER BY 1"
        ),
        {"t": uow.tenant, "layer": layer, "kind": kind},
    )
    return list(rows.scalars())


def _where(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, state: str | None, filters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"t": uow.tenant, "layers": array(layers), "communes": array(communes)}
    for name, value in filters.items():
        values.update(value if isinstance(value, dict) else {name: value})
    return " AND ".join(["v.tenant = :t", INSIDE, *(FILTERS[name] for name in filters), *([STATES[state]] if state else [])]), values


def one(uow: UnitOfWork, asset_id: int, layers: Set[str] | None, communes: Set[int] | None) -> dict[str, Any] | None:
    """Columns and `geometry` of an asset, None outside the perimeter."""
    row = uow.connection.execute(
        text(f"SELECT {COLUMNS}, ST_AsGeoJSON(v.geom, 6)::jsonb AS geometry FROM {FROM} WHERE v.tenant = :t AND v.id = :id AND {INSIDE}"),  # noqa: S608
        {"t": uow.tenant, "id": asset_id, "layers": array(layers), "communes": array(communes)},
    )
    found = row.mappings().one_or_none()
    return dict(found) if found else None


def neighbours(uow: UnitOfWork, asset_id: int, layers: Set[str] | None, communes: Set[int] | None, limit: int) -> list[dict[str, Any]]:
    """Assets tied to this one by the graph, parents first; `relation` reads from the parent, `is_parent` says which end this one is not."""
    rows = uow.connection.execute(
        text(f"""WITH tied AS (
                SELECT parent_id AS id, relation, true AS is_parent FROM asset_edge WHERE tenant = :t AND child_id = :id
                UNION ALL SELECT child_id, relation, false FROM asset_edge WHERE tenant = :t AND parent_id = :id)
            SELECT v.id, v.name, v.code, v.kind, v.layer, tied.relation, tied.is_parent
            FROM tied JOIN asset v ON v.tenant = :t AND v.id = tied.id WHERE {INSIDE} ORDER BY tied.is_parent DESC, v.id LIMIT :limit"""),  # noqa: S608
        {"t": uow.tenant, "id": asset_id, "layers": array(layers), "communes": array(communes), "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def counts(uow: UnitOfWork, communes: Set[int] | None = None) -> dict[tuple[str, str], int]:
    """(layer, kind) → number of assets of the tenant, in these communes."""
    rows = uow.connection.execute(
        text("SELECT layer, kind, count(*) AS n FROM asset WHERE tenant = :t AND (cast(:c AS int[]) IS NULL OR commune_id = ANY(:c)) GROUP BY layer, kind"),
        {"t": uow.tenant, "c": array(communes)},
    )
    return {(row.layer, row.kind): row.n for row in rows}


def inside(uow: UnitOfWork, communes: Set[int]) -> list[int]:
    """Ids of the assets of these communes."""
    return list(
        uow.connection.execute(text("SELECT id FROM asset WHERE tenant = :t AND commune_id = ANY(:c)"), {"t": uow.tenant, "c": array(communes)}).scalars()
    )
