"""Works of a file on a real database: added once, updated, left when cancelled here, masking what they cover; by the API and the command line."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import alarm_clock
from hypervisor.store.engine import Engine
from tests.integration import desk
from tests.integration.desk import NOW

ROOT = Path(__file__).parents[2]


@pytest.fixture
def h(own_database_urls: DatabaseUrls, redis_url: str, tmp_path: Path):
    built = desk.build(own_database_urls, redis_url, tmp_path / "var")
    desk.add_asset(own_database_urls, 1, lon=5.04, lat=47.32)
    desk.add_asset(own_database_urls, 2, lon=5.06, lat=47.32)
    with desk.as_owner(own_database_urls) as uow:
        outline = "MULTIPOLYGON(((5 47.3,5.1 47.3,5.1 47.4,5 47.4,5 47.3)))"
        desk.run(uow, "INSERT INTO commune (tenant, id, name, geom) VALUES (1, 7, 'Valmont', ST_GeomFromText(:outline, 4326))", outline=outline)
    yield built
    built.close()


@pytest.fixture
def post(h: Hypervisor) -> TestClient:
    return desk.signed_in(desk.app(h), "operateur")


def site(reference: str, title: str = "Réfection", lon: float = 5.04, hours: float = 2, start: float = 0, **more: object) -> dict:
    window = {"from": (NOW + timedelta(hours=start)).isoformat(), "to": (NOW + timedelta(hours=start + hours)).isoformat()}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, 47.32]},
        "properties": {"what": title, "permit": reference, "contractor": "Eurovia"} | window | more,
    }


def file(*features: dict) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def brought(post: TestClient, *features: dict, **query: object) -> dict:
    answer = post.post("/api/v1/works/import", params={"name": "arretes.geojson"} | query, content=file(*features))
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(told: dict) -> tuple[int, int, int, int, int]:
    return told["added"], told["updated"], told["unchanged"], told["left"], len(told["refused"])


def test_the_same_file_again_changes_nothing_and_a_newer_one_updates(post: TestClient, own_database_urls: DatabaseUrls) -> None:
    assert counts(brought(post, site("A-1"), site("A-2", start=5))) == (2, 0, 0, 0, 0)
    before = desk.rows(own_database_urls, "SELECT id, version FROM works ORDER BY id")
    assert counts(brought(post, site("A-1"), site("A-2", start=5))) == (0, 0, 2, 0, 0)
    assert desk.rows(own_database_urls, "SELECT id, version FROM works ORDER BY id") == before
    assert counts(brought(post, site("A-1", hours=9), site("A-2", start=5), site("A-3"))) == (1, 1, 1, 0, 0)
    [first] = [one for one in post.get("/api/v1/works").json()["items"] if one["reference"] == "A-1"]
    assert (first["contractor"], first["ends_at"]) == ("Eurovia", "2026-02-12T02:05:02.000000Z")
    lines = desk.rows(own_database_urls, "SELECT text FROM logbook WHERE action = 'works-import' ORDER BY seq")
    assert [line.text for line in lines] == [
        "Travaux importés de arretes.geojson : 2 ajoutés, 0 modifiés",
        "Travaux importés de arretes.geojson : 1 ajoutés, 1 modifiés",
    ]


def test_an_imported_site_puts_what_it_covers_out_of_service_and_gives_it_back(post: TestClient, own_database_urls: DatabaseUrls) -> None:
    inside, outside = (desk.add_alarm(own_database_urls, asset) for asset in (1, 2))
    brought(post, site("A-1"))
    engine = Engine(own_database_urls.worker, "test")
    with engine.transaction() as cursor:
        alarm_clock.tick(cursor, 1, NOW + timedelta(seconds=1))
    states = {row.id: row.masks for row in desk.rows(own_database_urls, "SELECT id, masks FROM alarm")}
    assert (states[inside], states[outside]) == (["out_of_service"], [])
    # The site moves away: what it covered shows its truth at once.
    assert counts(brought(post, site("A-1", lon=5.06))) == (0, 1, 0, 0, 0)
    with engine.transaction() as cursor:
        alarm_clock.tick(cursor, 1, NOW + timedelta(seconds=2))
    engine.close()
    states = {row.id: row.masks for row in desk.rows(own_database_urls, "SELECT id, masks FROM alarm")}
    assert (states[inside], states[outside]) == ([], ["out_of_service"])


def test_what_is_over_too_long_or_elsewhere_is_refused_by_its_rank_and_the_rest_is_kept(post: TestClient) -> None:
    told = brought(post, site("A-1", start=-9), site("A-2", hours=24 * 400), site("A-3", lon=2.35), site("A-4"))
    assert counts(told) == (1, 0, 0, 0, 3)
    assert [(one["place"], one["reason"].split()[0]) for one in told["refused"]] == [(1, "Terminés"), (2, "La"), (3, "Hors")]


def test_works_cancelled_here_stay_so_and_those_prolonged_run_again(post: TestClient, own_database_urls: DatabaseUrls) -> None:
    brought(post, site("A-1"), site("A-2"))
    [cancelled] = [one["id"] for one in post.get("/api/v1/works").json()["items"] if one["reference"] == "A-1"]
    assert post.post(f"/api/v1/works/{cancelled}/cancel").status_code == 200
    with desk.as_owner(own_database_urls) as uow:
        desk.run(uow, "UPDATE works SET state = 'ended' WHERE reference = 'A-2'")
    assert counts(brought(post, site("A-1"), site("A-2", hours=9))) == (0, 1, 0, 1, 0)
    assert {row.reference: row.state for row in desk.rows(own_database_urls, "SELECT reference, state FROM works")} == {"A-1": "cancelled", "A-2": "planned"}


def test_only_who_declares_works_imports_them_and_in_their_layers(h: Hypervisor, post: TestClient) -> None:
    server = desk.app(h)
    assert desk.signed_in(server, "elu").post("/api/v1/works/import", params={"name": "a"}, content=file(site("A-1"))).status_code == 403
    brought(post, site("A-1"), layer="water")
    assert post.get("/api/v1/works").json()["items"][0]["layers"] == ["water"]
    assert post.get("/api/v1/works", params={"asset_id": 1}).json()["items"] == [], "asset 1 is a light"
    assert post.post("/api/v1/works/import", params={"name": "x.csv"}, content=b"a;b").status_code == 400


def test_the_command_reports_what_it_refuses(h: Hypervisor, own_database_urls: DatabaseUrls, tmp_path: Path) -> None:
    path = tmp_path / "arretes.geojson"
    soon = (NOW.replace(year=2090)).isoformat()
    later = (NOW.replace(year=2090) + timedelta(hours=3)).isoformat()
    path.write_bytes(file(site("A-1", **{"from": soon, "to": later}), site("A-2")))
    env = {
        "PATH": os.environ["PATH"], "HYPERVISOR_DATA_DIR": str(tmp_path / "var"), "HYPERVISOR_DATABASE_URL": own_database_urls.owner,
        "HYPERVISOR_DATABASE_APP_URL": own_database_urls.app, "HYPERVISOR_DATABASE_WORKER_URL": own_database_urls.worker, "HYPERVISOR_REDIS_URL": "redis://127.0.0.1:1",
    }  # fmt: skip
    said = subprocess.run([sys.executable, "-m", "hypervisor", "import-works", path], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr
    assert "1 chantier ajouté." in said.stdout and "1 ligne refusée." in said.stdout
    assert "ligne 2" in said.stdout and "Terminés le 11/02" in said.stdout.replace("\u00a0", " "), said.stdout
