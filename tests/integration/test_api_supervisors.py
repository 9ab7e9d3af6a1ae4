"""External supervisors: alarms by API and by webhook, what is refused and kept, heartbeat and contract."""

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi import FastAPI

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import audit, tokens, webhooks
from hypervisor.store import alarm_clock
from hypervisor.store.engine import Engine
from tests.integration import desk
from tests.integration.desk import NOW

pytestmark = pytest.mark.platform(people=False)
CABINET, CAMERA = "urn:ngsi-ld:cabinet:1-1", "urn:ngsi-ld:camera:1-2"


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    desk.add_asset(database_urls, 1)
    desk.add_asset(database_urls, 2, layer="security", kind="camera", name="Caméra 2")
    return h


@pytest.fixture(scope="module")
def bearer(h: Hypervisor, server: FastAPI):
    """name → a client with a token of that name."""

    def make(name: str, scope: str = "supervise", layers: list[str] | None = None):
        with desk.as_owner_of(h) as uow:
            secret = tokens.add_token(uow, name, scope, NOW, layers)
        client = desk.stranger(server)
        client.headers["Authorization"] = f"Bearer {secret}"
        return client

    return make


def said(cause: str, asset: str = CABINET, **changes: object) -> dict:
    return {"asset": asset, "cause": cause, "title": "Disjoncteur déclenché", "severity": "major"} | changes


def of_cause(urls: DatabaseUrls, cause: str) -> list[dict]:
    return [row.shape for row in desk.rows(urls, "SELECT v.shape FROM alarm_shape v JOIN alarm a USING (tenant, id) WHERE a.cause = :c ORDER BY v.id", c=cause)]


def test_a_supervisor_raises_updates_and_clears(bearer, database_urls: DatabaseUrls) -> None:
    client = bearer("gtb")
    first = client.post("/api/v1/alarms", json=said("trip", severity="Warning", value=3.5, unit="A"))
    assert (first.status_code, first.json()["accepted"], first.json()["rejected"]) == (201, 1, [])
    [shape] = of_cause(database_urls, "trip")
    assert (shape["source"], shape["priority"], shape["severity"], shape["state"], shape["value"]) == (
        "supervisor:gtb",
        "minor",
        "Warning",
        "unacknowledged",
        3.5,
    )
    client.post("/api/v1/alarms", json=said("trip", severity="critical", action="update"))
    [worse] = of_cause(database_urls, "trip")
    assert (worse["id"], worse["priority"], worse["severity"], worse["count"]) == (shape["id"], "critical", "critical", 2)
    client.post("/api/v1/alarms", json=said("trip", action="clear"))
    assert of_cause(database_urls, "trip")[0]["state"] == "returned_unacknowledged"


def test_two_supervisors_speak_of_one_asset_without_meeting(bearer, database_urls: DatabaseUrls) -> None:
    for name in ("nord", "sud"):
        assert bearer(name).post("/api/v1/alarms", json=said("same")).status_code == 201
    assert {shape["source"] for shape in of_cause(database_urls, "same")} == {"supervisor:nord", "supervisor:sud"}


def test_consequence_and_time_to_respond_rank_an_alarm_before_its_severity(bearer, database_urls: DatabaseUrls) -> None:
    bearer("gtb").post("/api/v1/alarms", json=said("fire", severity="low", stake="vital", respond_within_s=300))
    [shape] = of_cause(database_urls, "fire")
    assert (shape["priority"], shape["severity"], shape["stake"]) == ("critical", "low", "vital")


def test_an_unknown_asset_is_kept_as_refused_and_the_others_pass(bearer, database_urls: DatabaseUrls) -> None:
    answer = bearer("gtb").post("/api/v1/alarms", json={"messages": [said("lot", asset="urn:nowhere"), said("lot"), said("lot", severity="dreadful")]})
    assert answer.json()["accepted"] == 1
    assert [(one["index"], one["reason"].split()[0]) for one in answer.json()["rejected"]] == [(0, "L’équipement"), (2, "La")]
    [kept] = desk.rows(database_urls, "SELECT cause, source, payload FROM rejected_observation WHERE entity = 'urn:nowhere'")
    assert (kept.cause, kept.source, kept.payload["title"]) == ("unknown_asset", "supervisor:gtb", "Disjoncteur déclenché")


def test_an_unknown_asset_with_a_place_is_accepted(bearer, database_urls: DatabaseUrls) -> None:
    place = {"asset": "urn:elsewhere", "layer": "lighting", "name": "Guirlande du marché", "lon": 5.04, "lat": 47.32}
    for _ in range(2):
        assert bearer("gtb").post("/api/v1/alarms", json=said("dark", **place)).json()["accepted"] == 1
    [shape] = of_cause(database_urls, "dark")
    assert (shape["asset_name"], shape["lon"], shape["lat"], shape["count"]) == ("Guirlande du marché", 5.04, 47.32, 2)


def test_a_token_of_one_layer_says_nothing_of_another(bearer, database_urls: DatabaseUrls) -> None:
    client = bearer("eclairage", layers=["lighting"])
    answer = client.post("/api/v1/alarms", json=said("spy", asset=CAMERA)).json()
    assert (answer["accepted"], len(answer["rejected"])) == (0, 1)
    placed = client.post("/api/v1/alarms", json=said("spy", asset="urn:new", layer="security", lon=5.0, lat=47.0)).json()
    assert (placed["accepted"], len(placed["rejected"])) == (0, 1)
    assert of_cause(database_urls, "spy") == []


