"""In how many shards a tenant's stream is, and its entries moved from some to others in one step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import redis

from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down
from hypervisor.hot.stream import GROUP


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An entry that is on a stream; body: msgpack Batch, count: observations in it."""

    stream: str
    incarnation: str
    id: str
    body: bytes
    count: int


def current(client: redis.Redis, tenant: int) -> int:
    """In how many shards the stream is; one when nobody has said."""
    with unavailable_when_down():
        found: Any = client.get(keys.sharding(tenant))
    return int(found or 1)


def deal(client: redis.Redis, tenant: int, old: int, new: int, plan: Callable[[Sequence[Waiting]], Sequence[tuple[int, bytes, int]]]) -> int:
    """Replaces what is on the shards by what `plan` makes of it, as (shard, body, observations in it); gives the number of entries that it made.

    All or nothing: Redis refuses the exchange when something came meanwhile, and it is planned again.
    """
    shards = range(max(old, new))
    with unavailable_when_down(), client.pipeline(transaction=True) as pipe:
        while True:
            pipe.watch(keys.sharding(tenant), *(keys.stream(tenant, shard) for shard in shards))  # type: ignore[no-untyped-call]
            dealt = plan([one for shard in shards for one in _waiting(pipe, tenant, shard)])
            pipe.multi()
            pipe.delete(*(name(tenant, shard) for shard in shards for name in (keys.stream, keys.incarnation)))
            for shard in range(new):
                pipe.set(keys.incarnation(tenant, shard), uuid4().hex)
            for shard, body, count in dealt:
                pipe.xadd(keys.stream(tenant, shard), {"b": body, "n": count})
            for shard in set(range(new)) - {shard for shard, _body, _count in dealt}:
                # The stream is made with its group, or its incarnation would be taken for that of one that went.
                pipe.xgroup_create(keys.stream(tenant, shard), GROUP, "0", mkstream=True)
            pipe.set(keys.sharding(tenant), new)
            try:
                pipe.execute()
            except redis.WatchError:
                continue
            return len(dealt)


def _waiting(client: Any, tenant: int, shard: int) -> list[Waiting]:
    name = keys.stream(tenant, shard)
    incarnation = (client.get(keys.incarnation(tenant, shard)) or b"").decode()
    return [
        Waiting(stream=name, incarnation=incarnation, id=number.decode(), body=fields[b"b"], count=int(fields[b"n"])) for number, fields in client.xrange(name)
    ]
