"""History in PostgreSQL, as people read it: values of an asset, means, counts; and which days the lake has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from hypervisor.store.binary import copied, epoch_ms, row_of
from hypervisor.store.unit_of_work import UnitOfWork

INSIDE = "tenant = %(t)s AND property_id = ANY(%(properties)s)"
IN_COMMUNES = " AND asset_id IN (SELECT id FROM asset WHERE tenant = %(t)s AND commune_id = ANY(%(communes)s))"
SERIES = row_of(asset_id="i4", property_id="i2", observed_at="i8", received_at="i8", value="f8", quality="i2")
MEANS = row_of(asset_id="i4", property_id="i2", bucket="i4", n="i8", total="f8", low="f8", high="f8")
LATEST = row_of(asset_id="i4", property_id="i2", step="i4", observed_at_ms="f8", value="f8", quality="i2")
"""A double holds every millisecond of the next 285,000 years."""
Columns = dict[str, NDArray[Any]]
HOUR = "floor(extract(epoch FROM observed_at)::float8 / 3600)::int"


@dataclass(frozen=True, kw_only=True)
class Whose:
    """What of the tenant's history is meant. asset_id and asset_ids None are every asset, communes None everywhere."""

    property_ids: Sequence[int]
    asset_id: int | None = None
    communes: Sequence[int] | None = None
    asset_ids: Sequence[int] | None = None

    @property
    def condition(self) -> str:
        """As SQL over a table with tenant, property_id and asset_id."""
        return (
            INSIDE
            + ("" if self.asset_id is None else " AND asset_id = %(asset)s")
            + ("" if self.asset_ids is None else " AND asset_id = ANY(%(assets)s)")
            + ("" if self.communes is None else IN_COMMUNES)
        )

    def values(self, uow: UnitOfWork) -> dict[str, Any]:
        """The condition's parameters."""
        return {
            "t": uow.tenant,
            "properties": list(self.property_ids),
            "asset": self.asset_id,
            "communes": list(self.communes or ()),
            "assets": list(self.asset_ids or ()),
        }


@dataclass(frozen=True, kw_only=True)
class FiledDay:
    """A day that has closed. is_whole: the lake holds all of it; is_hot: PostgreSQL does."""

    day: date
    is_whole: bool
    is_hot: bool
    file: str
    hours_file: str


def filed_days(uow: UnitOfWork, first: date, last: date) -> list[FiledDay]:
    """Closed days in [first, last], oldest first."""
    rows = uow.connection.execute(
        text("""SELECT day, state = 'closed' AND late = 0 AS is_whole, is_hot, file, hours_file FROM history_day
                WHERE tenant = :t AND day BETWEEN :first AND :last AND file <> '' ORDER BY day"""),
        {"t": uow.tenant, "first": first, "last": last},
    )
    return [FiledDay(day=row.day, is_whole=row.is_whole, is_hot=row.is_hot, file=row.file, hours_file=row.hours_file) for row in rows]


def series(uow: UnitOfWork, whose: Whose, since: datetime, until: datetime, limit: int | None) -> Columns:
    """asset_id, property_id, observed_at_ms, received_at_ms, value, quality, oldest first, in [since, until)."""
    rows = _rows(
        uow,
        f"""SELECT asset_id, property_id, observed_at, received_at, value, quality FROM observation
            WHERE {whose.condition} AND observed_at >= %(since)s AND observed_at < %(until)s ORDER BY observed_at, asset_id, property_id LIMIT %(limit)s""",  # noqa: S608 - ours
        whose.values(uow) | {"since": since, "until": until, "limit": limit},
        SERIES,
    )
    times = {f"{name}_ms": epoch_ms(rows[name]) for name in ("observed_at", "received_at")}
    return times | {name: _native(rows[name]) for name in ("asset_id", "property_id", "value", "quality")}


def count(uow: UnitOfWork, whose: Whose, since: datetime, until: datetime) -> int:
    """Values in [since, until)."""
    query = f"SELECT count(*) FROM observation WHERE {whose.condition} AND observed_at >= %(since)s AND observed_at < %(until)s"  # noqa: S608 - ours
    with uow.cursor() as cursor:
        row = cursor.execute(query, whose.values(uow) | {"since": since, "until": until}).fetchone()
    return int(row[0]) if row else 0


