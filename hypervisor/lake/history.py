"""One history: whoever asks does not know which days are in PostgreSQL and which in the lake.

A day is read from PostgreSQL while it is hot, from the lake when it is there alone. What adds up over many assets (means, counts) is read from the lake as soon as
it holds the day whole: Parquet is several times faster there. A value that comes late sends the day back to PostgreSQL until it is closed again.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from hypervisor.errors import Unavailable
from hypervisor.i18n import _
from hypervisor.lake.client import AWAY, Client, Gone
from hypervisor.lake.places import Place
from hypervisor.lake.questions import Question, Reach, are_hours, bucket_of, step_of
from hypervisor.store import Database, observations
from hypervisor.store.observations import FiledDay, Whose
from hypervisor.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

Interval = tuple[datetime, datetime]
HOUR = timedelta(hours=1)
ATTEMPTS = 3
DAYS_AT_ONCE = 5
"""Chosen by us: 50,000 assets give six million hours, 260 MB of an answer that may hold 512 (HYPERVISOR_LAKE_MEMORY_MB)."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where a period is read: intervals of PostgreSQL, intervals of its roll-up, files of the lake."""

    hot: list[Interval] = field(default_factory=list)
    rolled_up: list[Interval] = field(default_factory=list)
    cold: list[FiledDay] = field(default_factory=list)


