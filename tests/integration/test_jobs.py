"""The jobs: partitions ahead, history and facts past their time, bounded refusals, and the relay without a worker."""

from datetime import timedelta

import redis

from hypervisor.clock import FixedClock
from hypervisor.hot import keys
from hypervisor.jobs import Jobs
from hypervisor.lake.closing import Closer
from hypervisor.lake.places import Place
from hypervisor.store.engine import Engine
from tests import ingest_world as world
from tests.ingest_world import NOON, TENANT, rows


def partitions(urls) -> list[str]:
    return [name for (name,) in rows(urls, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'observation'::regclass ORDER BY 1")]


def jobs_of(urls, redis_url, clock, tmp_path, kept=timedelta(days=30)) -> Jobs:
    return Jobs(urls.worker, redis_url, clock, Closer(Engine(urls.worker, "test"), Place(str(tmp_path)), clock, kept, timedelta(days=365), {}))


def test_days_are_made_ahead(own_database_urls, redis_url, tmp_path):
    jobs = jobs_of(own_database_urls, redis_url, FixedClock(NOON), tmp_path)
    jobs.make_days()
    jobs.make_days()
    assert partitions(own_database_urls) == ["observation_20260601", "observation_20260602", "observation_20260603", "observation_20260604"]


def test_what_is_past_its_time_goes_and_what_waits_stays(own_database_urls, redis_url, tmp_path):
    world.settle(own_database_urls)
    rows(
        own_database_urls,
        "INSERT INTO outbox (tenant, kind, body, relayed_at) VALUES (1, 'old', '{}', %s), (1, 'new', '{}', %s), (1, 'waiting', '{}', NULL) RETURNING id",
        NOON - timedelta(days=2),
        NOON,
    )
    rows(
        own_database_urls,
        "INSERT INTO idempotency VALUES (1, 'a', 'old', '', 200, '{}', %s), (1, 'a', 'new', '', 200, '{}', %s) RETURNING key",
        NOON - timedelta(hours=25),
        NOON,
    )
    for days in (8, 1):
        rows(
            own_database_urls,
            "INSERT INTO rejected_observation (tenant, received_at, cause, source, entity, property, payload) VALUES (1, %s, 'c', 's', 'e', 'p', '{}') RETURNING id",
            NOON - timedelta(days=days),
        )
    jobs = jobs_of(own_database_urls, redis_url, FixedClock(NOON), tmp_path)
    jobs.forget_facts()
    jobs.forget_answers()
    jobs.forget_refusals()
    assert [kind for (kind,) in rows(own_database_urls, "SELECT kind FROM outbox WHERE kind IN ('old', 'new', 'waiting') ORDER BY id")] == ["new", "waiting"]
    assert rows(own_database_urls, "SELECT key FROM idempotency") == [("new",)]
    assert rows(own_database_urls, "SELECT count(*) FROM rejected_observation") == [(1,)]


def test_refusals_are_bounded_by_number_tenant_by_tenant(own_database_urls):
    from hypervisor.store import rejected
    from hypervisor.store.engine import Engine

    rows(own_database_urls, "INSERT INTO tenant (id, key, label) VALUES (1, 'a', ''), (2, 'b', '') ON CONFLICT DO NOTHING RETURNING id")
    rows(
        own_database_urls,
        "INSERT INTO rejected_observation (tenant, received_at, cause, source, entity, property, payload) SELECT 1 + (n > 10)::int, %s, n::text, '', '', '', '{}' FROM generate_series(1, 12) n RETURNING id",
        NOON,
    )
    with Engine(own_database_urls.worker, "test").transaction() as cursor:
        assert rejected.forget(cursor, NOON - timedelta(days=1), 3) == 7
    assert rows(own_database_urls, "SELECT cause FROM rejected_observation ORDER BY id") == [("8",), ("9",), ("10",), ("11",), ("12",)]


def test_facts_are_relayed_in_order_while_no_worker_runs(own_database_urls, redis_url, tmp_path):
    import threading

    world.settle(own_database_urls)
    jobs = jobs_of(own_database_urls, redis_url, FixedClock(NOON), tmp_path)
    thread = threading.Thread(target=jobs.run)
    thread.start()
    try:
        rows(
            own_database_urls,
            "INSERT INTO outbox (tenant, kind, body) SELECT 1, 'essai', jsonb_build_object('n', n) FROM generate_series(1, 700) n RETURNING id",
        )
        with redis.Redis.from_url(redis_url) as client:
            world.soon(lambda: client.exists(keys.facts(TENANT)) and client.xlen(keys.facts(TENANT)) >= 701)
            numbers = [int(fields[b"i"]) for _, fields in client.xrange(keys.facts(TENANT))]
            assert numbers == sorted(set(numbers))
            world.soon(lambda: client.get(keys.pulse(TENANT, "jobs")) is not None)
    finally:
        jobs.stop()
        thread.join(timeout=15)
    assert rows(own_database_urls, "SELECT count(*) FROM outbox WHERE relayed_at IS NULL") == [(0,)]


def test_sessions_go_a_week_after_their_end(own_database_urls, redis_url, tmp_path):
    rows(own_database_urls, "INSERT INTO account (tenant, id, username, display_name, role) VALUES (1, 99, 'x', 'X', 'operator') RETURNING id")
    for name, expired, revoked in (("over", 8, None), ("revoked", -30, 8), ("just over", 6, None), ("just revoked", -30, 6), ("live", -1, None)):
        rows(
            own_database_urls,
            "INSERT INTO session (token_hash, tenant, account_id, csrf, created_at, label, expires_at, revoked_at) VALUES (%s, 1, 99, '', now(), %s, now() - make_interval(days => %s), now() - make_interval(days => %s)) RETURNING 1",
            name.encode(),
            name,
            expired,
            revoked,
        )
    jobs_of(own_database_urls, redis_url, FixedClock(NOON), tmp_path).forget_sessions()
    assert rows(own_database_urls, "SELECT label FROM session ORDER BY 1") == [("just over",), ("just revoked",), ("live",)]


def test_what_strangers_leave_is_forgotten_after_a_day(own_database_urls, redis_url, tmp_path):
    for name, days in (("old", 2), ("new", 0)):
        rows(own_database_urls, "INSERT INTO signin_failure VALUES (%s, '', now() - make_interval(days => %s)) RETURNING 1", name, days)
        rows(
            own_database_urls,
            "INSERT INTO wall_pairing (code, secret_hash, created_at, expires_at) VALUES (%s, %s, now(), now() - make_interval(days => %s)) RETURNING 1",
            name,
            name.encode(),
            days,
        )
    jobs_of(own_database_urls, redis_url, FixedClock(NOON), tmp_path).forget_strangers()
    assert rows(own_database_urls, "SELECT username FROM signin_failure") == rows(own_database_urls, "SELECT code FROM wall_pairing") == [("new",)]


def test_the_name_of_a_caller_is_forgotten_after_a_year_and_the_audit_keeps_that_it_was(own_database_urls, redis_url, tmp_path):
    world.settle(own_database_urls)
    for number, days in (("EV-OLD", 366), ("EV-NEW", 364)):
        rows(
            own_database_urls,
            "INSERT INTO event (tenant, number, title, layer, priority, opened_at, caller) VALUES (1, %s, 'Appel', 'waste', 3, %s, 'Mme Martin, 06 00 00 00 00') RETURNING id",
            number,
            NOON - timedelta(days=days),
        )
    jobs = jobs_of(own_database_urls, redis_url, FixedClock(NOON), tmp_path)
    jobs.forget_callers()
    jobs.forget_callers()
    assert rows(own_database_urls, "SELECT number, caller IS NULL FROM event ORDER BY number") == [("EV-NEW", False), ("EV-OLD", True)]
    assert rows(own_database_urls, "SELECT outcome, detail->>'callers' FROM audit WHERE action = 'job:caller:purge'") == [("done", "1")], (
        "once, and no name in it"
    )