def means(uow: UnitOfWork, whose: Whose, since: datetime, until: datetime, bucket: str, *, by_asset: bool, rolled_up: bool) -> Columns:
    """asset_id, property_id, bucket, n, total, low, high over [since, until), whole hours. bucket: SQL over `hour`. rolled_up: from the roll-up, else from the values."""
    keys = ("asset_id" if by_asset else "0 AS asset_id") + ", property_id"
    if rolled_up:
        source = "SELECT asset_id, property_id, hour, n, total, low, high FROM observation_hour"
        period = (
            "hour >= cast(extract(epoch FROM %(since)s::timestamptz) / 3600 AS int) AND hour < cast(extract(epoch FROM %(until)s::timestamptz) / 3600 AS int)"
        )
        asked = f"{source} WHERE {whose.condition} AND {period}"
    else:
        # By hour first: the bucket's arithmetic is then done once per hour and not once per value.
        source = f"SELECT asset_id, property_id, {HOUR} AS hour, count(*) AS n, sum(value) AS total, min(value) AS low, max(value) AS high FROM observation"  # noqa: S608 - ours
        asked = f"{source} WHERE {whose.condition} AND observed_at >= %(since)s AND observed_at < %(until)s GROUP BY 1, 2, 3"
    rows = _rows(
        uow,
        f"""SELECT {keys}, {bucket} AS bucket, sum(n)::bigint AS n, sum(total) AS total, min(low) AS low, max(high) AS high
            FROM ({asked}) AS hours GROUP BY 1, 2, 3""",  # noqa: S608 - ours
        whose.values(uow) | {"since": since, "until": until},
        MEANS,
    )
    return {name: _native(rows[name]) for name in ("asset_id", "property_id", "bucket", "n", "total", "low", "high")}


def latest(uow: UnitOfWork, whose: Whose, since: datetime, until: datetime, back_to: Mapping[int, int], step: str) -> Columns:
    """The last value of each (asset, property, step) in [since, until), in no order: asset_id, property_id, step, observed_at_ms, value, quality.

    back_to: property → the epoch ms after which its values count; step: SQL over the epoch ms `ms`.
    """
    rows = _rows(
        uow,
        f"""WITH near AS (
                SELECT o.asset_id, o.property_id, (extract(epoch FROM o.observed_at) * 1000)::bigint AS ms, o.value, o.quality
                FROM observation o JOIN unnest(%(numbers)s::int[], %(backs)s::timestamptz[]) AS w(number, back) ON o.property_id = w.number AND o.observed_at > w.back
                WHERE {whose.condition} AND o.observed_at >= %(since)s AND o.observed_at < %(until)s),
            last AS (SELECT asset_id, property_id, {step} AS step, max(ARRAY[ms, value, quality]::float8[]) AS said FROM near GROUP BY 1, 2, 3)
            SELECT asset_id, property_id, step, said[1], said[2], said[3]::smallint FROM last""",  # noqa: S608 - ours
        whose.values(uow)
        | {
            "since": since, "until": until, "numbers": list(back_to),
            "backs": [datetime.fromtimestamp(back / 1000, UTC) for back in back_to.values()],
        },
        LATEST,
    )  # fmt: skip
    return {name: _native(rows[name]) for name in ("asset_id", "property_id", "step", "observed_at_ms", "value", "quality")}


def assets_in(uow: UnitOfWork, communes: Sequence[int]) -> list[int]:
    """Assets of these communes."""
    return list(
        uow.connection.execute(
            text("SELECT id FROM asset WHERE tenant = :t AND commune_id = ANY(:communes)"), {"t": uow.tenant, "communes": list(communes)}
        ).scalars()
    )


def _rows(uow: UnitOfWork, query: str, values: Mapping[str, Any], row: np.dtype) -> NDArray[np.void]:
    """The rows of a query; read as rows of Python they would cost several times the finding."""
    with uow.cursor() as cursor:
        return np.concatenate([np.zeros(0, row), *copied(cursor, query, values, row)])


def _native(column: NDArray[Any]) -> NDArray[Any]:
    return column.astype(column.dtype.newbyteorder("="))
