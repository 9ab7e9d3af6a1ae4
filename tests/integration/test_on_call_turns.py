"""Turns that repeat, public holidays in the calendar, and one's own turns, by the API."""

from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk
from tests.integration.desk import NOW

DAY = timedelta(days=1)


@pytest.fixture
def h(own_database_urls: DatabaseUrls, redis_url: str, tmp_path: Path):
    built = desk.build(own_database_urls, redis_url, tmp_path / "var")
    yield built
    built.close()


@pytest.fixture
def server(h: Hypervisor) -> FastAPI:
    return desk.app(h)


@pytest.fixture
def chief(server: FastAPI) -> TestClient:
    return desk.signed_in(server, "chef")


def person(chief: TestClient, name: str, phone: str, account: str = "") -> int:
    return chief.post("/api/v1/on-call/contacts", json={"name": name, "phone": phone, "account": account}).json()["id"]


def roster(chief: TestClient, label: str = "Éclairage", kind: str = "operation", layer: str | None = "lighting", ranks: int = 2) -> int:
    return chief.post("/api/v1/on-call/rosters", json={"kind": kind, "label": label, "layer": layer, "ranks": ranks}).json()["id"]


def turn(roster_id: int, contact_id: int, start=NOW, hours: float = 14, **more: object) -> dict:
    window = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=hours)).isoformat()}
    return {"roster_id": roster_id, "rank": 1, "contact_id": contact_id} | window | more


def test_a_repeated_turn_is_written_whole_and_is_one_line_of_the_logbook(chief: TestClient, own_database_urls: DatabaseUrls) -> None:
    number, who = roster(chief), person(chief, "M. Garnier", "0611111111")
    until = (NOW + 29 * DAY).isoformat()
    made = chief.post("/api/v1/on-call/turns", json=turn(number, who, repeat="weeks", every_weeks=1, until=until))
    assert (made.status_code, made.json()["turns"]) == (201, 5), made.text
    kept = desk.rows(own_database_urls, "SELECT starts_at FROM on_call ORDER BY starts_at")
    assert [row.starts_at for row in kept] == [NOW + 7 * DAY * week for week in range(5)]  # no change of clocks between February 11 and March 11
    [line] = desk.rows(own_database_urls, "SELECT text FROM logbook WHERE action = 'on-call-turn'")
    assert line.text.startswith("Astreinte : M. Garnier, Éclairage, rang 1, 5 tours du 11/02")


def test_a_repetition_that_meets_a_turn_is_refused_whole_and_says_where(chief: TestClient, own_database_urls: DatabaseUrls) -> None:
    number, who, other = roster(chief), person(chief, "M. Garnier", "0611111111"), person(chief, "Mme Caron", "0622222222")
    chief.post("/api/v1/on-call/turns", json=turn(number, other, NOW + 14 * DAY))
    refused = chief.post("/api/v1/on-call/turns", json=turn(number, who, repeat="weeks", until=(NOW + 29 * DAY).isoformat()))
    assert refused.status_code == 409 and "25/02" in refused.json()["detail"], refused.text
    assert desk.rows(own_database_urls, "SELECT count(*) AS n FROM on_call")[0].n == 1
    for wrong in (
        {"repeat": "weeks"},
        {"repeat": "weeks", "until": (NOW + 400 * DAY).isoformat()},
        {"repeat": "holidays", "until": (NOW + 3 * DAY).isoformat()},
    ):
        assert chief.post("/api/v1/on-call/turns", json=turn(number, who, **wrong)).status_code == 400, wrong


def test_the_calendar_names_the_public_holidays_and_a_turn_may_fall_on_each(chief: TestClient, own_database_urls: DatabaseUrls) -> None:
    """In spring 2026: Easter Monday April 6, May 1, May 8, Ascension May 14, Whit Monday May 25."""
    number, who = roster(chief), person(chief, "M. Garnier", "0611111111")
    made = chief.post("/api/v1/on-call/turns", json=turn(number, who, hours=10, repeat="holidays", until="2026-06-01T00:00:00Z")).json()
    assert made["turns"] == 5
    kept = desk.rows(own_database_urls, "SELECT starts_at AT TIME ZONE 'Europe/Paris' AS at FROM on_call ORDER BY starts_at")
    assert [f"{row.at:%m-%d %H:%M}" for row in kept] == [f"{day} 18:05" for day in ("04-06", "05-01", "05-08", "05-14", "05-25")]
    week = chief.get("/api/v1/on-call/calendar", params={"since": "2026-05-03T22:00:00Z", "until": "2026-05-10T22:00:00Z"}).json()
    assert week["holidays"] == [{"date": "2026-05-08", "name": "Fête de la Victoire"}]


def test_the_phone_has_one_s_own_turns_and_whom_to_call_while_they_last(h: Hypervisor, server: FastAPI, chief: TestClient) -> None:
    lights, deciders = roster(chief), roster(chief, "Direction", "decision", None, 1)
    mine, second, decides = (
        person(chief, "M. Garnier", "0611111111", "agent"),
        person(chief, "Mme Caron", "0622222222"),
        person(chief, "Mme Da Silva", "0633333333"),
    )
    agent = desk.signed_in(server, "agent")
    assert agent.get("/api/v1/field/day").json()["on_call"] == {"turns": [], "others": []}
    chief.post("/api/v1/on-call/turns", json=turn(lights, mine, NOW - timedelta(hours=1)))
    later = chief.post("/api/v1/on-call/turns", json=turn(lights, mine, NOW + 7 * DAY)).json()
    chief.post("/api/v1/on-call/turns", json=turn(lights, second, NOW - DAY, hours=72, rank=2))
    chief.post("/api/v1/on-call/turns", json=turn(deciders, decides, NOW - DAY, hours=72))
    replaced = {"contact_id": second, "starts_at": later["starts_at"], "ends_at": later["ends_at"], "reason": "congé"}
    assert chief.post(f"/api/v1/on-call/turns/{later['id']}/replace", json=replaced).status_code == 201
    read = agent.get("/api/v1/field/day").json()["on_call"]
    assert [(one["label"], one["rank"], [other["name"] for other in one["replaced_by"]]) for one in read["turns"]] == [
        ("Éclairage", 1, []),
        ("Éclairage", 1, ["Mme Caron"]),
    ]
    assert [(one["name"], one["phone"]) for one in read["others"]] == [("Mme Caron", "0622222222"), ("Mme Da Silva", "0633333333")]
    # Once the turn is over nobody's number stays on the phone.
    object.__setattr__(h.clock, "at", NOW + 2 * DAY)
    read = agent.get("/api/v1/field/day").json()["on_call"]
    assert (len(read["turns"]), read["others"]) == (1, [])
