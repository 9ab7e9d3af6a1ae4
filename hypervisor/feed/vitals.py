"""Whether what the screens depend on answers: PostgreSQL, Redis, the worker. Judged by the monotonic clock, whatever the platform's clock does."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from hypervisor.ending import end
from hypervisor.errors import Unavailable
from hypervisor.feed.lasting import for_ever
from hypervisor.hot.live import Live
from hypervisor.store.vital import Vital

EVERY_S = 0.5
PATIENCE_S = 1.5
"""A dependency that answered nothing for this long is down: the band must show within 3 s of its end, and the next heartbeat may be a second away."""

WORKER_PATIENCE_S = 3.0
TICK_S, STALL_S = 0.1, 0.6


class Vitals:
    """Watches the dependencies twice a second. `changed` is called, in the loop, when one goes or comes back."""

    def __init__(self, database: Vital, live: Live, changed: Callable[[], None]) -> None:
        self._database, self._live, self._changed = database, live, changed
        self._answered = {"database": time.monotonic(), "redis": time.monotonic()}
        self._refused = {"database": False, "redis": False}
        self._pulsed_at: dict[int, float] = {}
        self._said: dict[str, str] = {}
        # One thread: a frozen PostgreSQL blocks it until it wakes, and the age of the last answer tells.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vital")
        self._tenants: Callable[[], list[int]] = list
        self._pulse: dict[int, dict[str, object]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, tenants: Callable[[], list[int]]) -> None:
        """Begins to watch; tenants gives those whose worker matters."""
        self._tenants = tenants
        self._tasks = [asyncio.create_task(for_ever(watch)) for watch in (self._watch_database, self._watch_redis, self._watch_workers, self._tell)]

    async def stop(self) -> None:
        """Ends the watch."""
        await end(self._tasks)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def deps(self, tenant: int) -> dict[str, str]:
        """The heartbeat's `deps`."""
        now = time.monotonic()
        found = {name: "down" if self.is_down(name) else "ok" for name in self._answered}
        # A tenant just opened has its worker's patience to be heard.
        pulsed_at = self._pulsed_at.setdefault(tenant, now)
        return {**found, "worker": "ok" if now - pulsed_at < WORKER_PATIENCE_S else "down"}

    def is_down(self, name: str) -> bool:
        """Whether `database` or `redis` refused, or has not answered lately."""
        return self._refused[name] or time.monotonic() - self._answered[name] > PATIENCE_S

    def pulse(self, tenant: int) -> dict[str, object]:
        """What the tenant's worker said last, empty when it never did."""
        return self._pulse.get(tenant, {})

    async def _watch_database(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._heard("database", await loop.run_in_executor(self._thread, self._database.answers))
            await asyncio.sleep(EVERY_S)

    async def _watch_redis(self) -> None:
        while True:
            self._heard("redis", await self._live.answers())
            await asyncio.sleep(EVERY_S)

    async def _watch_workers(self) -> None:
        while True:
            for tenant in self._tenants():
                try:
                    said = await self._live.workers(tenant)
                except (Unavailable, ValueError):
                    continue
                if said is not None:
                    self._pulse[tenant], age_s = said
                    self._pulsed_at[tenant] = time.monotonic() - age_s
            await asyncio.sleep(EVERY_S)

    async def _tell(self) -> None:
        ticked_at = time.monotonic()
        while True:
            now, ticked_at = ticked_at, time.monotonic()
            self._forgive(ticked_at - now)
            deps = {f"{tenant}:{name}": state for tenant in self._tenants() for name, state in self.deps(tenant).items()}
            has_changed = any(self._said.get(name, "ok") != state for name, state in deps.items())
            self._said = deps
            if has_changed:
                self._changed()
            await asyncio.sleep(TICK_S)

    def _forgive(self, took_s: float) -> None:
        """Time in which this process itself was held up (stopped, swapped out) is nobody else's silence."""
        if took_s > STALL_S:
            self._answered = {name: at + took_s for name, at in self._answered.items()}
            self._pulsed_at = {tenant: at + took_s for tenant, at in self._pulsed_at.items()}

    def _heard(self, name: str, answered: bool) -> None:
        self._refused[name] = not answered
        if answered:
            self._answered[name] = time.monotonic()
