"""Changes in how many shards a tenant's stream is: what waits in the old shards is dealt again into the new ones, in one step.

The worker of shard 0 does it at its start, alone: it holds every shard's lock, so that no worker of the former sharding still works. The others wait until it
is done. The door must be stopped meanwhile, or be told the new number already: docs/sharding.md.
"""

import logging
from collections.abc import Sequence

import msgspec

from hypervisor.domain.observation import Batch, Observation
from hypervisor.hot import sharding
from hypervisor.hot.client import Redis
from hypervisor.hot.part import Part, shard_of
from hypervisor.hot.sharding import Waiting
from hypervisor.hot.stream import rank
from hypervisor.store import ledger
from hypervisor.store.engine import FIRST_SHARD_LOCK, Engine, ShardingChanges

logger = logging.getLogger(__name__)


def agree(client: Redis, engine: Engine, worker_url: str, tenant: int, part: Part) -> None:
    """Returns once the tenant's stream is in as many shards as there are workers. Raises Unavailable while it is not."""
    found = sharding.current(client, tenant)
    if found == part.shards:
        return
    if part.shard != 0:
        raise ShardingChanges(f"tenant {tenant}: the stream is in {found} shards instead of {part.shards}: waiting for the worker of shard 0 to deal it again")
    others = [Engine(worker_url, f"vigie-resharding-{shard}", lock=FIRST_SHARD_LOCK + shard) for shard in range(1, max(found, part.shards))]
    try:
        for other in others:
            other.connection()
        dealt = sharding.deal(client, tenant, found, part.shards, lambda waiting: _deal(engine, tenant, waiting, part.shards))
        logger.info("tenant %d: the stream went from %d to %d shards, %d entries were dealt again", tenant, found, part.shards, dealt)
    finally:
        for other in others:
            other.close()


def _deal(engine: Engine, tenant: int, waiting: Sequence[Waiting], shards: int) -> list[tuple[int, bytes, int]]:
    """(shard, body, observations in it) of what history does not hold yet, in the order of arrival."""
    dealt = []
    with engine.reading() as cursor:
        held = {(one.stream, one.incarnation): rank(ledger.last_id(cursor, tenant, one.stream, one.incarnation)) for one in waiting}
    for one in waiting:
        if rank(one.id) > held[one.stream, one.incarnation]:
            dealt += _split(one, shards)
    return dealt


def _split(one: Waiting, shards: int) -> list[tuple[int, bytes, int]]:
    try:
        batch = msgspec.msgpack.decode(one.body, type=Batch)
    except msgspec.MsgspecError:
        return [(0, one.body, one.count)]  # A worker refuses it, and keeps it.
    by_shard: dict[int, list[Observation]] = {}
    for observation in batch.observations:
        by_shard.setdefault(shard_of(observation.entity, shards), []).append(observation)
    return [(shard, msgspec.msgpack.encode(msgspec.structs.replace(batch, observations=some)), len(some)) for shard, some in sorted(by_shard.items())]
