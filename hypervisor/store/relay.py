"""Facts that wait to be relayed: written in the transaction that makes them true, marked once they are on the feed's stream."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb

from hypervisor.hot.facts import RelayedFact
from hypervisor.store import driver

CHANNEL = "vigie_outbox"


def add_alarms(cursor: psycopg.Cursor, tenant: int, alarm_ids: Sequence[int], now: datetime) -> None:
    """One fact per alarm, its shape as it is now."""
    driver.later(
        cursor,
        "INSERT INTO outbox (tenant, at, kind, layer, commune_id, body) SELECT tenant, %s, 'alarm', layer, commune_id, shape FROM alarm_shape WHERE tenant = %s AND id = ANY(%s) ORDER BY id",
        (now, tenant, list(alarm_ids)),
    )


def add(cursor: psycopg.Cursor, tenant: int, kind: str, layer: str | None, body: dict[str, object], now: datetime) -> None:
    """One fact."""
    driver.later(cursor, "INSERT INTO outbox (tenant, at, kind, layer, body) VALUES (%s, %s, %s, %s, %s)", (tenant, now, kind, layer, Jsonb(body)))


def notify(cursor: psycopg.Cursor) -> None:
    """Wakes the relay at commit."""
    driver.later(cursor, f"NOTIFY {CHANNEL}")


def listen(connection: psycopg.Connection) -> None:
    """Makes `wait` see what is notified from now on."""
    connection.execute(f"LISTEN {CHANNEL}")


def wait(connection: psycopg.Connection, seconds: float) -> None:
    """Returns when something was notified, or after that time."""
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass


def waiting(cursor: psycopg.Cursor, most: int) -> list[RelayedFact]:
    """Facts not relayed yet, in the order of their ids."""
    cursor.execute("SELECT id, tenant, kind, layer, commune_id, body::text, at FROM outbox WHERE relayed_at IS NULL ORDER BY id LIMIT %s", (most,))
    return [RelayedFact(id=i, tenant=t, kind=k, layer=layer, commune_id=c, body=b, at=at) for i, t, k, layer, c, b, at in cursor]


def relayed(cursor: psycopg.Cursor, ids: Sequence[int], now: datetime) -> None:
    """Marks facts as relayed."""
    cursor.execute("UPDATE outbox SET relayed_at = %s WHERE id = ANY(%s)", (now, list(ids)))


def forget(cursor: psycopg.Cursor, before: datetime, most: int = 10_000) -> Iterator[int]:
    """Deletes relayed facts older than that, by parts; gives the size of each part."""
    while True:
        cursor.execute("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE relayed_at < %s ORDER BY id LIMIT %s)", (before, most))
        if not cursor.rowcount:
            return
        yield cursor.rowcount
