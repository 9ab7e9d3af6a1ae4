"""Masks, latch and proof from the field, as people and programs use them: what is refused, what shows, what is told."""

from datetime import timedelta
from itertools import count

import pytest
from fastapi import FastAPI

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import FACTS_OF, MASKS, Facts, Mask, Priority
from hypervisor.domain.operator import Role
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms
from hypervisor.security import tokens
from tests.integration import desk
from tests.integration.desk import NOW, principal

pytestmark = pytest.mark.platform(people=False)
PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")
DURAND = principal(Role.OPERATOR, "durand", display_name="M. Durand")
CHIEF = principal(Role.CHIEF, "chef")
HOUR = timedelta(hours=1)
numbers = count(1)


@pytest.fixture(scope="module")
def client(h: Hypervisor, server: FastAPI):
    with desk.as_owner_of(h) as uow:
        secret = tokens.add_token(uow, "superviseur", "operate", NOW)
    made = desk.stranger(server)
    made.headers["Authorization"] = f"Bearer {secret}"
    return made


def new(urls: DatabaseUrls, **changes: object) -> int:
    asset_id = next(numbers)
    desk.add_asset(urls, asset_id)
    return desk.add_alarm(urls, asset_id, **changes)


def do(h: Hypervisor, verb, alarm_id: int, by, *args: object, at=NOW, **kwargs: object):
    with h.database.unit_of_work(1) as uow:
        return verb(uow, alarm_id, by, at, *args, **kwargs)


