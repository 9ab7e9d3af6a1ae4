"""Every write of the API, told by the feed: what a screen held before, and the facts that follow, are what a new snapshot gives."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import VERBS
from hypervisor.domain.intervention import TRANSITIONS
from hypervisor.domain.operator import Role
from hypervisor.imports import procedures as files
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.layers import all_layers
from hypervisor.operations import alarms, procedure_versions
from hypervisor.security import tokens, webhooks
from hypervisor.store import alarm_clock
from tests.integration import desk
from tests.integration.desk import NOW, principal
from tests.integration.held import replayed, seen
from tests.integration.test_field import picture

CHIEF = principal(Role.CHIEF, "chef", display_name="M. Chef")
LATER = (NOW + timedelta(hours=1)).isoformat()
MASK = {"reason": "nuisance", "until": LATER}
WINDOW = {"kind": "planned_cut", "title": "Coupure", "starts_at": NOW.isoformat(), "ends_at": LATER}
SIGNAL = {"type": "reported_lamp", "lat": 40.0, "description": "mât penché"}
FAR = 0.02  # degrees: over a kilometre, so that no test's event is a duplicate of another's
numbers = count(1)

UNSHOWN = {
    "agreements", "exploration", "indicators", "layers", "logbook", "messages", "on-call", "posture", "presence", "replay", "reports", "session", "shifts", "sources",
    "tokens", "walls", "assets",
}  # fmt: skip
"""Tags of routes that write what no alarm, event or intervention says. The answer of on-call is acknowledge's (test_escalation.py)."""
SETTINGS = {
    "/api/v1/procedures", "/api/v1/procedures/{key}/publish", "/api/v1/procedures/{key}/retire", "/api/v1/rules", "/api/v1/rules/{layer}/{key}",
    "/api/v1/rules/check", "/api/v1/rules/{layer}/{key}/trial", "/api/v1/rules/{layer}/{key}/suspend", "/api/v1/rules/{layer}/{key}/resume", "/api/v1/rule-proposals",
    "/api/v1/rule-proposals/{number}/{verb}", "/api/v1/supervisors/heartbeat", "/api/v1/presence", "/api/v1/works/import",
}  # fmt: skip
"""Writes of what will be judged later, or of who is looking: the worker tells the alarms that come of it (test_alarm_laws.py)."""


class Room:
    """People at work on one platform, and what each test acts on: an alarm in an event of its own, another alone, an intervention on the first."""

    def __init__(self, h: Hypervisor, server: FastAPI, urls: DatabaseUrls) -> None:
        self.h, self.server, self.urls = h, server, urls
        self.post, self.chief, self.phone, self.second = (desk.signed_in(server, who) for who in ("operateur", "chef", "agent", "agent2"))
        with desk.as_owner_of(h) as uow:
            secret = tokens.add_token(uow, "gtb", "supervise", NOW)
        self.program = desk.stranger(server)
        self.program.headers["Authorization"] = f"Bearer {secret}"

    def begin(self) -> None:
        self.asset, self.lone_asset = next(numbers), next(numbers)
        self.lon = 4.0 + self.asset * FAR
        for asset in (self.asset, self.lone_asset):
            desk.add_asset(self.urls, asset, layer="water", kind="district_meter", lon=self.lon, lat=47.0)
        self.alarm = desk.add_alarm(self.urls, self.asset, "main_burst", layer="water")
        self.lone = desk.add_alarm(self.urls, self.lone_asset, layer="water")
        self.sent = self.say(self.chief, "interventions", alarm_id=self.alarm, agent="agent", instructions="Réarmer")["id"]
        self.event = desk.rows(self.urls, "SELECT event_id FROM alarm WHERE id = :id", id=self.alarm)[0].event_id

    def say(self, client: TestClient, path: str, **body: Any) -> dict[str, Any]:
        answer = client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def on_alarm(self, verb: str, **body: Any) -> dict[str, Any]:
        return self.say(self.chief, f"alarms/{self.lone}/{verb}", **body)

    def on_event(self, verb: str, **body: Any) -> dict[str, Any]:
        return self.say(self.chief, f"events/{self.event}/{verb}", **body)

    def other_event(self) -> int:
        """The lone alarm's, opened now."""
        return int(self.say(self.chief, f"alarms/{self.lone}/take")["id"])

    def goes(self, *verbs: str) -> None:
        """What the agent reports."""
        for verb in verbs:
            self.say(self.phone, f"interventions/{self.sent}/{verb}", comment="constaté")

    def proves(self, verb: str, number: int = 1, **body: Any) -> dict[str, Any]:
        """A step of the event's procedure."""
        return self.say(self.chief, f"events/{self.event}/procedure/steps/{number}/{verb}", **body)

    def supervises(self, *actions: str, **more: Any) -> None:
        """By the API, as many deliveries."""
        for action in actions:
            self.say(self.program, "alarms", **self.told(action), **more)

    def told(self, action: str) -> dict[str, Any]:
        asset = f"urn:ngsi-ld:district_meter:1-{self.lone_asset}"
        return {"asset": asset, "cause": "trip", "title": "Disjoncteur", "severity": "critical" if action == "update" else "minor", "action": action}

    def hooks(self, *actions: str) -> None:
        """By the webhook, signed; two messages in one body."""
        for action in actions:
            body = json.dumps({"messages": [self.told(action), self.told(action) | {"cause": "other"}]}).encode()
            signature = "sha256=" + hmac.new(webhooks.secret_of(self.h.key, 1, "gtb").encode(), body, hashlib.sha256).hexdigest()
            answer = desk.stranger(self.server).post("/hooks/supervisor/1.gtb", content=body, headers={"X-Vigie-Signature": signature})
            assert (answer.status_code, answer.json()["accepted"]) == (201, 2), answer.text

    def latched_and_over(self) -> None:
        with desk.as_owner(self.urls) as uow:
            desk.run(uow, "UPDATE alarm SET latched = true, active = false, acknowledged = true WHERE id = :id", id=self.lone)

    def works(self) -> None:
        """Works on the lone asset, begun: the worker's clock has put its alarm out of service."""
        self.work = self.say(self.chief, "works", **WINDOW, asset_ids=[self.lone_asset])["id"]
        with desk.as_owner(self.urls) as uow, uow.cursor() as cursor:
            alarm_clock.tick(cursor, 1, NOW)
        (row,) = desk.rows(self.urls, "SELECT is_masked FROM alarm WHERE id = :id", id=self.lone)
        assert row.is_masked


