"""What people do to alarms: who was first, what is kept, what is told."""

import threading
from datetime import timedelta
from itertools import count

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms
from tests.integration import desk
from tests.integration.desk import NOW, principal

pytestmark = pytest.mark.platform(people=False)
PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")
DURAND = principal(Role.OPERATOR, "durand", display_name="M. Durand")
numbers = count(1)


@pytest.fixture
def alarm_id(database_urls: DatabaseUrls) -> int:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id)
    return desk.add_alarm(database_urls, asset_id)


def test_an_acknowledged_alarm_says_who_and_when(h: Hypervisor, alarm_id: int) -> None:
    with h.database.unit_of_work(1) as uow:
        shape = alarms.acknowledge(uow, alarm_id, PETIT, NOW)
    assert shape["state"] == "acknowledged"
    assert (shape["acknowledged_by"], shape["acknowledged_name"], shape["acknowledged_at"]) == ("petit", "Mme Petit", "2026-02-11T17:05:02.000000Z")
    assert shape["version"] == 2


def test_the_second_operator_is_told_who_was_first_and_when(h: Hypervisor, alarm_id: int) -> None:
    with h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, PETIT, NOW)
    with pytest.raises(Conflict) as refusal, h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, DURAND, NOW + timedelta(seconds=1))
    assert str(refusal.value) == "Acquittée par Mme Petit à 18:05:02"
    assert refusal.value.facts == {"by": "Mme Petit", "at": NOW.isoformat()}


def test_of_two_simultaneous_acknowledgements_one_is_stored(h: Hypervisor, database_urls: DatabaseUrls, alarm_id: int) -> None:
    together, outcomes = threading.Barrier(2), []

    def act(who) -> None:
        together.wait()
        try:
            with h.database.unit_of_work(1) as uow:
                outcomes.append(alarms.acknowledge(uow, alarm_id, who, NOW)["acknowledged_name"])
        except Conflict as conflict:
            outcomes.append(conflict)

    threads = [threading.Thread(target=act, args=(who,)) for who in (PETIT, DURAND)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [o for o in outcomes if isinstance(o, Conflict)]
    assert len(refused) == 1
    stored = next(o for o in outcomes if isinstance(o, str))
    assert refused[0].facts["by"] == stored
    assert len(desk.rows(database_urls, "SELECT FROM logbook WHERE alarm_id = :id AND action = 'acknowledge'", id=alarm_id)) == 1


def test_one_transaction_leaves_a_transition_a_logbook_line_and_two_facts(h: Hypervisor, database_urls: DatabaseUrls, alarm_id: int) -> None:
    with h.database.unit_of_work(1) as uow:
        shape = alarms.acknowledge(uow, alarm_id, PETIT, NOW, "vu à la caméra")
    transition = desk.rows(database_urls, "SELECT actor, action, from_state, to_state, comment FROM alarm_transition WHERE alarm_id = :id", id=alarm_id)
    assert [tuple(row) for row in transition] == [("petit", "acknowledge", "unacknowledged", "acknowledged", "vu à la caméra")]
    line = desk.rows(database_urls, "SELECT seq, text, to_state FROM logbook WHERE alarm_id = :id", id=alarm_id)
    assert len(line) == 1
    assert line[0].text == f"Alarme acquittée : Armoire hors tension — {shape['asset_name']} — vu à la caméra"
    facts = desk.rows(
        database_urls, "SELECT kind, body FROM outbox WHERE (body->>'id')::bigint = :id OR (body->>'alarm_id')::bigint = :id ORDER BY id", id=alarm_id
    )
    assert [fact.kind for fact in facts] == ["alarm", "logbook"]
    assert facts[0].body == shape


def test_a_refused_operation_leaves_nothing(h: Hypervisor, database_urls: DatabaseUrls, alarm_id: int) -> None:
    with h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, PETIT, NOW)
    before = desk.rows(database_urls, "SELECT (SELECT count(*) FROM logbook), (SELECT count(*) FROM outbox), (SELECT count(*) FROM alarm_transition)")
    with pytest.raises(Conflict), h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, DURAND, NOW)
    assert desk.rows(database_urls, "SELECT (SELECT count(*) FROM logbook), (SELECT count(*) FROM outbox), (SELECT count(*) FROM alarm_transition)") == before


def test_a_returned_alarm_that_is_acknowledged_is_closed(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id)
    returned = desk.add_alarm(database_urls, asset_id, active=False)
    with h.database.unit_of_work(1) as uow:
        assert alarms.acknowledge(uow, returned, PETIT, NOW)["state"] == "normal"
    assert desk.rows(database_urls, "SELECT is_open FROM alarm WHERE id = :id", id=returned)[0].is_open is False


def test_an_acknowledgement_is_given_back_to_the_room(h: Hypervisor, alarm_id: int) -> None:
    with h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, PETIT, NOW)
        shape = alarms.unacknowledge(uow, alarm_id, DURAND, NOW)
    assert (shape["state"], shape["acknowledged_by"], shape["acknowledged_at"]) == ("unacknowledged", None, None)


def test_an_empty_comment_is_refused(h: Hypervisor, alarm_id: int) -> None:
    with pytest.raises(InvalidRequest, match="vide"), h.database.unit_of_work(1) as uow:
        alarms.comment(uow, alarm_id, PETIT, NOW, "  ")


def test_an_alarm_outside_the_perimeter_does_not_exist(h: Hypervisor, alarm_id: int) -> None:
    water_only = principal(Role.OPERATOR, "eau", layers=frozenset({"water"}))
    with pytest.raises(NotFound), h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, water_only, NOW)


def test_who_may_only_read_may_not_acknowledge(h: Hypervisor, alarm_id: int) -> None:
    with pytest.raises(Forbidden), h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, principal(Role.DISPLAY, "mur"), NOW)


def test_information_asks_for_no_acknowledgement(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id)
    information = desk.add_alarm(database_urls, asset_id, priority=4, acknowledged=True)
    with pytest.raises(Conflict, match="information"), h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, information, PETIT, NOW)
