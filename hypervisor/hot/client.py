"""Connections to Redis or Valkey, and what it means that it is down."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from hypervisor.errors import Unavailable
from hypervisor.i18n import N_, _

DOWN = N_("Redis ne répond pas : le présent n’est pas connu et rien n’a été accepté. Réessayez quand le bandeau aura disparu.")
# For annotations elsewhere: the library itself is imported only in `hot/`.
Redis = redis.Redis
AsyncRedis = redis.asyncio.Redis

CONNECT_S = 2.0
ANSWER_S = 5.0
CANNOT_WRITE = ("MISCONF", "NOREPLICAS", "CLUSTERDOWN", "MASTERDOWN", "OOM", "READONLY", "LOADING")
"""What begins the answer of a server that is there and writes nothing for now: its disk or its memory is full, its replicas are away, it starts."""


def connect(url: str) -> redis.Redis:
    """A pool of blocking connections, opened when first used. It never retries by itself: whoever calls knows what is safe to repeat."""
    return redis.Redis.from_url(url, socket_connect_timeout=CONNECT_S, socket_timeout=ANSWER_S, retry=Retry(NoBackoff(), 0))


def connect_async(url: str) -> redis.asyncio.Redis:
    """The same for asyncio."""
    return redis.asyncio.Redis.from_url(url, socket_connect_timeout=CONNECT_S, socket_timeout=ANSWER_S, retry=AsyncRetry(NoBackoff(), 0))


@contextmanager
def unavailable_when_down() -> Iterator[None]:
    """Turns what redis-py raises when the server is away, loading, read-only, out of memory or out of disk into Unavailable."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError, redis.exceptions.ReadOnlyError, redis.exceptions.OutOfMemoryError, OSError) as error:
        raise Unavailable(_(DOWN)) from error
    except redis.ResponseError as error:
        if not str(error).startswith(CANNOT_WRITE):
            raise
        raise Unavailable(_(DOWN)) from error
