"""The present: last values, one appearance byte per asset, counts of appearances, and the stream of what changed. Written by the worker alone."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import redis

from hypervisor.hot import keys, scripts
from hypervisor.hot.client import unavailable_when_down

VALUE = struct.Struct(">qdB")
LOOK = struct.Struct("<IB")
VALUES_PER_CALL = 1000
LOOKS_PER_CALL = 2000
DELTAS_KEPT = 2000


@dataclass(frozen=True, slots=True)
class HotValue:
    """The last value of one property of one asset; times in epoch milliseconds."""

    asset_id: int
    property_id: int
    observed_at_ms: int
    value: float
    quality: int

    def packed(self) -> tuple[bytes, bytes]:
        """Field and value of the hash."""
        return b"%d:%d" % (self.asset_id, self.property_id), VALUE.pack(self.observed_at_ms, self.value, self.quality)


def apply(
    client: redis.Redis, tenant: int, layer: str, values: Sequence[HotValue], looks: Sequence[tuple[int, int]], now_ms: int, oldest_ms: int
) -> int | None:
    """Writes values that are not older than what Redis holds, then (slot, appearance) pairs; tells the change on the delta stream.

    Gives the number of values that Redis holds for the layer, None when the layer's snapshot has gone and must be rebuilt.
    """
    names = [keys.hot(tenant, layer), keys.snap(tenant, layer), keys.state(tenant, layer), keys.delta(tenant, layer)]
    script, held = scripts.load("apply"), 0
    parts = [([pair for value in values[i : i + VALUES_PER_CALL] for pair in value.packed()], b"") for i in range(0, len(values), VALUES_PER_CALL)]
    packed_looks = [b"".join(LOOK.pack(*look) for look in looks[i : i + LOOKS_PER_CALL]) for i in range(0, len(looks), LOOKS_PER_CALL)]
    if parts and packed_looks:
        # The last values and the first looks travel together: most batches are one call.
        parts[-1] = (parts[-1][0], packed_looks.pop(0))
    parts += [([], packed) for packed in packed_looks]
    with unavailable_when_down():
        for pairs, packed in parts:
            held = script.run(client, names, [now_ms, oldest_ms, DELTAS_KEPT, packed, *pairs])
            if held < 0:
                return None
    return held


def read_values(client: redis.Redis, tenant: int, layer: str) -> Iterator[HotValue]:
    """Every value that Redis holds for the layer."""
    with unavailable_when_down():
        for field, packed in client.hscan_iter(keys.hot(tenant, layer), count=5000):
            asset_id, _, property_id = field.partition(b":")
            yield HotValue(int(asset_id), int(property_id), *VALUE.unpack(packed))


def is_shown(client: redis.Redis, tenant: int, layer: str) -> bool:
    """Whether the layer's snapshot is there: it is written last, so that without it the values may be a part of them."""
    with unavailable_when_down():
        return bool(client.exists(keys.snap(tenant, layer)))


def is_whole(client: redis.Redis, tenant: int, layer: str, values: int, slots: int) -> bool:
    """Whether the layer's keys are there with at least that many values and exactly that many slots."""
    with unavailable_when_down(), client.pipeline(transaction=False) as pipe:
        pipe.hlen(keys.hot(tenant, layer))
        pipe.exists(keys.snap(tenant, layer))
        pipe.strlen(keys.snap(tenant, layer))
        pipe.exists(keys.state(tenant, layer))
        held, has_snap, length, has_state = pipe.execute()
    return held >= values and bool(has_snap) and length == slots and (bool(has_state) or slots == 0)
