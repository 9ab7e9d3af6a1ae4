"""/api/v1/rules: read by operators, changed by those who answer for a trade."""

import pytest
from fastapi import FastAPI

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk

NEW = {"layer": "lighting", "key": "many_dark", "kind": "cabinet", "title": "Rue éteinte", "priority": "major", "comparison": "count", "threshold": 5,
       "members": "luminaire_defect", "group": "parent", "duration_s": 60}  # fmt: skip


@pytest.fixture(scope="module")
def h(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory):
    built = desk.build(database_urls, redis_url, tmp_path_factory.mktemp("var"))
    yield built
    built.close()


@pytest.fixture(scope="module")
def server(h: Hypervisor) -> FastAPI:
    return desk.app(h)


@pytest.fixture(scope="module")
def manager(server: FastAPI):
    return desk.signed_in(server, "metier")


def test_the_rules_of_the_layers_are_listed_until_someone_changes_one(manager):
    found = {(rule["layer"], rule["key"]): rule for rule in manager.get("/api/v1/rules").json()["items"]}
    low = found["lighting", "cabinet_undervoltage"]
    assert (low["threshold"], low["hysteresis"], low["duration_s"], low["priority"], low["version"], low["origin"]) == (207, 3, 300, "minor", 0, "layer")
    changed = manager.patch("/api/v1/rules/lighting/cabinet_undervoltage", json={"threshold": 205, "duration_s": 90, "version": 0})
    assert changed.status_code == 200, changed.text
    assert {key: changed.json()[key] for key in ("threshold", "hysteresis", "duration_s", "version", "origin", "changed_by")} == {
        "threshold": 205, "hysteresis": 3, "duration_s": 90, "version": 1, "origin": "tenant", "changed_by": "metier",
    }  # fmt: skip
    again = manager.patch("/api/v1/rules/lighting/cabinet_undervoltage", json={"enabled": False, "version": 1}).json()
    assert (again["version"], again["enabled"], again["threshold"]) == (2, False, 205)
    one = manager.get("/api/v1/rules/lighting/cabinet_undervoltage").json()
    assert [(v["version"], v["enabled"], v["body"]["threshold"]) for v in one["versions"]] == [(2, False, 205), (1, True, 205)]


def test_a_change_of_what_someone_else_has_changed_is_refused_with_who(manager, server):
    assert manager.patch("/api/v1/rules/lighting/cabinet_door_open", json={"duration_s": 60}).json()["version"] == 1
    late = desk.signed_in(server, "admin").patch("/api/v1/rules/lighting/cabinet_door_open", json={"duration_s": 30, "version": 0})
    assert late.status_code == 409 and late.json()["by"] == "metier"


def test_a_new_rule_is_checked_whole_versioned_audited_and_told_to_the_worker(manager, database_urls: DatabaseUrls):
    wrong = manager.post("/api/v1/rules", json=NEW | {"members": "nobody", "group": "street", "threshold": 0.5})
    assert wrong.status_code == 400 and len(wrong.json()["faults"]) >= 3, wrong.text
    made = manager.post("/api/v1/rules", json=NEW)
    assert made.status_code == 201 and made.json()["version"] == 1, made.text
    assert manager.post("/api/v1/rules", json=NEW).status_code == 409
    assert desk.rows(database_urls, "SELECT outcome FROM audit WHERE action = 'operator:rule:save' AND object = 'lighting/many_dark'") == [("done",)]
    assert len(desk.rows(database_urls, "SELECT 1 FROM outbox WHERE kind = 'rule' AND body->>'key' = 'many_dark'")) == 1
    counted = manager.patch("/api/v1/rules/lighting/luminaire_defect", json={"enabled": False})
    assert counted.status_code == 409 and "many_dark" in counted.json()["detail"]


@pytest.mark.parametrize("when", ["value >", "[1].all(x, x > 0)", "nothing > 1.0"])
def test_a_guard_that_cannot_be_is_refused_with_a_sentence(manager, when):
    answer = manager.post(
        "/api/v1/rules", json={"layer": "lighting", "key": "low", "kind": "cabinet", "property": "voltage", "title": "Basse", "priority": "minor", "when": when}
    )
    assert answer.status_code == 400 and "la condition" in answer.json()["detail"]


def test_an_operator_reads_and_does_not_write(server):
    operator = desk.signed_in(server, "operateur")
    assert operator.get("/api/v1/rules?layer=water").status_code == 200
    assert operator.patch("/api/v1/rules/lighting/cabinet_silent", json={"enabled": False}).status_code == 403
    assert operator.post("/api/v1/rules", json=NEW).status_code == 403
