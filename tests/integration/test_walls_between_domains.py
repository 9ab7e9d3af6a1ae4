"""Nobody reads or acts elsewhere: every route that names an alarm, an event or works is walked, as someone of another domain and of another tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import text

from hypervisor import api
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.errors import OutOfReach
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.queries.sheet import sheet
from hypervisor.security import audit, tokens
from hypervisor.security.context import current_principal
from hypervisor.store import Database, logbook
from hypervisor.store.sheet import lines as read_lines
from tests.integration import desk
from tests.integration.desk import NOW

pytestmark = pytest.mark.platform(people=False)
NOUNS = {"alarm_id": "alarm", "event_id": "event", "work_id": "works", "asset_id": "asset"}
ASKED = ("observations?asset_id=1", "exploration/series?s=asset:1:power", "layers/lighting/icon.svg")
"""Addresses that name something of lighting elsewhere than in their path."""
SAID = (
    ("logbook", {"text": "x", "alarm_id": 1}), ("logbook", {"text": "x", "event_id": 1}), ("logbook", {"text": "x", "asset_id": 1}),
    ("works", {"kind": "event", "title": "x", "starts_at": "2026-02-11T18:00:00Z", "ends_at": "2026-02-11T19:00:00Z", "asset_ids": [1]}),
    ("interventions", {"asset_id": 1, "contractor": "x"}), ("events", {"alarm_id": 1}),
)  # fmt: skip
"""Acts that name something of lighting in their body."""
LITERALS = {
    "alarm": ("acknowledge", "unacknowledge", "confirm", "unshelve", "unsuppress", "in-service", "reset", "comment"),
    "event": ("take", "release", "resolve", "reopen", "false-positive", "comment"),
}
STEP_VERBS = ("do", "answer", "skip", "undo")
LATER = "2026-02-11T18:00:00Z"
BODIES = {
    "shelve": {"reason": "x", "until": LATER}, "suppress": {"reason": "x"}, "out-of-service": {"reason": "x"}, "confirm": {"comment": "x"}, "comment": {"comment": "x"},
    "assign": {"to": "operateur"}, "hold": {"until": LATER}, "close": {"outcome": "x"}, "move": {"starts_at": "2026-02-11T17:10:00Z", "ends_at": LATER},
    "transfer": {"to": "operateur", "comment": "x"}, "merge": {"into": 2_000_000, "comment": "x"}, "attach": {"alarms": [1], "comment": "x"}, "split": {"alarms": [1], "comment": "x"}, "false-positive": {"comment": "x"},
}  # fmt: skip


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    desk.add_asset(database_urls, 1)
    return h


@pytest.fixture(scope="module")
def things(database_urls: DatabaseUrls) -> dict[str, int]:
    """An alarm, an event and works of the lighting of tenant 1."""
    alarm_id = desk.add_alarm(database_urls, 1)
    statements = {
        "event": "INSERT INTO event (tenant, number, title, layer, priority, opened_at) VALUES (1, 'EV-1', 'E', 'lighting', 2, :at) RETURNING id",
        "works": "INSERT INTO works (tenant, kind, title, starts_at, ends_at, asset_ids, created_by, created_name, created_at) "
        "VALUES (1, 'event', 'W', cast(:at AS timestamptz) + interval '1 hour', cast(:at AS timestamptz) + interval '2 hours', '{1}', 'x', 'X', :at) RETURNING id",
    }
    with desk.as_owner(database_urls) as uow:
        return {"alarm": alarm_id, "asset": 1} | {
            noun: uow.connection.execute(text(statement), {"at": NOW}).scalar_one() for noun, statement in statements.items()
        }


@pytest.fixture(scope="module")
def clients(h: Hypervisor, server: FastAPI, database_urls: DatabaseUrls) -> dict[str, object]:
    """A program of the same tenant's water, and one of another tenant; both may do everything at home."""
    made = {}
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "INSERT INTO tenant (id, key, label) VALUES (2, 'voisin', 'Voisin')")
        secrets = {"eau": tokens.add_token(uow, "eau", "operate", NOW, ["water"])}
    with Database(database_urls.owner, pool_size=1).unit_of_work(2) as uow:
        secrets["voisin"] = tokens.add_token(uow, "voisin", "operate", NOW)
    for name, secret in secrets.items():
        made[name] = desk.stranger(server)
        made[name].headers["Authorization"] = f"Bearer {secret}"
    return made


def walked(h: Hypervisor) -> Iterator[tuple[str, str, str]]:
    """(method, path with its number to fill in, noun) of every route that names a thing."""
    for route in (route for router in api.routers(h) for route in router.routes):
        if not isinstance(route, APIRoute):
            continue
        noun = next((noun for parameter, noun in NOUNS.items() if f"{{{parameter}}}" in route.path), None)
        if noun is None:
            continue
        path = route.path
        for parameter in NOUNS:
            path = path.replace(f"{{{parameter}}}", "{number}")
        # A step of a procedure has a number of its own.
        path, verbs = (path.replace("/steps/{number}/", "/steps/1/"), STEP_VERBS) if "/steps/" in path else (path, LITERALS.get(noun, ()))
        for method, verb in product(sorted(route.methods), verbs if "{verb}" in path else ("",)):
            yield method, path.replace("{verb}", verb), noun


