"""The jobs process: what is done on the clock rather than on a measurement. A plain loop: each job is idempotent and says when it is due.

One process at a time works, by an advisory lock; a second one stands by. The relay's thread runs here too, so that facts travel while the worker is away.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from types import FrameType

from hypervisor import clock as clocks
from hypervisor import layers, tracing
from hypervisor.bootstrap import build, signing_key
from hypervisor.clock import Clock
from hypervisor.errors import Unavailable
from hypervisor.hot import pulse
from hypervisor.hot.client import connect
from hypervisor.ingest.relaying import Relay
from hypervisor.lake.closing import Closer
from hypervisor.lake.keeping import Keeper
from hypervisor.lake.places import Place
from hypervisor.launcher import addresses
from hypervisor.launcher.watch import Watch
from hypervisor.nightly import Nightly
from hypervisor.notifications import channels as ways_out
from hypervisor.notifications import escalation
from hypervisor.notifications.delivery import Deliveries
from hypervisor.notifications.escalation import Post
from hypervisor.notifications.message import Channel
from hypervisor.recurring import Recurring
from hypervisor.reporting import Reporting
from hypervisor.settings import Settings
from hypervisor.store import (
    Database,
    alarm_clock,
    assets_index,
    event_clock,
    history,
    messages,
    posture,
    rejected,
    relay,
    retention,
    rule_suspensions,
    shift_clock,
)
from hypervisor.store.engine import CLOSING_LOCK, JOBS_LOCK, Engine, LockTaken

logger = logging.getLogger(__name__)

BEAT_S = 1.0
DAYS_AHEAD = 3
CLOSING_EVERY_S = 600.0
KEPT_FACTS = timedelta(days=1)
KEPT_ANSWERS = timedelta(hours=24)
KEPT_MESSAGES = timedelta(days=90)  # They hold addresses and numbers: kept as long as one asks who was told, chosen by us.
KEPT_REFUSALS, MOST_REFUSALS = timedelta(days=7), 100_000

Job = tuple[str, float, Callable[[], None]]
"""Name, seconds between two runs, what to do."""


class Jobs:
    """See the module. `run` returns after `stop`."""

    def __init__(
        self,
        worker_url: str,
        redis_url: str,
        clock: Clock,
        closer: Closer,
        channels: Mapping[str, Channel] | None = None,
        post: Post | None = None,
        night: Nightly | None = None,
        kept_callers: timedelta = timedelta(days=365),
        kept_field: timedelta = timedelta(days=365),
        data_dir: Path | None = None,
    ) -> None:
        self._engine = Engine(worker_url, "vigie-jobs", lock=JOBS_LOCK)
        self._redis = connect(redis_url)
        self._relay = Relay(worker_url, connect(redis_url), clock)
        self._deliveries = Deliveries(worker_url, channels or {}, clock)
        self._post = post or Post(key=b"")
        self._kept_callers = kept_callers
        self._kept_field = kept_field
        self._clock = clock
        self._watch = Watch(data_dir)
        self._closer = closer
        self._night = night
        self._ending = threading.Event()
        self._due: dict[str, float] = {}
        self._lost = False
        self._jobs: tuple[Job, ...] = (
            ("holds", 1, self.end_holds),
            ("alarms", 1, self.wind_alarms),
            ("programs", 1, self.watch_programs),
            ("escalation", 1, self.escalate),
            ("tally", 5, self.sum_up_alarms),
            ("posts", 1, self.look_at_posts),
            ("partitions", 600, self.make_days),
            ("facts", 600, self.forget_facts),
            ("answers", 600, self.forget_answers),
            ("refusals", 600, self.forget_refusals),
            ("strangers", 3600, self.forget_strangers),
            ("sessions", 3600, self.forget_sessions),
            ("field", 3600, self.forget_field),
            ("messages", 3600, self.forget_messages),
            ("callers", 3600, self.forget_callers),
        )

    def stop(self) -> None:
        """Asks `run` to return."""
        self._ending.set()

    def run(self) -> None:
        """Works until stopped, whatever happens to PostgreSQL or Redis."""
        self._relay.start()
        self._deliveries.start()
        closing = Closing(self._closer)
        closing.start()
        if self._night is not None:
            self._night.start()
        try:
            while not self._ending.wait(BEAT_S):
                self._turn()
        finally:
            closing.stop()
            if self._night is not None:
                self._night.stop()
            self._deliveries.stop()
            self._relay.stop()
            self._engine.close()

    def end_holds(self) -> None:
        """Gives back the events whose hold is over."""
        with self._engine.transaction() as cursor:
            for tenant in list(assets_index.tenants(cursor)):
                event_clock.end_holds(cursor, tenant, self._clock.now())

    def wind_alarms(self) -> None:
        """Ends masks, works, suspensions of rules and exercises whose time is up, lets go of what outlasts its cause, asks again about what was acknowledged long ago."""
        now = self._clock.now()
        with self._engine.reading() as cursor:
            known = list(assets_index.tenants(cursor))
        for tenant in known:
            with self._engine.transaction() as cursor:
                alarm_clock.tick(cursor, tenant, now)
                rule_suspensions.resume_due(cursor, tenant, now)
                posture.end_due(cursor, tenant, now)

    def escalate(self) -> None:
        """Climbs the ladder of alarms that nobody acknowledges."""
        now = self._clock.now()
        with self._engine.reading() as cursor:
            known = list(assets_index.tenants(cursor))
        for tenant in known:
            with self._engine.transaction() as cursor:
                escalation.tick(cursor, tenant, now, self._post)

    def look_at_posts(self) -> None:
        """Says that a handover is late, that a post is not held."""
        now = self._clock.now()
        with self._engine.reading() as cursor:
            known = list(assets_index.tenants(cursor))
        for tenant in known:
            with self._engine.transaction() as cursor:
                shift_clock.tick(cursor, tenant, now)

    def watch_programs(self) -> None:
        """Raises an alarm for each program that does not stay alive, and ends it when it runs again."""
        self._watch.look(self._engine, self._clock.now())

    def make_days(self) -> None:
        """Makes history's partitions of today and of the days ahead, so that midnight does not wait."""
        today = self._clock.now().date()
        for ahead in range(DAYS_AHEAD + 1):
            with self._engine.transaction() as cursor:
                history.make_day(cursor, today + timedelta(days=ahead))

    def forget_facts(self) -> None:
        """Deletes facts relayed more than a day ago; alarms, events and the logbook hold the truth."""
        with self._engine.reading() as cursor:
            for _count in relay.forget(cursor, self._clock.now() - KEPT_FACTS):
                pass

    def forget_answers(self) -> None:
        """Deletes the answers kept for retried requests."""
        with self._engine.transaction() as cursor:
            retention.forget_answers(cursor, self._clock.now() - KEPT_ANSWERS)

    def forget_strangers(self) -> None:
        """Deletes what whoever comes may write without signing in: failed attempts, codes of walls."""
        with self._engine.transaction() as cursor:
            retention.forget_strangers(cursor)

    def forget_sessions(self) -> None:
        """Deletes sessions that have been over for a week."""
        with self._engine.transaction() as cursor:
            retention.forget_sessions(cursor)

    def forget_field(self) -> None:
        """Deletes photographs and positions of interventions at the end of their retention."""
        with self._engine.transaction() as cursor:
            retention.forget_field(cursor, self._clock.now() - self._kept_field)

    def forget_messages(self) -> None:
        """Deletes messages that have been at rest for long."""
        with self._engine.transaction() as cursor:
            messages.forget(cursor, self._clock.now() - KEPT_MESSAGES)

    def sum_up_alarms(self) -> None:
        """Keeps the counters of open alarms short, so that counting stays a matter of milliseconds."""
        with self._engine.transaction() as cursor:
            alarm_clock.sum_up(cursor)

    def forget_callers(self) -> None:
        """Forgets the names of those who called about old events; the audit keeps that it was done."""
        now = self._clock.now()
        with self._engine.transaction() as cursor:
            retention.forget_callers(cursor, now - self._kept_callers, now)

    def forget_refusals(self) -> None:
        """Bounds what is kept of refused observations, by age and by number."""
        with self._engine.transaction() as cursor:
            rejected.forget(cursor, self._clock.now() - KEPT_REFUSALS, MOST_REFUSALS)

    def _turn(self) -> None:
        try:
            with self._engine.reading() as cursor:
                tenants = list(assets_index.tenants(cursor))
            for name, every_s, job in self._jobs:
                if time.monotonic() >= self._due.get(name, 0.0):
                    job()
                    self._due[name] = time.monotonic() + every_s
            for tenant in tenants:
                pulse.beat(self._redis, tenant, "jobs", self._clock.epoch_ms())
        except LockTaken:
            logger.debug("another jobs process works: this one stands by")
        except Unavailable as error:
            if not self._lost:
                logger.warning("jobs wait: %s", error.__cause__ or error)
            self._lost = True
        else:
            if self._lost:
                logger.info("jobs go on")
            self._lost = False


