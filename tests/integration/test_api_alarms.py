"""/api/v1/alarms, events and logbook, as an integrator uses them."""

import threading
from itertools import count

import pytest
from fastapi import FastAPI

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import tokens
from tests.integration import desk

numbers = count(1)


@pytest.fixture
def alarm_id(database_urls: DatabaseUrls) -> int:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id)
    return desk.add_alarm(database_urls, asset_id)


def test_an_alarm_has_the_promised_fields(client, alarm_id: int) -> None:
    found = client.get(f"/api/v1/alarms/{alarm_id}").json()
    promised = [
        "id",
        "asset_id",
        "asset_name",
        "layer",
        "kind",
        "cause",
        "priority",
        "condition",
        "acknowledged",
        "state",
        "masks",
        "value",
        "unit",
        "threshold",
        "raised_at",
        "cleared_at",
        "acknowledged_by",
        "acknowledged_at",
        "count",
        "event_id",
        "rule",
        "lon",
        "lat",
    ]
    assert set(promised) <= set(found)
    assert (found["priority"], found["condition"], found["state"]) == ("major", "active", "unacknowledged")


def test_acknowledging_twice_answers_409_with_who_and_when(server: FastAPI, client, alarm_id: int) -> None:
    assert client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", json={"comment": "vu"}).json()["state"] == "acknowledged"
    answer = desk.signed_in(server, "chef").post(f"/api/v1/alarms/{alarm_id}/acknowledge")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert {**answer.json(), "detail": ""} == {
        "type": "urn:vigie:problem:conflict", "title": "conflict", "status": 409, "detail": "", "instance": f"/api/v1/alarms/{alarm_id}/acknowledge",
        "by": "Mme Petit", "at": "2026-02-11T17:05:02+00:00",
    }  # fmt: skip


