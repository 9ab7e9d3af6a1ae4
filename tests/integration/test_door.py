"""What the door answers to good and bad requests, over a real Valkey and a real PostgreSQL, in process."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
import redis

from hypervisor.clock import FixedClock
from hypervisor.domain.observation import Batch
from hypervisor.hot import keys
from hypervisor.hot.stream import Intake
from hypervisor.hot.wire import Wire
from hypervisor.ingest.door import Door
from hypervisor.ingest.tokens import Tokens
from hypervisor.launcher import processes
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store.engine import Engine
from tests import ingest_world as world
from tests.ingest_world import NOON, NOON_MS, TENANT, TOKEN, urn
from tests.services import plain

UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
AT = "2026-06-01T12:00:00Z"
LIMIT = 2**20


@pytest.fixture(scope="module")
def urls(database_urls: DatabaseUrls) -> DatabaseUrls:
    world.settle(database_urls)
    with psycopg.connect(plain(database_urls.owner), autocommit=True) as owner:
        for number, (name, scope, layers) in enumerate([("lecteur", "read", None), ("borne", "ingest", ["essai"])], 10):
            owner.execute(
                "INSERT INTO api_token (tenant, id, name, token_hash, scope, layers, created_at) VALUES (1, %s, %s, %s, %s, %s, now())",
                (number, name, hashlib.sha256(name.encode()).digest(), scope, layers),
            )
    return database_urls


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def knock(urls: DatabaseUrls, redis_url: str) -> Callable[..., Any]:
    """Sends one request, or several at once, to a door of its own."""

    def send(*requests: dict[str, Any], most_waiting: int = 1000, shards: int = 1, redis_at: str = redis_url, database: str = urls.worker) -> Any:
        async def all_at_once() -> list[httpx.Response]:
            wire, tokens = Wire(redis_at), Tokens(Engine(database, "door"), FixedClock(NOON))
            intake = Intake(wire)
            door = Door(intake, tokens, FixedClock(NOON), {"fillingLevel", "lid"}, LIMIT, shards, most_waiting)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(door.application()), base_url="http://door") as http:
                answers = await asyncio.gather(*(http.request(**_request(**request)) for request in requests))
            await intake.finish()
            wire.close()
            return list(answers)

        answers = asyncio.run(all_at_once())
        return answers[0] if len(answers) == 1 else answers

    return send


def _request(
    *, entities: Any = None, content: Any = None, path: str = UPSERT, token: str | None = TOKEN, headers: dict[str, str] | None = None, method: str = "POST"
) -> dict[str, Any]:
    sent = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {}) | (headers or {})
    return {"method": method, "url": path, "headers": sent, "content": content if content is not None else json.dumps(entities).encode()}


def normalized(number: int, value: Any = 42.5, at: str | None = AT) -> dict[str, Any]:
    return {"id": urn(number), "type": "WasteContainer", "fillingLevel": {"type": "Property", "value": value} | ({"observedAt": at} if at else {})}


def accepted(client: redis.Redis) -> list[tuple[str, str, Any, int]]:
    batches = [msgspec.msgpack.decode(fields[b"b"], type=Batch) for _, fields in client.xrange(keys.stream(TENANT, 0))]
    return [(o.entity, o.property, o.value, o.observed_at_ms) for batch in batches for o in batch.observations]


def test_a_normalized_batch_is_on_the_stream_before_its_204(knock, client):
    answer = knock({"entities": [normalized(1), normalized(2, 7)]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert accepted(client) == [(urn(1), "fillingLevel", 42.5, NOON_MS), (urn(2), "fillingLevel", 7, NOON_MS)]
    assert client.exists(keys.incarnation(TENANT, 0))


@pytest.mark.parametrize("verb", ["upsert", "update", "create"])
def test_key_values_and_concise_entities_are_read_alike(knock, client, verb):
    simple = {
        "id": urn(1),
        "type": "WasteContainer",
        "fillingLevel": 42.5,
        "lid": "open",
        "dateObserved": AT,
        "location": {"type": "Point", "coordinates": [3, 43]},
    }
    concise = {"id": urn(2), "type": "WasteContainer", "fillingLevel": {"value": 1, "unitCode": "P1", "observedAt": AT}, "lid": True}
    answer = knock({"entities": [simple, concise], "path": f"/ngsi-ld/v1/entityOperations/{verb}", "headers": {"content-type": "application/ld+json"}})
    assert answer.status_code == 204
    assert accepted(client) == [
        (urn(1), "fillingLevel", 42.5, NOON_MS),
        (urn(1), "lid", "open", NOON_MS),
        (urn(2), "fillingLevel", 1, NOON_MS),
        (urn(2), "lid", 1, 0),
    ]


def test_the_valid_entities_of_a_bad_batch_are_accepted_and_each_bad_one_is_explained(knock, client):
    body = f"""[{json.dumps(normalized(1))}, {{"id": "{urn(2)}", "type": "WasteContainer", "fillingLevel": NaN}},
        {{"id": "{urn(3)}", "type": "WasteContainer", "fillingLevel": {{"type": "Property", "value": -Infinity}}}}, {json.dumps(normalized(4, at="2026-06-01T12:00:00"))},
        {json.dumps(normalized(5, [1, 2]))}, {{"type": "WasteContainer", "fillingLevel": 1}}, {{"id": 7, "type": "WasteContainer", "fillingLevel": 1}}, 12,
        {{"id": "{urn(8)}", "fillingLevel": 1}}, {json.dumps(normalized(9, at="hier"))}, {{"id": "{urn(10)}", "type": "WasteContainer", "fillingLevel": 1e999}}]"""
    answer = knock({"content": body.encode()})
    assert answer.status_code == 207
    assert answer.json()["success"] == [urn(1)]
    told = [(error["entityId"], error["error"]["detail"]) for error in answer.json()["errors"]]
    assert [entity for entity, _ in told] == [urn(2), urn(3), urn(4), urn(5), "", "", "", urn(8), urn(9), urn(10)]
    for (_, sentence), word in zip(
        told, ["finite", "finite", "zone", "neither a number", "entity 5", "entity 6", "entity 7", "no type", "not an ISO-8601", "finite"], strict=True
    ):
        assert word in sentence
    assert accepted(client) == [(urn(1), "fillingLevel", 42.5, NOON_MS)]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'[{"id": "urn:a:b", "type": "T", "x": ', "byte 37"),
        (b"", "byte 0"),
        (b"[]", "empty"),
        (b'"x"', "not an array"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "not"),
    ],
)
def test_a_body_that_is_not_a_batch_is_refused_with_position_and_reason(knock, client, content, word):
    answer = knock({"content": content})
    assert answer.status_code == 400 and word in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert accepted(client) == []


@pytest.mark.parametrize(
    ("request_of", "status"),
    [
        ({"token": None}, 401),
        ({"token": "inconnu"}, 401),
        ({"headers": {"authorization": "Basic x"}, "token": None}, 401),
        ({"token": "lecteur"}, 403),
        ({"headers": {"ngsild-tenant": "autre"}}, 403),
        ({"headers": {"ngsild-tenant": "metropole"}}, 204),
        ({"headers": {"content-type": "text/csv"}}, 415),
        ({"headers": {"content-encoding": "br"}}, 415),
        ({"path": "/ngsi-ld/v1/entityOperations/delete"}, 400),
        ({"path": "/nothing"}, 404),
        ({"method": "GET"}, 404),
    ],
)
def test_who_may_not_enter_is_told_why(knock, client, request_of, status):
    answer = knock({"entities": [normalized(1)]} | request_of)
    assert answer.status_code == status
    assert len(accepted(client)) == (1 if status == 204 else 0)
    if status != 204:
        assert len(answer.json()["detail"]) > 30


def test_a_token_limited_to_layers_says_so_on_the_stream(knock, client):
    assert knock({"entities": [normalized(1)], "token": "borne"}).status_code == 204
    [(_, fields)] = client.xrange(keys.stream(TENANT, 0))
    assert msgspec.msgpack.decode(fields[b"b"], type=Batch).layers == ["essai"]


def test_a_hundred_megabytes_are_refused_without_being_kept(knock, client):
    sent = 0

    async def endless():
        nonlocal sent
        for _ in range(100):
            sent += 2**20
            yield bytes(2**20)

    answer = knock({"content": endless()})
    assert answer.status_code == 413 and "1 MB" in answer.json()["detail"]
    bomb = knock({"content": gzip.compress(bytes(50 * 2**20)), "headers": {"content-encoding": "gzip"}})
    assert bomb.status_code == 413
    assert accepted(client) == []


def test_a_gzipped_body_is_read(knock, client):
    body = gzip.compress(json.dumps([normalized(1)]).encode())
    assert knock({"content": body, "headers": {"content-encoding": "gzip"}}).status_code == 204
    assert knock({"content": body[:-10], "headers": {"content-encoding": "gzip"}}).status_code == 400
    assert len(accepted(client)) == 1


def test_ten_thousand_entities_are_accepted_in_parts_of_one_request(knock, client):
    assert knock({"entities": [{"id": urn(n), "type": "T", "lid": 1} for n in range(10_000)]}).status_code == 204
    assert len(accepted(client)) == 10_000
    assert client.xlen(keys.stream(TENANT, 0)) == 5


def test_a_replayed_body_gets_the_same_answer_and_is_not_added_again(knock, client):
    entities = [normalized(1), normalized(2, at="hier")]
    first, second = knock({"entities": entities}), knock({"entities": entities})
    assert first.status_code == second.status_code == 207
    assert first.content == second.content
    assert len(accepted(client)) == 1
    assert 500 < client.ttl(client.keys("in:*seen*")[0]) <= 600, "a thousand sensors that send each second must not fill the memory"


def test_the_same_body_without_times_is_news_each_time(knock, client):
    for _ in range(2):
        assert knock({"entities": [normalized(1, at=None)]}).status_code == 204
    assert len(accepted(client)) == 2


def test_an_idempotency_key_makes_a_retry_harmless_and_refuses_another_body(knock, client):
    key = {"idempotency-key": "lot-7"}
    for _ in range(2):
        assert knock({"entities": [normalized(1, at=None)], "headers": key}).status_code == 204
    other = knock({"entities": [normalized(2, at=None)], "headers": key})
    assert other.status_code == 409 and "another body" in other.json()["detail"]
    assert len(accepted(client)) == 1
    assert 86_300 < client.ttl(client.keys("in:*seen*")[0]) <= 86_400


def test_simultaneous_retries_of_one_request_are_added_once(knock, client):
    answers = knock(*[{"entities": [normalized(1)]}] * 20)
    assert {answer.status_code for answer in answers} == {204}
    assert len(accepted(client)) == 1


def test_when_too_much_waits_the_sender_is_asked_to_come_back(knock, client):
    assert knock({"entities": [normalized(1)]}, most_waiting=1).status_code == 204
    answer = knock({"entities": [normalized(2)]}, most_waiting=1)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    # What was refused is not remembered: the same request passes later.
    assert knock({"entities": [normalized(2)]}).status_code == 204
    assert len(accepted(client)) == 2


def test_with_redis_or_postgresql_down_the_answer_says_to_try_again(knock):
    nowhere = processes.free_port()
    away = knock({"entities": [normalized(1)]}, redis_at=f"redis://127.0.0.1:{nowhere}/0")
    assert away.status_code == 503 and "Redis" in away.json()["detail"] and int(away.headers["retry-after"]) > 0
    away = knock({"entities": [normalized(1)]}, database=f"postgresql://nobody@127.0.0.1:{nowhere}/none")
    assert away.status_code == 503 and "PostgreSQL" in away.json()["detail"]


def test_the_door_says_that_it_lives_and_what_it_counts(knock):
    health, page = knock({"path": "/healthz", "method": "GET", "token": None}, {"path": "/metrics", "method": "GET", "token": None})
    assert health.status_code == 200
    assert "vigie_ingest_observations_accepted_total" in page.text


HOOK = "/hooks/chirpstack/capteurs"
UPLINK = {"time": AT, "deviceInfo": {"devEui": "01", "tags": {"urn": urn(7)}}, "object": {"fillingLevel": 42}}


def test_an_uplink_sent_by_a_network_server_is_on_the_stream_once_however_often_it_is_sent(knock, client):
    twice = [knock({"entities": UPLINK, "path": f"{HOOK}?event=up"}) for _ in range(2)]
    assert [answer.status_code for answer in twice] == [204, 204]
    assert accepted(client) == [(urn(7), "fillingLevel", 42, NOON_MS)]
    assert knock({"entities": {"deviceInfo": {}}, "path": f"{HOOK}?event=join"}).status_code == 204


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"token": None}, 401, "no bearer token"),
        ({"token": "vigie_other"}, 401, "unknown"),
        ({"path": "/hooks/chirpstack/others"}, 403, "not that of source"),
        ({"path": "/hooks/nothing/capteurs"}, 404, "the_things_stack"),
        ({"content": b"{"}, 400, "not JSON"),
        ({"entities": UPLINK | {"time": "yesterday"}}, 400, "ISO-8601"),
    ],
)
def test_a_hook_refuses_with_a_sentence_and_accepts_nothing(knock, client, changes, status, said):
    answer = knock({"entities": UPLINK, "path": HOOK} | changes)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    assert accepted(client) == []


def test_an_undated_body_that_redis_took_and_the_door_could_not_confirm_counts_once_when_it_is_sent_again(urls, redis_url, client):
    """The answer of Redis is lost; then it is sent again, and again as news."""

    class Deaf(Wire):
        is_deaf = False

        async def ask(self, commands):
            answers = await super().ask(commands)
            if self.is_deaf:
                raise redis.ConnectionError("the answer is lost")
            return answers

    async def sent() -> list[int]:
        wire = Deaf(redis_url)
        intake = Intake(wire)
        door = Door(intake, Tokens(Engine(urls.worker, "door"), FixedClock(NOON)), FixedClock(NOON), {"fillingLevel"}, LIMIT)
        found = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door.application()), base_url="http://door") as http:
            for is_deaf in (False, True, True, False, False, False):
                await intake.waiting(TENANT, 0)
                wire.is_deaf = is_deaf
                found.append((await http.request(**_request(entities=[normalized(1, at=None)]))).status_code)
                wire.is_deaf = False
        await intake.finish()
        wire.close()
        return found

    assert asyncio.run(sent()) == [204, 503, 503, 204, 204, 204]
    # The first; the one of the two 503 and its retry; two that prove that the sensor lives.
    assert client.xlen(keys.stream(TENANT, 0)) == 4