def test_a_shelved_alarm_says_who_why_and_until_when(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    shape = do(h, alarms.shelve, new(database_urls), PETIT, "nuisance", NOW + HOUR, comment="revient toutes les minutes")
    assert (shape["state"], shape["masks"], shape["condition"], shape["acknowledged"]) == ("shelved", ["shelved"], "active", False)
    [mask] = shape["masking"]
    assert (mask["name"], mask["reason"], mask["until"], mask["once"]) == ("Mme Petit", "nuisance", "2026-02-11T18:05:02.000000Z", False)


def test_no_shelf_is_longer_than_the_priority_allows(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    for priority, longest in ((1, timedelta(minutes=30)), (2, timedelta(hours=2)), (3, timedelta(hours=8))):
        alarm_id = new(database_urls, priority=priority)
        with pytest.raises(InvalidRequest, match="échéance"):
            do(h, alarms.shelve, alarm_id, PETIT, "nuisance", NOW + longest + timedelta(seconds=1))
        assert do(h, alarms.shelve, alarm_id, PETIT, "nuisance", NOW + longest)["state"] == "shelved"


def test_a_shelf_without_a_reason_or_an_end_is_refused(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    alarm_id = new(database_urls)
    with pytest.raises(InvalidRequest, match="motif"):
        do(h, alarms.shelve, alarm_id, PETIT, "  ", NOW + HOUR)
    with pytest.raises(InvalidRequest, match="jusqu’à quand"):
        do(h, alarms.shelve, alarm_id, PETIT, "nuisance")


def test_the_second_to_shelve_is_told_who_was_first(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    alarm_id = new(database_urls)
    do(h, alarms.shelve, alarm_id, PETIT, "nuisance", NOW + HOUR)
    with pytest.raises(Conflict) as refusal:
        do(h, alarms.shelve, alarm_id, DURAND, "nuisance", NOW + HOUR)
    assert str(refusal.value) == "Déjà mise de côté par Mme Petit à 18:05:02"
    assert refusal.value.facts == {"by": "Mme Petit", "at": "2026-02-11T17:05:02+00:00"}


def test_unshelving_keeps_a_previous_acknowledgement(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    alarm_id = new(database_urls)
    do(h, alarms.acknowledge, alarm_id, PETIT)
    do(h, alarms.shelve, alarm_id, PETIT, "nuisance", once=True)
    shape = do(h, alarms.unshelve, alarm_id, DURAND)
    assert (shape["state"], shape["acknowledged_name"], shape["masks"], shape["masking"]) == ("acknowledged", "Mme Petit", [], [])


def test_a_highly_managed_alarm_is_not_shelved_and_only_a_chief_masks_it(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    alarm_id = new(database_urls)
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "UPDATE alarm SET highly_managed = true WHERE id = :id", id=alarm_id)
    for who in (PETIT, CHIEF):
        with pytest.raises(Forbidden):
            do(h, alarms.shelve, alarm_id, who, "nuisance", NOW + timedelta(minutes=5))
    with pytest.raises(Forbidden):
        do(h, alarms.out_of_service, alarm_id, PETIT, "works", NOW + HOUR)
    assert do(h, alarms.out_of_service, alarm_id, CHIEF, "works", NOW + HOUR)["state"] == "out_of_service"


def test_an_alarm_is_suppressed_under_its_cause_with_a_link(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    parent, child = new(database_urls), new(database_urls)
    shape = do(h, alarms.suppress, child, PETIT, "même coupure", parent_id=parent)
    assert (shape["state"], shape["parent_id"]) == ("suppressed_by_design", parent)
    with pytest.raises(InvalidRequest, match="propre cause"):
        do(h, alarms.suppress, parent, PETIT, "boucle", parent_id=child)
    with pytest.raises(NotFound):
        do(h, alarms.suppress, parent, PETIT, "inconnue", parent_id=10**9)
    freed = do(h, alarms.unsuppress, child, DURAND)
    assert (freed["state"], freed["parent_id"]) == ("unacknowledged", None)


def test_a_latched_alarm_waits_for_its_end_and_for_a_person(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    lasting, ended = new(database_urls), new(database_urls, active=False)
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "UPDATE alarm SET latched = true WHERE id IN (:a, :b)", a=lasting, b=ended)
    with pytest.raises(Conflict, match="dure encore"):
        do(h, alarms.reset, lasting, PETIT)
    assert do(h, alarms.acknowledge, ended, PETIT)["state"] == "latched"
    over = do(h, alarms.reset, ended, PETIT)
    assert (over["state"], over["is_open"]) == ("normal", False)
    with pytest.raises(Conflict, match="verrouillée"):
        do(h, alarms.reset, new(database_urls), PETIT)


def test_confirming_is_neither_acknowledging_nor_taking(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    alarm_id = new(database_urls)
    agent = principal(Role.AGENT, "agent")
    with pytest.raises(InvalidRequest, match="constaté"):
        do(h, alarms.confirm, alarm_id, agent, " ")
    shape = do(h, alarms.confirm, alarm_id, agent, "porte arrachée", origin="terrain")
    assert (shape["acknowledged"], shape["event_id"], shape["confirmed_by"], shape["confirmation"]) == (False, None, "agent", "porte arrachée")
    with pytest.raises(Conflict) as refusal:
        do(h, alarms.confirm, alarm_id, PETIT, "moi aussi")
    assert refusal.value.facts["by"] == "Mme Agent"


def test_an_agent_may_confirm_but_not_mask(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    with pytest.raises(Forbidden):
        do(h, alarms.shelve, new(database_urls), principal(Role.AGENT, "agent"), "nuisance", NOW + HOUR)


def test_the_database_computes_the_states_of_the_law(database_urls: DatabaseUrls) -> None:
    for active, acknowledged, latched in {*FACTS_OF.values(), (True, False, True), (True, True, True)}:
        for worn in ((), *((kind,) for kind in MASKS), tuple(MASKS)):
            masks = frozenset(Mask(kind=kind, source="person", at=NOW) for kind in worn)
            facts = Facts(active=active, acknowledged=acknowledged, priority=Priority.MAJOR, latched=latched, masks=masks)
            [(state,)] = desk.rows(database_urls, "SELECT alarm_state(:a, :b, :c, :d)", a=active, b=acknowledged, c=latched, d=list(worn))
            assert state == facts.state


def test_every_verb_of_the_api_is_idempotent_and_answers_the_shape(client, database_urls: DatabaseUrls) -> None:
    alarm_id = new(database_urls)
    for verb, body, state in (
        ("shelve", {"reason": "nuisance", "duration_s": 600}, "shelved"),
        ("unshelve", {}, "unacknowledged"),
        ("suppress", {"reason": "essai"}, "suppressed_by_design"),
        ("unsuppress", {}, "unacknowledged"),
        ("out-of-service", {"reason": "works", "until": (NOW + HOUR).isoformat()}, "out_of_service"),
        ("in-service", {}, "unacknowledged"),
        ("confirm", {"comment": "vu sur place"}, "unacknowledged"),
        ("acknowledge", {}, "acknowledged"),
    ):
        key = {"Idempotency-Key": f"{alarm_id}-{verb}"}
        first = client.post(f"/api/v1/alarms/{alarm_id}/{verb}", json=body, headers=key)
        assert (first.status_code, first.json()["state"]) == (200, state), first.text
        assert client.post(f"/api/v1/alarms/{alarm_id}/{verb}", json=body, headers=key).json() == first.json()
    assert client.post(f"/api/v1/alarms/{alarm_id}/reset").status_code == 409
    actions = [one["action"] for one in client.get(f"/api/v1/alarms/{alarm_id}").json()["transitions"]]
    assert actions == ["shelve", "unshelve", "suppress", "unsuppress", "out-of-service", "in-service", "confirm", "acknowledge"]


def test_masked_alarms_are_listed_by_mask(client, database_urls: DatabaseUrls) -> None:
    alarm_id = new(database_urls)
    client.post(f"/api/v1/alarms/{alarm_id}/shelve", json={"reason": "test", "once": True})
    listed = client.get("/api/v1/alarms", params={"mask": "shelved", "limit": 500}).json()["items"]
    assert alarm_id in [one["id"] for one in listed]
    assert all("shelved" in one["masks"] for one in listed)