class History:
    """See the module. Raises Unavailable when PostgreSQL or the lake is away, InvalidRequest when a question passes the lake's bounds."""

    def __init__(self, database: Database, url: str, memory_mb: int, timeout_s: float) -> None:
        self._database = database
        self._url = url
        self.client = Client(url, memory_mb, timeout_s)

    def series(self, tenant: int, whose: Whose, since: datetime, until: datetime, limit: int | None = None) -> "pa.Table":
        """The values in [since, until), oldest first: asset_id, property_id, observed_at_ms, received_at_ms, value, quality."""
        from hypervisor.lake import files

        schema = files.raw_schema()

        def cut(days: Sequence[FiledDay]) -> Plan:
            return _plan(days, since, until, from_lake=lambda day: not day.is_hot)

        def hot(uow: UnitOfWork, plan: Plan) -> "list[pa.Table]":
            return [_table(observations.series(uow, whose, *interval, limit), schema) for interval in plan.hot]

        tables = self._read(tenant, whose, cut, hot, kind="series", since_ms=_ms(since), until_ms=_ms(until), limit=limit)
        found = _together(tables, schema).sort_by([(key, "ascending") for key in ("observed_at_ms", "asset_id", "property_id")])
        return found if limit is None else found.slice(0, limit)

    def count(self, tenant: int, whose: Whose, since: datetime, until: datetime) -> int:
        """How many values there are in [since, until)."""
        import pyarrow as pa

        def cut(days: Sequence[FiledDay]) -> Plan:
            return _plan(days, since, until, from_lake=lambda day: day.is_whole)

        def hot(uow: UnitOfWork, plan: Plan) -> "list[pa.Table]":
            return [pa.table({"n": [observations.count(uow, whose, *interval)]}) for interval in plan.hot]

        return sum(table["n"][0].as_py() for table in self._read(tenant, whose, cut, hot, kind="count", since_ms=_ms(since), until_ms=_ms(until)))

    def latest(self, tenant: int, communes: Sequence[int] | None, back_to: Mapping[int, int], at_ms: int, steps: int, step_ms: int = 60_000) -> "pa.Table":
        """What was known at at_ms and at each of the `steps` steps of step_ms after it: asset_id, property_id, step, observed_at_ms, value, quality, in order of step.

        Step 0 holds the last value up to at_ms, looked for as far back as back_to says (property → epoch ms); step k what came in the k-th step, its last value alone.
        """
        whose = Whose(property_ids=list(back_to), communes=communes)
        since_ms, until_ms = min(back_to.values(), default=at_ms), at_ms + steps * step_ms + 1
        schema = _latest()

        def cut(days: Sequence[FiledDay]) -> Plan:
            return _plan(days, _at(since_ms), _at(until_ms), from_lake=lambda day: not day.is_hot)

        def hot(uow: UnitOfWork, plan: Plan) -> "list[pa.Table]":
            step = step_of("ms", at_ms, step_ms)
            return [_table(observations.latest(uow, whose, *interval, back_to, step), schema) for interval in plan.hot]

        asked = {"since_ms": since_ms, "until_ms": until_ms, "back_to": dict(back_to), "at_ms": at_ms, "step_ms": step_ms}
        # A value of yesterday and one of today may both be the last one up to at_ms: in order of time, the newer is applied last.
        return _together(self._read(tenant, whose, cut, hot, kind="latest", **asked), schema).sort_by([("step", "ascending"), ("observed_at_ms", "ascending")])

    def means(
        self, tenant: int, whose: Whose, since: datetime, until: datetime, bucket: int = 1, shifts: Sequence[tuple[int, int]] = (), *, by_asset: bool = True
    ) -> "pa.Table":
        """asset_id (by_asset), property_id, bucket, n, mean, low, high. The period is widened to whole hours. Sorted by bucket and property, unless it is of many assets.

        bucket: hours in one bucket; shifts: as questions.Question. Bucket b begins at the hour b × bucket of the local calendar.
        """
        since, until = _hour(since), _hour(until + HOUR - timedelta(microseconds=1))
        keys = bucket_of("hour", bucket, shifts)

        def cut(days: Sequence[FiledDay]) -> Plan:
            if whose.asset_id is None:
                return _plan(days, since, until, from_lake=lambda day: day.is_whole)
            # One asset: the index of PostgreSQL, on the roll-up where there is one.
            return _plan(days, since, until, from_lake=lambda day: not day.is_hot, from_roll_up=lambda day: day.is_whole)

        def hot(uow: UnitOfWork, plan: Plan) -> "list[pa.Table]":
            return [
                _table(observations.means(uow, whose, *interval, keys, by_asset=by_asset, rolled_up=rolled_up), _partials())
                for intervals, rolled_up in ((plan.hot, False), (plan.rolled_up, True))
                for interval in intervals
            ]

        asked = {"since_ms": _ms(since), "until_ms": _ms(until), "by_asset": by_asset, "bucket": bucket, "shifts": list(shifts)}
        tables = self._read(tenant, whose, cut, hot, kind="means", **asked)
        is_folded = by_asset and are_hours(bucket, shifts)
        return _meant(tables if is_folded else [_folded(tables, by_asset=by_asset)], by_asset=by_asset, is_sorted=not by_asset or whose.asset_id is not None)

    def hours(self, tenant: int, whose: Whose, since: datetime, until: datetime) -> "Iterator[pa.Table]":
        """As `means` by hour and by asset, some days at a time, oldest first: so a month of every asset of a territory never passes the bounds of one answer."""
        later = [_midnight(since.date()) + timedelta(days=day) for day in range(DAYS_AT_ONCE, (until - since).days + 2, DAYS_AT_ONCE)]
        for start, end in pairwise([since, *(day for day in later if day < until), until]):
            yield self.means(tenant, whose, start, end)

    def close(self) -> None:
        """Ends the lake's process."""
        self.client.close()

    def _read(
        self, tenant: int, whose: Whose, cut: Callable[[Sequence[FiledDay]], Plan], hot: "Callable[[UnitOfWork, Plan], list[pa.Table]]", **asked: Any
    ) -> "list[pa.Table]":
        """What PostgreSQL has, then what the lake has. Begun again when a day moved from one to the other meanwhile."""
        import pyarrow as pa

        # Arrow loads pandas at its first array: many seconds on a busy machine, longer than a transaction may stand idle.
        pa.array(np.zeros(0))
        since, until = (datetime.fromtimestamp(asked[name] / 1000, UTC).date() for name in ("since_ms", "until_ms"))
        for _attempt in range(ATTEMPTS):
            with self._database.unit_of_work(tenant) as uow:
                days = observations.filed_days(uow, since, until)
                plan = cut(days)
                tables = hot(uow, plan)
                assets = self._assets(uow, whose) if plan.cold else None
                has_moved = observations.filed_days(uow, since, until) != days
            if has_moved:
                continue
            try:
                return [*tables, *self._cold(tenant, whose, assets, plan.cold, **asked)]
            except Gone as gone:
                logger.info("a day was closed again while it was read: %s", gone)
        raise Unavailable(_(AWAY))

    def _cold(self, tenant: int, whose: Whose, assets: bytes | None, days: Sequence[FiledDay], **asked: Any) -> "list[pa.Table]":
        """The lake's answer, in a list that is empty when there is nothing to ask."""
        if not days:
            return []
        names = [day.hours_file if asked["kind"] == "means" else day.file for day in days]
        reach = Reach(tenant=tenant, property_ids=list(whose.property_ids), assets=assets)
        return [self.client.ask(Question(files=[self._place.full(name) for name in names], reach=reach, **asked))]

    def _assets(self, uow: UnitOfWork, whose: Whose) -> bytes | None:
        if whose.asset_ids is not None:
            return np.array(whose.asset_ids, "<i4").tobytes()
        if whose.asset_id is None and whose.communes is None:
            return None
        found = [whose.asset_id] if whose.asset_id is not None else observations.assets_in(uow, whose.communes or ())
        return np.array(found, "<i4").tobytes()

    @cached_property
    def _place(self) -> Place:
        return Place(self._url)


