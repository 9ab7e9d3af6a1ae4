"""Assets that are lines or areas: their outlines as vector tiles, channel by channel, and which of them lies near a place."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork

DEEPEST = 14
"""Clients draw this zoom larger when they go deeper: one unit is then 15 cm of ground at 47° N."""
EXTENT = 8_192
MARGIN = 1 / 32  # Of the tile's side: a wide line and the cut of an area lie outside what the page clips.
PIXEL_DEGREES = 360 / 1_024  # Width of a screen pixel at zoom 0: the page draws a tile 1,024 pixels wide.

_TILE = text("""
WITH tile AS MATERIALIZED (
    SELECT ST_TileEnvelope(:z, :x, :y) AS box, ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => :margin), 4326) AS reach
), kept AS (
    SELECT a.id, a.slot - c.first_slot AS slot, a.layer, a.commune_id,
        ST_AsMVTGeom(ST_Transform(ST_Simplify(a.geom, :tolerance, true), 3857), box, :extent, :buffer) AS geom
    FROM tile CROSS JOIN asset a JOIN channel c ON c.tenant = :tenant AND c.layer = a.layer AND c.commune_id = a.commune_id
    WHERE a.tenant = :tenant AND ST_Dimension(a.geom) > 0 AND a.geom && reach AND a.slot IS NOT NULL ORDER BY a.id
)
SELECT kept.layer, kept.commune_id, ST_AsMVT(drawn, kept.layer || ':' || kept.commune_id, :extent, 'geom', 'id') AS piece
FROM kept CROSS JOIN LATERAL (SELECT kept.id, kept.slot, kept.geom) AS drawn WHERE kept.geom IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
""")

# Degrees of longitude and latitude differ: distances are taken in Web Mercator metres, which are the screen's.
_NEAR = text("""
SELECT a.id, a.layer, a.slot, ST_Distance(ST_Transform(a.geom, 3857), ST_Transform(here, 3857)) AS distance,
    CASE WHEN ST_Dimension(a.geom) = 2 THEN ST_Distance(ST_Transform(ST_Boundary(a.geom), 3857), ST_Transform(here, 3857)) END AS edge, ST_Area(a.geom) AS area
FROM asset a, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS here
WHERE a.tenant = :tenant AND ST_Dimension(a.geom) > 0 AND a.geom && ST_Expand(here, :reach) AND a.slot IS NOT NULL
    AND (cast(:layers AS text[]) IS NULL OR a.layer = ANY(:layers)) AND (cast(:communes AS int[]) IS NULL OR a.commune_id = ANY(:communes))
""")


@dataclass(frozen=True)
class Near:
    """A line or an area near a place. slot: of its layer; line_m: Web Mercator metres to its line or outline; area: None for a line; is_inside: the place lies in it."""

    asset_id: int
    layer: str
    slot: int
    line_m: float
    area: float | None
    is_inside: bool


def pieces(uow: UnitOfWork, z: int, x: int, y: int) -> Mapping[tuple[str, int], bytes]:
    """(layer, commune) → its part of web-mercator tile z/x/y as one Mapbox vector tile layer named `layer:commune`.

    A feature's id is the asset's, its property `slot` the asset's slot in the channel. Parts put end to end are a tile. Empty where no asset is a line or an area.
    """
    values = {"tenant": uow.tenant, "z": z, "x": x, "y": y, "extent": EXTENT, "margin": MARGIN, "buffer": int(EXTENT * MARGIN)}
    rows = uow.connection.execute(_TILE, values | {"tolerance": 0.25 * PIXEL_DEGREES / 2**z})
    return {(row.layer, row.commune_id): bytes(row.piece) for row in rows}


def near(uow: UnitOfWork, lon: float, lat: float, reach_degrees: float, layers: Collection[str] | None, communes: Collection[int] | None) -> list[Near]:
    """Lines and areas of these layers and communes (None: all) whose box comes within reach of the place."""
    within = {"layers": None if layers is None else list(layers), "communes": None if communes is None else list(communes)}
    rows = uow.connection.execute(_NEAR, {"tenant": uow.tenant, "lon": lon, "lat": lat, "reach": reach_degrees, **within})
    return [
        Near(
            row.id,
            row.layer,
            row.slot,
            line_m=row.distance if row.edge is None else row.edge,
            area=None if row.edge is None else row.area,
            is_inside=row.distance == 0,
        )
        for row in rows
    ]
