"""Every route of the API, read from its own OpenAPI list: closed to who is not signed in, and telling nothing of another domain or tenant, whatever is asked."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import audit, tokens
from hypervisor.store import Database
from tests.integration import desk
from tests.integration.desk import NOW

pytestmark = pytest.mark.platform(people=False)
SECRET = "CONFIDENTIEL-ECLAIRAGE"
OPEN = {"/healthz", "/readyz", "/metrics", "/api/v1/session", "/api/v1/pairing", "/api/openapi.json", "/api/docs"}
"""Answered to strangers: signs of life, the door where one signs in, a wall's code, the list of routes. /metrics answers this machine alone."""
SIGNED = "/hooks/"
"""Addresses that ask for a signature or a secret instead of a session."""
WORDS = {"verb": "acknowledge", "layer": "lighting", "key": "cabinet_silent", "source": "eau", "name": "eau", "tenant": "1"}
NOUNS = {"alarm_id": "alarm", "event_id": "event", "work_id": "works", "intervention_id": "intervention", "asset_id": "asset", "number": "proposal"}
SEEDS = {
    "event": "INSERT INTO event (tenant, number, title, layer, priority, opened_at, caller, lon, lat) VALUES (1, :s || '-EV', :s, 'lighting', 2, :at, :s, 5, 47) RETURNING id",
    "works": "INSERT INTO works (tenant, kind, title, starts_at, ends_at, asset_ids, created_by, created_name, created_at) "
    "VALUES (1, 'event', :s, cast(:at AS timestamptz) - interval '1 hour', cast(:at AS timestamptz) + interval '2 hours', '{1}', 'x', :s, :at) RETURNING id",
    "intervention": "INSERT INTO intervention (tenant, number, title, layer, priority, contractor, requested_at, requested_by, requested_name, assigned_at) "
    "VALUES (1, :s || '-IN', :s, 'lighting', 2, :s, :at, 'x', :s, :at) RETURNING id",
    "proposal": "INSERT INTO rule_proposal (tenant, layer, key, based_on, body, enabled, reason, proposed_by, proposed_name, proposed_at) "
    "VALUES (1, 'lighting', 'cabinet_silent', 0, cast(:body AS jsonb), true, :s, 'x', :s, :at) RETURNING id",
}  # fmt: skip
BODY = '{"key": "cabinet_silent", "kind": "cabinet", "property": "cabinet_status", "title": "CONFIDENTIEL-ECLAIRAGE", "priority": 4, "comparison": "silent", "duration": "PT60M"}'
STATE = "SELECT (SELECT sum(version) FROM alarm), (SELECT sum(version) FROM event), (SELECT sum(version) FROM works), (SELECT count(*) FROM rule), (SELECT string_agg(status, ',') FROM rule_proposal)"


@pytest.fixture(scope="module")
def things(database_urls: DatabaseUrls) -> dict[str, int]:
    """One of each noun in the lighting of tenant 1, every text of which holds the secret."""
    desk.add_asset(database_urls, 1, name=SECRET)
    alarm = desk.add_alarm(database_urls, 1)
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "UPDATE alarm SET title = :s WHERE id = :id", s=SECRET, id=alarm)
        line = (
            f'[{{"at": "{NOW.isoformat()}", "actor": "x", "actor_name": "X", "kind": "system", "text": "{SECRET}", "layer": "lighting", "alarm_id": {alarm}}}]'
        )
        desk.run(uow, "SELECT logbook_append(1::smallint, cast(:line AS jsonb))", line=line)
        found = {noun: uow.connection.execute(text(statement), {"at": NOW, "s": SECRET, "body": BODY}).scalar_one() for noun, statement in SEEDS.items()}
    return {"alarm": alarm, "asset": 1} | found


@pytest.fixture(scope="module")
def server(h: Hypervisor, things: dict[str, int]) -> FastAPI:
    return desk.app(h)


