"""Inventories imported into PostGIS: real open data of Montpellier, and the same as shapefile and GeoPackage in Lambert-93."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from hypervisor import imports
from hypervisor.errors import InvalidRequest
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.settings import Settings

MONTPELLIER = "MULTIPOLYGON(((3.80 43.55, 3.95 43.55, 3.95 43.66, 3.80 43.66, 3.80 43.55)))"
"""A box around the city, so that every inventory below stands in a commune."""


@pytest.fixture
def database(own_database_urls: DatabaseUrls) -> Iterator[psycopg.Connection]:
    """The owner's connection to a database that holds one tenant and one commune, a box around Montpellier."""
    with psycopg.connect(own_database_urls.owner.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("INSERT INTO tenant (id, key, label) VALUES (1, 'essai', 'Essai') ON CONFLICT DO NOTHING")
        connection.execute("INSERT INTO commune (tenant, id, name, geom) VALUES (1, 7, 'Montpellier', ST_GeomFromText(%s, 4326))", (MONTPELLIER,))
        yield connection


@pytest.fixture
def own_settings(make_settings: Callable[..., Settings], own_database_urls: DatabaseUrls) -> Settings:
    return make_settings(database_url=own_database_urls.owner, redis_url="redis://127.0.0.1:1/0")


@pytest.fixture
def montpellier(shared_data: Path) -> Path:
    return shared_data / "montpellier"


def one(database: psycopg.Connection, query: str) -> tuple:
    return database.execute(query).fetchone() or ()


def test_nineteen_thousand_real_luminaires_come_from_a_csv_and_come_again_as_updates(
    database: psycopg.Connection, own_settings: Settings, montpellier: Path
) -> None:
    report = imports.run(own_settings, montpellier / "street_lights.csv", "lighting")
    # 19,976 lines in the file, its header included (wc -l).
    assert (report.written.added, report.written.updated, len(report.prepared.refusals)) == (19_975, 0, 0)
    assert one(database, "SELECT count(*), count(DISTINCT slot), min(slot), max(slot), bool_and(kind = 'luminaire') FROM asset") == (
        19_975,
        19_975,
        0,
        19_974,
        True,
    )
    assert one(database, "SELECT lon, lat, commune_id, attributes FROM asset WHERE code = '3'") == (
        3.88651,
        43.584859,
        7,
        {"lamp": "LANTERNE"},
    )  # Line 3 of the file.
    assert one(database, "SELECT layout_version FROM tenant") == (1,)
    again = imports.run(own_settings, montpellier / "street_lights.csv", "lighting")
    assert (again.written.added, again.written.updated) == (0, 19_975)
    assert one(database, "SELECT count(*) FROM asset") == (19_975,)


def test_car_parks_cameras_and_meters_stand_at_their_real_place(database: psycopg.Connection, own_settings: Settings, montpellier: Path) -> None:
    for name, layer in (("offstreet_parkings", "parking"), ("cctv_cameras", "security"), ("parking_meters", "parking")):
        assert imports.run(own_settings, montpellier / f"{name}.geojson", layer).prepared.refusals == []
    counts = dict(database.execute("SELECT kind, count(*) FROM asset GROUP BY 1").fetchall())
    assert counts == {"car_park": 22, "camera": 141, "meter": 823}
    assert one(database, "SELECT count(*) FROM asset WHERE commune_id <> 7") == (0,)
    # The geometries of this file are in the gulf of Guinea; its columns COORD_X_C_ and COORD_Y_C_ say the Comédie's place.
    assert one(database, "SELECT lon, lat, (attributes ->> 'capacity')::int > 0 FROM asset WHERE name = 'Comédie'") == (3.879762, 43.608561, True)
    assert database.execute("SELECT commune_id, first_slot, size FROM channel WHERE layer = 'parking'").fetchall() == [(7, 0, 845)]


@pytest.mark.parametrize("name", ["cameras_l93.shp", "cameras_l93.gpkg"])
def test_a_shapefile_and_a_geopackage_in_lambert_93_give_the_same_places_as_the_geojson(
    name: str, database: psycopg.Connection, own_settings: Settings, montpellier: Path, tmp_path: Path
) -> None:
    import geopandas

    frame = geopandas.read_file(montpellier / "cctv_cameras.geojson").to_crs(2154)[["Nom", "Adresse", "geometry"]]
    assert frame.geometry.iloc[0].x > 700_000  # Metres, not degrees.
    frame.to_file(tmp_path / name)
    report = imports.run(own_settings, tmp_path / name, "security")
    assert (report.written.added, report.prepared.refusals) == (141, [])
    expected = {f["properties"]["Nom"]: f["geometry"]["coordinates"] for f in json.loads((montpellier / "cctv_cameras.geojson").read_text())["features"]}
    places = {code: [lon, lat] for code, lon, lat in database.execute("SELECT code, lon, lat FROM asset").fetchall()}
    assert places.keys() == expected.keys()
    assert all(place == pytest.approx(expected[code], abs=1e-6) for code, place in places.items())


def test_a_shapefile_without_its_prj_is_read_by_the_size_of_its_figures(
    database: psycopg.Connection, own_settings: Settings, montpellier: Path, tmp_path: Path
) -> None:
    import geopandas

    geopandas.read_file(montpellier / "cctv_cameras.geojson").to_crs(2154)[["Nom", "geometry"]].to_file(tmp_path / "cameras.shp")
    (tmp_path / "cameras.prj").unlink()
    assert imports.run(own_settings, tmp_path / "cameras.shp", "security").written.added == 141
    assert one(database, "SELECT count(*) FROM asset WHERE commune_id = 7") == (141,)


def test_a_real_ngsi_answer_brings_car_parks_under_their_own_urn(database: psycopg.Connection, own_settings: Settings, montpellier: Path) -> None:
    report = imports.run(own_settings, montpellier / "ngsi-v2_offstreetparking_snapshot.json", "parking")
    assert (report.written.added, len(report.prepared.refusals)) == (24, 0)
    assert one(database, "SELECT name, kind, lon, lat, attributes ->> 'capacity' FROM asset WHERE urn = 'urn:ngsi-ld:parking:001'") == (
        "Antigone",
        "car_park",
        3.8888189,
        43.6087161,
        "239",
    )


def test_real_containers_are_kept_but_for_repeated_and_misplaced_rows(database: psycopg.Connection, own_settings: Settings, shared_data: Path) -> None:
    report = imports.run(own_settings, shared_data / "nantes" / "waste_containers.csv", "waste")
    # 1,483 rows, 1,040 of them different; five have no usable place, counted by hand in the file (one latitude is in Belgium's north).
    assert (report.written.added, report.written.outside) == (1_035, 1_035)
    assert len(report.prepared.refusals) == 448


def test_bad_rows_are_told_and_listed_and_the_good_ones_written(
    database: psycopg.Connection, own_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "luminaires.csv"
    path.write_text("id,lon,lat\n1,3.88,43.60\n2,,\n1,3.89,43.61\n4,13.4,52.5\n5,5.04,47.32\n")
    imports.run(own_settings, path, "lighting")
    said = capsys.readouterr().out.replace("\u00a0", " ")  # French puts a no-break space before a colon.
    assert "2 équipements ajoutés." in said
    assert "1 équipement hors des communes du territoire." in said
    assert "3 lignes refusées." in said
    assert "ligne 3 : coordonnées absentes" in said
    assert "ligne 4 : identifiant déjà vu dans le fichier (1, 2)" in said
    assert "ligne 5 : coordonnées hors de France" in said
    listed = (own_settings.data_dir / "imports" / "luminaires.refused.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in listed] == ["ligne", "3", "4", "5"]
    assert database.execute("SELECT code, commune_id FROM asset ORDER BY id").fetchall() == [("1", 7), ("5", 0)]


def test_an_update_keeps_number_edges_and_attributes_that_the_file_does_not_mention(
    database: psycopg.Connection, own_settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "luminaires.csv"
    path.write_text("id,lon,lat,puissance,support\n1,3.88,43.60,42,mât\n2,3.88,43.61,42,mât\n")
    imports.run(own_settings, path, "lighting")
    database.execute("INSERT INTO asset_edge SELECT 1, a.id, b.id, 'feeds' FROM asset a, asset b WHERE a.code = '1' AND b.code = '2'")
    path.write_text("id,lon,lat,puissance\n3,3.87,43.60,60\n2,5.04,47.32,60\n")
    report = imports.run(own_settings, path, "lighting")
    assert (report.written.added, report.written.updated) == (1, 1)
    assert database.execute("SELECT id, code, lon, commune_id, attributes FROM asset ORDER BY id").fetchall() == [
        (1, "1", 3.88, 7, {"power_w": 42, "support": "mât"}),
        (2, "2", 5.04, 0, {"power_w": 60, "support": "mât"}),
        (3, "3", 3.87, 7, {"power_w": 60}),
    ]
    assert one(database, "SELECT parent_id, child_id FROM asset_edge") == (1, 2)
    # Slots by (commune, id): the one outside comes first.
    assert database.execute("SELECT code FROM asset ORDER BY slot").fetchall() == [("2",), ("1",), ("3",)]
    assert one(database, "SELECT count(*) FROM outbox WHERE kind = 'layout'") == (2,)


def test_a_urn_of_another_layer_is_left_alone(database: psycopg.Connection, own_settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "things.csv"
    path.write_text("urn,lon,lat\nurn:x:1,3.88,43.60\nurn:x:2,3.88,43.60\n")
    imports.run(own_settings, path, "waste")
    report = imports.run(own_settings, path, "lighting", "luminaire")
    assert (report.written.added, report.written.updated) == (0, 0)
    assert any("2 équipements laissés" in line for line in report.lines())
    assert one(database, "SELECT count(*) FROM asset WHERE layer = 'waste'") == (2,)


def test_a_territory_that_does_not_exist_is_refused_with_a_sentence(own_settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "lights.csv"
    path.write_text("id,lon,lat\n1,3.88,43.60\n")
    with pytest.raises(InvalidRequest, match="tenant 9 does not exist"):
        imports.run(own_settings, path, "lighting", tenant=9)
    with pytest.raises(InvalidRequest, match="no layer is called 'trams'"):
        imports.run(own_settings, path, "trams")
