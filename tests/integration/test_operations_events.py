"""What people do to events: owners, their verbs, and what closing asks."""

import threading
from datetime import timedelta
from itertools import count

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import events
from hypervisor.queries import people
from hypervisor.security import context
from tests.integration import desk
from tests.integration.desk import NOW, principal

PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")
DURAND = principal(Role.OPERATOR, "durand", display_name="M. Durand")
CHIEF = principal(Role.CHIEF, "chef", display_name="M. Chef")
numbers = count(1)


@pytest.fixture
def alarm_id(database_urls: DatabaseUrls) -> int:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, lon=5.04, lat=47.32)
    return desk.add_alarm(database_urls, asset_id)


@pytest.fixture
def event_id(h: Hypervisor, alarm_id: int) -> int:
    """An event that Mme Petit owns."""
    return do(h, events.create_from_alarm, alarm_id, PETIT, NOW)["id"]


def do(h: Hypervisor, operation, *values, **named):
    with h.database.unit_of_work(1) as uow:
        return operation(uow, *values, **named)


def test_taking_an_alarm_opens_its_event_at_its_place(h: Hypervisor, database_urls: DatabaseUrls, alarm_id: int) -> None:
    event = do(h, events.create_from_alarm, alarm_id, PETIT, NOW)
    assert event["number"].startswith("EV-2026-")
    assert (event["status"], event["owner"], event["owner_name"]) == ("in_progress", "petit", "Mme Petit")
    assert event["alarms"] == [alarm_id]
    assert event["location"] == {"lon": 5.04, "lat": 47.32}
    facts = desk.rows(database_urls, "SELECT kind, body->>'id' AS id FROM outbox WHERE kind IN ('alarm', 'event') ORDER BY id DESC LIMIT 2")
    assert {(fact.kind, int(fact.id)) for fact in facts} == {("alarm", alarm_id), ("event", event["id"])}


def test_taking_it_again_gives_the_same_event(h: Hypervisor, alarm_id: int) -> None:
    first = do(h, events.create_from_alarm, alarm_id, PETIT, NOW)
    assert do(h, events.create_from_alarm, alarm_id, PETIT, NOW) == first


