"""Fixtures of every test: a database of one's own, a Valkey emptied before each test, settings that ignore the real environment.

`database_urls` is one fresh database per test module; `own_database_urls` one per test. `redis_url` is emptied before each test that uses it,
unless marked `keeps_redis`. `settings` points to both; `make_settings(**changes)` needs neither.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings as hypothesis_settings

from hypervisor.launcher import processes
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.settings import Settings
from tests import services

# A test has no stopwatch: on a machine that does other things an example may take what it takes.
hypothesis_settings.register_profile("vigie", deadline=None)
hypothesis_settings.load_profile("vigie")
SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def _no_real_environment() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("HYPERVISOR_")}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def databases() -> Iterator[services.Databases]:
    """The session's private cluster, and the databases that it makes."""
    with services.own_folder() as folder:
        made = services.Databases(folder)
        yield made
        made.stop()


@pytest.fixture(scope="module")
def database_urls(databases: services.Databases) -> Iterator[DatabaseUrls]:
    """A migrated database for this module, as owner, worker and app."""
    urls = databases.make()
    yield urls
    databases.drop(urls)


@pytest.fixture
def own_database_urls(databases: services.Databases) -> Iterator[DatabaseUrls]:
    """A migrated database for this test alone."""
    urls = databases.make()
    yield urls
    databases.drop(urls)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The session's private Valkey."""
    with services.own_folder() as folder:
        server = services.start_valkey(folder)
        yield server.url
        server.stop()


@pytest.fixture(autouse=True)
def _empty_redis(request: pytest.FixtureRequest) -> None:
    if "redis_url" in request.fixturenames and request.node.get_closest_marker("keeps_redis") is None:
        with redis.Redis.from_url(request.getfixturevalue("redis_url")) as client:
            client.flushall()


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings from nothing but what the test gives: a folder of its own, free ports, no demonstration."""

    def make(**changes: object) -> Settings:
        port, ingest_port, wall_port = (processes.free_port() for _ in range(3))
        values = {"port": port, "ingest_port": ingest_port, "wall_port": wall_port, "data_dir": tmp_path / "var", "demo": False, "simulate": False}
        return Settings(_env_file=None, **(values | changes))

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings], database_urls: DatabaseUrls, redis_url: str) -> Settings:
    """Settings of a platform on this test's database and Valkey."""
    return make_settings(database_url=database_urls.owner, database_worker_url=database_urls.worker, database_app_url=database_urls.app, redis_url=redis_url)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real open data, kept beside the repository; a test that needs it is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no ../shared/data beside the repository: real data is not tested here")
    return SHARED_DATA
