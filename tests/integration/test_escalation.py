"""The ladder of screens.md B.4 on a real database: who is told when, once, and what stops it (checks 15 to 17). Messages reach a real gateway; its record is the proof."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from hypervisor.domain.operator import Role
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.notifications import escalation
from hypervisor.notifications.channels.gateway import Gateway
from hypervisor.notifications.delivery import Deliveries
from hypervisor.notifications.escalation import Post
from hypervisor.operations import alarms, exercises, on_call
from hypervisor.security import webhooks
from hypervisor.store import Database
from hypervisor.store.engine import Engine
from tests.ingest_world import rows, soon
from tests.integration import desk
from tests.integration.desk import NOW
from tests.receivers import sms_gateway

CHIEF, OPERATOR = desk.principal(Role.CHIEF, "chef"), desk.principal(Role.OPERATOR, "operateur")
DAY = timedelta(days=1)
LAYERS = ("water", "lighting", "security")


@pytest.fixture
def room(own_database_urls: DatabaseUrls, redis_url: str, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A room with one asset of each layer, its engine of the jobs, and nobody on call yet."""
    h = desk.build(own_database_urls, redis_url, tmp_path / "var", people=False)
    for number, layer in enumerate(LAYERS, 1):
        desk.add_asset(own_database_urls, number, layer=layer, name=f"Équipement {layer}")
    engine = Engine(own_database_urls.worker, "test")
    app = Database(own_database_urls.app, pool_size=2)
    yield SimpleNamespace(h=h, urls=own_database_urls, engine=engine, app=app, post=Post(key=h.key, public_url="https://vigie.test", labels={"water": "Eau"}))
    engine.close()
    app.close()
    h.close()


def raised(room: SimpleNamespace, priority: int = 1, asset: int = 1, at=NOW, title: str = "Rupture de canalisation") -> int:
    [(number,)] = rows(
        room.urls,
        """INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at, announced_at)
           VALUES (1, %s, %s, 'cabinet', 'rule', %s, %s, %s, true, false, %s, %s) RETURNING id""",
        asset, LAYERS[asset - 1], f"c{at}{title}", title, priority, at, at,
    )  # fmt: skip
    rows(
        room.urls,
        "INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, to_state) VALUES (1, %s, %s, 'r', 'R', 'raise', 'unacknowledged') RETURNING 1",
        number,
        at,
    )
    return number


def hired(
    room: SimpleNamespace,
    kind: str,
    name: str,
    phone: str,
    layer: str | None = None,
    rank: int = 1,
    communes: list[int] | None = None,
    roster: int | None = None,
) -> SimpleNamespace:
    """Someone on call all day, on a roster of their own unless one is given."""
    with room.app.unit_of_work(1) as uow:
        person = on_call.write_contact(uow, None, on_call.Person(name=name, phone=phone), CHIEF, NOW)
        roster = roster or on_call.add_roster(uow, kind, f"{kind} {layer}", layer, communes, 2, CHIEF, NOW)["id"]
        turn = on_call.add_turn(uow, roster, rank, person["id"], NOW - DAY, NOW + DAY, CHIEF, NOW)
    return SimpleNamespace(roster=roster, turn=turn["id"], contact=person["id"])


def tick(room: SimpleNamespace, seconds: float) -> None:
    with room.engine.transaction() as cursor:
        escalation.tick(cursor, 1, NOW + timedelta(seconds=seconds), room.post)


def climbed(room: SimpleNamespace, alarm_id: int) -> list[str]:
    return [rung for (rung,) in rows(room.urls, "SELECT rung FROM escalation WHERE alarm_id = %s ORDER BY at, rung", alarm_id)]


def told(room: SimpleNamespace) -> list[tuple]:
    return rows(room.urls, "SELECT channel, recipient, purpose FROM message ORDER BY id")


def shape(room: SimpleNamespace, alarm_id: int) -> dict:
    return rows(room.urls, "SELECT shape FROM alarm_shape WHERE id = %s", alarm_id)[0][0]


