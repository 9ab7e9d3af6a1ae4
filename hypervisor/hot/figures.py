"""The headline figures of a tenant, computed by one web process at a time and shared through Redis, with one point of history a minute."""

import json
from typing import Any

import redis

from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down

KEPT = 60
POINT_S = 60
TURN_MS = 4_000
LIFE_S = 60


def take_turn(client: redis.Redis, tenant: int) -> bool:
    """Whether it is this process's turn to compute: once every four seconds for all of them."""
    with unavailable_when_down():
        return bool(client.set(keys.figures(tenant) + ":turn", b"1", nx=True, px=TURN_MS))


def read(client: redis.Redis, tenant: int) -> dict[str, Any] | None:
    """What was shared last, None when nothing was for a minute."""
    with unavailable_when_down():
        raw = client.get(keys.figures(tenant))
    return None if raw is None else json.loads(raw)


def share(client: redis.Redis, tenant: int, body: dict[str, Any]) -> None:
    """Gives the figures to the other processes."""
    with unavailable_when_down():
        client.set(keys.figures(tenant), json.dumps(body), ex=LIFE_S)


def histories(client: redis.Redis, tenant: int, values: dict[str, float]) -> dict[str, list[float]]:
    """The last hour of each figure, oldest first, one point a minute, this moment's value last. Adds the point when its minute has come."""
    with unavailable_when_down():
        is_due = bool(client.set(keys.figures(tenant) + ":point", b"1", nx=True, ex=POINT_S))
        pipe = client.pipeline(transaction=False)
        for key, value in values.items():
            ring = keys.figures(tenant) + f":ring:{key}"
            if is_due:
                pipe.rpush(ring, value)
                pipe.ltrim(ring, -KEPT, -1)
                pipe.expire(ring, KEPT * POINT_S * 2)
            pipe.lrange(ring, 0, -1)
        answers = [answer for answer in pipe.execute() if isinstance(answer, list)]
    return {key: [*(float(point) for point in ring), value] for (key, value), ring in zip(values.items(), answers, strict=True)}
