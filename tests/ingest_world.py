"""A small territory for the tests of the way of one measurement: one layer, a few bins, one token, and a clock moved by hand."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import redis

from hypervisor.clock import Clock, FixedClock
from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.domain.observation import Batch, Observation
from hypervisor.domain.rule import Rule
from hypervisor.hot import keys
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.launcher.processes import until
from hypervisor.store.layout import assign_slots
from hypervisor.worker import Worker
from tests.services import plain

TENANT = 1
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
PERIOD = timedelta(minutes=10)
TOKEN = "vigie_test-token"

BINS = Layer(
    key="essai",
    label="Essai",
    icon="waste",
    order=1,
    kinds=(
        Kind(
            key="bin",
            label="Bac",
            plural="Bacs",
            ngsi_type="WasteContainer",
            icon="waste",
            properties=("filling", "lid", "heat"),
            active=("lid", 1),
            staleness="filling",
        ),
    ),
    properties=(
        Property(key="filling", label="Remplissage", unit="%", low=0, high=100, period=PERIOD, ngsi="fillingLevel"),
        Property(key="lid", label="Couvercle", words={"closed": 0, "open": 1}),
        Property(key="heat", label="Température", unit="°C", low=-40, high=200, ngsi="temperature"),
    ),
    rules=(
        Rule(key="full", kind="bin", property="filling", title="Bac plein", priority=Priority.MINOR, threshold=90, hysteresis=10),
        Rule(
            key="fire",
            kind="bin",
            property="heat",
            title="Feu de bac",
            priority=Priority.CRITICAL,
            threshold=70,
            duration=timedelta(seconds=30),
            consequence="Le feu gagne la façade",
            action="Appeler les secours",
            decide_within=timedelta(minutes=5),
        ),
        Rule(key="mute", kind="bin", property="filling", title="Capteur muet", priority=Priority.INFO, comparison="silent", duration=timedelta(hours=2)),
    ),
)
LAYERS = {BINS.key: BINS}


def urn(number: int) -> str:
    return f"urn:ngsi-ld:WasteContainer:{number}"


def settle(urls: DatabaseUrls, bins: int = 20) -> None:
    """The tenant, its bins 1 … n in two communes, the properties' numbers, slots, and a token of scope ingest."""
    with psycopg.connect(plain(urls.owner), autocommit=True) as owner:
        owner.execute("INSERT INTO tenant (id, key, label) VALUES (1, 'metropole', 'Métropole') ON CONFLICT (id) DO UPDATE SET key = excluded.key")
        owner.execute("INSERT INTO commune (tenant, id, name) VALUES (1, 1, 'Aube'), (1, 2, 'Brume') ON CONFLICT DO NOTHING")
        owner.execute(
            "INSERT INTO asset (tenant, id, urn, layer, kind, name, commune_id, geom, lon, lat) SELECT 1, n, 'urn:ngsi-ld:WasteContainer:' || n, 'essai', 'bin', 'Bac ' || n, 1 + n %% 2, "
            "ST_SetSRID(ST_MakePoint(3.8, 43.6), 4326), 3.8, 43.6 FROM generate_series(1, %s) n",
            (bins,),
        )
        for prop in BINS.properties:
            owner.execute("INSERT INTO property (layer, key, unit) VALUES ('essai', %s, %s)", (prop.key, prop.unit))
        owner.execute(
            "INSERT INTO api_token (tenant, id, name, token_hash, scope, created_at) VALUES (1, 1, 'capteurs', %s, 'ingest', now())",
            (hashlib.sha256(TOKEN.encode()).digest(),),
        )
        assign_slots(owner, TENANT)


def observation(number: int, value: float | str, prop: str = "fillingLevel", at_ms: int = NOON_MS, unit: str = "") -> Observation:
    return Observation(entity=urn(number), type="WasteContainer", property=prop, value=value, observed_at_ms=at_ms, unit=unit)


def send(client: redis.Redis, *observations: Observation, received_at_ms: int | None = None, shard: int = 0) -> None:
    """What the door adds to the stream, without the door."""
    received = received_at_ms or max((o.observed_at_ms for o in observations), default=NOON_MS) or NOON_MS
    client.setnx(keys.incarnation(TENANT, shard), "first")
    client.xadd(
        keys.stream(TENANT, shard),
        {"b": msgspec.msgpack.encode(Batch(source="capteurs", received_at_ms=received, observations=list(observations))), "n": len(observations)},
    )


def rows(urls: DatabaseUrls, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the database holds, as its owner sees it."""
    with psycopg.connect(plain(urls.owner), autocommit=True) as owner:
        return owner.execute(query, values).fetchall()


def cut(urls: DatabaseUrls, name: str = "vigie-%") -> None:
    """Ends the connections of that name, as a database that restarts does."""
    rows(
        urls,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s AND pid <> pg_backend_pid()",
        name,
    )


def looks(client: redis.Redis) -> bytes:
    """The snapshot of the layer."""
    return client.get(keys.snap(TENANT, BINS.key)) or b""


@contextmanager
def working(
    urls: DatabaseUrls, redis_url: str, clock: Clock | None = None, retention: timedelta = timedelta(days=30), layers: dict[str, Layer] = LAYERS
) -> Iterator[Worker]:
    """A worker that runs in a thread until the end of the block."""
    worker = Worker(urls.worker, redis_url, layers, clock or FixedClock(NOON), retention)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(timeout=30)
        assert not thread.is_alive(), "the worker does not stop"
        assert not failed, failed


def soon(condition: Callable[[], bool], patience_s: float = 30) -> None:
    """Fails when the condition has not come in time."""
    assert until(condition, patience_s), "it did not happen in time"


def nothing_waits(client: redis.Redis) -> bool:
    """Whether the worker has finished everything that was sent."""
    return client.exists(keys.stream(TENANT, 0)) == 1 and client.xlen(keys.stream(TENANT, 0)) == 0