def test_a_critical_alarm_climbs_each_rung_at_its_time_and_once(room) -> None:
    """Check 15: 30 s louder, 60 s chief, 3 min SMS then a call, 10 min those who decide; the right person of the right trade."""
    hired(room, "operation", "M. Eau", "0611111111", "water")
    hired(room, "operation", "M. Lampe", "0622222222", "lighting")
    hired(room, "decision", "Mme Décide", "0633333333")
    alarm_id = raised(room)
    expected = {29: [], 30: ["louder"], 59: ["louder"], 60: ["louder", "chief"], 179: ["louder", "chief"], 180: ["louder", "chief", "on_call_sms"]}
    for seconds, rungs in expected.items():
        for _twice in range(2):
            tick(room, seconds)
        assert climbed(room, alarm_id) == rungs, seconds
    assert told(room) == [("sms", "0611111111", "escalation")]
    assert (shape(room, alarm_id)["escalation"]["rung"], shape(room, alarm_id)["escalation"]["name"]) == ("on_call_sms", "M. Eau")
    tick(room, 240)
    tick(room, 600)
    tick(room, 6000)
    assert told(room) == [("sms", "0611111111", "escalation"), ("call", "0611111111", "escalation"), ("sms", "0633333333", "escalation")]
    lines = [text for (text,) in rows(room.urls, "SELECT text FROM logbook WHERE actor = 'system:escalation' ORDER BY seq")]
    assert len(lines) == 5
    assert "M. Eau" in lines[2] and "0611111111" not in "".join(lines)


def test_in_an_exercise_the_ladder_climbs_and_no_telephone_rings_and_the_logbook_says_both(room) -> None:
    hired(room, "operation", "M. Eau", "0611111111", "water")
    with room.app.unit_of_work(1) as uow:
        drill = exercises.begin(uow, "Inondation du Lez", "annuel", DAY, CHIEF, NOW)["exercise"]
    played = raised(room)
    tick(room, 181)
    assert climbed(room, played)[-1] == "on_call_sms"
    [(state, body)] = rows(room.urls, "SELECT state, body FROM message")
    assert state == "held" and body.startswith("EXERCICE — VIGIE CRITIQUE")
    said = rows(room.urls, "SELECT text FROM logbook WHERE action = 'escalate-on-call-sms'")[0][0]
    assert "M. Eau (exercice, message retenu)" in said
    with room.app.unit_of_work(1) as uow:
        exercises.end(uow, drill["id"], "fini", CHIEF, NOW)
        alarms.acknowledge(uow, played, CHIEF, NOW)
    real = raised(room, title="Fuite")
    room.h.clock.at = NOW + timedelta(seconds=200)
    with sms_gateway() as gateway:
        deliveries = Deliveries(room.urls.worker, {"sms": Gateway(gateway.url)}, room.h.clock)
        deliveries.start()
        tick(room, 182)
        soon(lambda: gateway.accepted)
        deliveries.stop()
    [(_headers, sent)] = gateway.accepted
    assert sent["text"].startswith("VIGIE CRITIQUE") and f"AL-{real}" in sent["text"]


def test_an_alarm_that_still_waits_when_the_exercise_ends_is_real_and_rings_at_once(room) -> None:
    hired(room, "operation", "M. Eau", "0611111111", "water")
    hired(room, "decision", "Mme Décide", "0633333333")
    with room.app.unit_of_work(1) as uow:
        drill = exercises.begin(uow, "Inondation du Lez", "annuel", DAY, CHIEF, NOW)["exercise"]
    played = [raised(room, title=f"Rupture {number}") for number in range(7)]
    for seconds in (61, 181, 241, 601):
        tick(room, seconds)
    assert {state for (state,) in rows(room.urls, "SELECT DISTINCT state FROM message")} == {"held"}
    with room.app.unit_of_work(1) as uow:
        exercises.end(uow, drill["id"], "vraie rupture", CHIEF, NOW)
        for alarm_id in played[1:]:
            alarms.acknowledge(uow, alarm_id, CHIEF, NOW)
    tick(room, 602)
    real = "SELECT channel, recipient, alarm_id FROM message WHERE state = 'waiting' ORDER BY id"
    called = [("sms", "0611111111", played[0]), ("call", "0611111111", played[0]), ("sms", "0633333333", played[0])]
    assert rows(room.urls, real) == called, "what the exercise held does not make an avalanche either"
    tick(room, 603)
    tick(room, 6000)
    assert rows(room.urls, real) == called, "once"
    assert climbed(room, played[0]).count("louder") == 1


