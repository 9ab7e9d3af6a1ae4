"""Lines and areas of a perimeter: vector tiles channel by channel, and what a click on them selects. Tiles are read back by GDAL, whose reader is not ours."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas
import psycopg
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.hot import keys
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import Database, asset_shapes
from tests import services
from tests.integration import desk, feed

# id, kind, commune, WKT. Around 5.02° E, 47.0° N: away from the points of feed.territory.
SHAPES = (
    (21, "main", 1, "LINESTRING(5.020 47.000, 5.024 47.000, 5.024 47.002)"),
    (22, "main", 2, "LINESTRING(5.020 47.004, 5.024 47.004)"),
    (23, "district_meter", 1, "POLYGON((5.010 46.990, 5.030 46.990, 5.030 47.010, 5.010 47.010, 5.010 46.990))"),
)


def tile_of(zoom: int, lon: float, lat: float) -> tuple[int, int, int]:
    """The tile that holds a place, by the formula of the OGC's WebMercatorQuad."""
    return zoom, int((lon + 180) / 360 * 2**zoom), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    feed.territory(database_urls)
    for asset, kind, commune, wkt in SHAPES:
        desk.add_asset(database_urls, asset, "water", kind, lon=5.02, lat=47.0)
        feed.move(database_urls, asset, commune)
        with psycopg.connect(services.plain(database_urls.owner)) as owner:
            owner.execute("UPDATE asset SET geom = ST_GeomFromText(%s, 4326), lon = 5.5, lat = 47.5 WHERE id = %s", (wkt, asset))
    feed.arrange(database_urls)
    return h


@pytest.fixture
def client(h: Hypervisor) -> Iterator[TestClient]:
    """An operator's browser; every asset is normal but what `look` says."""
    h.redis.set(keys.snap(1, "lighting"), bytes(3))
    h.redis.set(keys.snap(1, "water"), bytes(5))
    with feed.browser(h) as made:
        assert made.post("/api/v1/session", json={"username": "operateur", "password": desk.PASSWORD}).status_code == 200
        yield made


def read(body: bytes, folder: Path, layer: str) -> geopandas.GeoDataFrame:
    """One layer of a tile, in tile units, y from the south."""
    file = folder / "tile.mvt"
    file.write_bytes(body)
    return geopandas.read_file(file, layer=layer)


def test_a_tile_holds_each_channel_s_lines_and_areas_in_their_place(client: TestClient, tmp_path: Path) -> None:
    z, x, y = tile_of(13, 5.02, 47.0)
    answer = client.get(f"/tiles/assets/{z}/{x}/{y}.mvt")
    assert answer.status_code == 200
    found = {layer: read(answer.content, tmp_path, layer) for layer in ("water:1", "water:2")}
    assert sorted(found["water:1"].geometry.geom_type) == ["LineString", "Polygon"]
    assert list(found["water:2"].geometry.geom_type) == ["LineString"]
    # Slots of water: commune 1 holds 11, 21, 23 and commune 2 holds 12, 22; a feature's slot is its rank there.
    assert sorted(found["water:1"]["slot"]) == [1, 2]
    assert list(found["water:2"]["slot"]) == [1]
    # 5.020° is (185.02 / 360 × 8,192 - x) of the tile's 8,192 units.
    west = ((5.02 + 180) / 360 * 2**13 - x) * asset_shapes.EXTENT
    line = next(shape for shape in found["water:1"].geometry if shape.geom_type == "LineString")
    unit = line.bounds[0] / west
    assert line.bounds[0] == pytest.approx(west * unit, abs=1)
    assert line.bounds[2] - line.bounds[0] == pytest.approx(0.004 / 360 * 2**13 * asset_shapes.EXTENT * unit, rel=0.01)


