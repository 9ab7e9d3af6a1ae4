"""A worker killed with SIGKILL again and again loses nothing, doubles nothing and misses no alarm: a real process, known observations."""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from hypervisor.clock import SystemClock
from hypervisor.hot import state
from hypervisor.launcher.addresses import DatabaseUrls
from tests import ingest_world as world
from tests.ingest_world import TENANT, observation, rows, send, soon

ROOT = Path(__file__).parents[2]
PROGRAM = """
import signal, sys
from datetime import timedelta
from hypervisor.clock import SystemClock
from hypervisor.worker import Worker
from tests.ingest_world import LAYERS
worker = Worker(sys.argv[1], sys.argv[2], LAYERS, SystemClock(), timedelta(days=30))
signal.signal(signal.SIGTERM, lambda *_: worker.stop())
worker.run()
"""
BINS, KILLS, HALF_PERIOD = 20, 4, 10
EVERY_S = 0.01


class Sender(threading.Thread):
    """Sends one value of every bin every few milliseconds; bins fill above their threshold and empty again every HALF_PERIOD values."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(daemon=True)
        self._client, self._ending, self.steps = client, threading.Event(), 0
        self._start_ms = SystemClock().epoch_ms() - 600_000

    def run(self) -> None:
        # It ends on a full period, so that what must be found is known.
        while not self._ending.wait(EVERY_S) or self.steps % (2 * HALF_PERIOD):
            value, at_ms = (95 if self.steps % (2 * HALF_PERIOD) >= HALF_PERIOD else 10), self._start_ms + self.steps
            send(self._client, *(observation(number, value, at_ms=at_ms) for number in range(1, BINS + 1)), received_at_ms=at_ms)
            self.steps += 1

    def stop(self) -> None:
        self._ending.set()
        self.join()


@contextmanager
def process(urls: DatabaseUrls, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    worker = subprocess.Popen([sys.executable, "-c", PROGRAM, urls.worker, redis_url], cwd=ROOT)
    try:
        yield worker
    finally:
        if worker.poll() is None:
            worker.terminate()
        worker.wait(timeout=20)


def test_a_worker_killed_four_times_under_load_loses_and_doubles_nothing(own_database_urls: DatabaseUrls, redis_url: str) -> None:
    world.settle(own_database_urls, BINS)
    client, chance = redis.Redis.from_url(redis_url), random.Random(2026)

    def progress() -> str:
        return str(rows(own_database_urls, "SELECT last_id FROM ingest_ledger"))

    sender = Sender(client)
    sender.start()
    for _ in range(KILLS):
        before = progress()
        with process(own_database_urls, redis_url) as worker:
            soon(lambda before=before: progress() != before, patience_s=60)
            # It works now: the kill falls anywhere between two readings of the stream.
            threading.Event().wait(chance.uniform(0, 0.3))
            worker.kill()
    with process(own_database_urls, redis_url):
        sender.stop()
        soon(lambda: world.nothing_waits(client), patience_s=60)
        soon(lambda: rows(own_database_urls, "SELECT count(*) FROM outbox WHERE relayed_at IS NULL") == [(0,)], patience_s=60)

    rounds, fills = sender.steps, sender.steps // (2 * HALF_PERIOD)
    assert rows(own_database_urls, "SELECT count(*), count(DISTINCT (asset_id, observed_at)) FROM observation") == [(BINS * rounds, BINS * rounds)]
    assert rows(own_database_urls, "SELECT * FROM rejected_observation") == []
    # Nobody acknowledges, so each bin has one alarm: its first filling raises it, the others repeat it, each emptying but the last (it ends full) clears it.
    assert rows(own_database_urls, "SELECT count(*), min(count), max(count), bool_and(active) FROM alarm") == [(BINS, fills, fills, True)]
    expected = {"raise": BINS, "repeat": BINS * (fills - 1), "clear": BINS * (fills - 1)}
    assert dict(rows(own_database_urls, "SELECT action, count(*) FROM alarm_transition GROUP BY 1")) == {
        action: count for action, count in expected.items() if count
    }
    assert rows(own_database_urls, "SELECT logbook_first_broken(1::smallint), (SELECT count(*) FROM logbook)") == [(None, sum(expected.values()))]
    assert {value.value for value in state.read_values(client, TENANT, "essai")} == {95}
    # Minor (2), to be acknowledged, and late: the values are ten minutes old at the least, against a period of ten.
    assert {look & 0b1000111 for look in world.looks(client)} == {2 | 1 << 6}
    client.close()
