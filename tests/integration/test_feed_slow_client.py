"""A screen that stops reading its socket, against the web process itself: its memory stays bounded, the others stay current, and it is given everything anew."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest
import redis
from websockets.sync.client import ClientConnection, connect

from hypervisor.feed.clients import QUEUE_BYTES
from hypervisor.hot import facts, keys
from hypervisor.launcher.addresses import DatabaseUrls
from tests import web_process
from tests.integration import desk, feed

pytestmark = pytest.mark.keeps_redis
FACTS, FACT_BYTES = 3_000, 20_000
"""60 MB told while one screen does not read: seven times what its queue may hold."""
MOST_MB = 30
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def web(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[web_process.Web]:
    feed.territory(database_urls)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
        client.set(keys.snap(1, "lighting"), bytes(3))
        client.set(keys.snap(1, "water"), bytes(2))
    with web_process.serving(database_urls, redis_url, tmp_path_factory.mktemp("web")) as served:
        yield served


@contextmanager
def screen(web: web_process.Web, **options: object) -> Iterator[ClientConnection]:
    """An operator's socket, past its first snapshot."""
    with httpx.Client(base_url=web.address) as client:
        client.post("/api/v1/session", json={"username": "operateur", "password": desk.PASSWORD}).raise_for_status()
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    with connect(web.address.replace("http", "ws") + "/live", additional_headers={"Cookie": cookies}, max_size=None, compression=None, **options) as socket:
        until(socket, lambda message: message["t"] == "snapshot")
        yield socket


def until(socket: ClientConnection, is_it) -> tuple[dict, int]:
    """Reads until a text message that satisfies it: that message, and how many FULL frames came before."""
    end, full = time.monotonic() + PATIENCE_S, 0
    while time.monotonic() < end:
        data = socket.recv(timeout=PATIENCE_S)
        if isinstance(data, bytes):
            full += data[0] == 2
        elif is_it(message := json.loads(data)):
            return message, full
    raise AssertionError("the awaited message did not come")


def test_a_screen_that_stops_reading_costs_a_bounded_memory_and_is_given_everything_anew(web: web_process.Web, redis_url: str, database_urls: DatabaseUrls):
    process = psutil.Process(web.pid)
    # Whoever does not read: its own library must not read in its place.
    with screen(web, max_queue=1) as stopped, screen(web, max_queue=None) as reader, redis.Redis.from_url(redis_url) as hand:
        before, most = process.memory_info().rss, 0
        for first in range(0, FACTS, 100):
            told = range(first, first + 100)
            facts.publish(hand, [fact(number) for number in told])
            until(reader, lambda message, last=told[-1]: message["t"] == "intervention" and message["body"]["id"] == last)
            most = max(most, process.memory_info().rss)
        assert (most - before) / 1e6 < MOST_MB
        feed.look(hand, "lighting", 1, 4)
        alarm = feed.raise_alarm(database_urls, 2)
        feed.relay(database_urls, hand)
        known, full = until(stopped, lambda message: message["t"] == "snapshot")
        # Each time that the stopped socket took one more message it was given the map again: at most once for each queue that was dropped.
        assert 1 <= full <= 1 + FACTS * FACT_BYTES / QUEUE_BYTES
        assert alarm in {each["id"] for each in known["alarms"]}
        assert known["missed"] >= 1


def fact(number: int) -> facts.RelayedFact:
    """A heavy fact of an operator's perimeter, numbered below those of the outbox: `missed` counts from the highest number that was sent."""
    body = json.dumps({"id": number, "version": 1, "status": "done", "comment": "x" * FACT_BYTES})
    return facts.RelayedFact(id=0, tenant=1, kind="intervention", layer="lighting", commune_id=1, body=body)
