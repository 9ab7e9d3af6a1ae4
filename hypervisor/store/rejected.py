"""Observations that were not accepted, kept for inspection."""

from collections.abc import Iterable
from datetime import UTC, datetime

import psycopg
from psycopg.types.json import Jsonb


def add(cursor: psycopg.Cursor, tenant: int, rows: Iterable[tuple[int, str, str, str, str, dict[str, object]]]) -> None:
    """rows: (received epoch ms, cause, source, entity, property, payload)."""
    values = [
        (tenant, datetime.fromtimestamp(ms / 1000, UTC), cause, source, entity, prop, Jsonb(payload)) for ms, cause, source, entity, prop, payload in rows
    ]
    if values:
        cursor.executemany(
            "INSERT INTO rejected_observation (tenant, received_at, cause, source, entity, property, payload) VALUES (%s, %s, %s, %s, %s, %s, %s)", values
        )


def forget(cursor: psycopg.Cursor, before: datetime, most: int) -> int:
    """Deletes what is older than that, and all but the newest `most` of each tenant; gives how many went."""
    cursor.execute("DELETE FROM rejected_observation WHERE received_at < %s", (before,))
    gone = cursor.rowcount
    cursor.execute(
        "DELETE FROM rejected_observation r USING (SELECT t.id AS tenant, (SELECT id FROM rejected_observation x WHERE x.tenant = t.id ORDER BY id DESC OFFSET %s LIMIT 1) AS last FROM tenant t) AS b "
        "WHERE r.tenant = b.tenant AND r.id <= b.last",
        (most,),
    )
    return gone + cursor.rowcount
