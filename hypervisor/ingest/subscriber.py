"""The subscriber: what an MQTT broker holds for the declared sources goes on the stream, as what comes by the door does.

A message is acknowledged to the broker once Redis has it on disk. Until then it stays with the broker: a subscriber that is killed, a Redis that is away, a
stream that is full or a disk that is short cost time and nothing else. A message that comes again is known by its source, topic and body when it carries its
own time, and by its number in the session when it does not.
"""

import asyncio
import contextlib
import hashlib
import logging
import signal
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypervisor import clock as clocks
from hypervisor import i18n, tracing
from hypervisor.clock import Clock
from hypervisor.connectors import Convert, all_connectors
from hypervisor.ending import end
from hypervisor.errors import InvalidRequest, TooManyAttempts, Unavailable
from hypervisor.hot import counters, pulse
from hypervisor.hot.client import AsyncRedis, connect_async
from hypervisor.hot.stream import REMEMBER_S, Intake, Parcel, Seen
from hypervisor.hot.wire import Wire
from hypervisor.ingest import parcels, room, topics
from hypervisor.ingest.backlog import Backlog
from hypervisor.ingest.broker import Arrived, Broker, address
from hypervisor.ingest.room import Room
from hypervisor.launcher import addresses, secret_files
from hypervisor.outage import Outage
from hypervisor.settings import Settings
from hypervisor.store import assets_index, rejected, sources
from hypervisor.store.engine import Engine
from hypervisor.store.sources import Declared

logger = logging.getLogger(__name__)

TOGETHER = 500
"""Messages put on the stream in one round trip."""
LOOK_EVERY_S = 2.0
BEAT_S = 1.0
RETRY_S = (0.05, 0.1, 0.25, 0.5, 1.0)
MOST_KEPT = 200
"""Messages that cannot be read, kept for inspection per second; all are counted."""
BYTES_KEPT = 1000
UNREADABLE, UNDATED = "unreadable", "retained_undated"


@dataclass(frozen=True, kw_only=True)
class Route:
    """A declared source, ready to be heard."""

    declared: Declared
    convert: Convert


@dataclass(kw_only=True)
class Tally:
    """What was heard since the last second, and what of it could not be read: (tenant, (cause, source, topic, payload))."""

    counts: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    refused: list[tuple[int, tuple[int, str, str, str, str, dict[str, object]]]] = field(default_factory=list)
    unrouted: int = 0


