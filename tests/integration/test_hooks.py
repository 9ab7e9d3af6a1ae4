"""Webhooks: who may post, what becomes of measures and alarms, and what happens when it is posted again."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
import redis

from hypervisor.clock import FixedClock
from hypervisor.hot.stream import Intake
from hypervisor.hot.wire import Wire
from hypervisor.ingest.door import Door
from hypervisor.ingest.supervision import Supervision
from hypervisor.ingest.tokens import Tokens
from hypervisor.launcher import processes
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import webhooks
from hypervisor.store.engine import Engine
from tests.integration import desk
from tests.integration.desk import NOW
from tests.services import plain

KEY = b"k" * 32
SERVICES = {"services": {"001": {"layer": "lighting", "title": "Rue sans éclairage", "severity": "major"}}}
UPLINK = {
    "time": "2026-02-11T17:04:00Z", "deviceInfo": {"devEui": "0101", "tags": {"urn": "urn:ngsi-ld:WasteContainer:7"}}, "object": {"fillingLevel": 42},
}  # fmt: skip


@pytest.fixture(scope="module")
def urls(database_urls: DatabaseUrls) -> DatabaseUrls:
    desk.add_asset(database_urls, 1)
    with psycopg.connect(plain(database_urls.owner), autocommit=True) as owner:
        for number, (name, scope, connector, template) in enumerate(
            [
                ("lora", "ingest", "chirpstack", None),
                ("talq", "connect", "talq", {"asset": "urn:ngsi-ld:cabinet:{device}"}),
                ("muet", "ingest", "talq", None),
                ("allo", "connect", "open311", SERVICES),
                ("bacs", "ingest", "json_paths", {"asset": "urn:ngsi-ld:WasteContainer:{id}", "values": {"fillingLevel": "level"}}),
                ("parti", "ingest", "chirpstack", None),
            ],
            1000,
        ):
            owner.execute(
                "INSERT INTO api_token (tenant, id, name, token_hash, scope, created_at) VALUES (1, %s, %s, sha256(%s::bytea), %s, now())",
                (number, name, name, scope),
            )
            owner.execute(
                "INSERT INTO source (tenant, name, connector, template, changed_at) VALUES (1, %s, %s, %s, now())",
                (name, connector, json.dumps(template) if template else None),
            )
        owner.execute("UPDATE api_token SET revoked_at = now() WHERE name = 'parti'")
    return database_urls


@pytest.fixture
def stream(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        yield lambda: sum(client.xlen(name) for name in client.scan_iter("in:*", _type="stream"))


@pytest.fixture
def post(urls: DatabaseUrls, redis_url: str) -> Callable[..., httpx.Response]:
    """Posts to a door of its own."""

    def send(path: str, content: bytes, headers: dict[str, str] | None = None, app: str = urls.app, redis_at: str = redis_url, **query: str) -> httpx.Response:
        async def once() -> httpx.Response:
            wire, clock = Wire(redis_at), FixedClock(NOW)
            intake, supervision = Intake(wire), Supervision(app, clock)
            door = Door(intake, Tokens(Engine(urls.worker, "door"), clock), clock, set(), 2**20, key=lambda: KEY, supervision=supervision)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(door.application()), base_url="http://door") as http:
                answer = await http.post(path, content=content, headers=headers or {}, params=query)
            await intake.finish()
            supervision.close()
            wire.close()
            return answer

        return asyncio.run(once())

    return send


def signed(source: str, content: bytes, prefix: str = "sha256=") -> dict[str, str]:
    return {"x-vigie-signature": prefix + hmac.new(webhooks.secret_of(KEY, 1, source).encode(), content, hashlib.sha256).hexdigest()}


def alarms(urls: DatabaseUrls, source: str) -> list[Any]:
    return desk.rows(urls, "SELECT cause, title, active, count, layer, source FROM alarm WHERE source = :s ORDER BY id", s=f"supervisor:{source}")


def test_a_signed_body_is_let_in_without_a_token_and_counts_once(post, stream):
    content = json.dumps(UPLINK).encode()
    for _time in range(2):
        assert post("/hooks/chirpstack/1.lora", content, signed("lora", content), event="up").status_code == 204
    assert stream() == 1


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("1.lora", {}),
        ("1.lora", {"x-vigie-signature": "sha256=" + "0" * 64}),
        ("1.lora", signed("talq", json.dumps(UPLINK).encode())),
        ("2.lora", signed("lora", json.dumps(UPLINK).encode())),
        ("1.lora", signed("lora", b"another body")),
        ("1.lora", signed("lora", json.dumps(UPLINK).encode(), "sha1=")),
        ("lora", signed("lora", json.dumps(UPLINK).encode())),
        ("1.lora", {"x-vigie-secret": webhooks.secret_of(b"z" * 32, 1, "lora")}),
        ("1.parti", signed("parti", json.dumps(UPLINK).encode())),
    ],
)
def test_what_is_not_proved_is_refused_and_nothing_is_accepted(post, stream, source, headers):
    answer = post(f"/hooks/chirpstack/{source}", json.dumps(UPLINK).encode(), headers)
    assert answer.status_code == 401 and "nothing was accepted" in answer.json()["detail"]
    assert stream() == 0


def test_a_wrong_signature_is_not_made_good_by_the_right_secret(post):
    headers = {"x-vigie-signature": "sha256=" + "0" * 64, "x-vigie-secret": webhooks.secret_of(KEY, 1, "lora")}
    assert post("/hooks/chirpstack/1.lora", json.dumps(UPLINK).encode(), headers).status_code == 401
    del headers["x-vigie-signature"]
    assert post("/hooks/chirpstack/1.lora", json.dumps(UPLINK).encode(), headers).status_code == 204


def test_a_gateway_s_report_is_measures_on_the_stream_and_alarms_once(post, stream, urls):
    entries = [
        {"data": {"type": "AttributeLogData", "srcAddress": "1-1/meter", "timestamp": "2026-02-11T17:04:00Z", "attributeName": "supplyVoltage", "attributeValue": {"type": "AttributeFloat", "value": 231.5}}},
        {"data": {"type": "EventLogData", "srcAddress": "1-1", "timestamp": "2026-02-11T17:04:02Z", "eventType": "circuitBreakerTripped", "startEndFlag": True}},
    ]  # fmt: skip
    content = json.dumps({"address": "logger", "entries": entries}).encode()
    for _time in range(2):
        assert post("/hooks/talq/1.talq/log-reports", content, signed("talq", content), clientAddress="x").status_code == 201
    assert stream() == 1
    [alarm] = alarms(urls, "talq")
    assert (alarm.cause, alarm.active, alarm.count, alarm.layer) == ("circuitBreakerTripped", True, 1, "lighting")
    entries[1]["data"] |= {"startEndFlag": False, "timestamp": "2026-02-11T17:05:00Z"}
    ended = json.dumps({"address": "logger", "entries": entries[1:]}).encode()
    assert post("/hooks/talq/talq", ended, {"authorization": "Bearer talq"}).status_code == 201
    assert [alarm.active for alarm in alarms(urls, "talq")] == [False]


def test_a_report_answered_503_half_way_is_sent_again_without_harm(post, stream, urls, redis_url):
    entries = [
        {"data": {"type": "AttributeLogData", "srcAddress": "1-1", "timestamp": "2026-02-11T17:06:00Z", "attributeName": "supplyVoltage", "attributeValue": {"type": "AttributeFloat", "value": 230}}},
        {"data": {"type": "EventLogData", "srcAddress": "1-1", "timestamp": "2026-02-11T17:06:00Z", "eventType": "contactorError", "startEndFlag": True}},
    ]  # fmt: skip
    content, port = json.dumps({"address": "logger", "entries": entries}).encode(), processes.free_port()
    nowhere = urls.app.rpartition("@")[0] + f"@127.0.0.1:{port}/nothing"
    assert post("/hooks/talq/talq", content, {"authorization": "Bearer talq"}, app=nowhere).status_code == 503
    assert post("/hooks/talq/talq", content, {"authorization": "Bearer talq"}).status_code == 201
    assert stream() == 1
    assert [alarm.count for alarm in alarms(urls, "talq") if alarm.cause == "contactorError"] == [1]


def test_a_token_of_measures_alone_raises_no_alarm_and_nothing_of_its_report_is_taken(post, stream, urls):
    content = json.dumps(
        {"address": "l", "entries": [{"data": {"type": "EventLogData", "srcAddress": "1-1", "eventType": "lampFailure", "startEndFlag": True}}]}
    ).encode()
    answer = post("/hooks/talq/muet", content, {"authorization": "Bearer muet"})
    assert answer.status_code == 403 and "connect" in answer.json()["detail"]
    assert alarms(urls, "muet") == [] and stream() == 0


def test_a_citizen_s_report_is_an_alarm_where_it_was_made_with_its_number_for_an_answer(post, urls):
    form = f"api_key={webhooks.secret_of(KEY, 1, 'allo')}&service_code=001&lat=43.6&long=3.88&description=Dark&email=a%40b.fr"
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    answers = [post("/hooks/open311/1.allo/requests.json", form.encode(), headers) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    number = answers[0].json()[0]["service_request_id"]
    assert answers[1].json()[0]["service_request_id"] == number
    [alarm] = alarms(urls, "allo")
    assert (alarm.title, alarm.active, alarm.count, alarm.layer) == ("Rue sans éclairage : Dark", True, 1, "lighting")
    closed = json.dumps([{"service_request_id": number, "service_code": "001", "status": "closed", "lat": 43.6, "long": 3.88}]).encode()
    assert post("/hooks/open311/1.allo", closed, signed("allo", closed)).status_code == 201
    assert [alarm.active for alarm in alarms(urls, "allo")] == [False]
    assert post("/hooks/open311/1.allo", b"api_key=wrong&service_code=001&lat=43.6&long=3.88", headers).status_code == 401


def test_a_source_s_own_json_is_read_by_its_template(post, stream):
    assert post("/hooks/json_paths/bacs", b'{"id": 7, "level": 0.5}', {"authorization": "Bearer bacs"}).status_code == 204
    assert stream() == 1
    answer = post("/hooks/json_paths/lora", b'{"id": 7, "level": 0.5}', {"authorization": "Bearer lora"})
    assert answer.status_code == 400 and "template" in answer.json()["detail"]
