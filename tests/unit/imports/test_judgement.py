"""Which rows of a file become assets, under which identifier, where, and why the others do not."""

import json
from pathlib import Path

import pytest

from hypervisor import layers
from hypervisor.errors import InvalidRequest
from hypervisor.imports import judgement, places, read
from hypervisor.imports.judgement import Prepared, kind_of

LAYERS = layers.all_layers()


def imported(path: Path, layer: str, kind: str | None = None) -> Prepared:
    rows = list(read.rows(path))
    return judgement.prepare(LAYERS[layer], kind_of(LAYERS[layer], kind, path.stem, rows), path.stem, rows)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def reasons(prepared: Prepared) -> dict[int, str]:
    return {refusal.place: refusal.reason for refusal in prepared.refusals}


def test_each_bad_row_is_refused_with_its_line_and_reason_and_the_good_ones_are_kept(tmp_path: Path) -> None:
    path = written(
        tmp_path, "luminaires.csv",
        "id;lon;lat;puissance\n"
        "1;5.04;47.32;42\n"
        "2;;;42\n"
        "3;abc;47.32;42\n"
        "4;47.32;5.04;42\n"
        "1;5.05;47.33;60\n"
        "6;13.40;52.52;42\n"
        "7;200;47.32;42\n"
        "8;5.04;47.32\n"
        "9;nan;47.32;42\n"
        "\n"
        "10;5.06;47.31;42\n",
    )  # fmt: skip
    prepared = imported(path, "lighting")
    assert [asset.code for asset in prepared.assets] == ["1", "10"]
    assert reasons(prepared) == {
        3: places.MISSING, 4: places.UNREADABLE, 5: places.SWAPPED, 6: judgement.DUPLICATE, 7: places.OUTSIDE_FRANCE, 8: places.OUTSIDE_WORLD, 9: read.RAGGED, 10: places.UNREADABLE,
    }  # fmt: skip
    assert prepared.assets[0].attributes == {"power_w": 42}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("id,lon,lat", "1,3.879137,43.60471"),
        ("ID\tLongitude\tLatitude", "1\t3.879137\t43.60471"),
        ("id;Coord X;Coord Y", "1;3,879137;43,60471"),
        ("id;geo_point_2d", "1;43.60471, 3.879137"),
    ],
)
def test_coordinates_are_found_whatever_their_separator_name_and_system(header: str, row: str, tmp_path: Path) -> None:
    asset = imported(written(tmp_path, "lights.csv", f"{header}\n{row}\n"), "lighting").assets[0]
    assert (asset.lon, asset.lat) == pytest.approx((3.879137, 43.60471), abs=2e-5)


def test_the_origin_of_lambert_93_is_where_its_definition_says(tmp_path: Path) -> None:
    # IGN: false easting 700,000 m and false northing 6,600,000 m at 3° east, 46.5° north.
    asset = imported(written(tmp_path, "lights.csv", "id|X_L93|Y_L93\n1|700000|6600000\n"), "lighting").assets[0]
    assert (asset.lon, asset.lat) == pytest.approx((3.0, 46.5), abs=1e-7)


@pytest.mark.parametrize("epsg", [2154, 3942, 3944, 3947, 3950])
def test_figures_in_metres_are_read_as_lambert_93_or_as_the_conic_zone_that_their_size_tells(epsg: int, tmp_path: Path) -> None:
    from pyproj import Transformer

    lon, lat = 3.9, {3942: 42.1, 3944: 43.6, 3947: 47.1, 3950: 50.2}.get(epsg, 46.5)
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    asset = imported(written(tmp_path, "lights.csv", f"id,x,y\n1,{x},{y}\n"), "lighting").assets[0]
    assert (asset.lon, asset.lat) == pytest.approx((lon, lat), abs=1e-6)


def test_a_spreadsheet_of_before_unicode_keeps_its_accents(tmp_path: Path) -> None:
    path = written(tmp_path, "lights.csv", "id;adresse;lon;lat\n1;Allée des Chênes;5.04;47.32\n".encode("cp1252"))
    assert imported(path, "lighting").assets[0].address == "Allée des Chênes"


def test_the_same_file_gives_the_same_identifiers_and_a_row_without_any_gets_one_from_its_content(tmp_path: Path) -> None:
    content = "adresse,lon,lat\nRue A,5.04,47.32\nRue B,5.05,47.33\n"
    first, again = (imported(written(tmp_path, "lights.csv", text), "lighting") for text in (content, "adresse,lon,lat\nRue B,5.05,47.33\nRue A,5.04,47.32\n"))
    assert {asset.urn for asset in first.assets} == {asset.urn for asset in again.assets}
    assert len({asset.urn for asset in first.assets}) == 2


def test_a_row_written_twice_is_kept_once(tmp_path: Path) -> None:
    content = "code,adresse,lon,lat\n" + "".join(f"C{n},Rue {n},5.0{n},47.32\n" * 2 for n in range(6))
    prepared = imported(written(tmp_path, "conteneurs.csv", content), "waste")
    assert [asset.code for asset in prepared.assets] == [f"C{n}" for n in range(6)]
    assert set(reasons(prepared)) == {3, 5, 7, 9, 11, 13}


