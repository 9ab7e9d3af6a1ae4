"""Assets written to open files, which the import reads back."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hypervisor import exports, imports
from hypervisor.errors import InvalidRequest
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.settings import Settings
from tests.ingest_world import rows

LIGHTS = "id,adresse,lon,lat,puissance\n1,Rue des Chênes,5.04,47.32,42\n2,Rue « A; B »,5.05,47.33,60\n"


@pytest.fixture
def filled(make_settings: Callable[..., Settings], own_database_urls: DatabaseUrls, tmp_path: Path) -> Settings:
    """A platform that holds two luminaires and a main."""
    settings = make_settings(database_url=own_database_urls.owner, redis_url="redis://127.0.0.1:1/0")
    rows(own_database_urls, "INSERT INTO tenant (id, key, label) VALUES (1, 'essai', 'Essai') ON CONFLICT (id) DO UPDATE SET label = 'Essai' RETURNING id")
    (tmp_path / "lights.csv").write_text(LIGHTS)
    line = {"type": "Feature", "properties": {"id": "C1"}, "geometry": {"type": "LineString", "coordinates": [[5.0, 47.3], [5.02, 47.3]]}}
    (tmp_path / "conduites.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [line]}))
    imports.run(settings, tmp_path / "lights.csv", "lighting")
    imports.run(settings, tmp_path / "conduites.geojson", "water")
    return settings


def test_each_layer_that_has_assets_is_written_as_geojson_and_csv(filled: Settings, tmp_path: Path) -> None:
    written = exports.run(filled, tmp_path / "out")
    assert sorted(file.name for file in written) == ["lighting.csv", "lighting.geojson", "water.csv", "water.geojson"]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(file.name for file in written)
    features = json.loads((tmp_path / "out" / "lighting.geojson").read_text())["features"]
    assert [f["geometry"] for f in features] == [{"type": "Point", "coordinates": [5.04, 47.32]}, {"type": "Point", "coordinates": [5.05, 47.33]}]
    assert features[0]["properties"]["power_w"] == 42
    table = list(csv.DictReader((tmp_path / "out" / "lighting.csv").read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert [row["address"] for row in table] == ["Rue des Chênes", "Rue « A; B »"]
    assert json.loads((tmp_path / "out" / "water.geojson").read_text())["features"][0]["geometry"]["type"] == "LineString"


def test_one_layer_can_be_asked_and_an_unknown_one_is_refused(filled: Settings, tmp_path: Path) -> None:
    assert {file.stem for file in exports.run(filled, tmp_path / "out", "water")} == {"water"}
    with pytest.raises(InvalidRequest, match="no layer is called 'trams'"):
        exports.run(filled, tmp_path / "out", "trams")
    with pytest.raises(InvalidRequest, match="is a file"):
        exports.run(filled, tmp_path / "lights.csv")


@pytest.mark.parametrize("suffix", ["geojson", "csv"])
def test_what_is_exported_comes_back_to_the_same_assets(suffix: str, filled: Settings, own_database_urls: DatabaseUrls, tmp_path: Path) -> None:
    exports.run(filled, tmp_path / "out", "lighting")
    report = imports.run(filled, tmp_path / "out" / f"lighting.{suffix}", "lighting", "luminaire")
    assert (report.written.added, report.written.updated) == (0, 2)
    assert report.prepared.refusals == []
    assert rows(own_database_urls, "SELECT count(*) FROM asset WHERE layer = 'lighting'") == [(2,)]