def test_an_acknowledgement_stops_the_ladder_and_giving_the_alarm_back_begins_it_again(room) -> None:
    hired(room, "operation", "M. Eau", "0611111111", "water")
    alarm_id = raised(room)
    tick(room, 61)
    with room.app.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, OPERATOR, NOW + timedelta(seconds=70))
    tick(room, 400)
    assert climbed(room, alarm_id) == ["chief", "louder"]
    with room.app.unit_of_work(1) as uow:
        alarms.unacknowledge(uow, alarm_id, OPERATOR, NOW + timedelta(seconds=500))
    tick(room, 529)
    assert len(climbed(room, alarm_id)) == 2
    tick(room, 530)
    assert climbed(room, alarm_id)[-1] == "louder"
    assert told(room) == []


def test_a_masked_alarm_and_one_whose_condition_ended_call_nobody(room) -> None:
    hired(room, "operation", "M. Eau", "0611111111", "water")
    masked, over = raised(room), raised(room, title="Autre")
    with room.app.unit_of_work(1) as uow:
        alarms.shelve(uow, masked, CHIEF, NOW, "test", NOW + timedelta(minutes=10))
    rows(room.urls, "UPDATE alarm SET active = false WHERE id = %s RETURNING 1", over)
    tick(room, 300)
    assert climbed(room, masked) == climbed(room, over) == []


def test_an_alarm_that_worsens_climbs_from_then_on(room) -> None:
    """A minor alarm of two hours that becomes critical is not two hours late on its ladder."""
    alarm_id = raised(room, priority=3)
    tick(room, 10)
    rows(room.urls, "UPDATE alarm SET priority = 1 WHERE id = %s RETURNING 1", alarm_id)
    tick(room, 7200)
    assert climbed(room, alarm_id) == []
    tick(room, 7230)
    assert climbed(room, alarm_id) == ["louder"]


def test_jobs_that_were_away_climb_what_is_due_once_they_are_back(room) -> None:
    hired(room, "operation", "M. Eau", "0611111111", "water")
    alarm_id = raised(room, priority=2)
    tick(room, 1300)
    assert climbed(room, alarm_id) == ["chief", "on_call_sms"]
    assert len(told(room)) == 1


def test_a_security_alarm_calls_those_on_safety_duty(room) -> None:
    hired(room, "operation", "M. Technique", "0611111111")
    hired(room, "safety", "Mme Sûreté", "0644444444", "security")
    raised(room, asset=3)
    tick(room, 200)
    assert [recipient for _channel, recipient, _purpose in told(room)] == ["0644444444"]


def test_a_hole_goes_to_the_next_rank_and_raises_an_alarm_that_ends_when_it_is_filled(room) -> None:
    """Check 17."""
    first = hired(room, "operation", "M. Premier", "0611111111", "water")
    hired(room, "operation", "M. Second", "0622222222", "water", rank=2, roster=first.roster)
    with room.app.unit_of_work(1) as uow:
        on_call.cancel(uow, first.turn, "malade", CHIEF, NOW)
    alarm_id = raised(room)
    tick(room, 180)
    assert [recipient for _channel, recipient, _purpose in told(room)] == ["0622222222"]
    assert shape(room, alarm_id)["escalation"]["gap"] is True
    gap = "SELECT active, title, layer FROM alarm WHERE cause = 'on_call_gap'"
    assert rows(room.urls, gap) == [(True, "Astreinte non pourvue", "water")]
    tick(room, 240)
    assert len(rows(room.urls, gap)) == 1
    with room.app.unit_of_work(1) as uow:
        on_call.add_turn(uow, first.roster, 1, first.contact, NOW, NOW + DAY, CHIEF, NOW)
    tick(room, 250)
    assert rows(room.urls, gap)[0][0] is False


def test_with_nobody_at_all_those_who_decide_are_told_at_once_and_else_the_logbook_says_it(room) -> None:
    alarm_id = raised(room)
    tick(room, 180)
    assert told(room) == []
    assert "personne n’a pu être prévenu" in rows(room.urls, "SELECT text FROM logbook WHERE action = 'escalate-on-call-sms'")[0][0]
    hired(room, "decision", "Mme Décide", "0633333333")
    tick(room, 240)
    assert [recipient for _channel, recipient, _purpose in told(room)] == ["0633333333"]
    assert climbed(room, alarm_id)[-1] == "on_call_call"


