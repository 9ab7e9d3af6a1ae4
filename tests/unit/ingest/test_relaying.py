"""The relay's thread, without PostgreSQL or Redis: it must outlive whatever breaks."""

import redis

from hypervisor.clock import SystemClock
from hypervisor.hot.client import connect
from hypervisor.ingest import relaying
from hypervisor.ingest.relaying import Relay


def test_the_relay_outlives_what_nobody_foresaw_and_gives_its_lock_back(monkeypatch):
    monkeypatch.setattr(relaying, "WAIT_S", 0.01)
    relay, turns, closed = Relay("postgresql://nobody@127.0.0.1:1/none", connect("redis://127.0.0.1:1"), SystemClock()), [], []

    def work() -> None:
        turns.append(len(closed))
        if len(turns) == 1:
            raise redis.ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")
        relay._ending.set()

    monkeypatch.setattr(relay, "_work", work)
    monkeypatch.setattr(relay._engine, "close", lambda: closed.append(True))
    relay.start()
    relay.join(timeout=5)
    assert turns == [0, 1], "the lock was kept, or the thread ended"
