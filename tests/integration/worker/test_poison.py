"""A poison among good observations: it is kept for inspection with its cause, and everything else is stored, judged and shown exactly once."""

import logging

import msgspec
import pytest
import redis

from hypervisor.hot import keys, state
from hypervisor.hot.stream import Reader
from hypervisor.ingest import judge, keeper
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import verdicts
from hypervisor.store.engine import ContentRefused
from tests import ingest_world as world
from tests.ingest_world import NOON_MS, TENANT, observation, rows, send, soon

GOOD = [observation(number, 95 if number % 10 == 0 else 50) for number in range(1, 100)]
NOT_A_NUMBER = observation(100, float("nan"))  # PostgreSQL has no JSON for it, so that even its refusal cannot be kept as it is.
KEPT = "SELECT cause, entity, payload ->> 'reason' FROM rejected_observation ORDER BY id"


@pytest.fixture
def bins() -> int:
    return 100


def raw(client: redis.Redis, observations: list[object], received_at_ms: int = NOON_MS) -> None:
    client.setnx(keys.incarnation(TENANT, 0), "first")
    client.xadd(keys.stream(TENANT, 0), {"b": msgspec.msgpack.encode(["capteurs", received_at_ms, observations]), "n": len(observations)})


def is_whole(urls: DatabaseUrls, client: redis.Redis) -> None:
    """The 99 good ones are in history once, have raised their alarms once, and are on the map."""
    assert rows(urls, "SELECT asset_id FROM observation ORDER BY 1") == [(number,) for number in range(1, 100)]
    assert rows(urls, "SELECT asset_id, count FROM alarm ORDER BY 1") == [(number, 1) for number in range(10, 100, 10)]
    soon(lambda: {value.asset_id for value in state.read_values(client, TENANT, "essai")} == set(range(1, 100)))
    slots = dict(rows(urls, "SELECT id, slot FROM asset"))
    assert [number for number in range(1, 101) if world.looks(client)[slots[number]] & 7] == list(range(10, 100, 10))


def test_one_observation_that_postgresql_refuses_costs_itself_among_a_hundred(client, running, caplog):
    caplog.set_level(logging.ERROR)
    send(client, *GOOD[:40], NOT_A_NUMBER, *GOOD[40:])
    soon(lambda: world.nothing_waits(client))
    is_whole(running, client)
    ((cause, entity, reason),) = rows(running, KEPT)
    assert (cause, entity) == ("poison", world.urn(100)) and "PostgreSQL refuses the content" in reason
    (line,) = [line.message for line in caplog.records]
    assert line.startswith("1 observations of in:") and world.urn(100) in line
    soon(lambda: client.hmget(keys.counters(TENANT), "accepted", "rejected:poison") == [b"99", b"1"])


def test_poisons_are_found_without_loading_the_memory_again_for_each_try(client, running, monkeypatch):
    loads, load = [], keeper.Keeper.load
    monkeypatch.setattr(keeper.Keeper, "load", lambda self: loads.append(self) or load(self))
    send(client, *GOOD[:40], NOT_A_NUMBER, *GOOD[40:], NOT_A_NUMBER)
    soon(lambda: world.nothing_waits(client))
    is_whole(running, client)
    # Once, because what could not be stored had moved it. Halving by trial would load it some seven times for each of the two.
    assert len(loads) == 1 and len(rows(running, KEPT)) == 2


def test_several_poisons_of_several_natures_cost_themselves(client, running):
    good = [msgspec.to_builtins(one) for one in GOOD]
    later = [world.urn(100), "WasteContainer", "fillingLevel", 50.0, 2**63 + 1]  # Too large for any column of times.
    unreadable = [world.urn(100), "WasteContainer", "fillingLevel", None, NOON_MS]
    word = [world.urn(100), "WasteContainer", "lid\0", 1.0, NOON_MS]
    raw(client, [word, *good[:50], later, unreadable, *good[50:]])
    send(client, observation(100, 40))
    soon(lambda: world.nothing_waits(client))
    assert rows(running, "SELECT value FROM observation WHERE asset_id = 100") == [(40,)]
    assert rows(running, "SELECT count(*), count(DISTINCT asset_id) FROM observation") == [(100, 100)]
    reasons = [reason for _cause, _entity, reason in rows(running, KEPT)]
    assert len(reasons) == 3
    assert [sum(part in reason for reason in reasons) for part in ("NUL", "OverflowError", "got `None`")] == [1, 1, 1], reasons


def test_what_a_rule_leads_to_and_postgresql_refuses_costs_the_observation_that_led_to_it(client, own_database_urls, redis_url, clock, monkeypatch):
    apply = verdicts.apply

    def refuse(cursor, tenant, decisions, now):
        if any(decision.asset_id == 100 for decision in decisions):
            raise ContentRefused("bac 100 is refused")
        return apply(cursor, tenant, decisions, now)

    monkeypatch.setattr(verdicts, "apply", refuse)
    with world.working(own_database_urls, redis_url, clock):
        send(client, *GOOD[:70], observation(100, 95), *GOOD[70:])
        soon(lambda: world.nothing_waits(client))
        is_whole(own_database_urls, client)
    assert [(cause, entity) for cause, entity, _reason in rows(own_database_urls, KEPT)] == [("poison", world.urn(100))]


def test_a_worker_killed_after_it_stored_the_others_doubles_neither_them_nor_the_refusal(client, own_database_urls, redis_url, clock, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(Reader, "done", lambda *_: None)
        with world.working(own_database_urls, redis_url, clock):
            send(client, *GOOD, observation(100, 50, at_ms=2**63 + 1), received_at_ms=NOON_MS)
            soon(lambda: rows(own_database_urls, "SELECT count(*) FROM observation") == [(99,)])
    assert client.xlen(keys.stream(TENANT, 0)) == 1
    with world.working(own_database_urls, redis_url, clock):
        soon(lambda: world.nothing_waits(client))
    is_whole(own_database_urls, client)
    assert len(rows(own_database_urls, KEPT)) == 1


def test_an_entry_whose_envelope_is_the_poison_is_set_aside_whole_and_counted(client, running):
    raw(client, [msgspec.to_builtins(one) for one in GOOD], received_at_ms=2**63 + 1)
    send(client, *GOOD)
    soon(lambda: world.nothing_waits(client))
    is_whole(running, client)
    assert [cause for cause, _entity, _reason in rows(running, KEPT)] == ["poison"]
    soon(lambda: client.hget(keys.counters(TENANT), "rejected:poison") == b"99")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_fails_whatever_the_content_ends_the_worker_and_sets_nothing_aside(client, own_database_urls, redis_url, clock, monkeypatch):
    def broken(*_args):
        raise TypeError("a mistake of ours")

    with pytest.raises(AssertionError, match="a mistake of ours"), world.working(own_database_urls, redis_url, clock) as worker:
        soon(lambda: len(world.looks(client)) == 100)
        monkeypatch.setattr(judge, "accept", broken)
        send(client, *GOOD)
        soon(lambda: not worker._engine.is_open)
    assert rows(own_database_urls, KEPT) == []
    monkeypatch.undo()
    with world.working(own_database_urls, redis_url, clock):
        soon(lambda: world.nothing_waits(client))
        is_whole(own_database_urls, client)