@pytest.fixture(scope="module")
def strangers(server: FastAPI, database_urls: DatabaseUrls) -> dict[str, Any]:
    """A program of the same tenant's water, and one of another tenant's lighting; both may do all that a desk does, at home."""
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "INSERT INTO tenant (id, key, label) VALUES (2, 'voisin', 'Voisin')")
        secrets = {"eau": tokens.add_token(uow, "eau", "operate", NOW, ["water"])}
    with Database(database_urls.owner, pool_size=1).unit_of_work(2) as uow:
        secrets["voisin"] = tokens.add_token(uow, "voisin", "operate", NOW)
    made = {name: desk.stranger(server) for name in secrets}
    for name, client in made.items():
        client.headers["Authorization"] = f"Bearer {secrets[name]}"
    return made


def routes(server: FastAPI, things: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    """(method, path as the list says it, path with what it names filled in)."""

    def named(match: re.Match[str]) -> str:
        name = match.group(1)
        return str(things[NOUNS[name]]) if name in NOUNS else WORDS.get(name, "1")

    for path, operations in server.openapi()["paths"].items():
        for method in operations:
            yield method.upper(), path, re.sub(r"\{(\w+)\}", named, path)


def test_the_list_is_the_whole_api(server: FastAPI, things: dict[str, int]) -> None:
    listed = {path for _method, path, _filled in routes(server, things)}
    assert {"/api/v1/alarms/{alarm_id}", "/api/v1/events", "/api/v1/rules/{layer}/{key}/trial", "/api/v1/logbook"} <= listed and len(listed) > 60
    hidden = {route.path for route in server.routes if getattr(route, "include_in_schema", True) is False and str(route.path).startswith("/api/v1/")}
    assert hidden == set(), "a route that is not in the list would not be walked"


def test_no_route_answers_who_is_not_signed_in(server: FastAPI, things: dict[str, int]) -> None:
    client, answered = desk.stranger(server, "10.0.0.9"), []
    for method, path, filled in routes(server, things):
        if path in OPEN - {"/metrics"}:
            continue
        answer = client.request(method, filled, json={} if method != "GET" else None)
        if answer.status_code not in ((401, 403, 404) if path.startswith(SIGNED) else (401,)) or SECRET in answer.text:
            answered.append(f"{method} {path}: {answer.status_code} {answer.text[:120]}")
    assert answered == []


@pytest.mark.parametrize("name", ["eau", "voisin"])
def test_no_route_tells_or_changes_anything_of_another_domain_or_tenant(
    h: Hypervisor, server: FastAPI, strangers: dict[str, Any], things: dict[str, int], database_urls: DatabaseUrls, name: str
) -> None:
    audit.write_to(h.database)
    before, told = desk.rows(database_urls, STATE), []
    for method, path, filled in routes(server, things):
        if path.startswith(SIGNED) or path in OPEN:
            continue
        answer = strangers[name].request(method, filled, json={} if method != "GET" else None)
        names_it = any(f"{{{noun}}}" in path for noun in NOUNS)
        if SECRET in answer.text or answer.status_code >= 500 or (names_it and answer.status_code < 400):
            told.append(f"{method} {path}: {answer.status_code} {answer.text[:160]}")
    audit.wait()
    assert told == []
    assert desk.rows(database_urls, STATE) == before
    about = {row.object for row in desk.rows(database_urls, "SELECT DISTINCT object FROM audit WHERE actor = :a AND outcome = 'refused'", a=f"token:{name}")}
    assert {f"alarm:{things['alarm']}", f"event:{things['event']}", f"works:{things['works']}"} <= about, "the attempts are in the audit"


def test_the_one_who_may_is_told(server: FastAPI, things: dict[str, int], database_urls: DatabaseUrls) -> None:
    # Otherwise the tests above would pass on an API that answers nothing.
    with desk.as_owner(database_urls) as uow:
        secret = tokens.add_token(uow, "lumiere", "operate", NOW, ["lighting"])
    client = desk.stranger(server)
    client.headers["Authorization"] = f"Bearer {secret}"
    for path in (
        f"alarms/{things['alarm']}",
        "alarms",
        "events",
        f"events/{things['event']}",
        "works?over=true",
        "logbook",
        f"interventions/{things['intervention']}",
        "assets",
    ):
        assert SECRET in client.get(f"/api/v1/{path}").text, path
