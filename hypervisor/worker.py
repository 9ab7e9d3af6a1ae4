"""The engine: one process per shard. Reads the stream, hands each tenant's entries to its keeper, and lets the clock speak between two batches."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType

from hypervisor import clock as clocks
from hypervisor import layers as shelf
from hypervisor import tracing
from hypervisor.clock import Clock
from hypervisor.domain.layer import Layer
from hypervisor.errors import BadConfiguration, Unavailable
from hypervisor.hot import pulse
from hypervisor.hot.client import connect
from hypervisor.hot.part import Part
from hypervisor.hot.stream import Entry, Reader
from hypervisor.ingest import resharding
from hypervisor.ingest.keeper import Keeper
from hypervisor.ingest.relaying import Relay
from hypervisor.ingest.storing import Overtaken
from hypervisor.launcher import addresses
from hypervisor.launcher.watch import Watch
from hypervisor.settings import Settings
from hypervisor.store import assets_index, rules
from hypervisor.store.engine import FIRST_SHARD_LOCK, Engine, LockTaken

logger = logging.getLogger(__name__)

BLOCK_MS = 20
"""How long a reading of the stream waits: the longest that a person's act, heard between two readings, waits for the map."""
FEW_OBSERVATIONS, LINGER_S = 1000, 0.04
"""A reading that brings fewer is followed by the next this much later at the earliest: each costs a transaction, whatever it brings, and sensors that send
alone come by hundreds a second. A value after a silence is never kept waiting, and none longer than this."""
BEAT_S = 1.0
RETRY_S = (0.05, 0.1, 0.25, 0.5)
GROUP_OBSERVATIONS = 5000
ENTRIES = 256
"""Read at once: fewer means that the end of the stream was reached."""


class Stopping(Exception):
    """The process was asked to end while it waited."""


