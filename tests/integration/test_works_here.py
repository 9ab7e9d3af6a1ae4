"""Works by commune, by cabinet with what hangs on it, and those that cover an asset."""

from datetime import timedelta
from itertools import count

import pytest
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk
from tests.integration.desk import NOW

numbers = count(500)
WINDOW = {
    "kind": "planned_cut",
    "title": "Coupure Enedis",
    "starts_at": (NOW + timedelta(hours=1)).isoformat(),
    "ends_at": (NOW + timedelta(hours=3)).isoformat(),
}


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    with desk.as_owner(database_urls) as uow:
        desk.run(
            uow,
            "INSERT INTO commune (tenant, id, name, geom) VALUES (1, 7, 'Valmont', ST_GeomFromText('MULTIPOLYGON(((5 47,5.1 47,5.1 47.1,5 47.1,5 47)))', 4326))",
        )
    return h


@pytest.fixture(scope="module")
def post(h: Hypervisor) -> TestClient:
    return desk.signed_in(desk.app(h), "operateur")


def test_a_cut_of_a_cabinet_covers_the_lights_that_hang_on_it(post: TestClient, database_urls: DatabaseUrls) -> None:
    cabinet, lamp, stranger = next(numbers), next(numbers), next(numbers)
    for asset_id in (cabinet, lamp, stranger):
        desk.add_asset(database_urls, asset_id)
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "INSERT INTO asset_edge (tenant, parent_id, child_id, relation) VALUES (1, :a, :b, 'feeds')", a=cabinet, b=lamp)
    made = post.post("/api/v1/works", json=WINDOW | {"asset_ids": [cabinet], "with_dependents": True})
    assert made.status_code == 201, made.text
    assert made.json()["asset_ids"] == [cabinet, lamp]
    covering = lambda asset_id: [one["id"] for one in post.get("/api/v1/works", params={"asset_id": asset_id}).json()["items"]]  # noqa: E731
    assert covering(lamp) == [made.json()["id"]]
    assert covering(stranger) == []


def test_works_of_a_commune_have_its_outline(post: TestClient, database_urls: DatabaseUrls) -> None:
    inside, outside = next(numbers), next(numbers)
    desk.add_asset(database_urls, inside, lon=5.05, lat=47.05)
    desk.add_asset(database_urls, outside, lon=5.2, lat=47.05)
    made = post.post("/api/v1/works", json=WINDOW | {"commune_id": 7, "layers": ["lighting"]}).json()
    assert made["area"]["type"] == "MultiPolygon"
    assert [one["id"] for one in post.get("/api/v1/works", params={"asset_id": inside}).json()["items"]] == [made["id"]]
    assert post.get("/api/v1/works", params={"asset_id": outside}).json()["items"] == []
    assert post.post("/api/v1/works", json=WINDOW | {"commune_id": 99}).status_code == 400


def test_somebody_is_sent_for_works_and_the_link_is_kept(post: TestClient, database_urls: DatabaseUrls) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id)
    works = post.post("/api/v1/works", json=WINDOW | {"asset_ids": [asset_id]}).json()
    asked = post.post("/api/v1/interventions", json={"works_id": works["id"], "contractor": "Enedis"})
    assert asked.status_code == 201, asked.text
    assert (asked.json()["works_id"], asked.json()["asset_id"], asked.json()["title"]) == (works["id"], asset_id, "Coupure Enedis")
    assert [one["id"] for one in post.get("/api/v1/interventions", params={"works_id": works["id"]}).json()["items"]] == [asked.json()["id"]]