class Closing(Recurring):
    """Closes days of history: a large one takes minutes, and the pulse must not stop meanwhile."""

    def __init__(self, closer: Closer) -> None:
        super().__init__("closing", "no day of history is closed for now", first_s=0.0, every_s=CLOSING_EVERY_S)
        self._closer = closer

    def turn(self) -> None:
        """Closes what may be closed."""
        self._closer.run(lambda: not self.is_ending)


def closer(settings: Settings, worker_url: str, clock: Clock) -> Closer:
    """What closes the days of this installation."""
    short = {key: layer.retention_days for key, layer in layers.all_layers().items() if layer.retention_days is not None}
    engine = Engine(worker_url, "vigie-closing", lock=CLOSING_LOCK)
    return Closer(engine, Place(settings.lake), clock, timedelta(days=settings.retention_days), timedelta(days=settings.lake_days), short)


def run(settings: Settings) -> None:
    """Runs the jobs until SIGTERM or SIGINT."""
    tracing.start(settings.otlp_endpoint, "jobs")
    found = addresses.resolve(settings)
    clock = clocks.from_setting(settings.clock)
    key = signing_key(settings.key_file)
    channels = ways_out.given(settings, key)
    post = Post(key=key, public_url=settings.public_url, labels={name: layer.label for name, layer in layers.all_layers().items()})
    database = Database(found.database.app, pool_size=1)
    night = Nightly(database, settings.data_dir, key, clock, layers.all_layers(), settings.seal_to)
    jobs = Jobs(
        found.database.worker,
        found.redis,
        clock,
        closer(settings, found.database.worker, clock),
        channels,
        post,
        night,
        timedelta(days=settings.caller_days),
        timedelta(days=settings.field_days),
        settings.data_dir,
    )

    def end(_signal: int, _frame: FrameType | None) -> None:
        jobs.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    keeper = Keeper(settings, found.database.worker, clock)
    keeper.start()
    platform = build(settings)
    reporting = Reporting(platform)
    reporting.start()
    jobs.run()
    reporting.stop()
    platform.close()
    keeper.stop()
    database.close()