class Worker:
    """See the module. `run` returns after `stop`."""

    def __init__(
        self,
        worker_url: str,
        redis_url: str,
        layers: Mapping[str, Layer],
        clock: Clock,
        retention: timedelta,
        shard: int = 0,
        shards: int = 1,
        data_dir: Path | None = None,
    ) -> None:
        self.shard = shard
        self._worker_url = worker_url
        self._part = Part(shard, shards)
        self._layers = dict(layers)
        self._clock = clock
        self._retention = retention
        self._engine = Engine(worker_url, f"vigie-worker-{shard}", lock=FIRST_SHARD_LOCK + shard)
        self._redis = connect(redis_url)
        self._reader = Reader(self._redis, shard)
        self._relay = Relay(worker_url, connect(redis_url), clock)
        self._keepers: dict[int, Keeper] = {}
        # The jobs process watches every other program, and cannot say that it is away itself.
        self._watch = Watch(data_dir if shard == 0 else None, only={"jobs"})
        self._ending = threading.Event()
        self._lost = ""
        self._beaten_at = 0.0
        self._is_answer_lost = False
        self._next_reading_at = 0.0

    def stop(self) -> None:
        """Asks `run` to return once the batch in hand is finished."""
        self._ending.set()

    def run(self) -> None:
        """Works until stopped, whatever happens to PostgreSQL or Redis."""
        self._relay.start()
        try:
            while not self._ending.is_set():
                self._work()
        except Stopping:
            pass
        finally:
            self._relay.stop()
            self._engine.close()

    def _work(self) -> None:
        """Works as the only worker of the shard, from loading to the end or until another has taken its place."""
        try:
            self._insist(self._agree)
            self._insist(self._meet_tenants)
            while not self._ending.is_set():
                self._turn()
        except Overtaken:
            logger.warning("another worker has taken shard %d: what is known here is forgotten, this one stands by", self.shard)
            self._keepers.clear()

    def _agree(self) -> None:
        """Waits until the streams are in as many shards as there are workers. Only shard 0, which deals them again, holds its lock meanwhile."""
        plain = Engine(self._worker_url, f"vigie-worker-{self.shard}-start")
        try:
            engine = self._engine if self.shard == 0 else plain
            with engine.reading() as cursor:
                tenants = assets_index.tenants(cursor)
            for tenant in tenants:
                resharding.agree(self._redis, engine, self._worker_url, tenant, self._part)
        finally:
            plain.close()

    def _turn(self) -> None:
        if (early := self._next_reading_at - time.monotonic()) > 0:
            self._ending.wait(early)
        found: dict[int, list[Entry]] | None = {}
        asked_ms = 0

        def read() -> None:
            nonlocal found, asked_ms
            if self._is_answer_lost:
                # What Redis gave in an answer that was lost counts as given: it is taken up before anything newer, which would trim it away.
                self._open_streams()
            asked_ms, self._is_answer_lost = self._clock.epoch_ms(), True
            found = self._reader.read(list(self._keepers), BLOCK_MS, ENTRIES) if self._keepers else {}
            self._is_answer_lost = False

        self._insist(read)
        if found is None:
            logger.warning("the stream has gone: Redis was emptied")
            self._insist(self._open_streams)
            return
        brought = sum(entry.count for entries in found.values() for entry in entries)
        self._next_reading_at = time.monotonic() + LINGER_S if 0 < brought < FEW_OBSERVATIONS else 0.0
        for tenant, entries in found.items():
            self._handle(self._keepers[tenant], entries)
        for tenant, keeper in self._keepers.items():
            if len(found.get(tenant, ())) < ENTRIES:
                keeper.judged_until_ms = asked_ms
            keeper.hear()
            keeper.end_durations()
        if time.monotonic() - self._beaten_at >= BEAT_S:
            for keeper in self._keepers.values():
                keeper.tick()
            self._insist(self._meet_tenants)
            self._insist(lambda: self._watch.look(self._engine, self._clock.now()))
            self._insist(self._beat)
        if not self._keepers:
            self._ending.wait(BEAT_S)

    def _handle(self, keeper: Keeper, entries: Sequence[Entry]) -> None:
        for group in _groups(entries):
            keeper.handle(group)
            self._insist(lambda group=group: self._reader.done(keeper.tenant, group))  # type: ignore[misc]
            self._beat_if_possible()

    def _meet_tenants(self) -> None:
        """Takes up the tenants that came since, and layouts and rules whose fact was lost with an emptied Redis."""
        with self._engine.reading() as cursor:
            known = assets_index.tenants(cursor)
            editions = rules.editions(cursor)
        for tenant in known.keys() - self._keepers.keys():
            resharding.agree(self._redis, self._engine, self._worker_url, tenant, self._part)
            keeper = Keeper(tenant, self._part, self._layers, self._engine, self._redis, self._clock, self._insist, self._retention)
            keeper.load()
            self._take_up(keeper)
            self._keepers[tenant] = keeper
        for tenant, (_key, version) in known.items():
            keeper = self._keepers[tenant]
            if (version, editions.get(tenant, 0)) != (keeper.layout_version, keeper.rules_edition):
                keeper.load()

    def _open_streams(self) -> None:
        for keeper in self._keepers.values():
            self._take_up(keeper)

    def _take_up(self, keeper: Keeper) -> None:
        """Opens the stream and finishes what a killed worker had begun, before anything new is read."""
        keeper.resume(self._reader.open(keeper.tenant))
        for entries in self._reader.pending(keeper.tenant):
            self._handle(keeper, entries)

    def _insist(self, step: Callable[[], None]) -> None:
        """Repeats a step until PostgreSQL and Redis let it pass, says so once, and stays alive meanwhile. Raises Stopping."""
        lost_at = attempt = 0
        while True:
            try:
                step()
            except Unavailable as error:
                if isinstance(error, LockTaken) and self._keepers:
                    # Our connection fell, and with it our lock: whoever has it now knows more than we do.
                    raise Overtaken from error
                if not attempt:
                    lost_at = time.monotonic_ns()
                    (logger.info if isinstance(error, LockTaken) else logger.warning)("worker waits: %s", error.__cause__ or error)
                self._lost = error.sentence
                self._beat_if_possible()
                if self._ending.wait(RETRY_S[min(attempt, len(RETRY_S) - 1)]):
                    raise Stopping from error
                attempt += 1
            else:
                if attempt:
                    self._lost = ""
                    logger.info("worker goes on after %.1f s", (time.monotonic_ns() - lost_at) / 1e9)
                return

    def _beat(self) -> None:
        self._beaten_at = time.monotonic()
        for keeper in self._keepers.values():
            facts = {"last_ingest": keeper.last_ingest_ms, "lag": self._reader.waiting(keeper.tenant), "latency_ms": keeper.latency_ms, "waits": self._lost}
            pulse.beat(self._redis, keeper.tenant, f"worker:{self.shard}", self._clock.epoch_ms(), **facts)

    def _beat_if_possible(self) -> None:
        if time.monotonic() - self._beaten_at >= BEAT_S:
            try:
                self._beat()
            except Unavailable:
                logger.debug("no pulse: Redis is away")


def run(settings: Settings, part: Part) -> None:
    """Runs the worker of a shard until SIGTERM or SIGINT. Raises BadConfiguration when the door fills another number of shards."""
    if part.shards != settings.shards:
        raise BadConfiguration(
            f"worker --shard {part.name}: HYPERVISOR_SHARDS is {settings.shards}, so that the door fills {settings.shards} shards; give every process the same number"
        )
    tracing.start(settings.otlp_endpoint, f"worker-{part.shard}")
    found = addresses.resolve(settings)
    worker = Worker(
        found.database.worker,
        found.redis,
        shelf.all_layers(),
        clocks.from_setting(settings.clock),
        timedelta(days=settings.retention_days),
        *part,
        settings.data_dir,
    )

    def end(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    worker.run()


def _groups(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries in groups of about GROUP_OBSERVATIONS, one transaction each."""
    group: list[Entry] = []
    size = 0
    for entry in entries:
        if group and size + entry.count > GROUP_OBSERVATIONS:
            yield group
            group, size = [], 0
        group.append(entry)
        size += entry.count
    if group:
        yield group
