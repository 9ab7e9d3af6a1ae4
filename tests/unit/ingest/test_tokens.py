"""The door's tokens while PostgreSQL is frozen: its socket is open, it accepts the question and never answers."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from hypervisor.clock import FixedClock
from hypervisor.hot.stream import Intake
from hypervisor.hot.wire import Wire
from hypervisor.ingest import tokens
from hypervisor.ingest.door import PATH, Door
from hypervisor.ingest.tokens import Tokens
from hypervisor.store.door import TokenHolder
from tests.ingest_world import NOON

HOLDER = TokenHolder(tenant=1, tenant_key="metropole", name="borne", scope="ingest", layers=None, expires_at=None)


class Freezable:
    """Stands for the engine: answers, or holds whoever asks until it thaws."""

    def __init__(self) -> None:
        self.thawed = threading.Event()
        self.thawed.set()
        self.asked = 0
        self.asked_twice = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[None]:
        self.asked += 1
        if self.asked == 2:
            self.asked_twice.set()
        self.thawed.wait()
        yield


@pytest.fixture
def engine(monkeypatch) -> Iterator[Freezable]:
    made = Freezable()
    monkeypatch.setattr(tokens.door, "holder", lambda _cursor, _digest: HOLDER)
    monkeypatch.setattr(tokens, "REMEMBERED_S", 0.0)  # Every token is due for a new look-up at once.
    yield made
    made.thawed.set()


def knocks(engine: Freezable, monkeypatch, *frozen_secrets: str) -> list[httpx.Response]:
    """Lets `known` in, freezes PostgreSQL, knocks once for each secret, at once. A delete is answered 400 to whoever may enter, without Redis."""

    async def all_at_once() -> list[httpx.Response]:
        door = Door(Intake(Wire("redis://127.0.0.1:1")), Tokens(engine, FixedClock(NOON)), FixedClock(NOON), set(), 2**20)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door.application()), base_url="http://door") as http:

            def knock(secret: str):
                return http.post(PATH + "delete", headers={"authorization": f"Bearer {secret}"})

            assert (await knock("known")).status_code == 400
            engine.thawed.clear()
            monkeypatch.setattr(tokens, "PATIENCE_S", 0.0)
            async with asyncio.timeout(30):
                answers = list(await asyncio.gather(*(knock(secret) for secret in frozen_secrets)))
                # The question is asked by a thread, which a busy machine may start after the answers: ending before it would cancel it.
                await asyncio.to_thread(engine.asked_twice.wait, 30)
                return answers

    return asyncio.run(all_at_once())


def test_a_token_known_before_still_enters_while_postgresql_is_frozen(engine, monkeypatch):
    assert [answer.status_code for answer in knocks(engine, monkeypatch, *["known"] * 20)] == [400] * 20
    assert engine.asked == 2, "each request asked for itself"


def test_a_token_never_seen_is_told_to_come_back_while_postgresql_is_frozen(engine, monkeypatch):
    known, new = knocks(engine, monkeypatch, "known", "new")
    assert known.status_code == 400
    assert (new.status_code, new.headers["retry-after"]) == (503, "2")
    assert "PostgreSQL" in new.json()["detail"] and "nothing was accepted" in new.json()["detail"]


def test_a_token_is_no_longer_remembered_after_an_hour_of_frost(engine, monkeypatch):
    monkeypatch.setattr(tokens, "REMEMBERED_WHEN_AWAY_S", 0.0)
    assert [answer.status_code for answer in knocks(engine, monkeypatch, "known")] == [503]


def test_the_late_look_up_serves_once_postgresql_thaws(engine, monkeypatch):
    async def thaw() -> TokenHolder | None:
        admission = Tokens(engine, FixedClock(NOON))  # type: ignore[arg-type]
        digest = hashlib.sha256(b"new").digest()
        engine.thawed.clear()
        monkeypatch.setattr(tokens, "PATIENCE_S", 0.0)
        with pytest.raises(tokens.Unavailable):
            await admission.find(digest)
        monkeypatch.setattr(tokens, "PATIENCE_S", 5.0)
        engine.thawed.set()
        return await admission.find(digest)

    assert asyncio.run(thaw()) == HOLDER
    assert engine.asked == 1