def collection(*features: dict) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def feature(geometry: dict | None, **properties: object) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_features_without_usable_geometry_are_refused_by_rank(tmp_path: Path) -> None:
    path = written(
        tmp_path, "cameras.geojson",
        collection(
            feature({"type": "Point", "coordinates": [5.04, 47.32]}, nom="C1"),
            feature(None, nom="C2"),
            feature({"type": "Polygon", "coordinates": []}, nom="C3"),
            feature({"type": "Point", "coordinates": ["a", "b"]}, nom="C4"),
            feature({"type": "Point", "coordinates": [0, 0]}, nom="C5"),
            feature({"type": "Point", "coordinates": [5.05, 47.32, 240.0]}, nom="C6"),
        ),
    )  # fmt: skip
    prepared = imported(path, "security")
    assert [asset.name for asset in prepared.assets] == ["C1", "C6"]
    assert reasons(prepared) == {2: places.MISSING, 3: places.EMPTY, 4: read.BROKEN_GEOMETRY, 5: places.OUTSIDE_FRANCE}


def test_a_geometry_outside_france_gives_way_to_coordinate_columns_that_are_inside(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "parkings.geojson",
        collection(feature({"type": "Point", "coordinates": [-1.36, -5.98]}, NOM="Pitot", COORD_X_C_=3.870191, COORD_Y_C_=43.612245)),
    )
    prepared = imported(path, "parking")
    assert (prepared.assets[0].lon, prepared.assets[0].lat) == (3.870191, 43.612245)
    assert prepared.moved == 1


def test_lines_and_areas_keep_their_shape_and_have_a_point_of_it(tmp_path: Path) -> None:
    path = written(
        tmp_path, "conduites.geojson", collection(feature({"type": "LineString", "coordinates": [[5.0, 47.3], [5.02, 47.3]]}, id="C1", diametre=200))
    )
    asset = imported(path, "water").assets[0]
    assert asset.kind == "main"
    assert asset.geometry.geom_type == "LineString"
    assert (5.0 <= asset.lon <= 5.02, asset.lat) == (True, 47.3)
    assert asset.attributes == {"diameter_mm": 200}


def test_a_geojson_that_declares_lambert_93_is_turned_into_degrees(tmp_path: Path) -> None:
    content = json.loads(collection(feature({"type": "Point", "coordinates": [700000, 6600000]}, nom="C1")))
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    asset = imported(written(tmp_path, "cameras.geojson", json.dumps(content)), "security").assets[0]
    assert (asset.lon, asset.lat) == pytest.approx((3.0, 46.5), abs=1e-7)


def test_entities_keep_their_urn_and_those_of_another_type_are_refused(tmp_path: Path) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [5.04, 47.32]}}
    path = written(
        tmp_path, "entites.jsonld",
        json.dumps([
            {"id": "urn:ngsi-ld:Camera:1", "type": "Camera", "location": place, "name": {"type": "Property", "value": "Place"}, "@context": "x"},
            {"id": "urn:ngsi-ld:Camera:2", "type": "Camera", "location": place["value"], "name": "Gare"},
            {"id": "urn:ngsi-ld:Bus:1", "type": "Bus", "location": place},
            {"id": "urn:ngsi-ld:Camera:1", "type": "Camera", "location": place},
        ]),
    )  # fmt: skip
    prepared = imported(path, "security", "camera")
    assert [(asset.urn, asset.name) for asset in prepared.assets] == [("urn:ngsi-ld:Camera:1", "Place"), ("urn:ngsi-ld:Camera:2", "Gare")]
    assert reasons(prepared) == {3: judgement.ANOTHER_KIND, 4: judgement.DUPLICATE}


@pytest.mark.parametrize(
    ("name", "layer", "expected"),
    [
        ("street_lights", "lighting", "luminaire"), ("armoires_eclairage", "lighting", "cabinet"), ("offstreet_parkings", "parking", "car_park"), ("parking_meters", "parking", "meter"),
        ("horodateurs", "parking", "meter"), ("vannes", "water", "valve"), ("poteaux_incendie", "water", "hydrant"), ("cctv_cameras", "security", "camera"), ("anything", "waste", "container"),
    ],
)  # fmt: skip
def test_the_kind_is_told_by_the_name_of_the_file(name: str, layer: str, expected: str) -> None:
    assert kind_of(LAYERS[layer], None, name, []).key == expected


def test_a_file_that_tells_nothing_asks_for_the_kind(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="--kind, one of main, valve"):
        imported(written(tmp_path, "export.csv", "id,lon,lat\n1,5.04,47.32\n"), "water")
    with pytest.raises(InvalidRequest, match="no kind 'boat'"):
        kind_of(LAYERS["water"], "boat", "x", [])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.pdf", "x", "must end with one of"), ("a.geojson", "{", "not JSON"), ("a.json", "[1]", "neither a GeoJSON"), ("a.csv", "one column\n1\n", "names no columns"), ("a.gpkg", "nonsense", "cannot be opened"), ("a.shp", "", "cannot be opened")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(name: str, content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=said):
        list(read.rows(written(tmp_path, name, content)))