Act = Callable[[Room], Any]
nothing: Act = lambda room: None  # noqa: E731
ALARM, EVENT, SENT = "/api/v1/alarms/{alarm_id}/", "/api/v1/events/{event_id}/", "/api/v1/interventions/{intervention_id}/"
STEP = EVENT + "procedure/steps/{number}/"
WRITES: dict[str, tuple[Act, Act]] = {
    ALARM + "acknowledge": (nothing, lambda r: r.on_alarm("acknowledge")),
    ALARM + "acknowledge, in an event": (nothing, lambda r: r.say(r.chief, f"alarms/{r.alarm}/acknowledge")),
    ALARM + "unacknowledge": (lambda r: r.on_alarm("acknowledge"), lambda r: r.on_alarm("unacknowledge")),
    ALARM + "confirm": (nothing, lambda r: r.on_alarm("confirm", comment="constaté")),
    ALARM + "comment": (nothing, lambda r: r.on_alarm("comment", comment="vu avec Enedis")),
    ALARM + "shelve": (nothing, lambda r: r.on_alarm("shelve", **MASK)),
    ALARM + "shelve, once": (nothing, lambda r: r.on_alarm("shelve", reason="nuisance", once=True)),
    ALARM + "unshelve": (lambda r: r.on_alarm("shelve", **MASK), lambda r: r.on_alarm("unshelve")),
    ALARM + "suppress": (nothing, lambda r: r.on_alarm("suppress", **MASK)),
    ALARM + "suppress, under a cause": (nothing, lambda r: r.on_alarm("suppress", reason="nuisance", parent_id=r.alarm)),
    ALARM + "unsuppress": (lambda r: r.on_alarm("suppress", reason="nuisance", parent_id=r.alarm), lambda r: r.on_alarm("unsuppress")),
    ALARM + "out-of-service": (nothing, lambda r: r.on_alarm("out-of-service", **MASK)),
    ALARM + "in-service": (lambda r: r.on_alarm("out-of-service", **MASK), lambda r: r.on_alarm("in-service")),
    ALARM + "reset": (lambda r: r.latched_and_over(), lambda r: r.on_alarm("reset")),
    ALARM + "take": (nothing, lambda r: r.on_alarm("take")),
    ALARM + "assign": (nothing, lambda r: r.on_alarm("assign", to="operateur", comment="proche")),
    "/api/v1/alarms": (nothing, lambda r: r.supervises("raise")),
    "/api/v1/alarms, update": (lambda r: r.supervises("raise"), lambda r: r.supervises("update", value=3.5, unit="A")),
    "/api/v1/alarms, clear": (lambda r: r.supervises("raise"), lambda r: r.supervises("clear")),
    "/api/v1/alarms, clear of one acknowledged": (
        lambda r: (r.supervises("raise"), r.say(r.chief, f"alarms/{desk.rows(r.urls, 'SELECT max(id) AS id FROM alarm')[0].id}/acknowledge")),
        lambda r: r.supervises("clear"),
    ),
    "/api/v1/alarms, several": (nothing, lambda r: r.say(r.program, "alarms", messages=[r.told(action) for action in ("raise", "update", "clear", "raise")])),
    "/hooks/supervisor/{source}": (nothing, lambda r: r.hooks("raise")),
    "/hooks/supervisor/{source}, update": (lambda r: r.hooks("raise"), lambda r: r.hooks("update")),
    "/hooks/supervisor/{source}, clear": (lambda r: r.hooks("raise"), lambda r: r.hooks("clear")),
    "/api/v1/events": (nothing, lambda r: r.say(r.chief, "events", type="reported_leak", lon=r.lon, lat=40.0)),
    "/api/v1/events, of an alarm": (nothing, lambda r: r.say(r.chief, "events", alarm_id=r.lone)),
    EVENT + "take": (lambda r: r.on_event("release"), lambda r: r.on_event("take")),
    EVENT + "take, over": (nothing, lambda r: r.say(r.post, f"events/{r.event}/take", comment="relève")),
    EVENT + "release": (nothing, lambda r: r.on_event("release")),
    EVENT + "assign": (nothing, lambda r: r.on_event("assign", to="operateur", comment="proche")),
    EVENT + "hold": (nothing, lambda r: r.on_event("hold", until=LATER)),
    EVENT + "resolve": (nothing, lambda r: r.on_event("resolve")),
    EVENT + "close": (lambda r: r.on_event("resolve"), lambda r: r.on_event("close", outcome="fait", motive="essai")),
    EVENT + "close, whose intervention is done": (
        lambda r: (r.goes("accept", "en-route", "on-site", "done"), r.on_event("resolve")),
        lambda r: r.on_event("close", outcome="fait", motive="essai"),
    ),
    EVENT + "reopen": (
        lambda r: (r.goes("accept", "en-route", "on-site", "done"), r.on_event("resolve"), r.on_event("close", outcome="fait", motive="essai")),
        lambda r: r.on_event("reopen"),
    ),
    EVENT + "false-positive": (nothing, lambda r: r.on_event("false-positive", comment="essai")),
    EVENT + "comment": (nothing, lambda r: r.on_event("comment", comment="vu")),
    EVENT + "merge": (nothing, lambda r: r.on_event("merge", into=r.other_event())),
    EVENT + "merge, whose intervention is done": (lambda r: r.goes("accept", "on-site", "done"), lambda r: r.on_event("merge", into=r.other_event())),
    EVENT + "attach": (nothing, lambda r: r.on_event("attach", alarms=[r.lone])),
    EVENT + "split": (lambda r: r.on_event("attach", alarms=[r.lone]), lambda r: r.on_event("split", alarms=[r.lone])),
    EVENT + "procedure/start": (nothing, lambda r: r.on_event("procedure/start")),
    EVENT + "procedure/seen": (
        lambda r: (r.proves("answer", answer="rupture"), r.on_event("resolve"), r.on_event("close", outcome="fait", motive="essai")),
        lambda r: r.on_event("procedure/seen"),
    ),
    STEP + "answer": (nothing, lambda r: r.proves("answer", answer="rupture")),
    STEP + "do": (lambda r: r.proves("answer", answer="rupture"), lambda r: r.proves("do", 3)),
    STEP + "skip": (lambda r: r.proves("answer", answer="rupture"), lambda r: r.proves("skip", 8, reason="nuit")),
    STEP + "act": (lambda r: r.proves("answer", answer="rupture"), lambda r: r.proves("act", 6)),
    STEP + "undo": (lambda r: r.proves("answer", answer="rupture"), lambda r: r.proves("undo", reason="erreur")),
    "/api/v1/interventions": (nothing, lambda r: r.say(r.chief, "interventions", alarm_id=r.lone, agent="agent", instructions="Réarmer")),
    SENT + "reassign": (nothing, lambda r: r.say(r.chief, f"interventions/{r.sent}/reassign", agent="agent2", comment="injoignable")),
    SENT + "cancel": (nothing, lambda r: r.say(r.chief, f"interventions/{r.sent}/cancel", comment="inutile")),
    SENT + "help-answered": (lambda r: r.goes("help"), lambda r: r.say(r.chief, f"interventions/{r.sent}/help-answered")),
    SENT + "accept": (nothing, lambda r: r.goes("accept")),
    SENT + "refuse": (nothing, lambda r: r.goes("refuse")),
    SENT + "en-route": (lambda r: r.goes("accept"), lambda r: r.goes("en-route")),
    SENT + "on-site": (lambda r: r.goes("accept"), lambda r: r.goes("on-site")),
    SENT + "done": (lambda r: r.goes("accept", "on-site"), lambda r: r.goes("done")),
    SENT + "done, when its event is closed": (
        lambda r: (r.goes("accept", "on-site"), r.on_event("resolve"), r.on_event("close", outcome="fait", motive="essai")),
        lambda r: r.goes("done"),
    ),
    SENT + "impossible": (lambda r: r.goes("accept"), lambda r: r.goes("impossible")),
    SENT + "help": (nothing, lambda r: r.goes("help")),
    SENT + "note": (nothing, lambda r: r.goes("note")),
    SENT + "parts": (nothing, lambda r: r.say(r.phone, f"interventions/{r.sent}/parts", parts=[{"name": "Disjoncteur", "quantity": 1}])),
    SENT + "photo": (nothing, lambda r: r.phone.post(f"/api/v1/interventions/{r.sent}/photo?without_faces=true", content=picture((64, 48)))),
    "/api/v1/field/signal": (nothing, lambda r: r.say(r.phone, "field/signal", **SIGNAL, lon=r.lon)),
    "/api/v1/field/distress": (nothing, lambda r: r.say(r.phone, "field/distress", intervention_id=r.sent)),
    "/api/v1/field/distress/{event_id}/end": (
        lambda r: setattr(r, "call", r.say(r.second, "field/distress", position={"lon": r.lon, "lat": 47.0})["id"]),
        lambda r: r.say(r.second, f"field/distress/{r.call}/end"),
    ),
    "/api/v1/works": (nothing, lambda r: r.say(r.chief, "works", **WINDOW, asset_ids=[r.lone_asset])),
    "/api/v1/works/{work_id}/move": (lambda r: r.works(), lambda r: r.say(r.chief, f"works/{r.work}/move", starts_at=LATER, ends_at=(NOW + timedelta(hours=2)).isoformat())),
    "/api/v1/works/{work_id}/cancel": (lambda r: r.works(), lambda r: r.say(r.chief, f"works/{r.work}/cancel")),
}  # fmt: skip
"""Path of the route, its verb filled in → what is done before, and the write. After a comma, another case of the same route."""
UNSEEN = {"/api/v1/works", ALARM + "comment", EVENT + "comment", EVENT + "procedure/seen"}
"""Told without changing what is held: a comment is a line of the log, and works put nothing out of service before the worker's clock has begun them."""


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    desk.add_second_agent(database_urls)
    with h.database.unit_of_work(1) as uow:
        for layer in all_layers():
            procedure_versions.bring(uow, layer, files.ready(layer), NOW, in_force=True)
    return h


