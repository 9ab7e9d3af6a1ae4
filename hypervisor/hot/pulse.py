"""Signs of life: each process renews its key every second, and everybody can see that it stopped."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import redis
import redis.asyncio

from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down

LIFE_S = 5


def beat(client: redis.Redis, tenant: int, process: str, at_ms: int, **facts: object) -> None:
    """Says that `process` lives; facts must fit JSON."""
    with unavailable_when_down():
        client.set(keys.pulse(tenant, process), json.dumps({"at": at_ms, **facts}), ex=LIFE_S)


async def beat_async(client: redis.asyncio.Redis, tenant: int, process: str, at_ms: int, **facts: object) -> None:
    """The same for asyncio."""
    with unavailable_when_down():
        await client.set(keys.pulse(tenant, process), json.dumps({"at": at_ms, **facts}), ex=LIFE_S)


def read(client: redis.Redis, tenant: int, process: str) -> dict[str, object] | None:
    """The last sign of life, None when the process is silent."""
    with unavailable_when_down():
        found = client.get(keys.pulse(tenant, process))
    return json.loads(found) if found else None


def combined(said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the workers of all shards say, as one: the oldest sign, the newest observation, all that waits, the slowest."""
    latest = [one["last_ingest"] for one in said if one.get("last_ingest") is not None]
    return {
        "at": min((one.get("at", 0) for one in said), default=0),
        "last_ingest": max(latest, default=None),
        "lag": sum(one.get("lag", 0) for one in said),
        "latency_ms": max((one.get("latency_ms", 0) for one in said), default=0),
        "waits": next((one["waits"] for one in said if one.get("waits")), ""),
    }
