"""The stream of accepted batches: the door adds to it, one worker per shard reads it.

What the door added and answered 204 for is a record until the worker's ledger row is committed. The group, its consumer's pending list and
the incarnation (see `keys.incarnation`) let a worker go on exactly where it was killed.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

import redis

from hypervisor.errors import Unavailable
from hypervisor.hot import keys, scripts
from hypervisor.hot.client import unavailable_when_down
from hypervisor.hot.wire import Command, Wire

GROUP = "worker"
REMEMBER_S = 24 * 3600
"""How long an Idempotency-Key is remembered, as the door promises."""
RETRIED_S = 600
"""How long a body is remembered; chosen by us: retries come within minutes, and a thousand sensors that send each second leave 80 MB, where a day would leave 10 GB.
A dated body that comes later than that is not a second observation either: its values are not newer than those known."""
SETTLE_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a request is remembered by.

    kept_s: for how long; is_until_sure: only until its sender's answer is sure (see `Intake.settle`), because the same again is then another request;
    is_new: its sender says that it never sent it before, so that what is remembered is not looked at; is_numbered: remembered by a number that comes back, so that it is known
    only when the parcel's answer is the same.
    """

    digest: str
    kept_s: int = RETRIED_S
    is_until_sure: bool = False
    is_new: bool = False
    is_numbered: bool = False


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What one request puts on one shard: entries as (msgpack Batch, observations in it); seen: what it is remembered by."""

    tenant: int
    shard: int
    entries: tuple[tuple[bytes, int], ...]
    seen: Seen
    answer: bytes = b""

    @property
    def memory(self) -> str:
        """The key under which it is remembered."""
        return keys.seen_request(self.tenant, self.shard, self.seen.digest)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a parcel: added, or known (then `answer` is the one given the first time)."""

    is_known: bool
    answer: bytes = b""


class Intake:
    """The door's side."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._settled: list[str] = []
        self._settling: asyncio.TimerHandle | None = None
        # Each proposes a name for a stream that is found empty, and none comes twice: a number is a tenth of a UUID's price, which a lone value pays.
        prefix = uuid4().hex
        self._names = (f"{prefix}-{number}" for number in itertools.count())

    async def add(self, requests: Sequence[Sequence[Parcel]]) -> list[list[Receipt]]:
        """Adds the parcels of several requests in one round trip; those of one request together or not at all, each with its memory.

        Raises Unavailable when Redis is down: nothing is known to be added.
        """
        with unavailable_when_down():
            answers = await self._send(requests, by_digest=True)
            missed = [i for i, of_request in enumerate(answers) if any(str(answer).startswith("NOSCRIPT") for answer in of_request)]
            for i, of_request in zip(missed, await self._send([requests[i] for i in missed], by_digest=False) if missed else [], strict=True):
                answers[i] = of_request
            for error in (answer for of_request in answers for answer in of_request if isinstance(answer, Exception)):
                raise error
        return [[Receipt(is_known=answer[0] == b"known", answer=answer[1]) for answer in of_request] for of_request in answers]

    def settle(self, parcels: Sequence[Parcel]) -> None:
        """Forgets requests whose answer is sure: the same body again is another one. Done before whatever is added next, and within 50 ms."""
        self._settled += [parcel.memory for parcel in parcels]
        if self._settling is None:
            self._settling = asyncio.get_running_loop().call_later(SETTLE_S, self._settle_alone)

    async def finish(self) -> None:
        """Forgets now what is settled, as far as Redis can be reached: the process ends."""
        if self._settled:
            with contextlib.suppress(Unavailable):
                await self._send([], by_digest=True)

    def _settle_alone(self) -> None:
        self._settling = None
        self._finishing = asyncio.get_running_loop().create_task(self.finish())

    async def waiting(self, tenant: int, shard: int) -> tuple[int, int]:
        """Entries that the slowest group has not acknowledged, and the memory that the stream takes, estimated by Redis."""
        name = keys.stream(tenant, shard)
        with unavailable_when_down():
            entries, size = await self._wire.ask([("XLEN", name), ("MEMORY", "USAGE", name, "SAMPLES", "5")])
            for error in (answer for answer in (entries, size) if isinstance(answer, Exception)):
                raise error
        return int(entries), int(size or 0)

    async def _send(self, requests: Sequence[Sequence[Parcel]], *, by_digest: bool) -> list[list[Any]]:
        commands: list[Command] = []
        for parcels in requests:
            calls = [_call(parcel, next(self._names), by_digest=by_digest) for parcel in parcels]
            commands += calls if len(calls) == 1 else [("MULTI",), *calls, ("EXEC",)]
        # One by one: in a cluster they may be on several nodes.
        settled, self._settled = self._settled, []
        try:
            with unavailable_when_down():
                answers = iter(await self._wire.ask([*(("DEL", name) for name in settled), *commands]))
        except Unavailable:
            # Of a request that was sent again just now, the memory may be of this time: it must stay.
            again = {parcel.memory for parcels in requests for parcel in parcels}
            self._settled = [*(name for name in settled if name not in again), *self._settled]
            raise
        for _name in settled:
            next(answers)
        found = []
        for parcels in requests:
            if len(parcels) == 1:
                found.append([next(answers)])
            else:
                *_queued, executed = islice(answers, len(parcels) + 2)
                found.append([executed] if isinstance(executed, Exception) else executed)
        return found


def _call(parcel: Parcel, name: str, *, by_digest: bool) -> Command:
    script, seen = scripts.load("accept"), parcel.seen
    names = [keys.stream(parcel.tenant, parcel.shard), keys.incarnation(parcel.tenant, parcel.shard)]
    names += [parcel.memory]
    content = [part for body, count in parcel.entries for part in (body, count)]
    first = ("EVALSHA", script.sha) if by_digest else ("EVAL", script.body)
    return (*first, len(names), *names, name, seen.kept_s, parcel.answer, 1 if seen.is_new else 2 * seen.is_numbered, *content)


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
        """Acknowledges entries, and forgets what every group has acknowledged."""
        with unavailable_when_down():
            scripts.load("done").run(self._client, [keys.stream(tenant, self._shard)], [GROUP, *(entry.id for entry in entries)])

    def waiting(self, tenant: int) -> int:
        """Entries not acknowledged yet."""
        with unavailable_when_down():
            return int(self._client.xlen(keys.stream(tenant, self._shard)))


def _entries(raw: Sequence[tuple[bytes, dict[bytes, bytes] | None]]) -> list[Entry]:
    # An entry that was pending and trimmed since has no fields: it had been acknowledged by its ledger row.
    return [Entry(number.decode(), (fields or {}).get(b"b", b""), int((fields or {}).get(b"n", 0))) for number, fields in raw]