def test_the_nearest_roster_answers_and_a_replacement_takes_its_turn(room) -> None:
    everywhere = hired(room, "operation", "M. Partout", "0611111111")
    hired(room, "operation", "M. Eau", "0622222222", "water")
    stand_in = hired(room, "safety", "Mme Remplace", "0655555555")
    raised(room, asset=1)
    raised(room, asset=2)
    tick(room, 180)
    assert sorted(recipient for _channel, recipient, _purpose in told(room)) == ["0611111111", "0622222222"]
    with room.app.unit_of_work(1) as uow:
        on_call.replace(uow, everywhere.turn, stand_in.contact, NOW, NOW + timedelta(hours=1), "congé", CHIEF, NOW)
    raised(room, asset=2, at=NOW + timedelta(seconds=1), title="Encore")
    tick(room, 181)
    assert told(room)[-1][1] == "0655555555"


def test_an_avalanche_does_not_ring_a_phone_for_each_alarm(room) -> None:
    hired(room, "operation", "M. Eau", "0611111111", "water")
    numbers = [raised(room, title=f"A{n}") for n in range(20)]
    tick(room, 180)
    assert [purpose for _channel, _recipient, purpose in told(room)] == ["escalation"] * 5 + ["escalation_flood"]
    assert all("on_call_sms" in climbed(room, number) for number in numbers)


def test_minor_alarms_make_one_list_an_hour_for_their_service(room) -> None:
    with room.app.unit_of_work(1) as uow:
        on_call.set_ladder(uow, {}, {"water": "eau@metropole.test"}, CHIEF, NOW)
    early = [raised(room, priority=3, title=f"M{n}") for n in range(3)]
    late = raised(room, priority=3, at=NOW + timedelta(minutes=10), title="Plus tard")
    tick(room, 4 * 3600)
    tick(room, 4 * 3600 + 600)
    assert [(channel, recipient) for channel, recipient, _purpose in told(room)] == [("email", "eau@metropole.test")]
    assert all(climbed(room, number) == ["list"] for number in early) and climbed(room, late) == []
    tick(room, 5 * 3600 + 1)
    assert len(told(room)) == 2 and climbed(room, late) == ["list"]


def test_a_tenant_has_its_own_delays_and_may_leave_a_rung_out(room) -> None:
    hired(room, "operation", "M. Eau", "0611111111", "water")
    with room.app.unit_of_work(1) as uow:
        on_call.set_ladder(uow, {"critical": {"louder": None, "chief": 10}}, {}, CHIEF, NOW)
    alarm_id = raised(room)
    tick(room, 10)
    assert climbed(room, alarm_id) == ["chief"]


# The answer of who is on call --------------------------------------------------------------------------------------


def code_of(room: SimpleNamespace) -> tuple[str, str, str]:
    """(six digits, word, message's id) of the last SMS."""
    [(body, ref)] = rows(room.urls, "SELECT body, ref::text FROM message WHERE channel = 'sms' ORDER BY id DESC LIMIT 1")
    digits, word = re.search(r"répondez (\d{6}) ou ouvrez https://vigie\.test/a/1-(\S+)", body).groups()
    return digits, word, ref


def hook(room: SimpleNamespace, **said: str):
    body = json.dumps(said).encode()
    secret = webhooks.secret_of(room.h.key, 1, "on-call")
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return desk.stranger(desk.app(room.h)).post("/hooks/on-call/1", content=body, headers={"x-vigie-signature": signature})


@pytest.fixture
def called(room: SimpleNamespace) -> SimpleNamespace:
    """M. Eau has been sent the code of a critical alarm; the platform's clock is there."""
    hired(room, "operation", "M. Eau", "+33611111111", "water")
    room.alarm = raised(room)
    tick(room, 180)
    room.h.clock.at = NOW + timedelta(seconds=200)
    return room