def test_a_session_receives_only_the_shapes_of_its_perimeter(client: TestClient, h: Hypervisor, database_urls: DatabaseUrls) -> None:
    z, x, y = tile_of(13, 5.02, 47.0)
    whole = client.get(f"/tiles/assets/{z}/{x}/{y}.mvt")
    with psycopg.connect(services.plain(database_urls.owner), autocommit=True) as owner:
        owner.execute("UPDATE account SET communes = '{2}' WHERE username = 'operateur'")
        try:
            client.cookies.clear()
            assert client.post("/api/v1/session", json={"username": "operateur", "password": desk.PASSWORD}).status_code == 200
            part = client.get(f"/tiles/assets/{z}/{x}/{y}.mvt", headers={"If-None-Match": whole.headers["etag"]})
            assert part.status_code == 200
            assert b"water:2" in part.content
            assert b"water:1" not in part.content
            assert client.get("/api/v1/map/pick?lon=5.021&lat=47.0&zoom=16").status_code == 404
        finally:
            owner.execute("UPDATE account SET communes = NULL WHERE username = 'operateur'")


def test_a_tile_is_tagged_asked_again_and_empty_where_nothing_is(client: TestClient) -> None:
    z, x, y = tile_of(13, 5.02, 47.0)
    first = client.get(f"/tiles/assets/{z}/{x}/{y}.mvt")
    assert first.headers["cache-control"] == "private, no-cache"
    assert client.get(f"/tiles/assets/{z}/{x}/{y}.mvt", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert client.get(f"/tiles/assets/{z}/{x + 40}/{y}.mvt").status_code == 204
    assert client.get("/tiles/assets/15/0/0.mvt").status_code == 404
    client.cookies.clear()
    assert client.get(f"/tiles/assets/{z}/{x}/{y}.mvt").status_code == 303  # to the sign-in


def test_a_click_on_a_line_selects_its_asset(client: TestClient, h: Hypervisor) -> None:
    def pick(lon: float, lat: float, zoom: float) -> int | None:
        answer = client.get(f"/api/v1/map/pick?lon={lon}&lat={lat}&zoom={zoom}")
        return answer.json()["asset_id"] if answer.status_code == 200 else None

    # At zoom 16 and 47° N a pixel is 156,543 × cos 47° / 65,536 = 1.63 m, 0.0000146° of latitude: 10 pixels are 0.000146°.
    assert pick(5.022, 47.000146, 16) == 21
    assert pick(5.022, 47.00022, 16) is None  # 15 pixels
    feed.look(h.redis, "water", 1, 4)  # the main's burst
    _until(lambda: pick(5.022, 47.00022, 16) == 21)
    assert pick(5.022, 47.0, 13) == 21
    feed.look(h.redis, "water", 1, 0)
    _until(lambda: pick(5.022, 47.0, 13) is None)  # far away a quiet line is a point


def test_an_area_in_alarm_is_selected_from_inside_a_quiet_one_by_its_outline(client: TestClient, h: Hypervisor) -> None:
    def pick(lon: float, lat: float) -> int | None:
        answer = client.get(f"/api/v1/map/pick?lon={lon}&lat={lat}&zoom=15")
        return answer.json()["asset_id"] if answer.status_code == 200 else None

    assert pick(5.028, 46.995) is None
    assert pick(5.03, 46.995) == 23
    feed.look(h.redis, "water", 2, 3)
    _until(lambda: pick(5.028, 46.995) == 23)


def _until(condition) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "the map did not follow"
        time.sleep(0.05)


def test_tiles_are_read_by_the_index_of_shapes_as_the_application(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(services.plain(database_urls.owner), autocommit=True) as owner:
        owner.execute(
            """INSERT INTO asset (tenant, id, urn, layer, kind, name, commune_id, geom, lon, lat, slot) SELECT 1, 1000 + n, 'urn:n:' || n, 'lighting', 'luminaire', 'n', 1,
               ST_SetSRID(ST_MakePoint(5 + (n % 200) / 1000.0, 47 + n / 200 / 1000.0), 4326), 5, 47, 100 + n FROM generate_series(1, 40000) n"""
        )
        owner.execute("ANALYZE asset")
    database = Database(database_urls.app)
    values = {"tenant": 1, "z": 9, "x": 263, "y": 180, "extent": 8192, "margin": 0.03, "buffer": 256, "tolerance": 0.0001}
    with database.unit_of_work(1) as uow:
        plan = "\n".join(uow.connection.execute(text("EXPLAIN " + asset_shapes._TILE.text), values).scalars())
    database.close()
    assert "asset_shape" in plan, plan
