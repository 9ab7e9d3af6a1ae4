"""The hub on a real PostgreSQL and Valkey: what screens are told when a part is silent or away, or when they stop reading."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.feed import encode
from hypervisor.feed.clients import QUEUE_MESSAGES
from hypervisor.hot import keys, pulse
from hypervisor.launcher.addresses import DatabaseUrls
from tests import services
from tests.integration import feed
from tests.integration.feed import Screen, hub_of, operator, watching

NEVER = 4 << 3


@pytest.fixture
def h(own_database_urls: DatabaseUrls, redis_url: str, tmp_path) -> Iterator[Hypervisor]:
    with feed.hypervisor_of(own_database_urls, redis_url, tmp_path) as built:
        yield built


@pytest.fixture
def urls(own_database_urls: DatabaseUrls) -> DatabaseUrls:
    return own_database_urls


def test_heartbeats_say_when_data_came_last(h):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            await screen.until(lambda: screen.of("hb")[-1]["last_ingest"] == h.clock.epoch_ms(), "the time of the last data")
            assert screen.of("hb")[-1]["deps"] == {"database": "ok", "redis": "ok", "worker": "ok"}

    asyncio.run(scene())


def test_a_worker_silent_for_three_seconds_is_down_whatever_the_clock_says(h):
    """The platform's clock stands still here: the age is that of the key, which lives five seconds."""

    async def scene():
        async with hub_of(h, worker=False) as hub, watching(hub, Screen(operator())) as screen:
            for left_ms, state in ((4500, "ok"), (1900, "down"), (4500, "ok")):
                pulse.beat(h.redis, 1, "worker:0", h.clock.epoch_ms(), last_ingest=1)
                h.redis.pexpire(keys.pulse(1, "worker:0"), left_ms)
                await screen.until(lambda state=state: screen.of("hb")[-1]["deps"]["worker"] == state, state)

    asyncio.run(scene())


def test_a_source_whose_assets_are_all_stale_is_silent(h):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            for slot in range(2):
                feed.look(h.redis, "water", slot, 2 << 3)
            await screen.until(
                lambda: {s["layer"]: s["fresh"] for s in screen.of("hb")[-1]["sources"]} == {"lighting": True, "water": False}, "the silent source"
            )

    asyncio.run(scene())


def test_deleting_what_redis_may_lose_does_not_leave_the_map_wrong(h, monkeypatch):
    monkeypatch.setattr("hypervisor.feed.intake.RECONCILE_S", 0.2)

    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            feed.look(h.redis, "lighting", 0, 3)
            await screen.until(lambda: any(3 in looks.values() for _k, _s, sections in screen.frames for looks in sections.values()), "the fault")
            h.redis.delete(keys.snap(1, "lighting"), keys.delta(1, "lighting"))
            h.redis.set(keys.snap(1, "lighting"), bytes([0, 0, 9]))  # rebuilt by the worker, with what it knows now

            def repaired() -> bool:
                held: dict[tuple[int, int], int] = {}
                for _kind, _seq, sections in screen.frames:
                    held |= {(channel, slot): seen for channel, looks in sections.items() for slot, seen in looks.items()}
                return [held[0, 0], held[0, 1], held[1, 0]] == [0, 0, 9]

            await screen.until(repaired, "the rebuilt map")

    asyncio.run(scene())


def test_redis_away_is_said_and_its_return_brings_everything_anew(urls, tmp_path):
    feed.territory(urls)
    with services.own_folder() as folder:
        server = services.start_valkey(folder)
        h = feed.build(urls, server.url, tmp_path)
        feed.relay(urls, h.redis)

        async def scene():
            async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
                await asyncio.to_thread(server.stop)
                await screen.until(lambda: screen.of("hb")[-1]["deps"]["redis"] == "down", "the bad news")
                feed.raise_alarm(urls, 1)
                assert screen.closed is None
                await asyncio.to_thread(server.start)
                h.redis.set(keys.snap(1, "water"), bytes([4, 4]))
                await screen.until(lambda: screen.of("hb")[-1]["deps"]["redis"] == "ok", "the good news")
                await screen.until(lambda: len(screen.of("snapshot")) > 1, "the new snapshot")
                assert screen.of("snapshot")[1]["missed"] == 1
                await screen.until(lambda: any(sections.get(2) == {0: 4} for _k, _s, sections in screen.frames), "the new map")

        try:
            asyncio.run(scene())
        finally:
            h.close()
            server.stop()


def test_postgresql_away_is_said_and_its_return_brings_a_snapshot(h, urls, monkeypatch):
    """The role loses its right to connect and its connections: what a stopped server does, without stopping the one that other tests use."""
    name = urls.app.rpartition("/")[2]

    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            with psycopg.connect(services.plain(urls.owner), autocommit=True) as owner:
                owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
                owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'vigie_app'", (name,))
                await screen.until(lambda: screen.of("hb")[-1]["deps"]["database"] == "down", "the bad news")
                late = Screen(operator(name="late"))
                task = asyncio.create_task(hub.serve(late, late.principal, late.revalidate, late.receive))
                await late.until(lambda: "FULL" in late.order and late.of("hb"), "the map, which needs no database")
                assert late.of("snapshot") == []
                owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
            await screen.until(lambda: screen.of("hb")[-1]["deps"]["database"] == "ok", "the good news")
            await screen.until(lambda: len(screen.of("snapshot")) > 1, "the new snapshot")
            await late.until(lambda: late.of("snapshot"), "the late screen's snapshot")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scene())


def test_a_client_that_stops_reading_costs_bounded_memory_and_is_given_everything_anew(h):
    """Its socket blocks, as a full TCP window does; twice its queue later it reads again."""

    class Stopped(Screen):
        def __init__(self, principal) -> None:
            super().__init__(principal)
            self.reads = asyncio.Event()
            self.reads.set()

        async def send_bytes(self, data: bytes) -> None:
            await self.reads.wait()
            await super().send_bytes(data)

        async def send_text(self, data: str) -> None:
            await self.reads.wait()
            await super().send_text(data)

    async def run() -> None:
        async with hub_of(h) as hub, watching(hub, Stopped(operator())) as stopped, watching(hub, Screen(operator())) as reader:
            stopped.reads.clear()
            (client,) = [each for each in hub._clients() if each.socket is stopped]
            most = 0
            for turn in range(2 * QUEUE_MESSAGES):
                for group in hub._tenants[1].groups.values():
                    group.put(encode.message("counts", counts={}, total=turn))
                most = max(most, len(client._queue))
                await asyncio.sleep(0)
            assert most <= QUEUE_MESSAGES
            assert client.is_slow
            assert not client._queue
            before = len(stopped.of("snapshot"))
            feed.look(h.redis, "lighting", 1, 4)
            stopped.reads.set()
            await stopped.until(lambda: len(stopped.of("snapshot")) > before, "a snapshot after it read again")
            await stopped.until(
                lambda: any(4 in looks.values() for _kind, _seq, channels in stopped.frames for looks in channels.values()), "what changed meanwhile"
            )
            assert reader.of("counts")[-1]["total"] == 2 * QUEUE_MESSAGES - 1

    asyncio.run(run())
