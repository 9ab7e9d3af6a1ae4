"""Taking a post and handing it over, on a real database (check 32, and the states of screens.md 1.0): counts by SQL, signatures for ever, a post that nobody holds."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from hypervisor.domain.operator import Role
from hypervisor.errors import Conflict, Forbidden, InvalidRequest
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import shifts as operations
from hypervisor.queries import shifts as queries
from hypervisor.security.context import current_principal
from hypervisor.store import Database, shift_clock
from hypervisor.store.engine import Engine
from tests.ingest_world import rows
from tests.integration import desk
from tests.integration.desk import NOW

DURAND, PETIT = desk.principal(Role.OPERATOR, "durand"), desk.principal(Role.OPERATOR, "petit")
CHIEF = desk.principal(Role.CHIEF, "chef")
ALL = [1, 2, 3, 4, 5, 6]
TESTS = {"sound": True, "screen": True}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def room(own_database_urls: DatabaseUrls) -> Iterator[SimpleNamespace]:
    """A post and a team from 14:00 to 22:00; NOW is 18:05 there. Seven open events, two shelved alarms, five suppressed, one out of service."""
    urls = own_database_urls
    with desk.as_owner(urls) as uow:
        desk.run(uow, "INSERT INTO tenant (id, key, label) VALUES (1, 'a', 'A') ON CONFLICT DO NOTHING")
    for number in range(1, 10):
        desk.add_asset(urls, number, layer="water", name=f"Vanne {number}")
    app, engine = Database(urls.app, pool_size=3), Engine(urls.worker, "test")
    rows(
        urls,
        """INSERT INTO event (tenant, number, title, layer, priority, opened_at, status) SELECT 1, 'EV-2026-00000' || n, 'É' || n, 'water', 2, %s,
               CASE WHEN n = 8 THEN 'closed' ELSE 'new' END FROM generate_series(1, 8) n RETURNING id""",
        NOW - timedelta(hours=1),
    )
    for count, mask in ((2, "shelved"), (5, "suppressed"), (1, "out_of_service")):
        rows(
            urls,
            """INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at, masks, masking)
               SELECT 1, n, 'water', 'x', 'rule', %s || n, 'A', 2, true, false, %s, ARRAY[%s], jsonb_build_array(jsonb_build_object('kind', %s::text, 'until', '2026-02-12T00:00:00Z'))
               FROM generate_series(1, %s) n RETURNING id""",
            mask, NOW, mask, mask, count,
        )  # fmt: skip
    with app.unit_of_work(1) as uow:
        station = operations.add_station(uow, "Poste 2 – CSU, éclairage", None, CHIEF, NOW)["id"]
        team = operations.add_team(uow, "B", "14:00", "22:00", CHIEF, NOW)["id"]
        night = operations.add_team(uow, "N", "22:00", "06:00", CHIEF, NOW)["id"]
    yield SimpleNamespace(urls=urls, app=app, engine=engine, station=station, team=team, night=night)
    engine.close()
    app.close()


def take(room, by, at=NOW, read=ALL, team=None, **changes):
    """As the request of `by`: what the dossier reads is what that person may read."""
    token = current_principal.set(by)
    try:
        with room.app.unit_of_work(1) as uow:
            return operations.take(uow, room.station, team or room.team, changes.pop("role", "operator"), read, changes.pop("checks", TESTS), by, at, **changes)
    finally:
        current_principal.reset(token)


def sign(room, by, at, notes=None):
    token = current_principal.set(by)
    try:
        with room.app.unit_of_work(1) as uow:
            return operations.sign(uow, notes or {}, by, at)
    finally:
        current_principal.reset(token)


def state(room, at, by=PETIT):
    token = current_principal.set(by)
    try:
        with room.app.unit_of_work(1) as uow:
            return queries.state(uow, at)
    finally:
        current_principal.reset(token)


def tick(room, at) -> None:
    with room.engine.transaction() as cursor:
        shift_clock.tick(cursor, 1, at)


def lines(room, action: str) -> list[str]:
    return [text for (text,) in rows(room.urls, "SELECT text FROM logbook WHERE action = %s ORDER BY seq", action)]


def test_a_handover_has_the_database_s_counts_and_two_signatures_in_the_logbook(room) -> None:
    """Check 32: M. Durand hands over to Mme Petit with 7 open, 2 shelved, 5 inhibited."""
    take(room, DURAND)
    signed = sign(room, DURAND, NOW + 30 * MINUTE, {"4": "Match à la Mosson : plan de feux à 19:30"})
    with pytest.raises(InvalidRequest, match="2, 6"):
        take(room, PETIT, NOW + 31 * MINUTE, read=[1, 3, 4, 5])
    taken = take(room, PETIT, NOW + 32 * MINUTE)
    assert taken["handover"] == signed["number"] == "2026-0002", "0001 is the first taking of the post"
    [(dossier, notes, outgoing, incoming)] = rows(
        room.urls, "SELECT dossier, notes, outgoing_name, incoming_name FROM handover h JOIN handover_end e ON e.handover_id = h.id WHERE number = '2026-0002'"
    )
    counts = {section: value["counts"] for section, value in dossier["sections"].items()}
    [(events, shelved, suppressed, out)] = rows(
        room.urls,
        """SELECT (SELECT count(*) FROM event WHERE status NOT IN ('closed', 'false_positive', 'merged')), count(*) FILTER (WHERE 'shelved' = ANY (masks)),
               count(*) FILTER (WHERE 'suppressed' = ANY (masks)), count(*) FILTER (WHERE 'out_of_service' = ANY (masks)) FROM alarm WHERE is_open""",
    )
    assert (counts["1"], counts["2"], counts["3"]) == ([events], [shelved, suppressed], [out]) == ([7], [2, 5], [1])
    assert (outgoing, incoming, notes) == ("Mme Durand", "Mme Petit", {"4": "Match à la Mosson : plan de feux à 19:30"})
    assert "Mme Durand" in lines(room, "handover-sign")[0] and "plan de feux" in lines(room, "handover-sign")[0]
    assert "Mme Petit" in lines(room, "handover-accept")[1]
    assert rows(room.urls, "SELECT operator, ended_how FROM shift ORDER BY id") == [("durand", "handed_over"), ("petit", None)]


def test_a_signed_handover_cannot_be_changed_by_the_application_nor_by_its_owner(room) -> None:
    take(room, DURAND)
    for statement in (
        "UPDATE handover SET notes = '{}'",
        "DELETE FROM handover",
        "UPDATE handover_end SET outcome = 'refused', reason = 'x'",
        "DELETE FROM handover_end",
    ):
        with pytest.raises(DBAPIError, match="permission denied"), room.app.unit_of_work(1) as uow:
            desk.run(uow, statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="cannot be changed"):
            rows(room.urls, statement)


def test_the_first_of_the_day_gets_the_last_24_hours(room) -> None:
    take(room, DURAND)
    [(since, outgoing)] = rows(room.urls, "SELECT since, outgoing FROM handover")
    assert (since, outgoing) == (NOW - timedelta(hours=24), None)


def test_a_post_that_is_held_is_not_taken_without_a_signature_but_joined_in_double_command(room) -> None:
    take(room, DURAND)
    with pytest.raises(Conflict, match="double commande") as refused:
        take(room, PETIT, NOW + MINUTE)
    assert refused.value.facts["by"] == "Mme Durand"
    joined = take(room, PETIT, NOW + MINUTE, read=[], double=True)
    assert joined["is_double"]
    with pytest.raises(Conflict, match="double commande"):
        sign(room, PETIT, NOW + 2 * MINUTE)
    with pytest.raises(Conflict, match="Vous tenez déjà"):
        take(room, PETIT, NOW + 2 * MINUTE)


def test_a_refusal_has_a_reason_is_shown_and_the_outgoing_signs_again(room) -> None:
    take(room, DURAND)
    first = sign(room, DURAND, NOW + MINUTE)
    with room.app.unit_of_work(1) as uow, pytest.raises(InvalidRequest, match="motif"):
        operations.refuse(uow, first["id"], " ", PETIT, NOW + 2 * MINUTE)
    with room.app.unit_of_work(1) as uow, pytest.raises(Conflict, match="votre signature"):
        operations.refuse(uow, first["id"], "x", DURAND, NOW + 2 * MINUTE)
    with room.app.unit_of_work(1) as uow:
        operations.refuse(uow, first["id"], "Deux événements manquent", PETIT, NOW + 2 * MINUTE)
    [shown] = state(room, NOW + 2 * MINUTE, CHIEF)["refused"]
    assert (shown["by"], shown["reason"]) == ("Mme Petit", "Deux événements manquent")
    assert "chef de salle prévenu" in lines(room, "handover-refuse")[0]
    with pytest.raises(Conflict):
        take(room, PETIT, NOW + 3 * MINUTE)
    sign(room, DURAND, NOW + 4 * MINUTE)
    take(room, PETIT, NOW + 5 * MINUTE)
    assert state(room, NOW + 5 * MINUTE, CHIEF)["refused"] == []


def test_an_unsigned_handover_takes_a_band_a_quarter_of_an_hour_after_the_hour_and_the_incoming_may_take_the_post(room) -> None:
    """The team is relieved at 22:00, 21:00 UTC."""
    take(room, DURAND)
    hour = NOW.replace(hour=21, minute=0, second=0)
    with room.app.unit_of_work(1) as uow:
        operations.seen(uow, DURAND, hour + 16 * MINUTE)
    tick(room, hour + 14 * MINUTE)
    assert state(room, hour + 14 * MINUTE)["late"] == []
    for _ in range(2):
        tick(room, hour + 15 * MINUTE)
    [late] = state(room, hour + 15 * MINUTE)["late"]
    assert late["name"] == "Mme Durand"
    assert len(lines(room, "handover-late")) == 1
    take(room, PETIT, hour + 16 * MINUTE, team=room.night)
    assert state(room, hour + 16 * MINUTE)["late"] == []
    assert "sortant absent, Mme Durand" in lines(room, "handover-accept")[1]
    assert rows(room.urls, "SELECT ended_how FROM shift WHERE operator = 'durand'") == [("absent",)]
    assert state(room, hour + 16 * MINUTE)["mine"]["due_at"].startswith("2026-02-12T05:00"), "06:00 the next day, there"


def test_a_post_that_no_screen_shows_raises_a_real_alarm_which_ends_when_it_is_held_again(room) -> None:
    alarm = "SELECT active, title, priority FROM alarm WHERE cause = 'post_unmanned'"
    tick(room, NOW)
    assert rows(room.urls, alarm) == [], "a post that was never held asks for nobody"
    take(room, DURAND)
    tick(room, NOW + timedelta(minutes=2, seconds=59))
    assert rows(room.urls, alarm) == []
    for _ in range(2):
        tick(room, NOW + timedelta(minutes=3, seconds=1))
    assert rows(room.urls, alarm) == [(True, "Poste non tenu depuis 3 min", 1)]
    with room.app.unit_of_work(1) as uow:
        operations.seen(uow, DURAND, NOW + 4 * MINUTE)
    tick(room, NOW + 4 * MINUTE)
    assert rows(room.urls, alarm)[0][0] is False


def test_a_post_that_was_closed_may_stay_empty(room) -> None:
    take(room, DURAND)
    with room.app.unit_of_work(1) as uow:
        operations.close(uow, "fin de service", DURAND, NOW + MINUTE)
    tick(room, NOW + timedelta(hours=5))
    assert rows(room.urls, "SELECT count(*) FROM alarm WHERE cause = 'post_unmanned'") == [(0,)]


def test_tests_of_the_post_are_done_or_their_defect_is_written(room) -> None:
    with pytest.raises(InvalidRequest, match="essai du son"):
        take(room, DURAND, checks={"sound": True, "screen": False})
    take(room, DURAND, checks={"sound": True, "screen": False, "defect": "mur 2 noir"})
    assert "mur 2 noir" in lines(room, "handover-accept")[0]


def test_only_a_chief_takes_a_chief_s_post_and_writes_what_lasts(room) -> None:
    with pytest.raises(Forbidden):
        take(room, DURAND, role="chief")
    with room.app.unit_of_work(1) as uow, pytest.raises(Forbidden):
        operations.instruct(uow, "permanent", "Toujours", "", None, None, DURAND, NOW)
    with room.app.unit_of_work(1) as uow:
        operations.instruct(uow, "permanent", "Toujours", "", None, None, CHIEF, NOW)
        operations.instruct(uow, "temporary", "Match", "Plan de feux", None, NOW + timedelta(hours=2), DURAND, NOW)
        done = operations.instruct(uow, "callback", "Rappeler M. X", "", None, None, DURAND, NOW)
    take(room, DURAND)
    [(dossier,)] = rows(room.urls, "SELECT dossier FROM handover")
    assert (dossier["sections"]["4"]["counts"], dossier["sections"]["6"]["counts"]) == ([1, 1], [1])
    with room.app.unit_of_work(1) as uow:
        operations.end_instruction(uow, done["id"], DURAND, NOW)
    sign(room, DURAND, NOW + timedelta(hours=3))
    [(later,)] = rows(room.urls, "SELECT dossier FROM handover ORDER BY id DESC LIMIT 1")
    assert (later["sections"]["4"]["counts"], later["sections"]["6"]["counts"]) == ([0, 1], [0]), "over its time, done"


def test_shifts_by_the_api(own_database_urls: DatabaseUrls, redis_url: str, tmp_path: Path) -> None:
    h = desk.build(own_database_urls, redis_url, tmp_path / "var")
    server = desk.app(h)
    chief, operator, admin = (desk.signed_in(server, name) for name in ("chef", "operateur", "admin"))
    station = chief.post("/api/v1/shifts/stations", json={"name": "Poste 1"}).json()["id"]
    team = chief.post("/api/v1/shifts/teams", json={"name": "A", "starts_at": "06:00", "ends_at": "14:00"}).json()["id"]
    assert operator.post("/api/v1/shifts/stations", json={"name": "Poste 9"}).status_code == 403
    body = {"station_id": station, "team_id": team, "read": ALL, "checks": TESTS}
    assert operator.post("/api/v1/shifts/take", json=body).status_code == 201
    assert operator.get("/api/v1/shifts/state").json()["mine"]["station"] == "Poste 1"
    assert operator.post("/api/v1/shifts/seen").json() == {"held": True}
    assert chief.post("/api/v1/shifts/take", json=body).status_code == 409
    handover = operator.post("/api/v1/shifts/sign", json={"notes": {"1": "RAS"}}).json()
    assert chief.post("/api/v1/shifts/take", json=body | {"role": "chief"}).status_code == 201
    assert chief.get("/api/v1/shifts").json()["items"][0]["incoming_name"] == "M. Durand"
    assert chief.get(f"/api/v1/shifts/handovers/{handover['id']}").json()["notes"] == {"1": "RAS"}
    assert admin.get("/api/v1/shifts").status_code == 403
    for verb in ("put", "delete", "patch"):
        assert getattr(chief, verb)(f"/api/v1/shifts/handovers/{handover['id']}").status_code == 405
    h.close()