def test_the_same_key_and_body_get_the_same_answer(client, database_urls: DatabaseUrls, alarm_id: int) -> None:
    ask = [client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", json={"comment": "une fois"}, headers={"Idempotency-Key": f"k{alarm_id}"}) for _ in range(3)]
    assert [answer.status_code for answer in ask] == [200, 200, 200]
    assert ask[0].json() == ask[1].json() == ask[2].json()
    assert len(desk.rows(database_urls, "SELECT FROM alarm_transition WHERE alarm_id = :id", id=alarm_id)) == 1


def test_the_same_key_with_another_body_is_refused(client, alarm_id: int) -> None:
    key = {"Idempotency-Key": f"autre{alarm_id}"}
    assert client.post(f"/api/v1/alarms/{alarm_id}/comment", json={"comment": "un"}, headers=key).status_code == 200
    assert client.post(f"/api/v1/alarms/{alarm_id}/comment", json={"comment": "deux"}, headers=key).status_code == 422


def test_simultaneous_requests_of_one_key_are_one_act(client, database_urls: DatabaseUrls, alarm_id: int) -> None:
    answers = []

    def ask() -> None:
        answers.append(client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", headers={"Idempotency-Key": f"ensemble{alarm_id}"}))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len(desk.rows(database_urls, "SELECT FROM alarm_transition WHERE alarm_id = :id", id=alarm_id)) == 1


def test_lists_go_on_by_cursor_without_gap_or_repeat(client, database_urls: DatabaseUrls) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id)
    made = {desk.add_alarm(database_urls, asset_id, f"cause {n}") for n in range(7)}
    found, after = [], None
    while True:
        page = client.get("/api/v1/alarms", params={"limit": 3, "asset_id": asset_id} | ({"cursor": after} if after else {})).json()
        found += [alarm["id"] for alarm in page["items"]]
        after = page["next"]
        if after is None:
            break
        assert len(page["items"]) == 3
    assert sorted(found) == sorted(made)
    assert client.get("/api/v1/alarms", params={"cursor": "n'importe quoi"}).status_code == 400


def test_filters_keep_what_they_say(client, database_urls: DatabaseUrls) -> None:
    near, far = next(numbers), next(numbers)
    desk.add_asset(database_urls, near, lon=6.0, lat=48.0)
    desk.add_asset(database_urls, far, layer="water", kind="valve", lon=7.0, lat=49.0)
    critical = desk.add_alarm(database_urls, near, "filtre", priority=1)
    minor = desk.add_alarm(database_urls, far, "filtre", priority=3, layer="water", acknowledged=True)
    closed = desk.add_alarm(database_urls, far, "fermée", layer="water", active=False, acknowledged=True)

    def ids(**filters: object) -> set[int]:
        return {alarm["id"] for alarm in client.get("/api/v1/alarms", params=filters | {"limit": 1000}).json()["items"]}

    assert ids(priority="critical") & {critical, minor} == {critical}
    assert ids(layer="water") & {critical, minor, closed} == {minor}
    assert ids(acknowledged="true") & {critical, minor} == {minor}
    assert ids(state="acknowledged") & {critical, minor} == {minor}
    assert ids(bbox="5.9,47.9,6.1,48.1") & {critical, minor} == {critical}
    assert ids(open="all", layer="water") & {critical, minor, closed} == {minor, closed}
    assert ids(since="2026-02-11T17:04:02Z") >= {critical}
    assert ids(since="2026-02-11T17:05:00Z") == set()


@pytest.mark.parametrize("query", ["since=2026-02-11T17:00:00", "since=hier", "bbox=1,2,3", "bbox=5,5,1,1", "priority=urgent", "limit=0", "state=perdue"])
def test_a_filter_that_means_nothing_is_a_problem_document(client, query: str) -> None:
    answer = client.get(f"/api/v1/alarms?{query}")
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(answer.json())


def test_an_alarm_becomes_an_event_that_is_closed_with_its_account(client, alarm_id: int) -> None:
    event = client.post(f"/api/v1/alarms/{alarm_id}/take").json()
    path = f"/api/v1/events/{event['id']}"
    assert client.post(f"{path}/resolve").json()["status"] == "resolved"
    assert client.post(f"{path}/close", json={}).status_code == 400
    assert client.post(f"{path}/close", json={"outcome": "Réarmée."}).json()["status"] == "closed"
    assert [line["action"] for line in client.get(f"{path}/log").json()["items"]] == ["take", "resolve", "close"]
    assert client.get(path).json()["alarms"] == [alarm_id]
    assert event["id"] not in [each["id"] for each in client.get("/api/v1/events").json()["items"]]
    assert event["id"] in [each["id"] for each in client.get("/api/v1/events", params={"status": "closed"}).json()["items"]]
    lines = client.get("/api/v1/logbook", params={"event_id": event["id"]}).json()["items"]
    assert [line["action"] for line in lines] == ["close", "resolve", "take"]


def test_who_may_own_an_event_is_offered_to_those_who_act_on_it_alone(server: FastAPI) -> None:
    with desk.signed_in(server, "chef") as chief:
        offered = [one["username"] for one in chief.get("/api/v1/events/owners").json()["items"]]
    assert "operateur" in offered and not {"elu", "agent"} & set(offered)
    with desk.signed_in(server, "elu") as official:
        assert official.get("/api/v1/events/owners").status_code == 403


def test_a_chief_gives_an_alarm_without_event_to_someone_in_one_act(h: Hypervisor, server: FastAPI, client, alarm_id: int) -> None:
    assert client.post(f"/api/v1/alarms/{alarm_id}/assign", json={"to": "operateur"}).status_code == 403
    assert client.get(f"/api/v1/alarms/{alarm_id}").json()["event_id"] is None
    with desk.signed_in(server, "chef") as chief:
        answer = chief.post(f"/api/v1/alarms/{alarm_id}/assign", json={"to": "operateur"})
    assert (answer.status_code, answer.json()["owner"]) == (200, "operateur")


def test_a_note_is_read_back_by_its_words(client) -> None:
    assert client.post("/api/v1/logbook", json={"text": "Appel du maire de Talant", "kind": "call_in"}).status_code == 201
    (line,) = client.get("/api/v1/logbook", params={"text": "maire de tal"}).json()["items"]
    assert (line["kind"], line["actor_name"]) == ("call_in", "Mme Petit")


@pytest.mark.parametrize(("scope", "reads", "acts"), [("read", 200, 403), ("operate", 200, 200), ("ingest", 403, 403)])
def test_a_token_does_what_its_scope_says_without_csrf(h: Hypervisor, server: FastAPI, alarm_id: int, scope: str, reads: int, acts: int) -> None:
    with h.database.unit_of_work(1) as uow:
        secret = tokens.add_token(uow, f"essai {scope}", scope, desk.NOW)
    program = desk.stranger(server)
    program.headers["Authorization"] = f"Bearer {secret}"
    assert program.get("/api/v1/alarms").status_code == reads
    assert program.post(f"/api/v1/alarms/{alarm_id}/acknowledge").status_code == acts
    program.headers["Authorization"] = "Bearer vigie_faux"
    assert program.get("/api/v1/alarms").status_code == 401


def test_a_token_of_one_layer_sees_that_layer_alone(h: Hypervisor, server: FastAPI, alarm_id: int) -> None:
    with h.database.unit_of_work(1) as uow:
        secret = tokens.add_token(uow, "eau", "read", desk.NOW, ["water"])
    program = desk.stranger(server)
    program.headers["Authorization"] = f"Bearer {secret}"
    assert program.get(f"/api/v1/alarms/{alarm_id}").status_code == 403
    assert {alarm["layer"] for alarm in program.get("/api/v1/alarms", params={"limit": 1000}).json()["items"]} <= {"water"}


def test_a_value_that_postgresql_cannot_read_is_the_caller_s_mistake_said_in_its_language(client) -> None:
    for path in ("/api/v1/assets?q=%00", "/api/v1/logbook?text=%00"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["detail"].partition(" :")[0].partition("\u00a0:")[0]) == (
            400,
            "Une valeur de la demande ne peut être ni cherchée ni enregistrée",
        ), path


def test_a_pool_without_a_free_connection_is_said_in_french_and_is_no_crash(h: Hypervisor, client, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = h.database._engine.pool
    monkeypatch.setattr(pool, "_timeout", 0.05)
    taken = [h.database._engine.connect() for _ in range(pool.size() + pool._max_overflow)]
    try:
        answer = client.get("/api/v1/alarms")
    finally:
        for connection in taken:
            connection.close()
    assert (answer.status_code, answer.json()["detail"].split()[0:4]) == (503, ["PostgreSQL", "ne", "répond", "pas"])
