"""A thousand assets of the demonstration in a real PostGIS, and the base map drawn from there."""

import gzip
import logging
import math

import psycopg
import pytest

from hypervisor.demo.load import inventory, load
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import Database, layout, tiles
from tests.services import plain

ASSETS = 1_000
CENTRE = (5.0115, 47.2929)


@pytest.fixture(scope="module")
def loaded(database_urls: DatabaseUrls) -> DatabaseUrls:
    load(database_urls.owner, ASSETS)
    return database_urls


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    side = 2**z
    return z, int((lon + 180) / 360 * side), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)


def one(urls: DatabaseUrls, query: str) -> object:
    with psycopg.connect(plain(urls.owner)) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def test_every_asset_stands_in_its_commune_with_a_slot(loaded: DatabaseUrls) -> None:
    assert one(loaded, "SELECT count(*) FROM asset") == ASSETS
    assert one(loaded, "SELECT count(*) FROM asset WHERE slot IS NULL") == 0
    far = "SELECT count(*) FROM asset a JOIN commune c ON (c.tenant, c.id) = (a.tenant, a.commune_id) WHERE c.geom IS NULL OR NOT ST_DWithin(c.geom::geography, a.geom::geography, 60)"
    assert one(loaded, far) == 0


def test_slots_written_by_the_load_are_those_of_the_layout(loaded: DatabaseUrls) -> None:
    before = one(loaded, "SELECT array_agg((id, slot)::text ORDER BY id) FROM asset")
    with psycopg.connect(plain(loaded.owner)) as connection:
        layout.assign_slots(connection, 1)
    assert one(loaded, "SELECT array_agg((id, slot)::text ORDER BY id) FROM asset") == before


def test_communes_cover_the_territory_once(loaded: DatabaseUrls) -> None:
    assert one(loaded, "SELECT count(*) FROM commune WHERE id > 0 AND ST_IsValid(geom)") == 23
    overlap = "SELECT coalesce(sum(ST_Area(ST_Intersection(a.geom, b.geom)::geography)), 0) FROM commune a JOIN commune b ON a.id < b.id AND a.geom && b.geom"
    assert one(loaded, overlap) == pytest.approx(0, abs=100)  # Square metres, of 380 square kilometres.
    assert one(loaded, "SELECT ST_NumGeometries(ST_Union(geom)) FROM commune") == 1


def test_the_tenant_says_where_its_maps_open(loaded: DatabaseUrls) -> None:
    view = one(loaded, "SELECT view FROM tenant WHERE id = 1")
    assert isinstance(view, dict)
    west, south, east, north = view["bounds"]
    assert west < view["lon"] < east and south < view["lat"] < north


def test_a_second_load_changes_nothing_and_says_so(loaded: DatabaseUrls, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        load(loaded.owner, 2 * ASSETS)
    assert "not loaded again" in caplog.text
    assert one(loaded, "SELECT count(*) FROM asset") == ASSETS


def test_the_simulator_gets_every_asset_with_what_feeds_it(loaded: DatabaseUrls) -> None:
    items = list(inventory(loaded.owner))
    kind_of = {item.urn: item.kind for item in items}
    assert len(items) == ASSETS
    assert {kind_of[item.parent or ""] for item in items if item.kind == "luminaire"} == {"cabinet"}
    assert all(item.attributes["alarm_flow_m3_h"] > item.attributes["nominal_flow_m3_h"] for item in items if item.kind == "district_meter")


@pytest.mark.parametrize("zoom", range(9, 17))
def test_a_tile_of_the_centre_is_small_and_holds_streets(loaded: DatabaseUrls, zoom: int) -> None:
    database = Database(loaded.app, pool_size=1)
    with database.unit_of_work(1) as uow:
        drawn = tiles.tile(uow, *tile_at(*CENTRE, zoom))
    database.close()
    assert b"line" in drawn and b"primary" in drawn
    assert (b"residential" in drawn) == (zoom >= 11)
    assert len(gzip.compress(drawn)) < 60_000


def test_another_tenant_sees_no_base_map(loaded: DatabaseUrls) -> None:
    database = Database(loaded.app, pool_size=1)
    with database.unit_of_work(2) as uow:
        assert tiles.tile(uow, *tile_at(*CENTRE, 12)) == b""
    database.close()


def test_the_sea_is_an_empty_tile(loaded: DatabaseUrls) -> None:
    database = Database(loaded.app, pool_size=1)
    with database.unit_of_work(1) as uow:
        assert tiles.tile(uow, *tile_at(-30.0, 45.0, 12)) == b""
    database.close()
