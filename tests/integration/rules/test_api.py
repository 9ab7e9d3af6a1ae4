"""/api/v1/rules: read by operators, changed by those who answer for a trade."""

import pytest

from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk

NEW = {"reason": "essai", "layer": "lighting", "key": "many_dark", "kind": "cabinet", "title": "Rue éteinte", "priority": "major", "comparison": "count", "threshold": 5,
       "members": "luminaire_defect", "group": "parent", "duration_s": 60}  # fmt: skip


def change(manager, second, path: str, **fields) -> dict:
    """A change that another person has accepted."""
    proposed = manager.patch(f"/api/v1/rules/{path}", json=fields | {"reason": "essai"})
    assert proposed.status_code == 202, proposed.text
    accepted = second.post(f"/api/v1/rule-proposals/{proposed.json()['id']}/accept")
    assert accepted.status_code == 200, accepted.text
    return accepted.json()


def test_the_rules_of_the_layers_are_listed_until_someone_changes_one(manager, second):
    found = {(rule["layer"], rule["key"]): rule for rule in manager.get("/api/v1/rules").json()["items"]}
    low = found["lighting", "cabinet_undervoltage"]
    assert (low["threshold"], low["hysteresis"], low["duration_s"], low["priority"], low["version"], low["origin"]) == (207, 3, 300, "minor", 0, "layer")
    changed = change(manager, second, "lighting/cabinet_undervoltage", threshold=205, duration_s=90, version=0)
    assert {key: changed[key] for key in ("threshold", "hysteresis", "duration_s", "version", "origin", "changed_by")} == {
        "threshold": 205, "hysteresis": 3, "duration_s": 90, "version": 1, "origin": "tenant", "changed_by": "admin",
    }  # fmt: skip
    again = change(manager, second, "lighting/cabinet_undervoltage", enabled=False, version=1)
    assert (again["version"], again["enabled"], again["threshold"]) == (2, False, 205)
    one = manager.get("/api/v1/rules/lighting/cabinet_undervoltage").json()
    assert [(v["version"], v["enabled"], v["body"]["threshold"]) for v in one["versions"]] == [(2, False, 205), (1, True, 205)]


def test_nothing_of_a_rule_changes_before_a_second_person_accepts(manager, second):
    path = "/api/v1/rules/lighting/cabinet_silent"
    assert manager.patch(path, json={"enabled": False}).status_code == 422, "why is asked"
    proposed = manager.patch(path, json={"enabled": False, "reason": "Armoires neuves"})
    assert proposed.status_code == 202 and proposed.json()["changes"] == ["suspendue"], proposed.text
    held = manager.get(path).json()
    assert (held["enabled"], held["version"]) == (True, 0)
    number = proposed.json()["id"]
    assert manager.post(f"/api/v1/rule-proposals/{number}/accept").status_code == 403, "nor alone"
    assert second.post(f"/api/v1/rule-proposals/{number}/accept").json()["enabled"] is False


def test_a_change_of_what_someone_else_has_changed_is_refused_with_who(manager, second):
    assert change(manager, second, "lighting/cabinet_door_open", duration_s=60)["version"] == 1
    late = second.patch("/api/v1/rules/lighting/cabinet_door_open", json={"duration_s": 30, "version": 0, "reason": "essai"})
    assert late.status_code == 409 and late.json()["by"] == "admin"


