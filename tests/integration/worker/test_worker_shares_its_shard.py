"""Two workers of one shard: one works, the other stands by, and what either leaves is taken up once."""

import time

import psycopg

from hypervisor.hot import keys
from hypervisor.store.engine import FIRST_SHARD_LOCK, LOCK_CLASS
from tests import ingest_world as world
from tests.ingest_world import NOON_MS, TENANT, observation, rows, send, soon
from tests.services import plain


def test_a_second_worker_of_a_shard_stands_by(client, running, redis_url, clock):
    with world.working(running, redis_url, clock):
        send(client, *(observation(number, 50) for number in range(1, 21)))
        soon(lambda: world.nothing_waits(client))
        assert rows(running, "SELECT count(*) FROM observation") == [(20,)]
        assert client.xinfo_consumers(keys.stream(TENANT, 0), "worker")[0]["name"] == b"worker-0"


def test_a_worker_whose_lock_was_taken_forgets_what_it_knew_and_takes_up_what_the_other_left(client, running, caplog):
    send(client, observation(1, 95))
    soon(lambda: world.nothing_waits(client))
    with psycopg.connect(plain(running.owner), autocommit=True) as other:
        # In one statement, so that the lock is ours before the worker is back.
        other.execute(
            "SELECT (SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'vigie-worker-0') > 0, "
            "pg_advisory_lock(%s, %s)",
            (LOCK_CLASS, FIRST_SHARD_LOCK),
        )
        send(client, observation(1, 10, at_ms=NOON_MS + 1))
        soon(lambda: "another worker has taken shard 0" in caplog.text)
        # What the other worker would have left: the alarm's end, stored and not shown.
        other.execute("UPDATE alarm SET active = false, version = version + 1")
        assert rows(running, "SELECT count(*) FROM observation") == [(1,)]
    soon(lambda: rows(running, "SELECT count(*) FROM observation") == [(2,)])
    send(client, observation(1, 96, at_ms=NOON_MS + 2))
    soon(lambda: rows(running, "SELECT active, count FROM alarm") == [(True, 2)])


def test_two_workers_that_take_the_shard_from_one_another_lose_and_double_nothing(client, running, redis_url, clock):
    def holder() -> set[int]:
        return {
            pid
            for (pid,) in rows(
                running,
                "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                FIRST_SHARD_LOCK,
            )
        }

    holders = set()
    with world.working(running, redis_url, clock):
        for step in range(40):
            send(client, *(observation(number, 95 if step % 2 else 10, at_ms=NOON_MS + step) for number in range(1, 21)))
            if step % 8 == 5:
                holders |= holder()
                world.cut(running, "vigie-worker-0")
            time.sleep(0.05)
        soon(lambda: world.nothing_waits(client), patience_s=20)
    assert len(holders) >= 2
    assert rows(running, "SELECT count(*), count(DISTINCT (asset_id, observed_at)) FROM observation") == [(800, 800)]
    assert rows(running, "SELECT count(*), min(count), max(count) FROM alarm") == [(20, 20, 20)]
    assert rows(running, "SELECT * FROM rejected_observation") == []