def test_scopes_that_do_not_raise_are_refused_and_it_is_in_the_audit(bearer, database_urls: DatabaseUrls) -> None:
    for scope in ("read", "ingest"):
        assert bearer(f"only-{scope}", scope).post("/api/v1/alarms", json=said("no")).status_code == 403
    audit.wait()
    refused = desk.rows(database_urls, "SELECT actor FROM audit WHERE outcome = 'refused' AND action LIKE '%alarm:raise%'")
    assert {"token:only-read", "token:only-ingest"} <= {row.actor for row in refused}


def test_a_supervisor_can_neither_read_nor_acknowledge(bearer, database_urls: DatabaseUrls) -> None:
    client = bearer("gtb")
    client.post("/api/v1/alarms", json=said("blind"))
    alarm_id = of_cause(database_urls, "blind")[0]["id"]
    assert client.get("/api/v1/alarms").status_code == 403
    assert client.post(f"/api/v1/alarms/{alarm_id}/acknowledge").status_code == 403


def test_a_retried_delivery_is_delivered_once(bearer, database_urls: DatabaseUrls) -> None:
    client = bearer("gtb")
    for _ in range(3):
        client.post("/api/v1/alarms", json=said("once"), headers={"Idempotency-Key": "once-1"})
    assert of_cause(database_urls, "once")[0]["count"] == 1


def test_a_webhook_is_signed_or_refused(h: Hypervisor, server: FastAPI, bearer, database_urls: DatabaseUrls) -> None:
    bearer("scada")
    secret = webhooks.secret_of(h.key, 1, "scada")
    body = json.dumps(said("hooked")).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    client = desk.stranger(server)
    url = "/hooks/supervisor/1.scada"
    for headers in ({}, {"X-Vigie-Signature": "sha256=0"}, {"X-Vigie-Secret": "vigie_hook_no"}, {"X-Vigie-Signature": webhooks.secret_of(h.key, 2, "scada")}):
        assert client.post(url, content=body, headers=headers).status_code == 401
    assert client.post(url, content=body + b" ", headers={"X-Vigie-Signature": signature}).status_code == 401, "the body is signed"
    assert of_cause(database_urls, "hooked") == []
    assert client.post(url, content=body, headers={"X-Vigie-Signature": signature}).status_code == 201
    assert client.post(url, content=body, headers={"X-Vigie-Secret": secret}).status_code == 201
    assert of_cause(database_urls, "hooked")[0]["count"] == 2
    assert client.post(url, content=b"{}", headers={"X-Vigie-Secret": secret}).status_code == 400


def test_a_revoked_token_closes_its_webhook(h: Hypervisor, server: FastAPI, bearer, database_urls: DatabaseUrls) -> None:
    bearer("parti")
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "UPDATE api_token SET revoked_at = :at WHERE name = 'parti'", at=NOW)
    answer = desk.stranger(server).post("/hooks/supervisor/1.parti", json=said("x"), headers={"X-Vigie-Secret": webhooks.secret_of(h.key, 1, "parti")})
    assert answer.status_code == 401


def test_the_contract_says_lag_errors_silence_and_availability(h: Hypervisor, bearer, database_urls: DatabaseUrls) -> None:
    client, reader = bearer("contrat"), bearer("lecteur", "operate")
    client.post("/api/v1/alarms", json=said("late", observed_at=(NOW - timedelta(seconds=90)).isoformat()))
    client.post("/api/v1/alarms", json=said("late", asset="urn:nowhere"))
    beat = client.post("/api/v1/supervisors/heartbeat", json={"period_s": 30})
    contract = beat.json()
    assert (contract["received"], contract["errors"], contract["last_lag_ms"], contract["period_s"], contract["silent_since"]) == (2, 1, 90_000, 30, None)
    assert contract["last_error"].startswith("L’équipement urn:nowhere est inconnu")
    assert reader.get("/api/v1/supervisors").status_code == 403
    engine = Engine(database_urls.worker, "test")
    with engine.transaction() as cursor:
        alarm_clock.tick(cursor, 1, NOW + timedelta(seconds=91))
        alarm_clock.tick(cursor, 1, NOW + timedelta(seconds=95))
    engine.close()
    assert desk.rows(database_urls, "SELECT until FROM supervisor_outage WHERE key = 'contrat'") == [(None,)]
    [back] = [client.post("/api/v1/supervisors/heartbeat").json()]
    assert back["silent_since"] is None
    lines = desk.rows(database_urls, "SELECT text FROM logbook WHERE text LIKE 'Superviseur %contrat' ORDER BY seq")
    assert [row.text.replace("\u00a0", " ") for row in lines] == ["Superviseur muet : contrat", "Superviseur de retour : contrat"]


def test_lone_messages_sent_at_the_same_time_share_transactions_and_each_has_its_own_answer(bearer, database_urls: DatabaseUrls) -> None:
    client = bearer("rafale")
    bodies = [said(f"rafale-{number}", **({"asset": "urn:inconnu"} if number % 10 == 3 else {})) for number in range(40)]
    with ThreadPoolExecutor(16) as threads:
        answers = [answer.json() for answer in threads.map(lambda body: client.post("/api/v1/alarms", json=body), bodies)]
    for number, answer in enumerate(answers):
        if number % 10 == 3:
            assert (answer["accepted"], answer["alarms"], answer["rejected"][0]["index"]) == (0, [], 0)
            assert "urn:inconnu" in answer["rejected"][0]["reason"]
        else:
            assert (answer["accepted"], answer["rejected"]) == (1, [])
            assert [shape["id"] for shape in of_cause(database_urls, f"rafale-{number}")] == answer["alarms"]
