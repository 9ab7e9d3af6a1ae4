"""Vector tiles of the base map, made by PostGIS: layers `area`, `line` and `label`, each with `class` and `name`."""

from typing import Any

from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork

DEEPEST = 16  # Clients draw this zoom larger when they go deeper.
# From this zoom on every street is its own feature and bears its name; before, streets of a class are one feature without a name, a third of the bytes.
NAMED_FROM = 14
# Units across a tile: an eighth of a pixel where one sees wholes, a sixteenth where one sees kerbs.
COARSE_EXTENT, FINE_EXTENT = 2_048, 4_096
MARGIN = 1 / 32  # Of the tile's side, drawn beyond it so that wide lines and halos are not cut.
PIXEL_DEGREES = 360 / 256  # Width of a screen pixel at zoom 0.

_TILE = text("""
WITH tile AS MATERIALIZED (
    SELECT ST_TileEnvelope(:z, :x, :y) AS box, ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => :margin), 4326) AS reach
), areas AS (
    SELECT class, ST_AsMVTGeom(ST_Transform(ST_Simplify(geom, :tolerance), 3857), box, :extent, :buffer) AS geom
    FROM basemap_area, tile WHERE tenant = :tenant AND min_zoom <= :z AND geom && reach AND NOT (class = 'urban' AND :z >= 15)
), kept AS (
    SELECT class, CASE WHEN :z >= :named_from OR (:z >= 12 AND class IN ('motorway', 'primary', 'river')) THEN nullif(name, '') END AS name,
        ST_Simplify(geom, :tolerance) AS geom
    FROM basemap_line, tile WHERE tenant = :tenant AND min_zoom <= :z AND geom && reach
), lines AS (
    SELECT class, name, ST_AsMVTGeom(ST_Transform(geom, 3857), box, :extent, :buffer) AS geom
    FROM (SELECT class, name, ST_Collect(geom) AS geom FROM kept WHERE geom IS NOT NULL GROUP BY class, name) AS gathered, tile
), labels AS (
    SELECT class, name, rank, ST_AsMVTGeom(ST_Transform(geom, 3857), box, :extent, 0) AS geom  -- No margin: a label belongs to one tile.
    FROM basemap_label, tile WHERE tenant = :tenant AND min_zoom <= :z AND max_zoom >= :z AND geom && reach ORDER BY rank, name
)
SELECT coalesce((SELECT ST_AsMVT(areas, 'area', :extent, 'geom') FROM areas), '') || coalesce((SELECT ST_AsMVT(lines, 'line', :extent, 'geom') FROM lines), '')
    || coalesce((SELECT ST_AsMVT(labels, 'label', :extent, 'geom') FROM labels), '')
""")


def tile(uow: UnitOfWork, z: int, x: int, y: int) -> bytes:
    """The Mapbox vector tile (2.1) of web-mercator tile z/x/y, uncompressed; empty where nothing is drawn."""
    extent = FINE_EXTENT if z >= NAMED_FROM else COARSE_EXTENT
    values = {"tenant": uow.tenant, "z": z, "x": x, "y": y, "extent": extent, "margin": MARGIN, "buffer": int(extent * MARGIN)}
    found = uow.connection.execute(_TILE, values | {"named_from": NAMED_FROM, "tolerance": 0.5 * PIXEL_DEGREES / 2**z}).scalar()
    return bytes(found or b"")


MOST_PLACES = 2_000


def places(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Names of places, the most important first, 2,000 at most: class, name, the zooms between which it is written, lon, lat."""
    rows = uow.connection.execute(
        text("""SELECT class, name, min_zoom, max_zoom, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM basemap_label
                WHERE tenant = :tenant ORDER BY array_position(array['commune', 'station', 'district', 'neighbour', 'river'], class), rank, name LIMIT :most"""),
        {"tenant": uow.tenant, "most": MOST_PLACES},
    )
    return [dict(row._mapping) for row in rows]