def test_a_code_by_sms_from_its_own_phone_acknowledges_once_and_says_who(called) -> None:
    """Check 16, through the gateway's real record and the signed webhook."""
    with sms_gateway() as gateway:
        thread = Deliveries(called.urls.worker, {"sms": Gateway(gateway.url)}, called.h.clock)
        thread.start()
        soon(lambda: gateway.accepted)
        thread.stop()
        text, to = str(gateway.accepted[0][1]["text"]), str(gateway.accepted[0][1]["to"])
    digits = re.search(r"répondez (\d{6})", text)[1]
    assert f"AL-{called.alarm}" in text and to == "+33611111111"
    assert hook(called, **{"from": "+33 6 22 22 22 22", "text": digits}).status_code == 403, "another phone"
    answer = hook(called, **{"from": "+33 6 11 11 11 11", "text": f" {digits} OK"})
    assert answer.status_code == 200 and "Acquittée" in answer.json()["reply"]
    got = shape(called, called.alarm)
    assert (got["acknowledged"], got["acknowledged_from"], got["acknowledged_name"]) == (True, "sms", "M. Eau (astreinte, par SMS)")
    assert rows(called.urls, "SELECT count(*) FROM logbook WHERE actor_name = 'M. Eau (astreinte, par SMS)' AND action = 'acknowledge'") == [(1,)]
    assert hook(called, **{"from": "+33611111111", "text": digits}).status_code == 403, "once"
    tick(called, 6000)
    assert "decision" not in climbed(called, called.alarm)


def test_the_key_1_of_a_call_acknowledges_and_no_other_key_does(called) -> None:
    tick(called, 240)
    [(ref,)] = rows(called.urls, "SELECT ref::text FROM message WHERE channel = 'call'")
    assert hook(called, message_id=ref, digits="2").status_code == 403
    assert hook(called, message_id=ref, digits="1").status_code == 200
    assert shape(called, called.alarm)["acknowledged_name"] == "M. Eau (astreinte, par téléphone)"
    digits, _word, _ref = code_of(called)
    assert hook(called, **{"from": "+33611111111", "text": digits}).status_code == 403, "the SMS of the same alarm opens nothing any more"


def test_opening_an_address_acknowledges_nothing_and_its_button_does_once(called) -> None:
    from fastapi import FastAPI

    from layouts import html_routes

    server: FastAPI = desk.app(called.h)
    server.router.routes = html_routes.router(called.h).routes + server.router.routes
    client = desk.stranger(server)
    _digits, word, _ref = code_of(called)
    page = client.get(f"/a/1-{word}")
    assert page.status_code == 200 and "Rupture de canalisation" in page.text
    assert shape(called, called.alarm)["acknowledged"] is False
    assert "C’est noté" in client.post(f"/a/1-{word}").text
    assert shape(called, called.alarm)["acknowledged_name"] == "M. Eau (astreinte, par lien)"
    assert client.post(f"/a/1-{word}").status_code == 403
    assert client.get("/a/1-nothing").status_code == 403 and client.get(f"/a/2-{word}").status_code == 403


def test_guessing_is_slowed_down_and_codes_expire(called) -> None:
    for _ in range(5):
        assert hook(called, **{"from": "+33611111111", "text": "000000"}).status_code == 403
    digits, _word, _ref = code_of(called)
    assert hook(called, **{"from": "+33611111111", "text": digits}).status_code == 429, "even the right one, while it waits"
    called.h.clock.at += timedelta(minutes=14)
    assert hook(called, **{"from": "+33611111111", "text": "000001"}).status_code == 403
    called.h.clock.at += timedelta(minutes=17)
    assert hook(called, **{"from": "+33611111111", "text": digits}).status_code == 403, "expired"
    assert shape(called, called.alarm)["acknowledged"] is False


def test_an_unsigned_answer_is_refused(called) -> None:
    digits, _word, _ref = code_of(called)
    client = desk.stranger(desk.app(called.h))
    assert client.post("/hooks/on-call/1", json={"from": "+33611111111", "text": digits}).status_code == 401
    assert shape(called, called.alarm)["acknowledged"] is False


def test_who_is_late_is_told_who_was_first(called) -> None:
    with called.app.unit_of_work(1) as uow:
        alarms.acknowledge(uow, called.alarm, OPERATOR, NOW + timedelta(seconds=190))
    digits, _word, _ref = code_of(called)
    assert "Mme Operateur" in hook(called, **{"from": "+33611111111", "text": digits}).json()["reply"]
