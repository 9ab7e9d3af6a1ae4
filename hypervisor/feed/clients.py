"""One screen, and the group of screens that receive the same bytes."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from prometheus_client import Histogram

from hypervisor import hops
from hypervisor.domain.operator import Principal
from hypervisor.feed import encode
from hypervisor.feed.mirror import Mirror
from hypervisor.store import snapshot

QUEUE_MESSAGES = 512
QUEUE_BYTES = 8_000_000
"""Beyond either, the screen is not reading: its queue is dropped and it starts again when it reads. A wall of a million assets opens with 1 MB."""

READ_RIGHT = {
    "alarm": "alarm:read", "event": "event:read", "intervention": "intervention:read", "logbook": "logbook:read", "wall": "screen:mur", "presence": "event:act", "shift": "alarm:read",
    "works": "alarm:read", "posture": "posture:read",
}  # fmt: skip
"""fact → the right to receive it."""

Payload = str | bytes

SCREEN = Histogram(hops.SCREEN, hops.SCREEN_HELP, buckets=hops.BOUNDS_S, registry=None)


class Socket(Protocol):
    """The part of a WebSocket that sends."""

    async def send_text(self, data: str) -> None:
        """Sends a text message, waiting while the other side does not read."""

    async def send_bytes(self, data: bytes) -> None:
        """Sends a binary message, waiting likewise."""

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Closes, telling why."""


class Client:
    """One open socket: a bounded queue and the task that empties it.

    seq: the highest fact that was sent. gathers: whether it takes facts that come together as one message. held: facts that wait for the snapshot being read, so that none is overwritten by it; None when none is awaited.
    """

    def __init__(self, socket: Socket, principal: Principal, revalidate: Callable[[], Awaitable[bool]], seq: int = 0, gathers: bool = False) -> None:
        self.socket, self.principal, self.revalidate, self.seq, self.gathers = socket, principal, revalidate, seq, gathers
        self.held: list[tuple[Payload, int]] | None = None
        self.is_slow = False
        self._queue: deque[tuple[Payload, int, float]] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()

    def put(self, payload: Payload, seq: int = 0) -> None:
        """Queues a message. A client that does not read loses its queue and everything until it reads again."""
        if self.is_slow:
            return
        self._queue.append((payload, seq, time.perf_counter()))
        self._bytes += len(payload)
        if len(self._queue) > QUEUE_MESSAGES or self._bytes > QUEUE_BYTES:
            self.is_slow = True
            self._drop()
        self._filled.set()

    def put_fact(self, payload: Payload, seq: int) -> None:
        """Queues a fact, behind the snapshot when one is being read."""
        if self.held is None:
            self.put(payload, seq)
        elif len(self.held) < QUEUE_MESSAGES:
            self.held.append((payload, seq))
        else:
            self.is_slow = True
            self._drop()
            self._filled.set()

    def put_snapshot(self, payload: Payload, seq: int) -> None:
        """Queues the awaited snapshot, then the facts that came while it was read."""
        held, self.held = self.held or [], None
        self.put(payload, seq)
        for fact, fact_seq in held:
            self.put(fact, fact_seq)

    async def send_for_ever(self, restart: "Callable[[Client], None]") -> None:
        """Sends the queue as it comes. `restart` gives a client that had stopped reading everything anew."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._queue:
                payload, seq, queued_at = self._queue.popleft()
                self._bytes -= len(payload)
                if isinstance(payload, str):
                    await self.socket.send_text(payload)
                else:
                    await self.socket.send_bytes(payload)
                SCREEN.observe(time.perf_counter() - queued_at)
                self.seq = max(self.seq, seq)
            if self.is_slow:
                self.is_slow = False
                self.held = None
                restart(self)

    def _drop(self) -> None:
        self._queue.clear()
        self._bytes = 0


@dataclass(frozen=True)
class Signature:
    """What makes two sessions receive the same bytes."""

    tenant: int
    channels: tuple[int, ...]
    rights: frozenset[str]
    layers: frozenset[str] | None
    communes: frozenset[int] | None

    @classmethod
    def of(cls, principal: Principal, channels: tuple[int, ...]) -> "Signature":
        """The signature of a session on a layout."""
        rights = frozenset(right for right in (*READ_RIGHT.values(), "map:read", "indicator:read") if right in principal.permissions)
        return cls(principal.tenant, channels, rights, principal.layers, principal.communes)

    def may_see(self, kind: str, layer: str | None, commune: int | None) -> bool:
        """Whether a fact of that kind, layer and commune (None: everybody's) is inside."""
        return (
            READ_RIGHT.get(kind) in self.rights
            and (layer is None or self.layers is None or layer in self.layers)
            and (commune is None or self.communes is None or commune in self.communes)
        )

    def sees_layer(self, layer: str) -> bool:
        """Whether the layer is inside the perimeter, or is no layer at all."""
        return not layer or self.layers is None or layer in self.layers

    def may_read_figure(self, layer: str) -> bool:
        """Whether a figure of a layer ("": of all of them), computed on the session's communes, tells nothing from outside the perimeter."""
        is_inside = self.layers is None or layer in self.layers
        return is_inside and bool({"alarm:read", "indicator:read"} & self.rights)


@dataclass(eq=False)
class Group:
    """The screens of one signature. Whatever they get is encoded once.

    map_seq numbers its DELTA frames. waiting: clients for whom a snapshot must be read; open_told: how many
    alarms these screens may have to hold, those open at the last snapshot and each alarm told since: at most that many are open, never fewer.
    """

    signature: Signature
    clients: set[Client] = field(default_factory=set)
    waiting: set[Client] = field(default_factory=set)
    map_seq: int = 0
    open_told: int = 0
    reading: asyncio.Task[None] | None = None

    @property
    def is_capped(self) -> bool:
        """Whether screens may hold fewer alarms than are open, and need the exact counts."""
        return self.open_told > snapshot.ALARMS

    @cached_property
    def inside(self) -> frozenset[int]:
        """The group's channels, for look-up."""
        return frozenset(self.signature.channels)

    def put(self, payload: Payload) -> None:
        """Queues a message for every screen of the group."""
        for client in self.clients:
            client.put(payload)

    def put_facts(self, facts: Sequence[tuple[str, int]]) -> None:
        """Queues facts that came together, each (message, seq), for every screen of the group: one message for those that gather, encoded once."""
        several = [(encode.together(facts), max(seq for _fact, seq in facts))] if len(facts) > 1 else facts
        for client in self.clients:
            for payload, seq in several if client.gathers else facts:
                client.put_fact(payload, seq)

    def put_delta(self, sections: dict[int, bytes], layout: int, at_ms: float, oldest_ms: float) -> None:
        """Queues the sections of the group's channels as one frame; nothing when none of them changed."""
        own = [section for number, section in sections.items() if number in self.inside]
        if own and self.clients:
            self.map_seq += 1
            self.put(b"".join((encode.head(encode.DELTA, len(own), layout, self.map_seq, at_ms, oldest_ms), *own)))

    def full(self, mirror: Mirror, at_ms: float) -> bytes:
        """The FULL frame of the group."""
        channels = self.signature.channels
        return b"".join((encode.head(encode.FULL, len(channels), mirror.layout.version, self.map_seq, at_ms), *(mirror.full(number) for number in channels)))
