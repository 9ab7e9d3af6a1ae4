"""The stream of relayed facts: the relay adds, the feed and the worker read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

from hypervisor.domain.facts import Fact
from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down

KEPT = 20_000
REVOCATIONS = frozenset({Fact.SESSION_REVOKED, Fact.SESSION_LOCKED, Fact.TOKEN_REVOKED})


@dataclass(frozen=True, kw_only=True)
class RelayedFact:
    """One outbox row; body is JSON text; at: when it was committed, as its writer's clock said."""

    id: int
    tenant: int
    kind: str
    layer: str | None
    commune_id: int | None
    body: str
    at: datetime | None = None


def publish(client: redis.Redis, rows: Iterable[RelayedFact]) -> None:
    """Adds facts in the order given."""
    with unavailable_when_down(), client.pipeline(transaction=False) as pipe:
        for row in rows:
            fields = {"k": row.kind, "b": row.body, "i": row.id, "l": row.layer or "", "c": "" if row.commune_id is None else row.commune_id}
            pipe.xadd(keys.facts(row.tenant), fields, maxlen=KEPT, approximate=True)  # type: ignore[arg-type]
            if row.kind in REVOCATIONS:
                pipe.incr(keys.revocations())
        pipe.execute()


def newest(client: redis.Redis, tenant: int) -> str:
    """Where a reader that has just loaded everything from PostgreSQL begins."""
    with unavailable_when_down():
        last: Any = client.xrevrange(keys.facts(tenant), count=1)
    return last[0][0].decode() if last else "0-0"


def read(client: redis.Redis, after: dict[int, str], count: int = 500) -> list[tuple[int, str, str, bytes]]:
    """Facts after the position of each tenant, without waiting: (tenant, position, kind, JSON body)."""
    by_name = {keys.facts(tenant).encode(): tenant for tenant in after}
    with unavailable_when_down():
        found: Any = client.xread({keys.facts(tenant): position for tenant, position in after.items()}, count=count) if after else []
    return [(by_name[name], number.decode(), fields[b"k"].decode(), fields[b"b"]) for name, entries in found for number, fields in entries]
