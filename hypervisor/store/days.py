"""The days of history as the jobs close them: which are due, what they hold, what the lake has of them. Role vigie_worker: every statement names its tenant.

How a late value is never lost. The worker adds its rows first, then raises `late` of the days that close or have closed (`history.copy`). The closing commits its
row first, then waits for the transactions that were adding (`index`), then reads. So a value is in what was read, or has raised `late`, or both: in the
last two cases the day is closed again.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from hypervisor.store.binary import copied, epoch_ms, row_of
from hypervisor.store.engine import Cursor

DAY_MS = 86_400_000
LONG = "30min"
"""How long one statement of a closing may take; the engine's own limit is for the hot path."""
RAW = row_of(asset_id="i4", property_id="i2", observed_at="i8", received_at="i8", value="f8", quality="i2")
HOURS = row_of(asset_id="i4", property_id="i2", hour="i4", n="i4", total="f8", low="f8", high="f8")
Columns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What the lake holds of a day: names below its root, SHA-256 of each file, rows and bytes of the raw one."""

    rows: int
    bytes: int
    file: str
    digest: str
    hours_file: str
    hours_digest: str


@dataclass(frozen=True, kw_only=True)
class Day:
    """A row of history_day."""

    tenant: int
    day: date
    state: str
    late: int
    is_hot: bool
    filed: Filed

    @property
    def is_whole(self) -> bool:
        """Whether the lake holds everything that was received of the day."""
        return self.state == "closed" and self.late == 0


def partitions(cursor: Cursor) -> list[date]:
    """The days that PostgreSQL holds, oldest first."""
    names = cursor.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'observation'::regclass ORDER BY 1"
    ).fetchall()
    return [datetime.strptime(name, "observation_%Y%m%d").replace(tzinfo=UTC).date() for (name,) in names]


def known(cursor: Cursor) -> list[Day]:
    """Every day that closes or has closed, oldest first."""
    cursor.execute("SELECT tenant, day, state, late, is_hot, rows, bytes, file, digest, hours_file, hours_digest FROM history_day ORDER BY day, tenant")
    return [
        Day(
            tenant=row[0], day=row[1], state=row[2], late=row[3], is_hot=row[4],
            filed=Filed(rows=row[5], bytes=row[6], file=row[7], digest=row[8], hours_file=row[9], hours_digest=row[10]),
        )
        for row in cursor.fetchall()
    ]  # fmt: skip


def tenants_of(cursor: Cursor, day: date) -> list[int]:
    """Tenants with values on that day, or with a row that says it closes."""
    cursor.execute(
        "SELECT id FROM tenant t WHERE EXISTS (SELECT FROM observation o WHERE o.tenant = t.id AND o.observed_at >= %(from)s AND o.observed_at < %(to)s) "
        "OR EXISTS (SELECT FROM history_day d WHERE d.tenant = t.id AND d.day = %(day)s) ORDER BY 1",
        _bounds(day) | {"day": day},
    )
    return [tenant for (tenant,) in cursor.fetchall()]


def begin(cursor: Cursor, tenant: int, day: date) -> None:
    """Says that the day closes. To be committed before anything of it is read."""
    cursor.execute(
        "INSERT INTO history_day (tenant, day, state) VALUES (%s, %s, 'closing') ON CONFLICT (tenant, day) DO UPDATE SET state = 'closing', late = 0",
        (tenant, day),
    )


def index(cursor: Cursor, day: date) -> None:
    """Waits for whoever is adding to the day, then makes its index by asset where there is none. A late value waits meanwhile."""
    _take_time(cursor)
    cursor.execute("SELECT index_observation_partition(%s)", (day,))


def one_view(cursor: Cursor) -> None:
    """Makes everything that the transaction reads of one instant. Its first statement."""
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def roll_up(cursor: Cursor, tenant: int, day: date) -> None:
    """Writes the day's hourly roll-up anew."""
    _take_time(cursor)
    first = (day - date(1970, 1, 1)).days * 24
    cursor.execute("DELETE FROM observation_hour WHERE tenant = %s AND hour >= %s AND hour < %s", (tenant, first, first + 24))
    cursor.execute(
        "INSERT INTO observation_hour (tenant, asset_id, property_id, hour, n, total, low, high) "
        "SELECT tenant, asset_id, property_id, floor(extract(epoch FROM observed_at)::float8 / 3600)::int AS hour, count(*), sum(value), min(value), max(value) "
        "FROM observation WHERE tenant = %(tenant)s AND observed_at >= %(from)s AND observed_at < %(to)s GROUP BY 1, 2, 3, 4 ORDER BY 2, 3, 4",  # Sorted: an asset's hours then lie on one page.
        _bounds(day) | {"tenant": tenant},
    )