def test_a_new_rule_is_checked_whole_reread_versioned_audited_and_told_to_the_worker(manager, second, database_urls: DatabaseUrls):
    wrong = manager.post("/api/v1/rules", json=NEW | {"members": "nobody", "group": "street", "threshold": 0.5})
    assert wrong.status_code == 400 and len(wrong.json()["faults"]) >= 3, wrong.text
    made = manager.post("/api/v1/rules", json=NEW)
    assert made.status_code == 202 and made.json()["is_new"], made.text
    assert manager.post("/api/v1/rules", json=NEW).status_code == 409, "proposed already"
    assert manager.get("/api/v1/rules/lighting/many_dark").status_code == 404, "not in force"
    (waiting,) = [one for one in manager.get("/api/v1/rule-proposals?status=pending").json()["items"] if one["key"] == "many_dark"]
    assert waiting["changes"][0] == "règle nouvelle" and "5 équipements en alarme par « Point lumineux en panne »" in waiting["changes"][1].replace("\xa0", " ")
    number = made.json()["id"]
    assert manager.post(f"/api/v1/rule-proposals/{number}/accept").status_code == 403
    assert second.post(f"/api/v1/rule-proposals/{number}/accept").json()["version"] == 1
    assert manager.post("/api/v1/rules", json=NEW).status_code == 409, "the key is taken"
    assert desk.rows(database_urls, "SELECT outcome FROM audit WHERE action = 'operator:rule:save' AND object = 'lighting/many_dark'") == [("done",)]
    assert len(desk.rows(database_urls, "SELECT 1 FROM outbox WHERE kind = 'rule' AND body->>'key' = 'many_dark'")) == 1
    counted = manager.patch("/api/v1/rules/lighting/luminaire_defect", json={"enabled": False, "reason": "essai"})
    assert counted.status_code == 409


def test_a_rule_is_checked_while_it_is_written_and_nothing_is_saved(manager, second, server):
    def faults(**fields) -> list[str]:
        answer = manager.post("/api/v1/rules/check", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["faults"]

    count = {name: value for name, value in NEW.items() if name not in ("reason", "key")}
    assert faults(**count) == []
    [kind] = faults(**count | {"group": "commune"})
    assert "porté" in kind and "luminaire" in kind, "counted by commune, the alarm is carried by what is counted"
    [unknown] = faults(**count | {"members": "nowhere"})
    assert "nowhere" in unknown
    assert faults(layer="lighting", key="luminaires_dark", hysteresis=5) == faults(**count | {"hysteresis": 5}) != []
    assert faults(layer="lighting", key="cabinet_undervoltage", threshold=205) == []
    assert manager.post("/api/v1/rules/check", json={"layer": "lighting", "key": "nowhere"}).status_code == 404
    assert desk.signed_in(server, "operateur").post("/api/v1/rules/check", json=count).status_code == 403
    assert all(rule["key"] != "nouvelle" for rule in manager.get("/api/v1/rules").json()["items"])


def test_a_proposed_rule_may_be_refused_or_withdrawn(manager, second):
    other = NEW | {"key": "many_more", "threshold": 9}
    number = manager.post("/api/v1/rules", json=other).json()["id"]
    assert second.post(f"/api/v1/rule-proposals/{number}/refuse", json={"remark": "trop"}).json()["status"] == "refused"
    number = manager.post("/api/v1/rules", json=other).json()["id"]
    assert manager.post(f"/api/v1/rule-proposals/{number}/withdraw").json()["status"] == "withdrawn"
    assert manager.get("/api/v1/rules/lighting/many_more").status_code == 404


@pytest.mark.parametrize("when", ["value >", "[1].all(x, x > 0)", "nothing > 1.0"])
def test_a_guard_that_cannot_be_is_refused_with_a_sentence(manager, when):
    answer = manager.post(
        "/api/v1/rules",
        json={
            "layer": "lighting",
            "key": "low",
            "kind": "cabinet",
            "property": "voltage",
            "title": "Basse",
            "priority": "minor",
            "when": when,
            "reason": "essai",
        },
    )
    assert answer.status_code == 400 and "la condition" in answer.json()["detail"]


def test_an_operator_reads_and_does_not_write(server):
    operator = desk.signed_in(server, "operateur")
    assert operator.get("/api/v1/rules?layer=water").status_code == 200
    assert operator.patch("/api/v1/rules/lighting/cabinet_silent", json={"enabled": False, "reason": "x"}).status_code == 403
    assert operator.post("/api/v1/rules", json=NEW).status_code == 403
