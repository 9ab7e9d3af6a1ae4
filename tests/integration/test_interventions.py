"""Interventions: asked by the control post, reported by the field, whatever the network did meanwhile."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Conflict, InvalidRequest
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import events, interventions
from hypervisor.operations.field_reports import set_right
from hypervisor.operations.interventions import Order
from tests.integration import desk
from tests.integration.desk import NOW, principal

OPERATOR = principal(Role.OPERATOR, "operateur", display_name="M. Durand")
numbers = count(1)


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    desk.add_second_agent(database_urls)
    return h


@pytest.fixture(scope="module")
def post(server) -> TestClient:
    return desk.signed_in(server, "operateur")


@pytest.fixture(scope="module")
def phone(server) -> TestClient:
    return desk.signed_in(server, "agent")


@pytest.fixture(scope="module")
def other_phone(server) -> TestClient:
    return desk.signed_in(server, "agent2")


@pytest.fixture
def alarm_id(database_urls: DatabaseUrls) -> int:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, lon=5.04, lat=47.32)
    return desk.add_alarm(database_urls, asset_id)


@pytest.fixture
def asked(post: TestClient, alarm_id: int) -> dict:
    """An intervention asked of the agent."""
    answer = post.post("/api/v1/interventions", json={"alarm_id": alarm_id, "agent": "agent", "instructions": "Réarmer"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def do(h: Hypervisor, operation, *values, **named):
    with h.database.unit_of_work(1) as uow:
        return operation(uow, *values, **named)


def tell(client: TestClient, intervention: dict, verb: str, done_at: datetime | None = None, key: str = "", sent_at: datetime | None = None, **body) -> dict:
    headers = {name: value for name, value in {"Idempotency-Key": key, "X-Sent-At": sent_at.isoformat() if sent_at else ""}.items() if value}
    if done_at:
        body["done_at"] = done_at.isoformat()
    answer = client.post(f"/api/v1/interventions/{intervention['id']}/{verb}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_sending_somebody_to_an_alarm_opens_its_event_and_links_everything(asked: dict, post: TestClient, alarm_id: int, database_urls: DatabaseUrls) -> None:
    event = post.get(f"/api/v1/events/{asked['event_id']}").json()
    assert (event["owner"], event["alarms"]) == ("operateur", [alarm_id])
    assert asked["number"].startswith("IN-2026-")
    assert (asked["status"], asked["agent"], asked["alarm_id"], asked["lon"], asked["priority"]) == ("requested", "agent", alarm_id, 5.04, "major")
    kinds = [row.kind for row in desk.rows(database_urls, "SELECT kind FROM outbox ORDER BY id DESC LIMIT 2")]
    assert "intervention" in kinds
    line = desk.rows(database_urls, "SELECT text, event_id FROM logbook WHERE action = 'intervention-request' ORDER BY seq DESC LIMIT 1")[0]
    assert line.event_id == asked["event_id"]
    assert asked["number"] in line.text


def test_its_whole_life_keeps_each_time(asked: dict, phone: TestClient) -> None:
    for minutes, verb in ((20, "accept"), (15, "en-route"), (5, "on-site")):
        said = tell(phone, asked, verb, NOW - timedelta(minutes=minutes))
        assert said["applied"] is True
    ended = tell(
        phone,
        asked,
        "done",
        NOW - timedelta(minutes=1),
        comment="Disjoncteur remplacé",
        cause="Surtension",
        parts=[{"name": "Disjoncteur 32 A", "quantity": 1}],
    )
    assert ended["status"] == "done"
    assert [ended[name][11:16] for name in ("accepted_at", "departed_at", "arrived_at", "ended_at")] == ["16:45", "16:50", "17:00", "17:04"]
    assert (ended["outcome"], ended["cause"], ended["parts"]) == ("Disjoncteur remplacé", "Surtension", [{"name": "Disjoncteur 32 A", "quantity": 1}])


def test_both_times_of_an_act_are_kept(asked: dict, phone: TestClient) -> None:
    tell(phone, asked, "accept", NOW - timedelta(hours=2))
    line = phone.get(f"/api/v1/interventions/{asked['id']}").json()["log"][-1]
    assert (line["action"], line["source_at"][:19], line["received_at"][:19]) == ("accept", "2026-02-11T15:05:02", "2026-02-11T17:05:02")


def test_a_phone_whose_clock_is_ten_minutes_ahead_is_set_right() -> None:
    ahead = timedelta(minutes=10)
    assert set_right(NOW + ahead - timedelta(minutes=3), NOW + ahead, NOW) == NOW - timedelta(minutes=3)
    assert set_right(NOW - timedelta(minutes=3), NOW + timedelta(seconds=20), NOW) == NOW - timedelta(minutes=3)
    assert set_right(NOW + timedelta(days=1), None, NOW) == NOW
    with pytest.raises(InvalidRequest):
        set_right(NOW - timedelta(days=40), NOW, NOW)


def test_the_same_act_sent_twice_even_days_later_is_one(asked: dict, phone: TestClient, h: Hypervisor) -> None:
    tell(phone, asked, "accept", key="k-1")
    with desk.as_owner_of(h) as uow:
        desk.run(uow, "DELETE FROM idempotency")  # As a day does.
    again = tell(phone, asked, "accept", key="k-1")
    assert again["applied"] is True
    log = phone.get(f"/api/v1/interventions/{asked['id']}").json()["log"]
    assert [line["action"] for line in log] == ["request", "accept"]


def test_what_an_agent_did_off_line_is_kept_when_the_post_gave_it_to_another(asked: dict, phone: TestClient, other_phone: TestClient, post: TestClient) -> None:
    assert post.post(f"/api/v1/interventions/{asked['id']}/reassign", json={"agent": "agent2", "comment": "agent injoignable"}).status_code == 200
    late = tell(phone, asked, "accept", NOW - timedelta(minutes=30))
    assert (late["applied"], late["status"], late["agent"]) == (False, "requested", "agent2")
    assert "Agent 22" in late["why"]
    tell(phone, asked, "note", NOW - timedelta(minutes=20), comment="Armoire ouverte")
    tell(other_phone, asked, "accept")
    seen = post.get(f"/api/v1/interventions/{asked['id']}").json()
    assert (seen["status"], seen["late"]) == ("accepted", 2)
    assert [(line["action"], line["applied"]) for line in seen["log"]] == [
        ("request", True),
        ("reassign", True),
        ("accept", False),
        ("note", False),
        ("accept", True),
    ]


def test_what_comes_after_a_cancellation_is_kept_without_effect(asked: dict, phone: TestClient, post: TestClient) -> None:
    post.post(f"/api/v1/interventions/{asked['id']}/cancel", json={"comment": "rétablie d’elle-même"}).raise_for_status()
    late = tell(phone, asked, "accept", NOW - timedelta(minutes=2))
    assert (late["applied"], late["status"]) == (False, "cancelled")


def test_a_stranger_to_an_intervention_neither_reads_nor_acts(asked: dict, other_phone: TestClient, phone: TestClient) -> None:
    assert other_phone.get(f"/api/v1/interventions/{asked['id']}").status_code == 404
    assert other_phone.post(f"/api/v1/interventions/{asked['id']}/accept", json={}).status_code == 404
    assert asked["id"] not in [one["id"] for one in other_phone.get("/api/v1/interventions").json()["items"]]
    assert asked["id"] in [one["id"] for one in phone.get("/api/v1/interventions").json()["items"]]
    assert phone.post(f"/api/v1/interventions/{asked['id']}/cancel", json={"comment": "x"}).status_code == 403


def test_the_post_reports_for_a_contractor_who_telephones(post: TestClient, alarm_id: int) -> None:
    asked = post.post("/api/v1/interventions", json={"alarm_id": alarm_id, "contractor": "Éclairage du Midi"}).json()
    assert tell(post, asked, "accept")["contractor"] == "Éclairage du Midi"
    refused = post.post(f"/api/v1/interventions/{asked['id']}/done", json={"comment": "x"})
    assert refused.status_code == 409
    assert "acceptée" in refused.json()["detail"]


def test_refusing_needs_its_reason_and_waits_for_somebody_else(asked: dict, phone: TestClient, post: TestClient) -> None:
    assert phone.post(f"/api/v1/interventions/{asked['id']}/refuse", json={}).status_code == 400
    assert tell(phone, asked, "refuse", comment="en congé")["reason"] == "en congé"
    again = post.post(f"/api/v1/interventions/{asked['id']}/reassign", json={"agent": "agent2", "comment": "refus"}).json()
    assert (again["status"], again["agent"], again["reason"]) == ("requested", "agent2", None)


def test_a_call_for_help_stays_until_it_is_answered(asked: dict, phone: TestClient, post: TestClient) -> None:
    tell(phone, asked, "accept")
    assert tell(phone, asked, "help", comment="deuxième personne", position={"lon": 5.04, "lat": 47.32, "accuracy_m": 12})["help_at"]
    assert post.post(f"/api/v1/interventions/{asked['id']}/help-answered", json={"comment": "Équipe B envoyée"}).json()["help_at"] is None
    assert post.post(f"/api/v1/interventions/{asked['id']}/help-answered", json={}).status_code == 409


def test_nobody_is_sent_who_may_not_go(post: TestClient, alarm_id: int) -> None:
    for order in ({"agent": "elu"}, {"agent": "personne"}, {}):
        assert post.post("/api/v1/interventions", json={"alarm_id": alarm_id, **order}).status_code == 400
    assert post.post("/api/v1/interventions", json={"agent": "agent"}).status_code == 400


def test_an_event_that_is_over_sends_nobody(h: Hypervisor, alarm_id: int) -> None:
    event = do(h, events.create_from_alarm, alarm_id, OPERATOR, NOW)
    do(h, events.resolve, event["id"], OPERATOR, NOW)
    do(h, events.close, event["id"], OPERATOR, NOW, "réparé")
    with pytest.raises(Conflict):
        do(h, interventions.request, Order(event_id=event["id"], agent="agent"), OPERATOR, NOW)


def test_an_intervention_follows_its_event_into_the_one_that_it_is_merged_with(
    asked: dict, phone: TestClient, post: TestClient, h: Hypervisor, database_urls: DatabaseUrls
) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, lon=5.04, lat=47.32)
    kept = do(h, events.create_from_alarm, desk.add_alarm(database_urls, asset_id), OPERATOR, NOW)
    assert post.post(f"/api/v1/events/{asked['event_id']}/merge", json={"into": kept["id"]}).status_code == 200
    moved = post.get("/api/v1/interventions", params={"event_id": kept["id"]}).json()["items"]
    assert [one["id"] for one in moved] == [asked["id"]]
    assert moved[0]["version"] == asked["version"] + 1
    assert tell(phone, asked, "accept")["event_id"] == kept["id"]


def test_a_planned_visit_is_about_an_asset_alone(post: TestClient, database_urls: DatabaseUrls) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id)
    asked = post.post("/api/v1/interventions", json={"asset_id": asset_id, "agent": "agent", "title": "Compteur à relever"}).json()
    assert (asked["title"], asked["event_id"], asked["priority"]) == ("Compteur à relever", None, "minor")


def test_agents_are_offered_with_what_they_have_in_hand(asked: dict, post: TestClient) -> None:
    offered = {one["username"]: one["in_hand"] for one in post.get("/api/v1/interventions/agents").json()["items"]}
    assert offered["agent"] >= 1
    assert {"agent", "agent2"} <= set(offered)
    assert "operateur" not in offered
