"""How the platform is: dependencies, processes, lag, refusals, sources. For /sante, /readyz and /metrics."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.appearance import quality
from hypervisor.domain.quality import Quality
from hypervisor.errors import Unavailable
from hypervisor.hot import counters, pulse, reading
from hypervisor.launcher import sentinel
from hypervisor.security.principals import machine_now
from hypervisor.security.require import require
from hypervisor.store import health as store
from hypervisor.store import sessions

logger = logging.getLogger(__name__)

FIRST_TENANT = 1  # whose worker /readyz asks for: one platform, one worker per shard, serves every tenant
OTHERS = ("jobs", "ingest")
MQTT = "mqtt"  # a process and a dependency, where a broker is set
NEEDED = ("database", "redis", "worker")
PATIENCE_S = 2.0
LAST_REFUSALS = 50
RATE_WINDOW = timedelta(minutes=10)  # EEMUA 191 counts alarms by ten minutes
UP, DOWN = "ok", "down"

# A frozen server blocks who asks: it blocks these threads, not those that answer.
_askers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="health")


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process by its own last sign of life. facts: what it said (lag, last_ingest, …); None when it is silent."""

    name: str
    is_alive: bool
    facts: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Source:
    """How a layer's values are, in numbers of assets. never: those that were never heard, pipes included."""

    layer: str
    fresh: int
    late: int
    stale: int
    never: int


@dataclass(frozen=True, kw_only=True)
class Health:
    """Everything the page shows. A part that a dead dependency hides is None: unknown is not zero. given_up: programs that do not stay alive on this machine."""

    dependencies: dict[str, str]
    processes: list[Process]
    counters: dict[str, int] | None
    sources: list[Source] | None
    open_alarms: dict[int, tuple[int, int]] | None
    raised_lately: dict[int, int] | None
    waiting_facts: int | None
    refusals: list[dict[str, Any]] | None
    walls: list[dict[str, Any]] | None
    database_bytes: int | None
    given_up: Sequence[str] = ()


def dependencies(h: Hypervisor, tenant: int = FIRST_TENANT) -> dict[str, str]:
    """name → ok or down, for what screens cannot live without. Asks nothing of the reader: /readyz is open."""
    asked = {
        "database": _askers.submit(_database, h),
        "redis": _askers.submit(reading.answers, h.redis),
        "worker": _askers.submit(_workers_live, h, tenant),
    }
    if h.settings.mqtt_url is not None:
        asked[MQTT] = _askers.submit(_broker_answers, h, tenant)
    found = {}
    for name, future in asked.items():
        try:
            found[name] = UP if future.result(timeout=PATIENCE_S) else DOWN
        except (Unavailable, TooLong):
            found[name] = DOWN
    return found


def _workers(h: Hypervisor) -> list[str]:
    """The pulses of the workers, one per shard."""
    return [f"worker:{shard}" for shard in range(h.settings.shards)]


def _others(h: Hypervisor) -> tuple[str, ...]:
    return OTHERS if h.settings.mqtt_url is None else (*OTHERS, MQTT)


def _broker_answers(h: Hypervisor, tenant: int) -> bool:
    """As the subscriber sees it; when that one is silent nobody knows, and nothing is heard."""
    return (pulse.read(h.redis, tenant, MQTT) or {}).get("broker") == UP


def _workers_live(h: Hypervisor, tenant: int) -> bool:
    return all(_is_alive(h, tenant, name) for name in _workers(h))


def health(h: Hypervisor) -> Health:
    """The platform's health, as far as it can be known now."""
    who = require("health:read")
    found = dependencies(h, who.tenant)
    has_redis, has_database = found["redis"] == UP, found["database"] == UP
    now = h.clock.now()

    def rows(read: Callable[..., Any], *values: object) -> Any:
        with h.database.unit_of_work(who.tenant) as uow:
            return read(uow, *values)

    return Health(
        dependencies=found,
        processes=[_process(h, who.tenant, name) if has_redis else Process(name=name, is_alive=False, facts={}) for name in (*_workers(h), *_others(h))],
        counters=counters.read(h.redis, who.tenant) if has_redis else None,
        sources=[_source(h, who.tenant, layer) for layer in h.layers if who.may("health:read", layer)] if has_redis else None,
        open_alarms=rows(store.open_alarms, who.layers, who.communes) if has_database else None,
        raised_lately=rows(store.raised_since, now - RATE_WINDOW, who.layers, who.communes) if has_database else None,
        waiting_facts=rows(store.waiting_facts) if has_database else None,
        refusals=rows(store.rejected, LAST_REFUSALS, who.layers, who.communes) if has_database else None,
        walls=rows(sessions.walls, machine_now()) if has_database else None,
        database_bytes=rows(store.database_size) if has_database else None,
        given_up=sentinel.given_up(h.settings.data_dir, time.time()),
    )


def _database(h: Hypervisor) -> bool:
    with h.database.unit_of_work(None) as uow:
        store.answers(uow)
    return True


def _is_alive(h: Hypervisor, tenant: int, name: str) -> bool:
    return pulse.read(h.redis, tenant, name) is not None


def _process(h: Hypervisor, tenant: int, name: str) -> Process:
    said = pulse.read(h.redis, tenant, name)
    return Process(name=name, is_alive=said is not None, facts=said or {})


def _source(h: Hypervisor, tenant: int, layer: str) -> Source:
    by_quality: dict[Quality, int] = {}
    for byte, count in reading.looks(h.redis, tenant, layer).items():
        by_quality[quality(byte)] = by_quality.get(quality(byte), 0) + count
    known = (Quality.LATE, Quality.STALE, Quality.NEVER_RECEIVED)
    return Source(
        layer=layer,
        fresh=sum(count for q, count in by_quality.items() if q not in known),
        late=by_quality.get(Quality.LATE, 0),
        stale=by_quality.get(Quality.STALE, 0),
        never=by_quality.get(Quality.NEVER_RECEIVED, 0),
    )
