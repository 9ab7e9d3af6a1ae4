"""Who is looking at what. Nothing here is a record: each entry says until when it holds, and nobody needs to end it."""

import json
from typing import Any

import redis

from hypervisor.hot import facts, keys
from hypervisor.hot.client import unavailable_when_down

KEPT_S = 90
KIND = "presence"


def look(client: redis.Redis, tenant: int, session_id: str, body: dict[str, Any], layer: str | None, commune_id: int | None) -> None:
    """Keeps what a session looks at, and tells the screens at once."""
    said = json.dumps(body, ensure_ascii=False)
    with unavailable_when_down(), client.pipeline(transaction=False) as pipe:
        pipe.hset(keys.presence(tenant), session_id, json.dumps([layer, commune_id, body]))
        pipe.expire(keys.presence(tenant), KEPT_S)
        pipe.execute()
    # Not from the outbox: number 0 is older than every fact, so that it moves no screen's position.
    facts.publish(client, [facts.RelayedFact(id=0, tenant=tenant, kind=KIND, layer=layer, commune_id=commune_id, body=said)])


def present(client: redis.Redis, tenant: int, now_ms: float) -> list[tuple[str | None, int | None, dict[str, Any]]]:
    """(layer, commune, body) of what still holds."""
    with unavailable_when_down():
        found: Any = client.hgetall(keys.presence(tenant))
    read = {session: json.loads(value) for session, value in found.items()}
    over = [session for session, (_layer, _commune, body) in read.items() if body["until"] <= now_ms]
    if over:
        with unavailable_when_down():
            client.hdel(keys.presence(tenant), *over)
    return [(layer, commune, body) for session, (layer, commune, body) in read.items() if session not in over]
