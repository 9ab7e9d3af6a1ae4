"""What the API asks of the present: the last values of one asset, and how many assets look how."""

from collections.abc import Sequence
from datetime import UTC, datetime

import redis

from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down
from hypervisor.hot.state import VALUE, HotValue


def last_values(client: redis.Redis, tenant: int, layer: str, asset_id: int, property_ids: Sequence[int]) -> list[HotValue]:
    """The values held of one asset, among these properties. Raises Unavailable."""
    if not property_ids:
        return []
    with unavailable_when_down():
        found: list[bytes | None] = client.hmget(keys.hot(tenant, layer), [f"{asset_id}:{number}" for number in property_ids])  # type: ignore[assignment]
    return [HotValue(asset_id, number, *VALUE.unpack(packed)) for number, packed in zip(property_ids, found, strict=True) if packed]


def looks(client: redis.Redis, tenant: int, layer: str) -> dict[int, int]:
    """Appearance byte → number of assets that have it. Raises Unavailable."""
    with unavailable_when_down():
        return {int(byte): int(count) for byte, count in client.hgetall(keys.state(tenant, layer)).items()}


def answers(client: redis.Redis) -> bool:
    """Whether Redis answers now. Raises Unavailable when it does not."""
    with unavailable_when_down():
        return bool(client.ping())


def instant(value: HotValue) -> datetime:
    """When the value was observed."""
    return datetime.fromtimestamp(value.observed_at_ms / 1000, UTC)
