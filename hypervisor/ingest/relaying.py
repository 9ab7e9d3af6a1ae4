"""The relay: facts go from the outbox to the feed's stream after their commit. A thread of the worker and of the jobs; one at a time works."""

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from hypervisor import hops, tracing
from hypervisor.clock import Clock
from hypervisor.errors import Unavailable
from hypervisor.hot import counters, facts
from hypervisor.hot.client import Redis
from hypervisor.store import relay
from hypervisor.store.engine import RELAY_LOCK, Engine, LockTaken

logger = logging.getLogger(__name__)

PART = 500
WAIT_S = 1.0
"""Also how often the outbox is swept, should a notification have been lost with its connection."""


class Relay(threading.Thread):
    """See the module. `stop` ends it."""

    def __init__(self, engine_url: str, client: Redis, clock: Clock) -> None:
        super().__init__(name="relay", daemon=True)
        self._engine = Engine(engine_url, "vigie-relay", lock=RELAY_LOCK)
        self._redis = client
        self._clock = clock
        self._ending = threading.Event()
        self._counts: dict[int, Counter[str]] = defaultdict(Counter)
        self._told_at = -WAIT_S

    def stop(self) -> None:
        """Asks the thread to end and waits for it."""
        self._ending.set()
        self.join(timeout=3 * WAIT_S)

    def run(self) -> None:
        """Relays until asked to stop, whatever happens to PostgreSQL or Redis."""
        lost = False
        while not self._ending.is_set():
            try:
                self._work()
                if lost:
                    logger.info("relay back")
                    lost = False
            except LockTaken:
                self._ending.wait(WAIT_S)
            except Unavailable as error:
                if not lost:
                    logger.warning("relay lost: %s", error.__cause__ or error)
                    lost = True
                self._ending.wait(WAIT_S / 2)
            except Exception:  # Facts are never lost: a thread that ended here would keep the relay's lock, and nobody could take its place.
                logger.exception("the relay broke and starts again")
                self._engine.close()
                self._ending.wait(WAIT_S)
        self._engine.close()

    def _work(self) -> None:
        """Relays what waits, then waits for a notification."""
        if not self._engine.is_open:
            relay.listen(self._engine.connection())
        while self.drain():
            pass
        with self._engine.reading() as cursor:
            relay.wait(cursor.connection, WAIT_S)

    def drain(self) -> int:
        """Relays a part of what waits; its size. A crash between the stream and the mark relays it twice, which bodies being absolute makes harmless."""
        with self._engine.reading() as cursor:
            rows = relay.waiting(cursor, PART)
        if rows:
            with tracing.span("relay"):
                facts.publish(self._redis, rows)
                self._note(rows)
                with self._engine.transaction() as cursor:
                    relay.relayed(cursor, [row.id for row in rows], self._clock.now())
        return len(rows)

    def _note(self, rows: Sequence[facts.RelayedFact]) -> None:
        """How long facts waited; told to Redis once a second, for each of its writings waits for its disk."""
        now = self._clock.now()
        for row in rows:
            if row.at is not None:
                hops.note(self._counts[row.tenant], "relay", (now - row.at).total_seconds())
        if time.monotonic() - self._told_at >= WAIT_S:
            self._told_at = time.monotonic()
            for tenant, counts in self._counts.items():
                counters.add(self._redis, tenant, counts)
            self._counts.clear()