class Subscriber:
    """See the module. `deliver` puts messages on the stream, however long that takes."""

    def __init__(self, intake: Intake, broker: Broker, clock: Clock, shards: int, backlog: Backlog, guard: Room | None = None) -> None:
        self.routes: list[Route] = []
        self.tally = Tally()
        self._intake = intake
        self._broker = broker
        self._clock = clock
        self._shards = shards
        self._backlog = backlog
        self._guard = guard
        self._stream = Outage("stream", logger)

    @property
    def waits(self) -> str:
        """Why nothing goes on for now, "" when all does."""
        return self._broker.outage.reason or self._stream.reason

    async def run(self) -> None:
        """For ever: takes, delivers, acknowledges."""
        while True:
            messages = await self._broker.take(TOGETHER)
            with tracing.span("mqtt.messages"):
                await self.deliver(messages)
            self._broker.acknowledge(messages)

    async def deliver(self, messages: Sequence[Arrived]) -> None:
        """Returns once all that the messages say is on disk in Redis."""
        requests = [of_message for message in messages for of_message in self._read(message)]
        attempt = 0
        while requests:
            try:
                await self._add(requests)
                break
            except (Unavailable, TooManyAttempts) as error:
                self._stream.lost(error.sentence)
                # What became of them is not known: from now on each may be there already.
                requests = [[_not_new(parcel) for parcel in of_message] for of_message in requests]
                await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
                attempt += 1
        self._stream.back()

    async def _add(self, requests: Sequence[Sequence[Parcel]]) -> None:
        if self._guard is not None:
            self._guard.check()
        for parcel in {(parcel.tenant, parcel.shard): parcel for of_message in requests for parcel in of_message}.values():
            await self._backlog.check(parcel)
        await self._intake.add(requests)

    def _read(self, message: Arrived) -> list[list[Parcel]]:
        """The parcels of a message, for each source that it is of: nearly always one."""
        found, is_routed = [], False
        for route in self.routes:
            if topics.of_topic(route.declared.topics, message.topic):
                is_routed = True
                if of_source := self._read_as(route, message):
                    found.append(of_source)
        self.tally.unrouted += not is_routed
        return found

    def _read_as(self, route: Route, message: Arrived) -> list[Parcel]:
        holder = route.declared.holder
        counts = self.tally.counts[holder.tenant]
        counts[f"mqtt:{holder.name}:messages"] += 1
        try:
            heard = route.convert(message.body, {"topic": message.topic})
        except InvalidRequest as error:
            self._refuse(route, message, UNREADABLE, error.sentence)
            return []
        for entity, sentence in heard.refused:
            self._refuse(route, message, UNREADABLE, f"{entity}: {sentence}")
        if heard.alarms:
            self._refuse(route, message, UNREADABLE, "the message says alarms, which are heard by webhook alone: post it to /hooks")
        if not heard.observations:
            return []
        if message.is_retained and not heard.is_fully_dated:
            self._refuse(route, message, UNDATED, "what a topic retains is of an unknown time, and this says none: it is not shown as live")
            return []
        counts[f"mqtt:{holder.name}:observations"] += len(heard.observations)
        said = _digest([holder.name, "mqtt", message.topic], message.body)
        return parcels.pack(holder, heard.observations, self._clock.epoch_ms(), self._shards, _seen(said, message, heard.is_fully_dated), said.encode())

    def _refuse(self, route: Route, message: Arrived, cause: str, reason: str) -> None:
        holder = route.declared.holder
        self.tally.counts[holder.tenant][f"rejected:{cause}"] += 1
        self.tally.counts[holder.tenant][f"mqtt:{holder.name}:refused"] += 1
        if len(self.tally.refused) < MOST_KEPT:
            kept: dict[str, object] = {
                "reason": reason,
                "topic": message.topic[:BYTES_KEPT],
                "body": message.body[:BYTES_KEPT].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}"),
            }
            self.tally.refused.append((holder.tenant, (self._clock.epoch_ms(), cause, holder.name, message.topic[:200], "", kept)))


def _seen(said: str, message: Arrived, is_fully_dated: bool) -> Seen:
    if is_fully_dated:
        return Seen(digest=said)
    # The broker numbers a message, says when it sends it again, and gives its number to another one once we have acknowledged it: 65,535 memories at most.
    return Seen(digest=f"mqtt:{message.mid}", kept_s=REMEMBER_S, is_new=not message.is_again, is_numbered=True)


def _digest(said: Sequence[str], body: bytes) -> str:
    return hashlib.sha256("\0".join(said).encode(errors="replace") + b"\0" + body).hexdigest()


def _not_new(parcel: Parcel) -> Parcel:
    return replace(parcel, seen=replace(parcel.seen, is_new=False))


