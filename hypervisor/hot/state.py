"""The present: last values, one appearance byte per asset, counts of appearances, and the stream of what changed. Written by the worker alone."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import redis
from numpy.typing import NDArray

from hypervisor.hot import keys, scripts
from hypervisor.hot.client import unavailable_when_down
from hypervisor.hot.part import Part

VALUE = struct.Struct(">qdB")
HOT_VALUE = np.dtype([("asset_id", ">u4"), ("property_id", ">u2"), ("observed_at_ms", ">i8"), ("value", ">f8"), ("quality", "u1")])
"""A last value as the script takes it: whose it is, then VALUE."""
LOOK = struct.Struct("<IB")
LOOKS = np.dtype([("slot", "<u4"), ("look", "u1")])
"""LOOK as a column."""
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


@dataclass(frozen=True, kw_only=True)
class Change:
    """What changed on a layer: last values (HOT_VALUE), and looks as (slot, appearance) pairs. held: values that the worker has of it in all."""

    layer: str
    values: NDArray[np.void]
    looks: Sequence[tuple[int, int]]
    held: int


def pack(values: Iterable[HotValue]) -> NDArray[np.void]:
    """Last values as Redis is given them."""
    return np.array([(v.asset_id, v.property_id, v.observed_at_ms, v.value, v.quality) for v in values], HOT_VALUE)


def apply(client: redis.Redis, tenant: int, part: Part, changes: Sequence[Change], now_ms: int, oldest_ms: int) -> dict[str, int | None]:
    """Writes values that are not older than what Redis holds, then looks; tells the changes on the delta streams. One round trip for all layers.

    Gives by layer the number of values that Redis holds, None when a part of the layer has gone and must be written again.
    """
    script = scripts.load("apply")
    calls = [
        (change.layer, [*_names(tenant, change.layer), now_ms, oldest_ms, DELTAS_KEPT, looks, values, part.name, held_now])
        for change in changes
        for values, looks, held_now in _parts(change)
    ]
    with unavailable_when_down():
        answers = script.run_all(client, 5, [arguments for _layer, arguments in calls])
    held: dict[str, int | None] = {}
    for (layer, _), answer in zip(calls, answers, strict=True):
        held[layer] = None if answer < 0 or held.get(layer, 0) is None else answer
    return held


def _names(tenant: int, layer: str) -> list[str]:
    return [keys.hot(tenant, layer), keys.snap(tenant, layer), keys.state(tenant, layer), keys.delta(tenant, layer), keys.painted(tenant, layer)]


def _parts(change: Change) -> Iterator[tuple[bytes, bytes, int | str]]:
    """Values, looks and held of one call each; the first looks travel with the last values: most batches are one call.

    held is "" while values are still to come: Redis cannot have as many as the worker before.
    """
    values = [change.values[i : i + VALUES_PER_CALL].tobytes() for i in range(0, len(change.values), VALUES_PER_CALL)]
    looks = [b"".join(LOOK.pack(*look) for look in change.looks[i : i + LOOKS_PER_CALL]) for i in range(0, len(change.looks), LOOKS_PER_CALL)]
    yield from ((part, b"", "") for part in values[:-1])
    yield b"".join(values[-1:]), b"".join(looks[:1]), change.held
    yield from ((b"", part, change.held) for part in looks[1:])


def read_values(client: redis.Redis, tenant: int, layer: str) -> Iterator[HotValue]:
    """Every value that Redis holds for the layer."""
    with unavailable_when_down():
        for field, packed in client.hscan_iter(keys.hot(tenant, layer), count=5000):
            asset_id, _, property_id = field.partition(b":")
            yield HotValue(int(asset_id), int(property_id), *VALUE.unpack(packed))


def is_shown(client: redis.Redis, tenant: int, layer: str, part: Part) -> bool:
    """Whether this part's looks are in the snapshot: they are written last, so that without them the values may be some of them."""
    with unavailable_when_down():
        return bool(client.exists(keys.snap(tenant, layer))) and bool(client.hexists(keys.painted(tenant, layer), part.name))


def is_whole(client: redis.Redis, tenant: int, layer: str, part: Part, values: int, slots: int) -> bool:
    """Whether the layer's keys are there, with this part's values and looks among them, and exactly that many slots."""
    with unavailable_when_down(), client.pipeline(transaction=False) as pipe:
        pipe.hlen(keys.hot(tenant, layer))
        pipe.exists(keys.snap(tenant, layer))
        pipe.strlen(keys.snap(tenant, layer))
        pipe.exists(keys.state(tenant, layer))
        pipe.hgetall(keys.painted(tenant, layer))
        held, has_snap, length, has_state, painted = pipe.execute()
    counts = {name: int(count) for name, count in painted.items()}
    expected = sum((counts | {part.name.encode(): values}).values())
    return held >= expected and part.name.encode() in counts and bool(has_snap) and length == slots and (bool(has_state) or slots == 0)
