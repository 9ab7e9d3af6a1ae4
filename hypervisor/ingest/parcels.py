"""From a request to what goes on the stream: one parcel per shard touched, and the memory that makes a retry harmless. Pure."""

import hashlib
from collections.abc import Sequence

import msgspec

from hypervisor import tracing
from hypervisor.domain.observation import Batch, Observation
from hypervisor.hot.part import shard_of
from hypervisor.hot.stream import REMEMBER_S, Parcel, Seen
from hypervisor.store.door import TokenHolder

MOST_PER_ENTRY = 2000
"""Observations in one entry of the stream: a long request becomes several, so that the worker's transactions stay short."""

_encode = msgspec.msgpack.Encoder().encode


def seen(holder: TokenHolder, key: str | None, body: bytes, is_fully_dated: bool) -> Seen:
    """What a request is remembered by: its Idempotency-Key, else its body; while nobody knows whether it was added, when a value of it has no time of its own."""
    if key is not None:
        return Seen(digest=hashlib.sha256(f"{holder.name}\0{key}".encode()).hexdigest(), kept_s=REMEMBER_S)
    digest = hashlib.sha256(holder.name.encode() + b"\0body\0" + body).hexdigest()
    return Seen(digest=digest) if is_fully_dated else Seen(digest=digest, is_until_sure=True)


def pack(holder: TokenHolder, observations: Sequence[Observation], received_at_ms: int, shards: int, seen: Seen, answer: bytes) -> list[Parcel]:
    """The parcels of a request, at least one."""
    by_shard: dict[int, list[Observation]] = {}
    if shards == 1:
        by_shard[0] = list(observations)
    else:
        for observation in observations:
            by_shard.setdefault(shard_of(observation.entity, shards), []).append(observation)
    return [
        Parcel(tenant=holder.tenant, shard=shard, entries=tuple(_entries(holder, of_shard, received_at_ms)), seen=seen, answer=answer)
        for shard, of_shard in sorted(by_shard.items())
    ]


def _entries(holder: TokenHolder, observations: list[Observation], received_at_ms: int) -> list[tuple[bytes, int]]:
    parts = [observations[i : i + MOST_PER_ENTRY] for i in range(0, len(observations), MOST_PER_ENTRY)]
    trace = tracing.carried()
    return [
        (_encode(Batch(source=holder.name, received_at_ms=received_at_ms, observations=part, layers=holder.layers, trace=trace)), len(part)) for part in parts
    ]
