"""What the feed reads of Redis, asynchronously: streams of deltas and facts, appearance bytes, pulses."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hypervisor.errors import Unavailable
from hypervisor.hot import keys, revocations
from hypervisor.hot.pulse import LIFE_S, combined
from hypervisor.i18n import N_, _

TIMEOUT_S = 1.0
BLOCK_MS = 200
ENTRIES = 500
DOWN = N_("Redis ne répond pas : la carte et les faits l’attendent. Réessayez quand le bandeau aura disparu.")

Entry = tuple[str, Mapping[bytes, bytes]]


class Live:
    """A connection of the feed's own. Every method raises Unavailable when Redis does not answer within a second."""

    def __init__(self, url: str) -> None:
        # A blocking XREAD must outlive its block: the socket's patience is that of the block plus ours.
        self._redis = redis.asyncio.Redis.from_url(
            url, socket_connect_timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S + BLOCK_MS / 1000, retry=Retry(NoBackoff(), 0)
        )

    async def close(self) -> None:
        """Gives the connections back."""
        await self._redis.aclose()

    async def answers(self) -> bool:
        """Whether Redis answers now."""
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    async def last_id(self, stream: str) -> str:
        """The id of the stream's last entry, "0" when it has none: reading after it gives what comes next."""
        entries = await _ask(self._redis.xrevrange(stream, count=1))
        return entries[0][0].decode() if entries else "0"

    async def read(self, after: Mapping[str, str]) -> dict[str, list[Entry]]:
        """Entries of several streams after the given ids; waits a fifth of a second for one to come, then gives nothing."""
        answer = await _ask(self._redis.xread({stream.encode(): cursor for stream, cursor in after.items()}, count=ENTRIES, block=BLOCK_MS))
        return {stream.decode(): [(entry.decode(), fields) for entry, fields in entries] for stream, entries in _pairs(answer)}

    async def hear_revocations(self, changed: Callable[[], None]) -> None:
        """Calls `changed` after each revocation of a session or a token, for ever."""
        await revocations.hear(self._redis, changed)

    async def snap(self, tenant: int, layer: str) -> bytes | None:
        """The layer's appearance bytes in slot order, None while they are being rebuilt."""
        found: bytes | None = await _ask(self._redis.get(keys.snap(tenant, layer)))
        return found

    async def pulse(self, tenant: int, process: str) -> tuple[dict[str, Any], float] | None:
        """What a process said of itself last and how many seconds ago, None when it is silent.

        The age is that of the key, not of the time written in it: that one is the platform's, which a demonstration may stop or hurry.
        """
        pipe = self._redis.pipeline(transaction=False)
        pipe.get(keys.pulse(tenant, process))
        pipe.pttl(keys.pulse(tenant, process))
        raw, left_ms = await _ask(pipe.execute())
        return None if raw is None else (json.loads(raw), LIFE_S - left_ms / 1000)

    async def workers(self, tenant: int) -> tuple[dict[str, Any], float] | None:
        """What the workers of all shards said last, as one, and how many seconds ago the most silent of them spoke; None when one is silent."""
        shards = int(await _ask(self._redis.get(keys.sharding(tenant))) or 1)
        said = [await self.pulse(tenant, f"worker:{shard}") for shard in range(shards)]
        heard = [one for one in said if one is not None]
        return None if len(heard) < shards else (combined([facts for facts, _age in heard]), max(age for _facts, age in heard))


def _pairs(answer: Any) -> Sequence[tuple[bytes, list[tuple[bytes, Mapping[bytes, bytes]]]]]:
    """XREAD's answer is a list of pairs under RESP2, a dictionary of lists under RESP3."""
    if isinstance(answer, dict):
        return [(stream, batches[0] if batches and isinstance(batches[0], list) else batches) for stream, batches in answer.items()]
    return answer or []


async def _ask(call: Any) -> Any:
    try:
        return await call
    except (RedisError, OSError) as error:
        raise Unavailable(_(DOWN)) from error
