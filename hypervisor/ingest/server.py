"""The ingest process: builds the door from the settings and opens it."""

import asyncio
import contextlib
import functools
import logging
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from hypervisor import clock as clocks
from hypervisor import i18n, tracing
from hypervisor import layers as shelf
from hypervisor.clock import Clock
from hypervisor.ending import end
from hypervisor.errors import Unavailable
from hypervisor.hot import pulse, revocations
from hypervisor.hot.client import AsyncRedis, connect_async
from hypervisor.hot.stream import Intake
from hypervisor.hot.wire import Wire
from hypervisor.ingest import room
from hypervisor.ingest.door import Door
from hypervisor.ingest.supervision import Supervision
from hypervisor.ingest.tokens import Tokens
from hypervisor.launcher import addresses
from hypervisor.security.signing import signing_key
from hypervisor.settings import Settings
from hypervisor.store import assets_index
from hypervisor.store.engine import Engine

logger = logging.getLogger(__name__)

BEAT_S = 1.0


def build(settings: Settings, clock: Clock) -> ASGIApp:
    """The door of this installation."""
    found = addresses.resolve(settings)
    client, wire = connect_async(found.redis), Wire(found.redis)
    measured = {prop.attribute for layer in shelf.all_layers().values() for prop in layer.properties}
    tokens = Tokens(Engine(found.database.worker, "vigie-ingest"), clock)
    intake = Intake(wire)
    supervision = Supervision(found.database.app, clock)
    door = Door(
        intake, tokens, clock, measured, settings.body_limit_mb * 2**20, settings.shards,
        room=room.of(settings), key=functools.cache(lambda: signing_key(settings.key_file)), supervision=supervision,
    )  # fmt: skip
    return door.application(_living(client, wire, intake, supervision, Engine(found.database.worker, "vigie-ingest-pulse"), clock, tokens))


def serve(settings: Settings) -> None:
    """Opens the door until SIGTERM or SIGINT."""
    i18n.current_locale.set("en")  # Programs knock here: every sentence of the door is in English.
    tracing.start(settings.otlp_endpoint, "ingest")
    application = build(settings, clocks.from_setting(settings.clock))
    uvicorn.run(
        application,
        host=settings.host,
        port=settings.ingest_port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="on",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )


def _living(client: AsyncRedis, wire: Wire, intake: Intake, supervision: Supervision, engine: Engine, clock: Clock, tokens: Tokens):  # type: ignore[no-untyped-def]
    @contextlib.asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_beat(client, engine, clock)), asyncio.create_task(revocations.hear(client, tokens.look_up_again))]
        yield
        await end(tasks)
        await intake.finish()
        supervision.close()
        wire.close()
        await client.aclose()

    return lifespan


async def _beat(client: AsyncRedis, engine: Engine, clock: Clock) -> None:
    """Says every second, for each tenant, that the door is open."""
    tenants: list[int] = []
    while True:
        try:
            if not tenants:
                tenants = await asyncio.to_thread(_tenants, engine)
            for tenant in tenants:
                await pulse.beat_async(client, tenant, "ingest", clock.epoch_ms())
        except Unavailable:
            logger.debug("no pulse: Redis or PostgreSQL is away")
        await asyncio.sleep(BEAT_S)


def _tenants(engine: Engine) -> list[int]:
    with engine.reading() as cursor:
        found = list(assets_index.tenants(cursor))
    engine.close()
    return found
