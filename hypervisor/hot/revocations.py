"""Hears that a session or a token was revoked somewhere, so that what a process remembers of them is looked up again."""

import asyncio
from collections.abc import Callable

import redis.asyncio

from hypervisor.errors import Unavailable
from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down

EVERY_S = 0.25


async def hear(client: redis.asyncio.Redis, changed: Callable[[], None]) -> None:
    """Calls `changed` after each revocation, within a quarter of a second, and once at first. While Redis is away nothing is heard: memories last as long as they do."""
    heard: object = "never asked"
    while True:
        try:
            with unavailable_when_down():
                found = await client.get(keys.revocations())
        except Unavailable:
            await asyncio.sleep(EVERY_S)
            continue
        if found != heard:
            heard = found
            changed()
        await asyncio.sleep(EVERY_S)
