"""The load of the ingestion benchmark: bodies made beforehand for every asset that can measure something, and a client that only sends them."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from benchmarks._ingest_platform import FIRST_THRESHOLD, TOKEN
from hypervisor.domain.layer import Layer, Property
from hypervisor.domain.rule import Rule

STAMP = b"2000-01-01T00:00:00.000Z"
VARIANTS = 4
CROSSING_SHARE = 0.002
"""Observations that cross the first added threshold, and come back with the next variant."""
FLIP_SHARE = 0.02
PATH = "/ngsi-ld/v1/entityOperations/upsert"


@dataclass(frozen=True)
class Bodies:
    """Requests of one size, in turns over all assets; each holds STAMP where the time goes."""

    size: int
    bodies: Sequence[bytes]

    def turn(self, number: int) -> bytes:
        """The body of a turn, dated now. Turns follow each other so that an asset's times only grow."""
        return self.bodies[number % len(self.bodies)].replace(STAMP, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3].encode() + b"Z")


def bodies(owner_url: str, layers: dict[str, Layer], size: int) -> Bodies:
    """Bodies of `size` entities of one property each, for the territory of the database."""
    with psycopg.connect(owner_url) as owner:
        assets = owner.execute("SELECT urn, layer, kind FROM asset WHERE tenant = 1 ORDER BY id").fetchall()
    chance = random.Random(7)
    measures = {(layer.key, kind.key): _measures(layer, kind.key, kind.properties) for layer in layers.values() for kind in layer.kinds}
    types = {(layer.key, kind.key): kind.ngsi_type for layer in layers.values() for kind in layer.kinds}
    assets = [asset for asset in assets if measures[asset[1], asset[2]]]
    chance.shuffle(assets)
    made: list[bytes] = []
    for variant in range(VARIANTS):
        entities = []
        for urn, layer, kind in assets:
            of_kind = measures[layer, kind]
            name, value = of_kind[variant // 2 % len(of_kind)]
            entities.append(
                b'{"id":"%s","type":"%s","%s":{"type":"Property","value":%s,"observedAt":"%s"}}'
                % (urn.encode(), types[layer, kind].encode(), name.encode(), value(chance, variant), STAMP)
            )
        made += [b"[" + b",".join(entities[i : i + size]) + b"]" for i in range(0, len(entities) - size + 1, size)]
    return Bodies(size, made)


Measure = tuple[str, Callable[[random.Random, int], bytes]]


def _measures(layer: Layer, kind: str, properties: Sequence[str]) -> list[Measure]:
    """What a kind may send without raising an alarm of the product's own; numbers, which cost most, come first."""
    numbers: list[Measure] = []
    words: list[Measure] = []
    for key in properties:
        prop = layer.property_of(key)
        rules = [rule for rule in layer.rules if rule.kind == kind and rule.property == key and rule.comparison != "silent"]
        if prop.words:
            calm = [word for word, code in prop.words.items() if not any(rule.is_met(code, False) for rule in rules)]
            if calm:
                words.append((prop.attribute, lambda chance, _variant, calm=calm: b'"%s"' % calm[-1 if chance.random() < FLIP_SHARE else 0].encode()))  # type: ignore[misc]
        elif prop.high - prop.low < float("inf") and not any(_is_in_the_way(rule, prop) for rule in rules):
            numbers.append((prop.attribute, lambda chance, variant, prop=prop: _number(chance, variant, prop)))  # type: ignore[misc]
    return numbers + words


def _is_in_the_way(rule: Rule, prop: Property) -> bool:
    """Whether a calm value, between a tenth and half of the range, would raise an alarm of the product's own."""
    calm = [prop.low + share * (prop.high - prop.low) for share in (0.1, 0.5)]
    return rule.threshold_attribute is not None or any(rule.is_met(value, False) for value in calm)


def _number(chance: random.Random, variant: int, prop: Property) -> bytes:
    crosses = variant % 2 and chance.random() < CROSSING_SHARE
    value = prop.low + (prop.high - prop.low) * (FIRST_THRESHOLD + 0.0001 if crosses else chance.uniform(0.1, 0.5))
    return b"%.4f" % (value / 100 if prop.wire_unit == "C62" else value)


class Sender(asyncio.Protocol):
    """One connection that is kept; `post` gives the status of one request."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def open(cls, port: int) -> "Sender":
        """A connection to the door."""
        _transport, protocol = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio: the answers are short, and end where they say."""
        self._heard += data
        head, found, rest = bytes(self._heard).partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if found and len(rest) >= length and self._answer is not None:
            self._heard.clear()
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, _error: Exception | None) -> None:
        """Called by asyncio."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the door closed the connection"))

    async def post(self, body: bytes) -> int:
        """Sends a body and waits for the status."""
        self._answer = asyncio.get_running_loop().create_future()
        head = f"POST {PATH} HTTP/1.1\r\nHost: door\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)  # type: ignore[attr-defined]
        return await self._answer

    def close(self) -> None:
        """Ends the connection."""
        self._transport.close()


@dataclass
class Sent:
    """What a load sent: observations accepted, requests refused by 429, and for each request its seconds to 204."""

    accepted: int = 0
    refused: int = 0
    answered_s: list[float] = field(default_factory=list)
    turns: int = 0


async def flood(port: int, load: Bodies, seconds: float, connections: int, is_behind: Callable[[], bool], first: int) -> Sent:
    """As fast as the door answers, while the workers follow: senders wait while `is_behind`."""
    sent, end = Sent(turns=first), time.monotonic() + seconds

    async def one() -> None:
        sender = await Sender.open(port)
        while time.monotonic() < end:
            if await asyncio.to_thread(is_behind) if sent.turns % 8 == 0 else False:
                await asyncio.sleep(0.02)
            turn, sent.turns = sent.turns, sent.turns + 1
            status = await sender.post(load.turn(turn))
            assert status in (204, 429), status
            sent.accepted += load.size * (status == 204)
            sent.refused += status == 429
        sender.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return sent


async def pace(port: int, load: Bodies, seconds: float, connections: int, rate: float, first: int) -> Sent:
    """`rate` requests a second, each timed from the instant at which it was due, whatever the one before took."""
    sent, began = Sent(turns=first), time.perf_counter()
    free: asyncio.Queue[Sender] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await Sender.open(port))

    async def one(due: float, sender: Sender) -> None:
        status = await sender.post(load.turn(sent.turns))
        assert status == 204, status
        sent.answered_s.append(time.perf_counter() - due)
        sent.accepted += load.size
        free.put_nowait(sender)

    running = set()
    for number in range(int(seconds * rate)):
        due = began + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        sender = await free.get()
        task = asyncio.create_task(one(due, sender))
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.sleep(0)
        sent.turns += 1
    await asyncio.gather(*running)
    while not free.empty():
        free.get_nowait().close()
    return sent
