"""Sources declared by the administrator: what fits, what is refused, and who may."""

import pytest
from fastapi import FastAPI

from hypervisor.bootstrap import Hypervisor
from hypervisor.security import tokens
from tests.integration import desk
from tests.integration.desk import NOW

TEMPLATE = {"asset": "urn:ngsi-ld:WasteContainer:{topic[1]}", "values": {"fillingLevel": "level"}}


@pytest.fixture(scope="module")
def h(h: Hypervisor) -> Hypervisor:
    with desk.as_owner_of(h) as uow:
        tokens.add_token(uow, "bacs", "ingest", NOW)
        tokens.add_token(uow, "lecteur", "read", NOW)
    return h


def test_a_source_is_declared_replaced_listed_and_withdrawn(server: FastAPI, h: Hypervisor) -> None:
    admin = desk.signed_in(server, "admin")
    said = admin.put("/api/v1/sources/bacs", json={"connector": "json_paths", "topics": ["bins/+/state"], "template": TEMPLATE})
    assert said.status_code == 200, said.text
    assert (said.json()["connector"], said.json()["topics"], said.json()["template"], said.json()["is_open"]) == (
        "json_paths",
        ["bins/+/state"],
        TEMPLATE,
        True,
    )
    admin.put("/api/v1/sources/bacs", json={"connector": "chirpstack", "topics": ["application/#"]})
    [listed] = admin.get("/api/v1/sources").json()["items"]
    assert (listed["connector"], listed["template"]) == ("chirpstack", None)
    with desk.as_owner_of(h) as uow:
        tokens.revoke(uow, next(row["id"] for row in tokens.rows.listed(uow) if row["name"] == "bacs"), NOW)
    assert admin.get("/api/v1/sources").json()["items"][0]["is_open"] is False
    assert admin.delete("/api/v1/sources/bacs").status_code == 204
    assert admin.delete("/api/v1/sources/bacs").status_code == 404


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("inconnu", {"connector": "chirpstack"}),
        ("lecteur", {"connector": "chirpstack"}),
        ("bacs2", {"connector": "sigfox"}),
        ("bacs2", {"connector": "chirpstack", "topics": ["a/#/b"]}),
        ("bacs2", {"connector": "chirpstack", "template": TEMPLATE}),
        ("bacs2", {"connector": "json_paths", "template": {"asset": "x", "values": {"a": ".."}}}),
        ("bacs2", {"connector": "json_paths", "template": {"values": {"a": "b"}}}),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_declared(server: FastAPI, h: Hypervisor, name: str, declared: dict) -> None:
    with desk.as_owner_of(h) as uow:
        tokens.add_token(uow, "bacs2", "ingest", NOW)
    admin = desk.signed_in(server, "admin")
    answer = admin.put(f"/api/v1/sources/{name}", json=declared)
    assert answer.status_code == 400 and len(answer.json()["detail"]) > 20, answer.text
    assert name not in [one["name"] for one in admin.get("/api/v1/sources").json()["items"]]


def test_an_operator_declares_nothing(server: FastAPI) -> None:
    client = desk.signed_in(server, "operateur")
    assert client.put("/api/v1/sources/bacs2", json={"connector": "chirpstack"}).status_code == 403
    assert client.get("/api/v1/sources").status_code == 403
