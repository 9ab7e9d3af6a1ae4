"""Who is looking: told to the other desks, inside a perimeter, and over by itself."""

import json
from datetime import timedelta

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import FixedClock
from hypervisor.domain.operator import Role
from hypervisor.feed.clients import Signature
from hypervisor.hot import keys
from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk


@pytest.fixture(scope="module")
def alarm_id(h: Hypervisor, database_urls: DatabaseUrls) -> int:
    desk.add_asset(database_urls, 1)
    return desk.add_alarm(database_urls, 1)


def test_a_look_is_told_at_once_and_ends_by_itself(h: Hypervisor, alarm_id: int) -> None:
    one, other = (desk.signed_in(desk.app(h), name) for name in ("operateur", "chef"))
    assert one.post("/api/v1/presence", json={"alarm_id": alarm_id}).status_code == 200
    (seen,) = other.get("/api/v1/presence").json()["items"]
    assert (seen["by"], seen["alarm_id"]) == ("operateur", alarm_id)
    ((_position, fact),) = h.redis.xrevrange(keys.facts(1), count=1)
    assert (fact[b"k"], fact[b"l"], json.loads(fact[b"b"])) == (b"presence", b"lighting", seen)
    object.__setattr__(h, "clock", FixedClock(desk.NOW + timedelta(seconds=46)))
    assert other.get("/api/v1/presence").json()["items"] == []
    object.__setattr__(h, "clock", FixedClock(desk.NOW))


def test_nobody_says_to_look_at_what_is_not_there(h: Hypervisor) -> None:
    assert desk.signed_in(desk.app(h), "operateur").post("/api/v1/presence", json={"alarm_id": 999}).status_code == 404


def test_a_wall_is_not_told_who_looks_and_an_operator_only_inside_the_perimeter() -> None:
    wall = Signature.of(desk.principal(Role.DISPLAY), ())
    water = Signature.of(desk.principal(Role.OPERATOR, layers=frozenset({"water"})), ())
    assert not wall.may_see("presence", "lighting", 0)
    assert (water.may_see("presence", "lighting", 0), water.may_see("presence", "water", 0)) == (False, True)


def test_a_person_s_keys_are_kept_with_the_account(h: Hypervisor) -> None:
    client = desk.signed_in(desk.app(h), "operateur")
    assert client.patch("/api/v1/me", json={"keys": {"acknowledge": "q"}}).status_code == 200
    assert client.get("/api/v1/me").json()["keys"] == {"acknowledge": "q"}
    assert client.patch("/api/v1/me", json={"theme": "jour"}).status_code == 200
    assert client.get("/api/v1/me").json()["keys"] == {"acknowledge": "q"}
    assert client.patch("/api/v1/me", json={"keys": {"acknowledge": "x" * 21}}).status_code == 422


def test_an_event_is_opened_by_hand_and_a_second_one_is_told_of_the_first(h: Hypervisor) -> None:
    client = desk.signed_in(desk.app(h), "operateur")
    types = client.get("/api/v1/events/types").json()["items"]
    assert "reported_leak" in {each["key"] for each in types}
    body = {"type": "reported_leak", "lon": 5.9, "lat": 47.9, "address": "12 rue Devosge"}
    made = client.post("/api/v1/events", json=body)
    assert made.status_code == 201, made.text
    assert [each["id"] for each in client.get("/api/v1/events/duplicates", params={"type": "reported_leak", "lon": 5.9, "lat": 47.9}).json()["items"]] == [
        made.json()["id"]
    ]
    refused = client.post("/api/v1/events", json=body)
    assert (refused.status_code, refused.json()["duplicates"][0]["id"]) == (409, made.json()["id"])
    other = client.post("/api/v1/events", json=body | {"is_new": True}).json()
    left = client.post(f"/api/v1/events/{other['id']}/merge", json={"into": made.json()["id"]})
    assert left.json()["id"] == made.json()["id"]
    assert client.get(f"/api/v1/events/{other['id']}").json()["merged_into"] == made.json()["id"]
    assert client.get(f"/api/v1/events/{left.json()['id']}/similar").json()["items"] == []