def raw(cursor: Cursor, tenant: int, day: date) -> Generator[Columns, None, None]:
    """The day's values sorted by asset and time, in pieces: asset_id, property_id, observed_at_ms, received_at_ms, value, quality."""
    _take_time(cursor)
    query = (
        "SELECT asset_id, property_id, observed_at, received_at, value, quality FROM observation WHERE tenant = %(tenant)s AND observed_at >= %(from)s "
        "AND observed_at < %(to)s ORDER BY asset_id, observed_at, property_id"
    )
    for rows in copied(cursor, query, _bounds(day) | {"tenant": tenant}, RAW):
        yield {
            "asset_id": rows["asset_id"].astype(np.int32),
            "property_id": rows["property_id"].astype(np.int16),
            "observed_at_ms": epoch_ms(rows["observed_at"]),
            "received_at_ms": epoch_ms(rows["received_at"]),
            "value": rows["value"].astype(np.float64),
            "quality": rows["quality"].astype(np.int16),
        }


def hours(cursor: Cursor, tenant: int, day: date) -> Generator[Columns, None, None]:
    """The day's roll-up sorted by asset and hour, in pieces: asset_id, property_id, hour, n, total, low, high."""
    first = (day - date(1970, 1, 1)).days * 24
    query = (
        "SELECT asset_id, property_id, hour, n, total, low, high FROM observation_hour WHERE tenant = %(tenant)s AND hour >= %(from)s AND hour < %(to)s "
        "ORDER BY asset_id, hour, property_id"
    )
    kinds = {"asset_id": np.int32, "property_id": np.int16, "hour": np.int32, "n": np.int32, "total": np.float64, "low": np.float64, "high": np.float64}
    for rows in copied(cursor, query, {"tenant": tenant, "from": first, "to": first + 24}, HOURS):
        yield {name: rows[name].astype(kind) for name, kind in kinds.items()}


def count(cursor: Cursor, tenant: int, day: date) -> int:
    """Values of the day in PostgreSQL."""
    query = "SELECT count(*) FROM observation WHERE tenant = %(tenant)s AND observed_at >= %(from)s AND observed_at < %(to)s"
    row = cursor.execute(query, _bounds(day) | {"tenant": tenant}).fetchone()
    return int(row[0]) if row else 0


def finish(cursor: Cursor, tenant: int, day: date, filed: Filed, now: datetime) -> None:
    """Says what the lake holds of the day: from here on its readers use these files. `late` is left as it is."""
    cursor.execute(
        "UPDATE history_day SET state = 'closed', rows = %s, bytes = %s, file = %s, digest = %s, hours_file = %s, hours_digest = %s, closed_at = %s WHERE tenant = %s AND day = %s",
        (filed.rows, filed.bytes, filed.file, filed.digest, filed.hours_file, filed.hours_digest, now, tenant, day),
    )


def analyse(cursor: Cursor, day: date) -> None:
    """Tells the planner what a closed day holds."""
    cursor.execute("SELECT analyse_observation_partition(%s)", (day,))


def drop(cursor: Cursor, day: date) -> None:
    """Takes a day out of PostgreSQL. The lake alone holds it then. Raises Unavailable when readers do not let go of the table within 5 s."""
    cursor.execute("SELECT set_config('lock_timeout', '5s', true)")
    cursor.execute("SELECT detach_observation_partition(%s)", (day,))
    cursor.execute("UPDATE history_day SET is_hot = false WHERE day = %s", (day,))


def forget(cursor: Cursor, tenant: int, day: date) -> None:
    """Takes a day out of the lake."""
    cursor.execute("DELETE FROM history_day WHERE tenant = %s AND day = %s", (tenant, day))


def forget_properties(cursor: Cursor, tenant: int, day: date, property_ids: list[int]) -> int:
    """Deletes the values of these properties from a day that PostgreSQL holds; gives how many."""
    _take_time(cursor)
    query = "DELETE FROM observation WHERE tenant = %(tenant)s AND property_id = ANY(%(properties)s) AND observed_at >= %(from)s AND observed_at < %(to)s"
    cursor.execute(query, _bounds(day) | {"tenant": tenant, "properties": property_ids})
    return cursor.rowcount


def _bounds(day: date) -> dict[str, object]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {"from": start, "to": datetime.fromtimestamp(start.timestamp() + DAY_MS / 1000, UTC)}


def _take_time(cursor: Cursor) -> None:
    cursor.execute("SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', '0', true)", (LONG,))
