"""A feed for tests: a hub on a real PostgreSQL and Valkey, screens that keep what they receive, and a hand that plays the worker and the relay."""

import asyncio
import contextlib
import json
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import redis
from fastapi import FastAPI
from starlette.testclient import TestClient

from hypervisor import api, bootstrap
from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import FixedClock
from hypervisor.domain.operator import Principal, Role
from hypervisor.feed import routes
from hypervisor.feed.hub import Hub
from hypervisor.hot import facts, keys, pulse
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security.middleware import SecurityMiddleware
from hypervisor.settings import Settings
from hypervisor.store.layout import assign_slots
from tests import services
from tests.integration import desk

PATIENCE_S = 30.0


class Screen:
    """A socket as the hub sees it. `messages` are parsed texts, `frames` the binary heads: (type, map_seq, {channel: {slot: look}})."""

    def __init__(self, principal: Principal, since: int = 0, gathers: bool = False) -> None:
        self.principal, self.since, self.gathers = principal, since, gathers
        self.messages: list[dict] = []
        self.frames: list[tuple[int, int, dict[int, dict[int, int]]]] = []
        self.order: list[str] = []
        self.closed: int | None = None
        self.stands = True
        self.said: asyncio.Queue[str] = asyncio.Queue()

    async def send_text(self, data: str) -> None:
        self.messages.append(json.loads(data))
        self.order.append(self.messages[-1]["t"])

    async def send_bytes(self, data: bytes) -> None:
        kind, _protocol, sections, _layout, seq = struct.unpack_from("<BBHII", data)
        at, found = 32, {}
        for _ in range(sections):
            channel, _zero, count = struct.unpack_from("<HHI", data, at)
            slots = struct.unpack_from(f"<{count}I", data, at + 8) if kind == 1 else range(count)
            looks = at + 8 + (4 * count if kind == 1 else 0)
            found[channel] = dict(zip(slots, data[looks : looks + count], strict=True))
            at += 8 + -(-(looks - at - 8 + count) // 8) * 8
        self.frames.append((kind, seq, found))
        self.order.append("FULL" if kind == 2 else "DELTA")

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self.closed = code
        self.said.put_nowait("")

    async def receive(self) -> str:
        said = await self.said.get()
        if self.closed is not None:
            raise ConnectionError("closed")
        return said

    async def revalidate(self) -> bool:
        return self.stands

    def of(self, kind: str) -> list[dict]:
        """The messages of one kind, in order."""
        return [message for message in self.messages if message["t"] == kind]

    async def until(self, condition: Callable[[], object], what: str = "what was awaited") -> None:
        """Waits until the condition holds."""
        await until(condition, lambda: f"{what} did not come: {self.order[-30:]} {self.messages[-2:]}")


async def until(condition: Callable[[], object], what: Callable[[], str] = lambda: "it did not come") -> None:
    """Waits until the condition holds, 30 s at most."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, what()
        await asyncio.sleep(0.01)


def build(urls: DatabaseUrls, redis_url: str, folder: Path) -> Hypervisor:
    """A platform on this database, whose clock stands still; without accounts, since a hub is given its principals."""
    changes = {"database_url": urls.owner, "database_worker_url": urls.worker, "database_app_url": urls.app, "redis_url": redis_url}
    folder.mkdir(parents=True, exist_ok=True)
    built = bootstrap.build(Settings(_env_file=None, data_dir=folder, demo=False, simulate=False, **changes))
    object.__setattr__(built, "clock", FixedClock(desk.NOW))
    return built


@contextlib.contextmanager
def hypervisor_of(urls: DatabaseUrls, redis_url: str, folder: Path) -> Iterator[Hypervisor]:
    """A platform on the territory of five assets, all calm and fresh, its facts already relayed."""
    territory(urls)
    built = build(urls, redis_url, folder)
    relay(urls, built.redis)
    for layer, size in (("lighting", 3), ("water", 2)):
        built.redis.set(keys.snap(1, layer), bytes(size))
    yield built
    built.close()


@contextlib.asynccontextmanager
async def hub_of(h: Hypervisor, worker: bool = True) -> AsyncIterator[Hub]:
    """A started hub; its worker lives unless told otherwise."""
    hub = Hub(h)
    await hub.start()
    beating = asyncio.create_task(_beat(h) if worker else asyncio.sleep(0))
    try:
        yield hub
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await hub.stop()


@contextlib.contextmanager
def browser(h: Hypervisor) -> Iterator[TestClient]:
    """A client, not signed in, of the API and the feed's addresses; their hub runs as long as it does."""
    hub = Hub(h)

    @contextlib.asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        await hub.start()
        yield
        await hub.stop()

    server = FastAPI(lifespan=life, exception_handlers=api.HANDLERS, docs_url=None, redoc_url=None)
    for router in (*api.routers(h), routes.router(h, hub)):
        server.include_router(router)
    server.add_middleware(SecurityMiddleware, h=h)
    with TestClient(server, raise_server_exceptions=False, follow_redirects=False) as made:
        yield made


async def _beat(h: Hypervisor) -> None:
    while True:
        with contextlib.suppress(Exception):
            await asyncio.to_thread(pulse.beat, h.redis, 1, "worker:0", h.clock.epoch_ms(), last_ingest=h.clock.epoch_ms())
        await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def watching(hub: Hub, screen: Screen) -> AsyncIterator[Screen]:
    """The screen, connected and past its first snapshot."""
    task = asyncio.create_task(hub.serve(screen, screen.principal, screen.revalidate, screen.receive, screen.since, screen.gathers))
    try:
        await screen.until(lambda: screen.of("snapshot"), "the first snapshot")
        yield screen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def operator(**changes: object) -> Principal:
    """An operator who sees everything, unless told otherwise."""
    return desk.principal(Role.OPERATOR, **changes)


def territory(urls: DatabaseUrls) -> None:
    """Five assets: lighting 1, 2 in commune 1 and 3 in commune 2; water 11 in commune 1, 12 in commune 2; slots given."""
    with psycopg.connect(services.plain(urls.owner)) as connection:
        connection.execute("INSERT INTO commune (tenant, id, name) VALUES (1, 1, 'Un'), (1, 2, 'Deux') ON CONFLICT DO NOTHING")
    for asset, layer, kind, commune in (
        (1, "lighting", "cabinet", 1),
        (2, "lighting", "luminaire", 1),
        (3, "lighting", "luminaire", 2),
        (11, "water", "valve", 1),
        (12, "water", "valve", 2),
    ):
        desk.add_asset(urls, asset, layer, kind, lon=5.0 + asset / 1000, lat=47.0)
        move(urls, asset, commune)
    arrange(urls)


def move(urls: DatabaseUrls, asset: int, commune: int) -> None:
    """Puts an asset in a commune; its slot is not changed."""
    with psycopg.connect(services.plain(urls.owner)) as connection:
        connection.execute("UPDATE asset SET commune_id = %s WHERE tenant = 1 AND id = %s", (commune, asset))


def arrange(urls: DatabaseUrls) -> int:
    """Assigns the slots anew; gives the layout version."""
    with psycopg.connect(services.plain(urls.owner)) as connection:
        return assign_slots(connection, 1)


def look(client: redis.Redis, layer: str, slot: int, appearance: int) -> None:
    """Changes one look as the worker does: snap and delta together."""
    pipe = client.pipeline()
    pipe.setrange(keys.snap(1, layer), slot, bytes([appearance]))
    pipe.xadd(keys.delta(1, layer), {"d": struct.pack("<IB", slot, appearance), "t": 1, "o": 1})
    pipe.execute()


def raise_alarm(urls: DatabaseUrls, asset: int, layer: str = "lighting", **changes: object) -> int:
    """An open alarm and its outbox row, not yet relayed; gives the alarm's id."""
    alarm = desk.add_alarm(urls, asset, layer=layer, **changes)
    with psycopg.connect(services.plain(urls.owner)) as connection:
        connection.execute("UPDATE alarm SET commune_id = (SELECT commune_id FROM asset WHERE tenant = 1 AND id = asset_id) WHERE id = %s", (alarm,))
        connection.execute(
            "INSERT INTO outbox (tenant, kind, layer, commune_id, body) SELECT 1, 'alarm', layer, commune_id, shape FROM alarm_shape WHERE id = %s", (alarm,)
        )
    return alarm


def relay(urls: DatabaseUrls, client: redis.Redis) -> None:
    """Publishes the outbox rows that wait, as the relay does."""
    with psycopg.connect(services.plain(urls.owner)) as connection:
        waiting = connection.execute("SELECT id, kind, layer, commune_id, body::text FROM outbox WHERE relayed_at IS NULL ORDER BY id").fetchall()
        facts.publish(client, [facts.RelayedFact(id=row[0], tenant=1, kind=row[1], layer=row[2], commune_id=row[3], body=row[4]) for row in waiting])
        connection.execute("UPDATE outbox SET relayed_at = now() WHERE relayed_at IS NULL")
