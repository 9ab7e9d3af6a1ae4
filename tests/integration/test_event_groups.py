"""Events made by hand, merged and parted; duplicates and the past; the end of a hold; and the feed, which says all of it."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority
from hypervisor.domain.operator import Role
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import event_groups as groups
from hypervisor.operations import events
from hypervisor.operations.event_groups import Report
from hypervisor.queries import events as queries
from hypervisor.security.context import current_principal
from hypervisor.store import event_clock, event_search
from hypervisor.store.engine import Engine
from tests.integration import desk
from tests.integration.desk import NOW, principal
from tests.integration.held import replayed, seen

PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")
DURAND = principal(Role.OPERATOR, "durand", display_name="M. Durand")
CHIEF = principal(Role.CHIEF, "chef", display_name="M. Chef")
FAR = 0.02  # degrees: over a kilometre
numbers = count(1)


@pytest.fixture
def place(h: Hypervisor) -> tuple[float, float]:
    """A place of its own for each test: what is near another's is not near it."""
    return 4.0 + next(numbers) * FAR, 47.0


@pytest.fixture
def reader():
    token = current_principal.set(PETIT)
    yield PETIT
    current_principal.reset(token)


def do(h: Hypervisor, operation, *values, **named):
    with h.database.unit_of_work(1) as uow:
        return operation(uow, *values, **named)


def raise_alarm(urls: DatabaseUrls, place: tuple[float, float], priority: int = 2) -> int:
    asset_id = next(numbers) + 1000
    desk.add_asset(urls, asset_id, lon=place[0], lat=place[1])
    return desk.add_alarm(urls, asset_id, priority=priority)


def taken(h: Hypervisor, urls: DatabaseUrls, place: tuple[float, float], who=PETIT, priority: int = 2) -> dict[str, Any]:
    return do(h, events.create_from_alarm, raise_alarm(urls, place, priority), who, NOW)


def report(place: tuple[float, float], type_: str = "reported_leak", **more: Any) -> Report:
    return Report(type=type_, lon=place[0], lat=place[1], **more)


# By hand -------------------------------------------------------------------------------------------------------------


def test_an_event_made_by_hand_is_its_maker_s_with_the_type_s_priority_and_deadline(h: Hypervisor, place) -> None:
    made = do(h, groups.create, report(place, address="12 rue Devosge", description="Eau sur la chaussée", caller="M. Martin, 03 80 00 00 00"), PETIT, NOW)
    assert (made["status"], made["owner"], made["priority"], made["type"]) == ("in_progress", "petit", "major", "reported_leak")
    assert made["title"] == "Fuite d’eau signalée — 12 rue Devosge"
    assert datetime.fromisoformat(made["decide_before"]) == NOW + timedelta(minutes=15)
    assert "Martin" not in str(made), "who called is personal: screens are not told"


def test_who_called_is_read_by_those_who_act_alone(h: Hypervisor, place) -> None:
    made = do(h, groups.create, report(place, caller="M. Martin"), PETIT, NOW)
    for role, expected in ((Role.OPERATOR, "M. Martin"), (Role.DUTY_OFFICER, None)):
        token = current_principal.set(principal(role))
        assert do(h, queries.one, made["id"]).get("caller") == expected
        current_principal.reset(token)


def test_a_second_report_near_the_first_is_asked_whether_it_is_another(h: Hypervisor, place) -> None:
    first = do(h, groups.create, report(place), PETIT, NOW)
    with pytest.raises(Conflict) as refused:
        do(h, groups.create, report((place[0] + 0.001, place[1])), DURAND, NOW + timedelta(minutes=5))
    (found,) = refused.value.facts["duplicates"]
    assert (found["id"], found["same_type"]) == (first["id"], True)
    assert 70 < found["distance_m"] < 80
    assert do(h, groups.create, report((place[0] + 0.001, place[1])), DURAND, NOW, is_new=True)["id"] != first["id"]


