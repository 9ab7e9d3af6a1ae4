"""A worker that runs, on a territory of a few bins, with a database and a Redis of its own."""

from collections.abc import Iterator

import pytest
import redis

from hypervisor.clock import FixedClock
from hypervisor.launcher.addresses import DatabaseUrls
from tests import ingest_world as world
from tests.ingest_world import NOON, soon


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def bins() -> int:
    """How many there are; a module that wants more says so."""
    return 20


@pytest.fixture
def client(own_database_urls: DatabaseUrls, redis_url: str, bins: int) -> Iterator[redis.Redis]:
    world.settle(own_database_urls, bins)
    with redis.Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def running(client: redis.Redis, own_database_urls: DatabaseUrls, redis_url: str, clock: FixedClock, bins: int) -> Iterator[DatabaseUrls]:
    with world.working(own_database_urls, redis_url, clock):
        soon(lambda: len(world.looks(client)) == bins)
        yield own_database_urls