class Housekeeping:
    """What the subscriber does once in a while: reads which sources there are, writes what could not be read, says that it lives."""

    def __init__(self, subscriber: Subscriber, broker: Broker, engine: Engine, client: AsyncRedis, clock: Clock) -> None:
        self._subscriber = subscriber
        self._broker = broker
        self._engine = engine
        self._client = client
        self._clock = clock
        self._connectors = all_connectors()
        self._known: list[Declared] | None = None
        self._tenants: list[int] = []
        self._database = Outage("database", logger)

    async def look(self) -> bool:
        """Reads the sources again; False while PostgreSQL is away: then those known remain."""
        try:
            found, self._tenants = await asyncio.to_thread(self._ask)
        except Unavailable as error:
            self._database.lost(error.sentence)
            return False
        self._database.back()
        if found != self._known:
            self._known = found
            self._subscriber.routes = [route for one in found if (route := self._route(one))]
            self._broker.want(self.filters)
        return True

    @property
    def filters(self) -> set[str]:
        """The topics of every source."""
        return {one for route in self._subscriber.routes for one in route.declared.topics}

    async def look_for_ever(self) -> None:
        """Every two seconds."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def beat_for_ever(self) -> None:
        """Every second: the pulse, the counts."""
        while True:
            with contextlib.suppress(Unavailable):
                await self.beat()
            await asyncio.sleep(BEAT_S)

    async def beat(self) -> None:
        """Says once how things are. Raises Unavailable; the counts then wait."""
        counts = self._subscriber.tally.counts
        for tenant in self._tenants:
            state = {"broker": "ok" if self._broker.is_connected else "down", "waits": self._subscriber.waits, "lag": self._broker.held}
            await pulse.beat_async(self._client, tenant, "mqtt", self._clock.epoch_ms(), **state, refused_topics=sorted(self._broker.refused))
        for tenant in list(counts):
            counted = counts.pop(tenant)
            try:
                await counters.add_async(self._client, tenant, counted)
            except Unavailable:
                counts[tenant] += counted
                raise

    def _ask(self) -> tuple[list[Declared], list[int]]:
        kept, self._subscriber.tally.refused = self._subscriber.tally.refused, []
        try:
            with self._engine.transaction() as cursor:
                for tenant, row in kept:
                    rejected.add(cursor, tenant, [row])
                return sources.declared(cursor, self._clock.now()), list(assets_index.tenants(cursor))
        except Unavailable:
            self._subscriber.tally.refused = [*kept, *self._subscriber.tally.refused][:MOST_KEPT]
            raise

    def _route(self, declared: Declared) -> Route | None:
        connector = self._connectors.get(declared.connector)
        if connector is None:
            logger.error(
                "source %s speaks %s, and there is no such connector any more: it is not heard; declare it again", declared.holder.name, declared.connector
            )
            return None
        try:
            return Route(declared=declared, convert=connector.of_source(declared.template))
        except InvalidRequest as error:
            logger.error("source %s is not heard: %s", declared.holder.name, error.sentence)
            return None


async def subscribe(settings: Settings) -> None:
    """Runs until cancelled."""
    assert settings.mqtt_url is not None
    found, clock = addresses.resolve(settings), clocks.from_setting(settings.clock)
    where = address(settings.mqtt_url.get_secret_value())
    client, wire = connect_async(found.redis), Wire(found.redis)
    engine, intake = Engine(found.database.worker, "vigie-mqtt"), Intake(wire)
    broker = Broker(where, "vigie-" + secret_files.made_once(settings.data_dir / "mqtt.json", ["client"])["client"][:16])
    subscriber = Subscriber(intake, broker, clock, settings.shards, Backlog(intake), room.of(settings))
    keeping = Housekeeping(subscriber, broker, engine, client, clock)
    # Not before: what the broker kept for us comes at once, and would be of no source.
    while not await keeping.look():  # noqa: ASYNC110 - PostgreSQL tells nobody that it is back
        await asyncio.sleep(RETRY_S[-1])
    broker.open(keeping.filters)
    tasks = [asyncio.create_task(step) for step in (subscriber.run(), keeping.look_for_ever(), keeping.beat_for_ever())]
    try:
        done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await end(tasks)
        broker.close()
        wire.close()
        await client.aclose()
        engine.close()


def serve(settings: Settings) -> None:
    """Runs the subscriber until SIGTERM or SIGINT."""
    tracing.start(settings.otlp_endpoint, "mqtt")
    i18n.current_locale.set("en")  # What it says is read by who connects sources.

    async def until_told() -> None:
        task = asyncio.create_task(subscribe(settings))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(until_told())
