"""History as the worker writes it and reads it back: binary COPY, daily partitions, last values. How a day closes is in days.py."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray

from hypervisor.store.binary import EPOCH_MS, HEADER, MICROSECONDS_A_DAY, TRAILER, blank, row_of

MEASURED = np.dtype([("asset_id", np.int32), ("property_id", np.int16), ("value", np.float64), ("observed_at_ms", np.int64), ("received_at_ms", np.int64)])
"""An accepted observation: numbers only, in the property's own unit; times in epoch milliseconds UTC."""
ROW = row_of(observed_at="i8", received_at="i8", value="f8", asset_id="i4", property_id="i2", quality="i2", tenant="i2")


def copy(cursor: psycopg.Cursor, tenant: int, measured: NDArray[np.void]) -> None:
    """Adds observations (MEASURED); the partitions of their days must exist."""
    if not len(measured):
        return
    rows = blank(len(measured), ROW)
    for name in ("observed_at", "received_at"):
        rows[name] = (measured[f"{name}_ms"] - EPOCH_MS) * 1000
    for name in ("value", "asset_id", "property_id"):
        rows[name] = measured[name]
    rows["tenant"] = tenant
    with cursor.copy("COPY observation (observed_at, received_at, value, asset_id, property_id, quality, tenant) FROM STDIN (FORMAT BINARY)") as wire:
        wire.write(HEADER + rows.tobytes() + TRAILER)
    # After the rows, never before: store/days.py says why. Days that are still open have no row, and nothing happens.
    days = np.unique(rows["observed_at"].astype(np.int64) // MICROSECONDS_A_DAY)
    cursor.execute(
        "UPDATE history_day SET late = late + 1 WHERE tenant = %s AND day = ANY(%s)", (tenant, [date(2000, 1, 1) + timedelta(days=int(day)) for day in days])
    )


def days_of(measured: NDArray[np.void]) -> set[date]:
    """The UTC days that these observations (MEASURED) belong to."""
    return {datetime.fromtimestamp(day * 86_400, UTC).date() for day in np.unique(measured["observed_at_ms"] // 86_400_000).tolist()}


def make_day(cursor: psycopg.Cursor, day: date) -> None:
    """Makes sure that a day's partition exists."""
    # Another process may make it between the function's look and its CREATE: the lock makes one of them wait, and then see it.
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('observation partitions')), make_observation_partition(%s)", (day,))


def last_values(cursor: psycopg.Cursor, tenant: int, now: datetime, back: Sequence[timedelta]) -> Iterator[tuple[int, int, int, float]]:
    """(asset, property, epoch ms, value) of the newest observation of each, looking back by these steps, nearest first.

    Steps may repeat an asset with an older value: whoever reads keeps the newest.
    """
    until = now + timedelta(hours=1)
    for step in back:
        since = now - step
        # One hash aggregate instead of a sort: the greatest (time, value) pair of each group.
        cursor.execute(
            "SELECT asset_id, property_id, (last[1])::bigint, last[2] FROM (SELECT asset_id, property_id, max(ARRAY[extract(epoch FROM observed_at) * 1000, value]::float8[]) AS last "
            "FROM observation WHERE tenant = %s AND observed_at >= %s AND observed_at < %s GROUP BY 1, 2) AS newest",
            (tenant, since, until),
        )
        yield from cursor.fetchall()
        until = since