@pytest.mark.parametrize(
    ("moved", "later", "type_"), [(FAR / 2, timedelta(0), "reported_leak"), (0, timedelta(hours=3), "reported_leak"), (0, timedelta(0), "reported_lamp")]
)
def test_what_is_far_in_space_time_or_trade_is_no_duplicate(h: Hypervisor, place, moved: float, later: timedelta, type_: str) -> None:
    do(h, groups.create, report(place), PETIT, NOW)
    assert do(h, groups.create, report((place[0] + moved, place[1]), type_), DURAND, NOW + later)["owner"] == "durand"


def test_a_priority_chosen_by_the_operator_is_kept(h: Hypervisor, place) -> None:
    assert do(h, groups.create, report(place, priority=Priority.CRITICAL), PETIT, NOW)["priority"] == "critical"


@pytest.mark.parametrize("wrong", [{"type_": "inconnu"}, {"address": "x" * 201}])
def test_a_report_that_cannot_be_is_refused(h: Hypervisor, place, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        do(h, groups.create, report(place, **wrong), PETIT, NOW)


def test_a_lighting_operator_does_not_open_a_leak(h: Hypervisor, place) -> None:
    with pytest.raises(Forbidden):
        do(h, groups.create, report(place), principal(Role.OPERATOR, layers=frozenset({"lighting"})), NOW)


# Merging and parting ---------------------------------------------------------------------------------------------------


def test_a_merged_event_gives_its_alarms_and_its_priority_to_the_one_that_remains(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    minor, critical = taken(h, database_urls, place, priority=3), taken(h, database_urls, place, priority=1)
    left = do(h, groups.merge, critical["id"], minor["id"], PETIT, NOW, "même armoire")
    assert left["id"] == minor["id"]
    assert (sorted(left["alarms"]), left["priority"]) == (sorted(minor["alarms"] + critical["alarms"]), "critical")
    (gone,) = desk.rows(database_urls, "SELECT status, merged_into FROM event WHERE id = :id", id=critical["id"])
    assert tuple(gone) == ("merged", minor["id"])


def test_an_event_of_another_owner_is_not_merged_without_the_right_to_assign(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    mine, theirs = taken(h, database_urls, place), taken(h, database_urls, place, DURAND)
    with pytest.raises(Forbidden, match=r"M\. Durand"):
        do(h, groups.merge, theirs["id"], mine["id"], PETIT, NOW)
    assert do(h, groups.merge, theirs["id"], mine["id"], CHIEF, NOW)["id"] == mine["id"]


def test_an_event_is_merged_neither_with_itself_nor_into_one_that_has_ended(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    one, ended = taken(h, database_urls, place), taken(h, database_urls, place)
    with pytest.raises(InvalidRequest):
        do(h, groups.merge, one["id"], one["id"], PETIT, NOW)
    do(h, events.false_positive, ended["id"], PETIT, NOW, "essai")
    with pytest.raises(Conflict, match="Mme Petit"):
        do(h, groups.merge, one["id"], ended["id"], PETIT, NOW)


def test_alarms_part_into_a_new_event_that_nobody_owns(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    event = taken(h, database_urls, place)
    other = raise_alarm(database_urls, place, priority=1)
    do(h, groups.attach, event["id"], [other], PETIT, NOW)
    made = do(h, groups.split, event["id"], [other], PETIT, NOW, "autre cause")
    assert (made["status"], made["owner"], made["alarms"], made["priority"]) == ("new", None, [other], "critical")
    assert made["number"] != event["number"]


def test_an_event_is_not_emptied_by_parting(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    event = taken(h, database_urls, place)
    for ids in (event["alarms"], [], [999_999]):
        with pytest.raises(InvalidRequest):
            do(h, groups.split, event["id"], ids, PETIT, NOW)


def test_an_alarm_of_another_live_event_does_not_simply_join(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    one, two = taken(h, database_urls, place), taken(h, database_urls, place)
    with pytest.raises(Conflict, match="fusionnez"):
        do(h, groups.attach, one["id"], two["alarms"], PETIT, NOW)


def test_an_operator_of_another_domain_merges_nothing(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    one, two = taken(h, database_urls, place), taken(h, database_urls, place)
    with pytest.raises(NotFound):
        do(h, groups.merge, one["id"], two["id"], principal(Role.CHIEF, layers=frozenset({"water"})), NOW)


# Now and in the past -----------------------------------------------------------------------------------------------------


def test_duplicates_of_an_event_are_its_live_neighbours_nearest_first(h: Hypervisor, database_urls: DatabaseUrls, place, reader) -> None:
    event = taken(h, database_urls, place)
    far, near = (taken(h, database_urls, (place[0] + shift, place[1])) for shift in (0.002, 0.0005))
    assert [found["id"] for found in do(h, queries.duplicates, event["id"])] == [near["id"], far["id"]]
    do(h, events.false_positive, near["id"], PETIT, NOW, "essai")
    assert [found["id"] for found in do(h, queries.duplicates, event["id"])] == [far["id"]]


def test_the_past_tells_the_cause_and_what_was_done_the_same_asset_first(h: Hypervisor, database_urls: DatabaseUrls, place, reader) -> None:
    for shift, outcome in ((0.001, "Voisine réparée"), (0, "Disjoncteur remplacé")):
        old = taken(h, database_urls, (place[0] + shift, place[1]))
        do(h, events.resolve, old["id"], PETIT, NOW)
        do(h, events.close, old["id"], PETIT, NOW + timedelta(minutes=30 if shift else 20), outcome, cause="surtension")
        last = old
    # The last one's alarm still holds: it opens another event, on the same asset.
    again = do(h, events.create_from_alarm, last["alarms"][0], PETIT, NOW)
    found = do(h, queries.similar, again["id"])
    assert [(one["outcome"], one["cause"], one["same_asset"]) for one in found] == [
        ("Disjoncteur remplacé", "surtension", True),
        ("Voisine réparée", "surtension", False),
    ]
    assert found[0]["lasted_s"] == 20 * 60


# The clock ---------------------------------------------------------------------------------------------------------------


def test_an_event_on_hold_comes_back_by_the_clock_to_its_owner(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    event = taken(h, database_urls, place)
    do(h, events.hold, event["id"], PETIT, NOW, NOW + timedelta(hours=2), "pièce attendue")
    with Engine(database_urls.worker, "test").transaction() as cursor:
        assert event["id"] not in event_clock.end_holds(cursor, 1, NOW + timedelta(minutes=119))
        assert event["id"] in event_clock.end_holds(cursor, 1, NOW + timedelta(hours=2))
        assert event_clock.end_holds(cursor, 1, NOW + timedelta(hours=3)) == []
    (back,) = desk.rows(database_urls, "SELECT status, owner, hold_until FROM event WHERE id = :id", id=event["id"])
    assert tuple(back) == ("in_progress", "petit", None)
    (line,) = desk.rows(database_urls, "SELECT kind, action FROM logbook WHERE event_id = :id ORDER BY seq DESC LIMIT 1", id=event["id"])
    assert tuple(line) == ("system", "resume")


def _held(h: Hypervisor, event: dict[str, Any]) -> None:
    do(h, events.hold, event["id"], PETIT, NOW, NOW + timedelta(minutes=1))


def test_the_end_of_a_hold_is_told_by_the_feed_too(h: Hypervisor, database_urls: DatabaseUrls, place) -> None:
    event = taken(h, database_urls, place)
    _held(h, event)
    since, before = seen(h)
    with Engine(database_urls.worker, "test").transaction() as cursor:
        event_clock.end_holds(cursor, 1, NOW + timedelta(minutes=2))
    assert replayed(h, database_urls, since, before) == seen(h)[1] != before


def test_the_radius_of_a_duplicate_is_what_the_box_holds() -> None:
    assert event_search.NEAR_M / 60_000 * 111_320 > event_search.NEAR_M
