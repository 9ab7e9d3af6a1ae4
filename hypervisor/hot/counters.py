"""Running totals of a tenant: accepted, and rejected by cause."""

from collections.abc import Mapping
from typing import Any

import redis
import redis.asyncio

from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down


def add(client: redis.Redis, tenant: int, counts: Mapping[str, int]) -> None:
    """Adds to the totals. They are for watching: history holds the exact count."""
    with unavailable_when_down(), client.pipeline(transaction=False) as pipe:
        for name, count in counts.items():
            pipe.hincrby(keys.counters(tenant), name, count)
        pipe.execute()


async def add_async(client: redis.asyncio.Redis, tenant: int, counts: Mapping[str, int]) -> None:
    """The same for asyncio."""
    with unavailable_when_down():
        async with client.pipeline(transaction=False) as pipe:
            for name, count in counts.items():
                pipe.hincrby(keys.counters(tenant), name, count)
            await pipe.execute()


def read(client: redis.Redis, tenant: int) -> dict[str, int]:
    """Every total, by name."""
    with unavailable_when_down():
        found: Any = client.hgetall(keys.counters(tenant))
    return {name.decode(): int(count) for name, count in found.items()}
