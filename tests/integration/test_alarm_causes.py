"""What hides alarms by design: their cause in the asset graph, works on their assets; and what the clock does when they end."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority
from hypervisor.domain.masking import CAUSE_WINDOW
from hypervisor.domain.operator import Role
from hypervisor.domain.rule import Rule
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms, events, works
from hypervisor.operations.works import Plan
from hypervisor.store import alarm_clock, verdicts
from hypervisor.store.engine import Engine
from hypervisor.store.verdicts import Decision, Origin
from tests.integration import desk
from tests.integration.desk import NOW, principal

pytestmark = pytest.mark.platform(people=False)
PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")
TRIP = Rule(key="cabinet_tripped", kind="cabinet", property="", title="Armoire hors tension", priority=Priority.MAJOR, explains=("lamp_out",))
LAMP = Rule(key="lamp_out", kind="luminaire", property="", title="Point lumineux éteint", priority=Priority.MINOR)
MAST = Rule(key="mast", kind="luminaire", property="", title="Mât endommagé", priority=Priority.MAJOR)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
numbers = count(100)


@pytest.fixture(scope="module")
def engine(database_urls: DatabaseUrls) -> Iterator[Engine]:
    made = Engine(database_urls.worker, "test")
    yield made
    made.close()


class Street:
    """A cabinet and its lamps, whose alarms rules raise and end."""

    def __init__(self, urls: DatabaseUrls, engine: Engine, lamps: int) -> None:
        self.urls, self.engine = urls, engine
        self.cabinet, *self.lamps = [next(numbers) for _ in range(lamps + 1)]
        desk.add_asset(urls, self.cabinet, name=f"Armoire EP-{self.cabinet}")
        with desk.as_owner(urls) as uow:
            desk.run(
                uow,
                "INSERT INTO asset (tenant, id, urn, layer, kind, name, geom, lon, lat) SELECT 1, n, 'urn:lamp:' || n, 'lighting', 'luminaire', 'Point ' || n, "
                "ST_SetSRID(ST_MakePoint(5.0, 47.0), 4326), 5.0, 47.0 FROM unnest(cast(:ids AS int[])) n",
                ids=self.lamps,
            )
            desk.run(uow, "INSERT INTO asset_edge SELECT 1, :cabinet, n, 'feeds' FROM unnest(cast(:ids AS int[])) n", cabinet=self.cabinet, ids=self.lamps)

    def decide(self, now: datetime, *decisions: tuple[int, Rule, bool], origin: Origin = verdicts.RULES) -> None:
        with self.engine.transaction() as cursor:
            made = [
                Decision(
                    asset_id=asset,
                    layer="lighting",
                    kind=rule.kind,
                    commune_id=0,
                    rule=rule,
                    unit="",
                    threshold=None,
                    holds=holds,
                    value=1.0,
                    observed_at=now,
                    received_at=now,
                )
                for asset, rule, holds in decisions
            ]
            _written, lines = verdicts.apply(cursor, 1, made, now, origin)
            verdicts.append_lines(cursor, 1, lines)

    def tick(self, now: datetime) -> None:
        with self.engine.transaction() as cursor:
            alarm_clock.tick(cursor, 1, now)

    def shapes(self, rule: Rule = LAMP, *, is_open: bool = True) -> list[dict]:
        query = """SELECT v.shape FROM alarm_shape v JOIN alarm a USING (tenant, id) WHERE a.cause = :cause AND a.asset_id = ANY(:assets) AND (a.is_open OR NOT :is_open)
                   ORDER BY v.id"""
        return [row.shape for row in desk.rows(self.urls, query, cause=rule.key, assets=[self.cabinet, *self.lamps], is_open=is_open)]


@pytest.fixture
def street(database_urls: DatabaseUrls, engine: Engine) -> Street:
    return Street(database_urls, engine, 37)


def test_one_cabinet_alarm_says_thirty_seven_lamps(street: Street) -> None:
    street.decide(NOW, (street.cabinet, TRIP, True))
    street.decide(NOW + SECOND, *((lamp, LAMP, True) for lamp in street.lamps))
    [cabinet] = street.shapes(TRIP)
    assert (cabinet["state"], cabinet["children"], cabinet["dependents"]) == ("unacknowledged", 37, {"luminaire": 37})
    lamps = street.shapes()
    assert {(lamp["state"], lamp["parent_id"], lamp["announced_at"]) for lamp in lamps} == {("suppressed_by_design", cabinet["id"], None)}


def test_lamps_that_fell_just_before_their_cabinet_join_it(street: Street) -> None:
    street.decide(NOW, *((lamp, LAMP, True) for lamp in street.lamps[:3]))
    street.decide(NOW + CAUSE_WINDOW + SECOND, *((lamp, LAMP, True) for lamp in street.lamps[3:6]))
    street.decide(NOW + CAUSE_WINDOW + 2 * SECOND, (street.cabinet, TRIP, True))
    assert [lamp["state"] for lamp in street.shapes()] == ["unacknowledged"] * 3 + ["suppressed_by_design"] * 3
    assert street.shapes(TRIP)[0]["children"] == 3


def test_cabinet_and_lamps_of_one_batch_are_one_alarm_whatever_their_order(street: Street) -> None:
    street.decide(NOW, (street.lamps[0], LAMP, True), (street.cabinet, TRIP, True), (street.lamps[1], LAMP, True))
    assert [(lamp["state"], lamp["announced_at"]) for lamp in street.shapes()] == [("suppressed_by_design", None)] * 2, (
        "nobody was asked about them, even for an instant"
    )


def test_a_lamp_that_stays_dark_comes_back_alone_when_its_cabinet_returns(street: Street) -> None:
    dark, *lit = street.lamps
    street.decide(NOW, (street.cabinet, TRIP, True), *((lamp, LAMP, True) for lamp in street.lamps))
    back = NOW + HOUR
    street.decide(back, (street.cabinet, TRIP, False))
    street.decide(back + 20 * SECOND, *((lamp, LAMP, False) for lamp in lit))
    assert [lamp["asset_id"] for lamp in street.shapes()] == [dark], "a lamp that nobody was asked about closes by itself"
    street.tick(back + CAUSE_WINDOW - SECOND)
    assert street.shapes()[0]["state"] == "suppressed_by_design"
    street.tick(back + CAUSE_WINDOW)
    [alone] = street.shapes()
    assert (alone["asset_id"], alone["state"], alone["parent_id"]) == (dark, "unacknowledged", None)
    assert street.shapes(TRIP)[0]["children"] == 0


def test_what_the_cause_does_not_explain_is_not_hidden(street: Street) -> None:
    street.decide(NOW, (street.cabinet, TRIP, True), (street.lamps[0], MAST, True))
    assert street.shapes(MAST)[0]["state"] == "unacknowledged"


def test_long_after_its_cabinet_returned_a_lamp_speaks_for_itself(street: Street) -> None:
    street.decide(NOW, (street.cabinet, TRIP, True))
    street.decide(NOW + HOUR, (street.cabinet, TRIP, False))
    street.decide(NOW + HOUR + CAUSE_WINDOW + SECOND, (street.lamps[0], LAMP, True))
    assert street.shapes()[0]["state"] == "unacknowledged"


@pytest.mark.parametrize(("above", "below"), [("main", "valve"), ("district_meter", "main"), ("switch", "camera")])
def test_a_cause_reaches_through_the_graph_to_what_depends_on_it(database_urls: DatabaseUrls, engine: Engine, above: str, below: str) -> None:
    street = Street(database_urls, engine, 1)
    middle = next(numbers)
    desk.add_asset(database_urls, middle, kind=below)
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "INSERT INTO asset_edge VALUES (1, :above, :below, 'feeds')", above=street.lamps[0], below=middle)
    street.lamps.append(middle)
    cause = Rule(key=f"{above}_out", kind=above, property="", title="Cause", priority=Priority.MAJOR, explains=("*",))
    street.decide(NOW, (street.cabinet, cause, True))
    street.decide(NOW + SECOND, (middle, LAMP, True))
    assert street.shapes()[0]["parent_id"] == street.shapes(cause)[0]["id"]


def test_every_change_of_the_count_reaches_the_screens(street: Street, database_urls: DatabaseUrls) -> None:
    street.decide(NOW, (street.cabinet, TRIP, True))
    street.decide(NOW + SECOND, (street.lamps[0], LAMP, True))
    street.decide(NOW + 2 * SECOND, (street.lamps[0], LAMP, False))
    [cabinet] = street.shapes(TRIP)
    told = desk.rows(database_urls, "SELECT body FROM outbox WHERE kind = 'alarm' AND (body ->> 'id')::bigint = :id ORDER BY id", id=cabinet["id"])
    assert [row.body["children"] for row in told] == [0, 1, 0]
    assert told[-1].body == cabinet


def test_a_shelf_ends_by_the_clock_and_shows_the_truth(street: Street, h: Hypervisor) -> None:
    street.decide(NOW, (street.lamps[0], LAMP, True))
    [lamp] = street.shapes()
    with h.database.unit_of_work(1) as uow:
        alarms.shelve(uow, lamp["id"], PETIT, NOW, "nuisance", NOW + HOUR)
    street.decide(NOW + SECOND, (street.lamps[0], LAMP, False))
    street.tick(NOW + HOUR - SECOND)
    assert street.shapes()[0]["state"] == "shelved"
    street.tick(NOW + HOUR)
    assert street.shapes()[0]["state"] == "returned_unacknowledged"


def test_an_alarm_raised_while_it_is_shelved_stays_shelved(street: Street, h: Hypervisor) -> None:
    street.decide(NOW, (street.lamps[0], LAMP, True))
    lamp_id = street.shapes()[0]["id"]
    with h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, lamp_id, PETIT, NOW)
        alarms.shelve(uow, lamp_id, PETIT, NOW, "nuisance", NOW + HOUR)
    for holds in (False, True, False, True):
        street.decide(NOW + SECOND, (street.lamps[0], LAMP, holds))
    [lamp] = street.shapes(is_open=False)
    assert (lamp["id"], lamp["state"], lamp["count"]) == (lamp_id, "shelved", 3)
    street.tick(NOW + HOUR)
    assert street.shapes()[0]["state"] == "unacknowledged"


def test_an_old_acknowledgement_asks_again_unless_somebody_has_the_event_in_hand(street: Street, h: Hypervisor) -> None:
    lonely, followed = street.cabinet, next(numbers)
    desk.add_asset(street.urls, followed)
    street.lamps.append(followed)
    street.decide(NOW, (lonely, TRIP, True), (followed, TRIP, True))
    for shape in street.shapes(TRIP):
        with h.database.unit_of_work(1) as uow:
            alarms.acknowledge(uow, shape["id"], PETIT, NOW)
            if shape["asset_id"] == followed:
                events.create_from_alarm(uow, shape["id"], PETIT, NOW)
    street.tick(NOW + timedelta(hours=4) - SECOND)
    assert {shape["state"] for shape in street.shapes(TRIP)} == {"acknowledged"}
    street.tick(NOW + timedelta(hours=4))
    assert {shape["asset_id"]: shape["state"] for shape in street.shapes(TRIP)} == {lonely: "unacknowledged", followed: "acknowledged"}


def test_works_put_their_assets_out_of_service_for_their_window(street: Street, h: Hypervisor) -> None:
    before, during, ended, spared = street.lamps[:4]
    street.decide(NOW, (before, LAMP, True), (spared, LAMP, True))
    with h.database.unit_of_work(1) as uow:
        plan = Plan(kind="work_order", title="Changement de l’armoire", starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR, asset_ids=[before, during, ended])
        made = works.declare(uow, plan, PETIT, NOW)
    assert (made["state"], made["assets"]) == ("planned", 3)
    street.tick(NOW + HOUR - SECOND)
    assert {shape["state"] for shape in street.shapes()} == {"unacknowledged"}
    street.tick(NOW + HOUR)
    street.decide(NOW + HOUR + SECOND, (during, LAMP, True), (ended, LAMP, True))
    street.decide(NOW + HOUR + 2 * SECOND, (ended, LAMP, False))
    states = {shape["asset_id"]: shape["state"] for shape in street.shapes()}
    assert states == {before: "out_of_service", during: "out_of_service", ended: "out_of_service", spared: "unacknowledged"}
    street.tick(NOW + 2 * HOUR)
    states = {shape["asset_id"]: (shape["state"], shape["masks"]) for shape in street.shapes()}
    assert states == {before: ("unacknowledged", []), during: ("unacknowledged", []), spared: ("unacknowledged", [])}, "current values are judged at the end"
    assert desk.rows(street.urls, "SELECT state FROM works WHERE id = :id", id=made["id"])[0].state == "ended"


def test_works_over_an_area_reach_what_is_in_it(street: Street, h: Hypervisor) -> None:
    area = {"type": "Polygon", "coordinates": [[[4.9, 46.9], [5.1, 46.9], [5.1, 47.1], [4.9, 47.1], [4.9, 46.9]]]}
    outside = next(numbers)
    desk.add_asset(street.urls, outside, lon=6.0)
    street.lamps.append(outside)
    with h.database.unit_of_work(1) as uow:
        made = works.declare(uow, Plan(kind="planned_cut", title="Coupure", starts_at=NOW, ends_at=NOW + HOUR, area=area, layers=["lighting"]), PETIT, NOW)
    street.tick(NOW)
    street.decide(NOW + SECOND, (street.lamps[0], LAMP, True), (outside, LAMP, True))
    assert {shape["asset_id"]: shape["state"] for shape in street.shapes()} == {street.lamps[0]: "out_of_service", outside: "unacknowledged"}
    with h.database.unit_of_work(1) as uow:
        assert works.cancel(uow, made["id"], PETIT, NOW + 2 * SECOND)["state"] == "cancelled"
    assert {shape["state"] for shape in street.shapes()} == {"unacknowledged"}
    with pytest.raises(Conflict), h.database.unit_of_work(1) as uow:
        works.cancel(uow, made["id"], PETIT, NOW + 3 * SECOND)


def test_works_stay_inside_the_perimeter_of_who_declares_them(street: Street, h: Hypervisor) -> None:
    water = principal(Role.OPERATOR, "eau", layers=frozenset({"water"}))
    plan = Plan(kind="event", title="Marché", starts_at=NOW, ends_at=NOW + HOUR, asset_ids=[street.cabinet])
    with pytest.raises(Forbidden), h.database.unit_of_work(1) as uow:
        works.declare(uow, plan, water, NOW)
    with h.database.unit_of_work(1) as uow:
        made = works.declare(uow, plan, PETIT, NOW)
    with pytest.raises(NotFound), h.database.unit_of_work(1) as uow:
        works.cancel(uow, made["id"], water, NOW)
    with pytest.raises(InvalidRequest, match="fin"), h.database.unit_of_work(1) as uow:
        works.declare(uow, Plan(kind="event", title="Hier", starts_at=NOW - HOUR, ends_at=NOW, asset_ids=[street.cabinet]), PETIT, NOW)


def test_a_supervisor_that_repeats_itself_adds_no_row_and_asks_again_in_the_end(street: Street, h: Hypervisor) -> None:
    origin = Origin(source="supervisor:gtb", actor="token:gtb", name="GTB")
    street.decide(NOW, (street.cabinet, TRIP, True), origin=origin)
    [shape] = street.shapes(TRIP)
    with h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, shape["id"], PETIT, NOW)
    states = []
    for second in range(1, 6):
        street.decide(NOW + second * SECOND, (street.cabinet, TRIP, True), origin=origin)
        states.append(street.shapes(TRIP)[0]["state"])
    assert states == ["acknowledged"] * 4 + ["unacknowledged"]
    [again] = street.shapes(TRIP)
    assert (again["id"], again["count"], again["source"]) == (shape["id"], 6, "supervisor:gtb")
