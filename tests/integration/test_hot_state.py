"""The hot state on a real Valkey: an older value never replaces a newer one, counts follow the looks, and what is deleted is rebuilt."""

import random
import threading
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
import redis

from hypervisor.errors import Unavailable
from hypervisor.hot import facts, keys, pulse, state
from hypervisor.hot.client import connect
from hypervisor.hot.part import Part
from hypervisor.hot.rebuild import rebuild
from hypervisor.hot.state import HotValue
from hypervisor.launcher import processes

T, LAYER = 1, "essai"


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as made:
        repaint(made, state.pack([]), bytes([32] * 10))
        yield made


def value(at_ms: int, number: float = 1.0, asset_id: int = 7, quality: int = 0) -> HotValue:
    return HotValue(asset_id, 3, at_ms, number, quality)


def apply(client: redis.Redis, values: list[HotValue], looks: list[tuple[int, int]], now_ms: int = 0, oldest_ms: int = 0) -> int | None:
    return state.apply(client, T, Part(), [state.Change(layer=LAYER, values=state.pack(values), looks=looks, held=0)], now_ms, oldest_ms)[LAYER]


def repaint(client: redis.Redis, values: np.ndarray, looks: bytes) -> None:
    rebuild(client, T, LAYER, Part(), values, np.array(list(enumerate(looks)), state.LOOKS), len(looks), 0)


def held(client: redis.Redis) -> list[HotValue]:
    return list(state.read_values(client, T, LAYER))


@pytest.mark.parametrize(("first", "second", "kept"), [(10, 20, 20), (20, 10, 20), (255, 256, 256), (1_780_315_200_000, 1_780_315_199_999, 1_780_315_200_000)])
def test_the_newest_value_wins_whatever_the_order(client, first, second, kept):
    for at_ms in (first, second):
        apply(client, [value(at_ms)], [], 0, 0)
    assert [v.observed_at_ms for v in held(client)] == [kept]


def test_a_value_of_the_same_instant_may_change_its_quality(client):
    apply(client, [value(10)], [], 0, 0)
    apply(client, [value(10, quality=3)], [], 0, 0)
    assert held(client) == [value(10, quality=3)]


def test_thousands_of_values_and_looks_are_written_in_several_calls(client):
    repaint(client, state.pack([]), bytes(5000))
    chance = random.Random(3)
    expected = bytes(chance.randrange(256) for _ in range(5000))
    written = apply(client, [value(10, asset_id=number) for number in range(2500)], list(enumerate(expected)), 5, 4)
    assert written == 2500 == len(held(client))
    assert client.get(keys.snap(T, LAYER)) == expected
    assert {int(look): int(count) for look, count in client.hgetall(keys.state(T, LAYER)).items()} == Counter(expected)


@pytest.mark.parametrize("looks", [[], [(slot % 10, 1) for slot in range(4500)]])
def test_thousands_of_values_never_heard_before_leave_the_layer_whole(client, looks):
    values = [value(100, 1.0, asset_id) for asset_id in range(2500)]
    change = state.Change(layer=LAYER, values=state.pack(values), looks=looks, held=len(values))
    assert state.apply(client, T, Part(), [change], 0, 0) == {LAYER: 2500}
    assert state.is_whole(client, T, LAYER, Part(), 2500, 10)


def test_a_value_that_is_missing_is_noticed_though_thousands_are_written(client):
    values = [value(100, 1.0, asset_id) for asset_id in range(2500)]
    change = state.Change(layer=LAYER, values=state.pack(values), looks=[], held=len(values) + 1)
    assert state.apply(client, T, Part(), [change], 0, 0) == {LAYER: None}


def test_only_what_changed_is_told_with_its_times(client):
    before = client.xlen(keys.delta(T, LAYER))
    apply(client, [], [(0, 32), (1, 66)], now_ms=50, oldest_ms=40)
    apply(client, [], [(1, 66)], now_ms=51, oldest_ms=41)
    [(_, told)] = client.xrange(keys.delta(T, LAYER))[before:]
    assert told == {b"d": state.LOOK.pack(1, 66), b"t": b"50", b"o": b"40"}


def test_applying_twice_changes_nothing(client):
    for _ in range(2):
        apply(client, [value(10)], [(2, 66), (3, 66)], 0, 0)
    assert client.hgetall(keys.state(T, LAYER)) == {b"32": b"8", b"66": b"2"}


def test_without_its_snapshot_nothing_is_written_and_the_caller_knows(client):
    client.delete(keys.snap(T, LAYER))
    assert apply(client, [value(10)], [(0, 66)], 0, 0) is None
    assert held(client) == []


def test_two_writers_at_once_leave_the_newest_value_and_exact_counts(client, redis_url):
    def write(seed: int) -> None:
        chance = random.Random(seed)
        with connect(redis_url) as mine:
            for at_ms in [*chance.sample(range(1, 200), 150), 500]:
                apply(mine, [value(at_ms, at_ms)], [(chance.randrange(10), chance.randrange(4))], 0, 0)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held(client) == [value(500, 500)]
    assert {int(look): int(count) for look, count in client.hgetall(keys.state(T, LAYER)).items()} == Counter(client.get(keys.snap(T, LAYER)))


@pytest.mark.parametrize("pattern", ["hot", "snap", "state"])
def test_a_missing_part_is_noticed_and_a_rebuilt_one_is_whole(client, pattern):
    apply(client, [value(10)], [(0, 66)], 0, 0)
    assert state.is_whole(client, T, LAYER, Part(), values=1, slots=10)
    client.delete(getattr(keys, pattern)(T, LAYER))
    assert not state.is_whole(client, T, LAYER, Part(), values=1, slots=10)
    repaint(client, state.pack([value(10)]), bytes([66] + [32] * 9))
    assert state.is_whole(client, T, LAYER, Part(), values=1, slots=10)


def test_facts_are_read_once_each_after_a_position(client):
    rows = [facts.RelayedFact(id=n, tenant=T, kind="alarm", layer=LAYER, commune_id=None, body='{"id":1}') for n in (1, 2)]
    start = facts.newest(client, T)
    facts.publish(client, rows)
    found = facts.read(client, {T: start})
    assert [(tenant, kind, body) for tenant, _, kind, body in found] == [(T, "alarm", b'{"id":1}')] * 2
    assert facts.read(client, {T: found[-1][1]}) == []
    assert facts.newest(client, T) == found[-1][1]


def test_a_pulse_that_is_not_renewed_ends(client):
    pulse.beat(client, T, "worker:0", 5, lag=2)
    assert pulse.read(client, T, "worker:0") == {"at": 5, "lag": 2}
    assert 0 < client.ttl(keys.pulse(T, "worker:0")) <= 5
    assert pulse.read(client, T, "jobs") is None


def test_a_redis_that_is_down_is_unavailable_with_a_sentence():
    with pytest.raises(Unavailable, match="Redis ne répond pas"):
        pulse.beat(connect(f"redis://127.0.0.1:{processes.free_port()}/0"), T, "worker:0", 5)