def test_numbers_follow_one_another_even_when_taken_together(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    alarms = []
    for _ in range(6):
        asset_id = next(numbers)
        desk.add_asset(database_urls, asset_id)
        alarms.append(desk.add_alarm(database_urls, asset_id))
    threads = [threading.Thread(target=do, args=(h, events.create_from_alarm, alarm, PETIT, NOW)) for alarm in alarms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [int(row.number.removeprefix("EV-2026-")) for row in desk.rows(database_urls, "SELECT number FROM event ORDER BY number")]
    assert found == list(range(1, len(found) + 1))


def test_another_may_take_over_with_a_reason_only(h: Hypervisor, event_id: int) -> None:
    with pytest.raises(Conflict) as refusal:
        do(h, events.take, event_id, DURAND, NOW + timedelta(minutes=1))
    assert str(refusal.value) == "Pris en charge par Mme Petit à 18:05:02"
    assert refusal.value.facts["by"] == "Mme Petit"
    assert do(h, events.take, event_id, DURAND, NOW, "relève de quart")["owner"] == "durand"


def test_the_life_of_an_event_is_told_by_its_log(h: Hypervisor, database_urls: DatabaseUrls, event_id: int) -> None:
    do(h, events.hold, event_id, PETIT, NOW, NOW + timedelta(hours=2), "pièce attendue")
    do(h, events.take, event_id, PETIT, NOW)
    do(h, events.resolve, event_id, PETIT, NOW)
    closed = do(h, events.close, event_id, PETIT, NOW, "Disjoncteur remplacé.", cause="surtension")
    assert (closed["status"], closed["cause"], closed["outcome"]) == ("closed", "surtension", "Disjoncteur remplacé.")
    reopened = do(h, events.reopen, event_id, DURAND, NOW, "retombée")
    assert (reopened["status"], reopened["owner"], reopened["outcome"], reopened["closed_at"]) == ("in_progress", "durand", None, None)
    log = desk.rows(database_urls, "SELECT action, from_status, to_status FROM event_log WHERE event_id = :id ORDER BY id", id=event_id)
    assert [tuple(row) for row in log] == [
        ("take", "new", "in_progress"),
        ("hold", "in_progress", "on_hold"),
        ("take", "on_hold", "in_progress"),
        ("resolve", "in_progress", "resolved"),
        ("close", "resolved", "closed"),
        ("reopen", "closed", "in_progress"),
    ]
    assert reopened["version"] == len(log) + 1, "one version for the row itself, one for each verb"


def test_closing_without_an_account_is_refused(h: Hypervisor, event_id: int) -> None:
    do(h, events.resolve, event_id, PETIT, NOW)
    with pytest.raises(InvalidRequest, match="compte rendu"):
        do(h, events.close, event_id, PETIT, NOW, "  ")


def test_an_event_is_not_closed_before_it_is_resolved(h: Hypervisor, event_id: int) -> None:
    with pytest.raises(Conflict, match="pris en charge"):
        do(h, events.close, event_id, PETIT, NOW, "fini")


def test_only_its_owner_or_a_chief_finishes_an_event(h: Hypervisor, event_id: int) -> None:
    with pytest.raises(Forbidden, match="Mme Petit"):
        do(h, events.resolve, event_id, DURAND, NOW)
    assert do(h, events.resolve, event_id, CHIEF, NOW)["status"] == "resolved"


def test_a_chief_assigns_to_someone_of_the_desk_and_not_to_the_field(h: Hypervisor, event_id: int) -> None:
    assert do(h, events.assign, event_id, CHIEF, NOW, "operateur", "proche du lieu")["owner"] == "operateur"
    for nobody in ("agent", "elu", "inconnu"):
        with pytest.raises(InvalidRequest, match=nobody):
            do(h, events.assign, event_id, CHIEF, NOW, nobody, "essai")
    token = context.current_principal.set(CHIEF)
    try:
        offered = {account["username"] for account in do(h, people.assignable)}
    finally:
        context.current_principal.reset(token)
    assert {"operateur", "chef"} <= offered and not offered & {"agent", "elu"}, "what is offered is what is accepted"


def test_an_owner_hands_the_event_over_with_a_reason(h: Hypervisor, event_id: int) -> None:
    with pytest.raises(InvalidRequest, match="motif"):
        do(h, events.assign, event_id, PETIT, NOW + timedelta(minutes=1), "chef")
    given = do(h, events.assign, event_id, PETIT, NOW + timedelta(minutes=1), "chef", "fin de vacation")
    assert (given["owner"], given["status"]) == ("chef", "in_progress")


def test_who_does_not_own_an_event_does_not_give_it_away(h: Hypervisor, event_id: int) -> None:
    with pytest.raises(Forbidden):
        do(h, events.assign, event_id, DURAND, NOW, "operateur", "sans droit")


def test_an_event_that_nobody_owns_is_assigned_without_a_reason(h: Hypervisor, event_id: int) -> None:
    do(h, events.release, event_id, PETIT, NOW)
    assert do(h, events.assign, event_id, CHIEF, NOW, "operateur")["owner"] == "operateur"


@pytest.mark.parametrize("verb", ["take", "resolve"])
def test_of_two_operators_at_once_one_wins_and_the_other_is_told_who_and_when(h: Hypervisor, event_id: int, verb: str) -> None:
    if verb == "take":
        do(h, events.release, event_id, PETIT, NOW)
    gate, told, won = threading.Barrier(2), [], []

    def act(who) -> None:
        gate.wait()
        try:
            won.append(do(h, events.take if verb == "take" else events.resolve, event_id, who, NOW + timedelta(minutes=1)))
        except Conflict as conflict:
            told.append(conflict)

    threads = [threading.Thread(target=act, args=(who,)) for who in ((PETIT, DURAND) if verb == "take" else (PETIT, CHIEF))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(told)) == (1, 1)
    assert told[0].facts["by"] in ("Mme Petit", "M. Durand", "M. Chef")
    assert told[0].facts["at"] == (NOW + timedelta(minutes=1)).isoformat()


def test_a_released_event_has_no_owner_and_anyone_may_take_it(h: Hypervisor, event_id: int) -> None:
    released = do(h, events.release, event_id, PETIT, NOW)
    assert (released["status"], released["owner"]) == ("new", None)
    assert do(h, events.take, event_id, DURAND, NOW)["owner"] == "durand"


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(hours=1), NOW + timedelta(days=21)])
def test_a_hold_ends_in_the_future_and_within_twenty_days(h: Hypervisor, event_id: int, until) -> None:
    with pytest.raises(InvalidRequest):
        do(h, events.hold, event_id, PETIT, NOW, until)


def test_a_false_alert_needs_its_reason(h: Hypervisor, event_id: int) -> None:
    with pytest.raises(InvalidRequest, match="motif"):
        do(h, events.false_positive, event_id, PETIT, NOW, "")
    assert do(h, events.false_positive, event_id, PETIT, NOW, "essai du prestataire")["status"] == "false_positive"


def test_an_alarm_that_comes_back_after_closing_opens_a_new_event(h: Hypervisor, alarm_id: int) -> None:
    first = do(h, events.create_from_alarm, alarm_id, PETIT, NOW)["id"]
    do(h, events.resolve, first, PETIT, NOW)
    do(h, events.close, first, PETIT, NOW, "réarmé")
    assert do(h, events.create_from_alarm, alarm_id, DURAND, NOW)["id"] != first


def test_a_version_read_too_long_ago_is_refused(h: Hypervisor, event_id: int) -> None:
    do(h, events.comment, event_id, PETIT, NOW, "un")
    do(h, events.release, event_id, PETIT, NOW)
    with pytest.raises(Conflict, match="changé"):
        do(h, events.take, event_id, DURAND, NOW, version=2)


def test_an_event_outside_the_perimeter_does_not_exist(h: Hypervisor, event_id: int) -> None:
    with pytest.raises(NotFound):
        do(h, events.take, event_id, principal(Role.OPERATOR, "eau", layers=frozenset({"water"})), NOW)