def test_every_route_that_names_a_thing_is_closed_to_others_and_each_attempt_is_in_the_audit(
    h: Hypervisor, things: dict[str, int], clients: dict[str, object], database_urls: DatabaseUrls
) -> None:
    audit.write_to(h.database)
    routes = list(walked(h))
    assert {"shelve", "suppress", "out-of-service", "unshelve", "unsuppress", "in-service", "reset", "confirm"} <= {
        path.rpartition("/")[2] for _m, path, _n in routes
    }
    before = _state(database_urls)
    for (method, path, noun), (name, client) in product(routes, clients.items()):
        url = path.format(number=things[noun])
        answer = client.request(method, url, json=BODIES.get(url.rpartition("/")[2], {}) if method != "GET" else None)
        audit.wait()
        assert answer.status_code in REFUSED[name], f"{name} {method} {url}: {answer.status_code} {answer.text}"
        refused[name] = refused.get(name, 0) + 1
        assert _audited(database_urls, name) >= refused[name], f"{name} {method} {url} is not in the audit"
    assert _state(database_urls) == before, "nothing has moved"


REFUSED = {"eau": {403}, "voisin": {403, 404}}
"""Who has a part of the tenant is refused, whatever is there; for who has all of another one, nothing is."""
refused: dict[str, int] = {}


def test_who_has_a_part_is_refused_by_every_address_in_the_same_words_whether_the_thing_exists_or_not(
    h: Hypervisor, things: dict[str, int], clients: dict[str, object], database_urls: DatabaseUrls
) -> None:
    audit.write_to(h.database)
    for path in ASKED:
        before = _audited(database_urls, "eau")
        answer = clients["eau"].get(f"/api/v1/{path}")
        audit.wait()
        assert answer.status_code == 403, f"{path}: {answer.status_code} {answer.text}"
        assert _audited(database_urls, "eau") == before + 1, f"{path} is not in the audit"
    for path, body in SAID:
        before = _audited(database_urls, "eau")
        answer = clients["eau"].post(f"/api/v1/{path}", json=body)
        audit.wait()
        assert answer.status_code == 403, f"{path} {body}: {answer.status_code} {answer.text}"
        assert _audited(database_urls, "eau") == before + 1, f"{path} {body} is not in the audit"
    there, nowhere = (clients["eau"].get(f"/api/v1/assets/{number}").json() for number in (things["asset"], 2_000_000))
    assert there["detail"].replace(str(things["asset"]), "") == nowhere["detail"].replace("2000000", "") and there["title"] == nowhere["title"]


def test_the_sheet_of_an_alarm_of_another_domain_is_refused_and_its_reading_is_in_the_audit(
    h: Hypervisor, things: dict[str, int], database_urls: DatabaseUrls
) -> None:
    audit.write_to(h.database)
    with somebody("water"), h.database.unit_of_work(1) as uow, pytest.raises(OutOfReach):
        sheet(uow, h.layers, things["alarm"])
    audit.wait()
    assert _audited(database_urls, "fiche") == 1


def test_an_event_that_holds_alarms_of_several_domains_shows_each_reader_the_lines_of_theirs(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    lines = [logbook.Line(at=NOW, actor="x", actor_name="X", kind="action", text=layer, layer=layer, event_id=77) for layer in ("lighting", "water")]
    with desk.as_owner(database_urls) as uow:
        logbook.append(uow, *lines)
    for layer, seen in (("water", ["water"]), ("lighting", ["lighting"]), (None, ["lighting", "water"])):
        with h.database.unit_of_work(1) as uow:
            assert [line["text"] for line in read_lines(uow, None, 77, layer and frozenset({layer}))] == seen


@contextmanager
def somebody(layer: str) -> Iterator[None]:
    """An operator of that domain asks."""
    kept = current_principal.set(
        Principal(
            tenant=1, account_id=None, name="token:fiche", display_name="Fiche", role=None, permissions=PERMISSIONS[Role.OPERATOR], layers=frozenset({layer})
        )
    )
    try:
        yield
    finally:
        current_principal.reset(kept)


def test_lists_show_nothing_of_others(things: dict[str, int], clients: dict[str, object]) -> None:
    for client, path in product(clients.values(), ("alarms?open=all", "events?live=all", "works?over=true")):
        assert client.get(f"/api/v1/{path}").json()["items"] == []


def test_roles_that_may_not_mask_are_refused_everywhere(h: Hypervisor) -> None:
    may = {role for role in Role if "alarm:mask" in PERMISSIONS[role]}
    assert may == {Role.OPERATOR, Role.CHIEF}
    assert {role for role in Role if "alarm:manage" in PERMISSIONS[role]} == {Role.CHIEF}


def _audited(urls: DatabaseUrls, name: str) -> int:
    """How many refusals of a program are in its tenant's audit."""
    rows = desk.rows(
        urls,
        "SELECT count(*) AS n FROM audit WHERE tenant = :t AND actor = :a AND outcome = 'refused'",
        t=2 if name == "voisin" else 1,
        a=f"token:{name}",
    )
    return int(rows[0].n)


def _state(urls: DatabaseUrls) -> list:
    return desk.rows(
        urls, "SELECT (SELECT sum(version) FROM alarm), (SELECT sum(version) FROM event), (SELECT sum(version) FROM works), (SELECT count(*) FROM logbook)"
    )
