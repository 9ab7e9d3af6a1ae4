"""The simulator through the real door: what it says becomes values, its incidents alarms, its nonsense counted refusals."""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby

import psycopg
import pytest
import redis
import uvicorn

from hypervisor import clock, layers
from hypervisor.demo.simulator import inventory, loop
from hypervisor.hot import counters
from hypervisor.ingest import server
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.settings import Settings
from hypervisor.store import imports as store
from hypervisor.store.territory_load import point
from hypervisor.worker import Worker
from tests.ingest_world import rows, soon
from tests.services import plain
from tests.unit.simulator.world import items

TOKEN = "vigie_simulator-of-the-test"


@pytest.fixture
def platform(make_settings: Callable[..., Settings], own_database_urls: DatabaseUrls, redis_url: str) -> Iterator[Settings]:
    """A door and a worker over a small territory; the simulator's token and inventory are in the data folder."""
    settings = make_settings(
        database_url=own_database_urls.owner,
        database_worker_url=own_database_urls.worker,
        database_app_url=own_database_urls.app,
        redis_url=redis_url,
        demo=True,
    )
    with psycopg.connect(plain(own_database_urls.owner), autocommit=True) as owner:
        owner.execute("INSERT INTO tenant (id, key, label) VALUES (1, 'essai', 'Essai') ON CONFLICT DO NOTHING")
        owner.execute(
            "INSERT INTO api_token (tenant, name, token_hash, scope, created_at) VALUES (1, 'simulator', %s, 'ingest', now())",
            (hashlib.sha256(TOKEN.encode()).digest(),),
        )
    for layer, found in groupby(items(), key=lambda item: item.layer):
        made = [
            store.ImportedAsset(i.urn, i.kind, i.urn.rpartition(":")[2], i.urn.rpartition(":")[2], None, i.attributes, point(i.lon, i.lat), i.lon, i.lat)
            for i in found
        ]
        store.save(own_database_urls.owner, 1, layer, made)
    inventory.write(settings, items())
    (settings.data_dir / loop.TOKEN).write_text(TOKEN)
    door = uvicorn.Server(
        uvicorn.Config(server.build(settings, clock.SystemClock()), host=settings.host, port=settings.ingest_port, log_level="warning", lifespan="on")
    )
    worker = Worker(own_database_urls.worker, redis_url, layers.all_layers(), clock.SystemClock(), timedelta(days=30))
    threads = [threading.Thread(target=door.run, daemon=True), threading.Thread(target=worker.run, daemon=True)]
    for thread in threads:
        thread.start()
    soon(lambda: door.started)
    yield settings
    door.should_exit = True
    worker.stop()
    for thread in threads:
        thread.join(timeout=15)


@pytest.fixture
def playing(platform: Settings) -> Iterator[Settings]:
    """The platform with its simulator running, once it has been heard."""
    stop = threading.Event()
    thread = threading.Thread(target=loop.Simulator(platform).play, args=(stop,))
    thread.start()
    yield platform
    stop.set()
    thread.join(timeout=15)


def open_causes(urls: DatabaseUrls) -> set[tuple[str, str]]:
    return set(rows(urls, "SELECT a.cause, s.urn FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id WHERE a.active"))


def struck(sentence: str) -> str:
    return sentence.rpartition(" ")[2]


def test_every_sensor_is_heard_and_nothing_that_it_says_is_refused(playing: Settings, own_database_urls: DatabaseUrls, redis_url: str) -> None:
    measured = {item.urn for item in items() if item.kind != "main"}

    def heard() -> set[str]:
        return {urn for (urn,) in rows(own_database_urls, "SELECT DISTINCT s.urn FROM observation o JOIN asset s ON s.tenant = o.tenant AND s.id = o.asset_id")}

    soon(lambda: heard() == measured, 30)
    assert rows(own_database_urls, "SELECT cause, entity, property, payload FROM rejected_observation") == []


def test_the_first_incident_is_an_alarm_within_fifteen_seconds(playing: Settings, own_database_urls: DatabaseUrls) -> None:
    soon(lambda: any(cause == "main_burst" for cause, _ in open_causes(own_database_urls)), 15)


def test_a_burst_asked_from_the_command_line_is_a_critical_alarm_on_the_meter_that_it_names(playing: Settings, own_database_urls: DatabaseUrls) -> None:
    soon(lambda: rows(own_database_urls, "SELECT count(*) FROM observation")[0][0] > 300, 20)
    urn = struck(loop.trigger(playing, "burst"))
    soon(lambda: ("main_burst", urn) in open_causes(own_database_urls), 5)
    found = rows(
        own_database_urls,
        "SELECT a.priority, a.threshold FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id WHERE s.urn = %s AND a.cause = 'main_burst'",
        urn,
    )
    assert found == [(1, 180.0)]  # Critical, at the meter's own threshold and not the rule's 250.


@pytest.mark.parametrize(
    ("scenario", "cause"), [("cabinet_trip", "cabinet_tripped"), ("overflow", "container_full"), ("fire", "container_fire"), ("door_forced", "door_forced")]
)
def test_a_scenario_asked_while_no_simulator_runs_is_an_alarm_too(scenario: str, cause: str, platform: Settings, own_database_urls: DatabaseUrls) -> None:
    urn = struck(loop.trigger(platform, scenario))
    soon(lambda: (cause, urn) in open_causes(own_database_urls), 10)


def test_nonsense_is_refused_by_its_cause_and_never_becomes_a_value(platform: Settings, own_database_urls: DatabaseUrls, redis_url: str) -> None:
    urn = struck(loop.trigger(platform, "nonsense"))
    soon(lambda: len(rows(own_database_urls, "SELECT 1 FROM rejected_observation WHERE entity = %s", urn)) >= 2, 10)
    kept = rows(
        own_database_urls, "SELECT value FROM observation o JOIN asset s ON s.tenant = o.tenant AND s.id = o.asset_id WHERE s.urn = %s AND o.quality = 0", urn
    )
    assert kept == []
    causes = Counter(f"rejected:{cause}" for (cause,) in rows(own_database_urls, "SELECT cause FROM rejected_observation"))
    with redis.Redis.from_url(redis_url) as client:
        # Totals are written once a second.
        soon(lambda: causes.items() <= counters.read(client, 1).items())
