"""The stream of accepted batches: the door adds to it, one worker per shard reads it.

What the door added and answered 204 for is a record until the worker's ledger row is committed. The group, its consumer's pending list and
the incarnation (see `keys.incarnation`) let a worker go on exactly where it was killed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import redis
import redis.asyncio

from hypervisor.hot import keys, scripts
from hypervisor.hot.client import unavailable_when_down

GROUP = "worker"
REMEMBER_S = 24 * 3600
MOST_WAITING = 50_000
"""Entries of one shard beyond which the door answers 429: at 100 observations each, some 350 MB."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What one request puts on one shard: entries as (msgpack Batch, observations in it); seen = digest to remember it by, None for none."""

    tenant: int
    shard: int
    entries: tuple[tuple[bytes, int], ...]
    seen: str | None = None
    answer: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a parcel: added, known (then `answer` is the one given the first time) or full."""

    outcome: str
    answer: bytes = b""


class Intake:
    """The door's side."""

    def __init__(self, client: redis.asyncio.Redis, most_waiting: int = MOST_WAITING) -> None:
        self._client = client
        self._most_waiting = most_waiting

    async def add(self, parcels: Sequence[Parcel]) -> list[Receipt]:
        """Adds every parcel in one round trip, each with its memory or not at all. Raises Unavailable when Redis is down: nothing is known to be added."""
        with unavailable_when_down():
            answers = await self._send(parcels, by_digest=True)
            missed = [i for i, answer in enumerate(answers) if isinstance(answer, redis.exceptions.NoScriptError)]
            if missed:
                for i, answer in zip(missed, await self._send([parcels[i] for i in missed], by_digest=False), strict=True):
                    answers[i] = answer
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
        return [Receipt(outcome=answer[0].decode(), answer=answer[1] if answer[0] == b"known" else b"") for answer in answers]

    async def bytes_waiting(self, tenant: int, shard: int) -> int:
        """Memory that the shard's stream takes, estimated by Redis."""
        with unavailable_when_down():
            return int(await self._client.memory_usage(keys.stream(tenant, shard), samples=5) or 0)

    async def _send(self, parcels: Sequence[Parcel], *, by_digest: bool) -> list[Any]:
        script = scripts.load("accept")
        async with self._client.pipeline(transaction=False) as pipe:
            for parcel in parcels:
                names = [keys.stream(parcel.tenant, parcel.shard), keys.incarnation(parcel.tenant, parcel.shard)]
                names += [keys.seen_request(parcel.tenant, parcel.shard, parcel.seen)] if parcel.seen else []
                arguments: list[Any] = [uuid4().hex, self._most_waiting, REMEMBER_S, parcel.answer]
                for body, count in parcel.entries:
                    arguments += [body, count]
                if by_digest:
                    pipe.evalsha(script.sha, len(names), *names, *arguments)
                else:
                    pipe.eval(script.body, len(names), *names, *arguments)  # type: ignore[arg-type]
            return await pipe.execute(raise_on_error=False)


@dataclass(frozen=True)
class Entry:
    """One entry of a stream: its id, its body (msgpack Batch) and the number of observations in it."""

    id: str
    body: bytes
    count: int

    @property
    def rank(self) -> tuple[int, int]:
        """The id as numbers, which order entries as Redis does."""
        return rank(self.id)


def rank(entry_id: str) -> tuple[int, int]:
    """A stream id as two numbers."""
    ms, _, number = entry_id.partition("-")
    return int(ms), int(number or 0)


class Reader:
    """The worker's side of one shard of one or more tenants. It is alone: the worker holds the shard's lock."""

    def __init__(self, client: redis.Redis, shard: int) -> None:
        self._client = client
        self._shard = shard
        self._consumer = f"worker-{shard}"

    def open(self, tenant: int) -> str:
        """Makes sure that the stream and its group exist; gives the incarnation."""
        with unavailable_when_down():
            names = [keys.stream(tenant, self._shard), keys.incarnation(tenant, self._shard)]
            return bytes(scripts.load("open").run(self._client, names, [uuid4().hex, GROUP])).decode()

    def pending(self, tenant: int, count: int = 256) -> Iterator[list[Entry]]:
        """What was read and not acknowledged before a crash, oldest first, in lists of at most `count`."""
        name, after = keys.stream(tenant, self._shard), "0"
        while True:
            with unavailable_when_down():
                found: Any = self._client.xreadgroup(GROUP, self._consumer, {name: after}, count=count)
            entries = _entries(found[0][1]) if found else []
            if not entries:
                return
            yield entries
            after = entries[-1].id

    def read(self, tenants: Sequence[int], block_ms: int, count: int = 256) -> dict[int, list[Entry]] | None:
        """New entries by tenant, waiting at most block_ms for one. None when a group has gone: Redis was emptied, call `open` again."""
        by_name = {keys.stream(tenant, self._shard).encode(): tenant for tenant in tenants}
        with unavailable_when_down():
            try:
                found: Any = self._client.xreadgroup(GROUP, self._consumer, dict.fromkeys(by_name, ">"), count=count, block=block_ms)
            except redis.ResponseError as error:
                if "NOGROUP" in str(error) or "UNBLOCKED" in str(error):
                    return None
                raise
        return {by_name[name]: _entries(entries) for name, entries in found or []}

    def done(self, tenant: int, entries: Sequence[Entry]) -> None:
        """Acknowledges entries and forgets the stream up to the last of them, which are the oldest of all."""
        name = keys.stream(tenant, self._shard)
        ms, number = entries[-1].rank
        with unavailable_when_down(), self._client.pipeline(transaction=False) as pipe:
            pipe.xack(name, GROUP, *(entry.id for entry in entries))
            pipe.xtrim(name, minid=f"{ms}-{number + 1}", approximate=False)
            pipe.execute()

    def waiting(self, tenant: int) -> int:
        """Entries not acknowledged yet."""
        with unavailable_when_down():
            return int(self._client.xlen(keys.stream(tenant, self._shard)))


def _entries(raw: Sequence[tuple[bytes, dict[bytes, bytes] | None]]) -> list[Entry]:
    # An entry that was pending and trimmed since has no fields: it had been acknowledged by its ledger row.
    return [Entry(number.decode(), (fields or {}).get(b"b", b""), int((fields or {}).get(b"n", 0))) for number, fields in raw]
