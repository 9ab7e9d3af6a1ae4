"""From one shard to two, to four and back to one, workers killed before each change: nothing is lost, nothing is twice, alarms are raised once. Real processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from hypervisor.clock import SystemClock
from hypervisor.errors import BadConfiguration
from hypervisor.hot import keys, sharding, state
from hypervisor.hot.part import Part, parse, shard_of
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.worker import run
from tests import ingest_world as world
from tests.ingest_world import TENANT, observation, rows, send, soon, urn

ROOT = Path(__file__).parents[2]
PROGRAM = """
import signal, sys
from datetime import timedelta
from hypervisor.clock import SystemClock
from hypervisor.worker import Worker
from tests.ingest_world import LAYERS
worker = Worker(sys.argv[1], sys.argv[2], LAYERS, SystemClock(), timedelta(days=30), int(sys.argv[3]), int(sys.argv[4]))
signal.signal(signal.SIGTERM, lambda *_: worker.stop())
worker.run()
"""
BINS, ROUNDS = 24, 20


@contextmanager
def worker(urls: DatabaseUrls, redis_url: str, shard: int, shards: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, urls.worker, redis_url, str(shard), str(shards)], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=20)


class Door:
    """Deals bins over the shards as the door does; each round is one value of each bin, full in the last rounds of a phase, empty before."""

    def __init__(self, client: redis.Redis) -> None:
        self._client, self.rounds, self._start_ms = client, 0, SystemClock().epoch_ms() - 300_000

    def send(self, shards: int, rounds: int, value: float) -> None:
        for _ in range(rounds):
            at_ms = self._start_ms + self.rounds
            for shard in range(shards):
                bins = [number for number in range(1, BINS + 1) if shard_of(urn(number), shards) == shard]
                if bins:
                    send(self._client, *(observation(number, value, at_ms=at_ms) for number in bins), received_at_ms=at_ms, shard=shard)
            self.rounds += 1


def test_from_one_shard_to_two_to_four_and_back_nothing_is_lost_nothing_is_twice(own_database_urls: DatabaseUrls, redis_url: str) -> None:
    world.settle(own_database_urls, BINS)
    client = redis.Redis.from_url(redis_url)
    door, phases = Door(client), (1, 2, 4, 1)

    def stored() -> int:
        return rows(own_database_urls, "SELECT count(*) FROM observation")[0][0]

    for shards in phases:
        with ExitStack() as stack:
            for shard in range(shards):
                stack.enter_context(worker(own_database_urls, redis_url, shard, shards))
            # What the sharding before left must have been dealt before this door opens.
            soon(lambda shards=shards: sharding.current(client, TENANT) == shards, 90)
            door.send(shards, ROUNDS, 10)
            before = stored()
            soon(lambda before=before: stored() > before, 90)
            door.send(shards, ROUNDS, 95)
        # All were killed wherever they were; more comes, of which nobody reads anything in this sharding.
        door.send(shards, ROUNDS, 95)
    with worker(own_database_urls, redis_url, 0, 1):
        soon(lambda: client.xlen(keys.stream(TENANT, 0)) == 0, 90)
        soon(lambda: stored() == BINS * door.rounds, 90)
        soon(lambda: len(list(state.read_values(client, TENANT, "essai"))) == BINS)
        soon(lambda: state.is_whole(client, TENANT, "essai", Part(), BINS, BINS))
    assert rows(own_database_urls, "SELECT count(*), count(DISTINCT (asset_id, observed_at)) FROM observation") == [(BINS * door.rounds,) * 2]
    assert rows(own_database_urls, "SELECT * FROM rejected_observation") == []
    # One alarm each: raised by the first phase, then cleared and repeated by each of the others.
    assert rows(own_database_urls, "SELECT count(*), min(count), max(count), bool_and(active) FROM alarm") == [(BINS, len(phases), len(phases), True)]
    again = BINS * (len(phases) - 1)
    assert dict(rows(own_database_urls, "SELECT action, count(*) FROM alarm_transition GROUP BY 1")) == {"raise": BINS, "repeat": again, "clear": again}
    assert {value.value for value in state.read_values(client, TENANT, "essai")} == {95}
    client.close()


def test_the_present_deleted_under_two_workers_converges(own_database_urls: DatabaseUrls, redis_url: str) -> None:
    world.settle(own_database_urls, BINS)
    client = redis.Redis.from_url(redis_url)
    with worker(own_database_urls, redis_url, 0, 2), worker(own_database_urls, redis_url, 1, 2):
        soon(lambda: sharding.current(client, TENANT) == 2, 90)
        Door(client).send(2, 3, 50)

        def present() -> tuple[set[state.HotValue], bytes, dict[bytes, bytes]]:
            return set(state.read_values(client, TENANT, "essai")), world.looks(client), client.hgetall(keys.state(TENANT, "essai"))

        soon(lambda: len(present()[0]) == BINS and sum(map(int, present()[2].values())) == BINS, 90)
        before = present()
        for pattern in keys.DISPOSABLE:
            client.delete(*client.keys(pattern))
            soon(lambda: present() == before, 60)
    client.close()


def test_a_worker_told_another_number_than_the_door_is_refused_with_a_sentence(make_settings):
    with pytest.raises(BadConfiguration, match="HYPERVISOR_SHARDS is 1"):
        run(make_settings(), parse("1/2"))
    with pytest.raises(ValueError, match="2/2"):
        parse("2/2")