@pytest.fixture(scope="module")
def room(h: Hypervisor, server: FastAPI, database_urls: DatabaseUrls) -> Room:
    return Room(h, server, database_urls)


@pytest.mark.parametrize("write", WRITES)
def test_snapshot_before_and_feed_are_snapshot_after(room: Room, write: str) -> None:
    before_it, act = WRITES[write]
    room.begin()
    before_it(room)
    since, before = seen(room.h)
    act(room)
    last, now = seen(room.h)
    assert replayed(room.h, room.urls, since, before) == now
    assert last > since, "the write tells nobody"
    assert now != before or write in UNSEEN, "the write changes nothing: this test would not see that it is not told"


def test_every_write_of_the_api_is_in_the_table(server: FastAPI) -> None:
    listed = set()
    for path, methods in server.openapi()["paths"].items():
        for method, said in methods.items():
            if method == "get" or path in SETTINGS or UNSHOWN & set(said.get("tags", [])):
                continue
            named = [one["schema"]["enum"] for one in said.get("parameters", []) if one["name"] == "verb"]
            listed |= {path.replace("{verb}", verb) for verb in named[0]} if named else {path}
    written = {write.split(",")[0] for write in WRITES}
    assert listed - written == set(), "a write that no test replays: add it to WRITES, or say why no screen holds what it writes"
    assert written - listed == set(), "the API has no such route any more"


def test_every_verb_of_the_domain_is_in_the_table() -> None:
    written = {write.split(",")[0] for write in WRITES}
    assert {ALARM + verb.replace("_", "-") for verb in VERBS} <= written
    assert {SENT + verb for verb in TRANSITIONS} <= written


def test_a_latched_alarm_that_is_reset_leaves_the_screen_by_the_feed_too(room: Room) -> None:
    room.begin()
    room.latched_and_over()
    since, before = seen(room.h)
    assert ("alarm", room.lone) in before
    with room.h.database.unit_of_work(1) as uow:
        alarms.reset(uow, room.lone, CHIEF, NOW)
    _last, now = seen(room.h)
    assert ("alarm", room.lone) not in now
    assert replayed(room.h, room.urls, since, before) == now