def _plan(days: Iterable[FiledDay], since: datetime, until: datetime, from_lake: Any, from_roll_up: Any = lambda _day: False) -> Plan:
    """Cuts [since, until) by what is known of its days: those that the lake answers, those of the roll-up, and the rest, which PostgreSQL answers."""
    plan = Plan()
    reached = since
    for day in days:
        start, end = max(since, _midnight(day.day)), min(until, _midnight(day.day) + timedelta(days=1))
        is_cold, is_rolled_up = from_lake(day), from_roll_up(day)
        if start >= end or not (is_cold or is_rolled_up):
            continue
        if reached < start:
            plan.hot.append((reached, start))
        if is_cold:
            plan.cold.append(day)
        elif plan.rolled_up and plan.rolled_up[-1][1] == start:
            plan.rolled_up[-1] = (plan.rolled_up[-1][0], end)
        else:
            plan.rolled_up.append((start, end))
        reached = end
    if reached < until:
        plan.hot.append((reached, until))
    return plan


def _folded(tables: "list[pa.Table]", *, by_asset: bool) -> "pa.Table":
    """Partial sums of one bucket that come from both sides become one."""
    keys = _keys(by_asset=by_asset)
    found = _partials_of(tables, by_asset=by_asset)
    if len(tables) > 1:
        found = found.group_by(keys, use_threads=False).aggregate([("n", "sum"), ("total", "sum"), ("low", "min"), ("high", "max")])
        found = found.rename_columns([*keys, "n", "total", "low", "high"])
    return found


def _meant(tables: "list[pa.Table]", *, by_asset: bool, is_sorted: bool) -> "pa.Table":
    """Sums become means."""
    import pyarrow.compute as pc

    keys = _keys(by_asset=by_asset)
    found = _partials_of(tables, by_asset=by_asset)
    found = found.append_column("mean", pc.divide(found["total"], found["n"])).select([*keys, "n", "mean", "low", "high"])
    # Sorting millions of rows takes longer than finding them: whoever asks for every asset sorts what is shown.
    return found.sort_by([(key, "ascending") for key in keys]) if is_sorted else found


def _keys(*, by_asset: bool) -> list[str]:
    return ["bucket", *(["asset_id"] if by_asset else []), "property_id"]


def _partials_of(tables: "list[pa.Table]", *, by_asset: bool) -> "pa.Table":
    import pyarrow as pa

    return _together(tables, pa.schema([_partials().field(name) for name in (*_keys(by_asset=by_asset), "n", "total", "low", "high")]))


def _partials() -> Any:
    import pyarrow as pa

    return pa.schema([("asset_id", pa.int32()), ("property_id", pa.int16()), ("bucket", pa.int32()), ("n", pa.int64()), ("total", pa.float64()),
                      ("low", pa.float64()), ("high", pa.float64())])  # fmt: skip


def _latest() -> Any:
    import pyarrow as pa

    return pa.schema([("asset_id", pa.int32()), ("property_id", pa.int16()), ("step", pa.int32()), ("observed_at_ms", pa.int64()), ("value", pa.float64()),
                      ("quality", pa.int16())])  # fmt: skip


def _together(tables: "Iterable[pa.Table]", schema: Any) -> "pa.Table":
    import pyarrow as pa

    return pa.concat_tables([schema.empty_table(), *(table.select(schema.names).cast(schema) for table in tables)])


def _table(columns: observations.Columns, schema: Any) -> "pa.Table":
    import pyarrow as pa

    return pa.table({name: pa.array(columns[name]).cast(schema.field(name).type) for name in schema.names}, schema=schema)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
