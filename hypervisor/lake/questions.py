"""What the lake can be asked, and the one door: every question carries the tenant's own files, and the properties and assets of the asker's perimeter."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from hypervisor.errors import Forbidden, InvalidRequest

ASSET_BYTES = 4
HOUR_MS = 3_600_000


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A perimeter: one tenant, its properties by number, and its assets (packed little-endian int32; None is all of them)."""

    tenant: int
    property_ids: list[int]
    assets: bytes | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """series: the values; means: (asset?, property, bucket) → n, total, low, high; count: n; measure: (day, commune_id) → num, den, cases, heard; latest: (asset, property, step) → the last value of each.

    since_ms, until_ms: [since, until) in epoch milliseconds, whole hours for means. bucket: hours in one bucket. shifts: (from hour, hours added) in order, from which
    each bucket is that of a local calendar; the first goes back for ever. limit: rows of a series.
    back_to: property → how far back its latest value is looked for (epoch ms); at_ms, step_ms: as History.latest. measuring: what a measure asks.
    """

    kind: Literal["series", "means", "count", "latest", "measure"]
    files: list[str]
    reach: Reach
    since_ms: int
    until_ms: int
    by_asset: bool = True
    bucket: int = 1
    shifts: list[tuple[int, int]] = msgspec.field(default_factory=list)
    limit: int | None = None
    back_to: dict[int, int] = msgspec.field(default_factory=dict)
    at_ms: int = 0
    step_ms: int = 60_000
    measuring: "Measuring | None" = None


class Measuring(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of a layer (domain/indicator.py) over the local days [first, last], numbered since 1970.

    text: its SELECT, of our own declarations. hours_files: files of the roll-up. tables: relations given with the question, as Arrow streams: asset, night, calendar.
    watched: properties whose values make an asset heard; heard_by: hour or day. reads: hours, raw.
    """

    text: str
    first: int
    last: int
    hours_files: list[str]
    tables: dict[str, bytes]
    watched: list[int]
    heard_by: str
    reads: list[str]


def sql(question: Question) -> str:
    """The question for DuckDB: every value in it is a number of ours, the files and the assets are bound. Raises Forbidden for a file of another tenant.

    Nothing reaches the lake but through here.
    """
    reach = question.reach
    files = [*question.files, *(question.measuring.hours_files if question.measuring else ())]
    if any(f"/tenant={reach.tenant}/" not in f"/{file}" for file in files):
        raise Forbidden("a file of the lake belongs to another tenant: the question was not asked")
    inside = f"property_id IN ({_numbers(reach.property_ids)})"
    if reach.assets is not None and len(reach.assets) == ASSET_BYTES:
        # One asset: a constant lets DuckDB leave out the groups of rows that cannot hold it.
        inside += f" AND asset_id = {int.from_bytes(reach.assets, 'little', signed=True)}"
    elif reach.assets is not None:
        inside += " AND asset_id IN (FROM allowed)"
    if question.kind == "measure":
        return _measure(question, inside)
    source = "read_parquet($files, hive_partitioning = false)"
    if question.kind == "means":
        hours = f"hour >= {int(question.since_ms) // 3_600_000} AND hour < {-(-int(question.until_ms) // 3_600_000)}"
        keys = ("asset_id, " if question.by_asset else "") + "property_id"
        if question.by_asset and are_hours(question.bucket, question.shifts):
            # The roll-up is the answer: millions of groups of one row each would be made to find the same.
            return (
                f"SELECT {keys}, {bucket_of('hour', 1, question.shifts)} AS bucket, n::BIGINT AS n, total, low, high FROM {source} WHERE {inside} AND {hours}"  # noqa: S608 - numbers of ours
            )
        return (
            f"SELECT {keys}, {bucket_of('hour', question.bucket, question.shifts)} AS bucket, sum(n)::BIGINT AS n, sum(total) AS total, min(low) AS low, max(high) AS high "  # noqa: S608 - numbers of ours
            f"FROM {source} WHERE {inside} AND {hours} GROUP BY ALL"
        )
    period = f"observed_at_ms >= {int(question.since_ms)} AND observed_at_ms < {int(question.until_ms)}"
    if question.kind == "latest":
        near = " OR ".join(f"(property_id = {int(number)} AND observed_at_ms > {int(back)})" for number, back in question.back_to.items()) or "false"
        return (
            f"SELECT asset_id, property_id, {step_of('observed_at_ms', question.at_ms, question.step_ms)} AS step, max(observed_at_ms) AS observed_at_ms, "  # noqa: S608 - numbers of ours
            f"arg_max(value, observed_at_ms) AS value, arg_max(quality, observed_at_ms) AS quality FROM {source} WHERE {inside} AND {period} AND ({near}) GROUP BY 1, 2, 3"
        )
    if question.kind == "count":
        return f"SELECT count(*) AS n FROM {source} WHERE {inside} AND {period}"  # noqa: S608 - numbers of ours
    limit = "" if question.limit is None else f" LIMIT {int(question.limit)}"
    return f"SELECT * FROM {source} WHERE {inside} AND {period} ORDER BY observed_at_ms, asset_id, property_id{limit}"  # noqa: S608 - numbers of ours


def _measure(question: Question, inside: str) -> str:
    """The declaration's SELECT over the relations it may read, added up by day and commune, and beside it what was heard."""
    asked = question.measuring
    if asked is None:
        raise InvalidRequest("a question of kind measure carries no measure")
    first, until = int(question.since_ms) // HOUR_MS, -(-int(question.until_ms) // HOUR_MS)
    day, clock = bucket_of("hour", 24, question.shifts), bucket_of("hour", 1, question.shifts)
    relations = {
        "hours": f"SELECT {day} AS day, hour, {clock} % 24 AS local_hour, asset_id, property_id, n, total / n AS mean, low, high "  # noqa: S608 - numbers of ours
        f"FROM read_parquet($hours_files, hive_partitioning = false) WHERE {inside} AND hour >= {first} AND hour < {until}",
        "raw": f"SELECT {day} AS day, * EXCLUDE hour FROM (SELECT (observed_at_ms // {HOUR_MS})::INTEGER AS hour, observed_at_ms, asset_id, property_id, value "  # noqa: S608
        f"FROM read_parquet($files, hive_partitioning = false) WHERE {inside} AND quality IN (0, 1, 5, 6) AND observed_at_ms >= {first * HOUR_MS} AND observed_at_ms < {until * HOUR_MS})",
    }
    given = ", ".join(f"{name} AS MATERIALIZED ({relations[name]})" for name in relations if name in asked.reads)
    heard = ""
    own = "heard" if asked.heard_by == "counted" else "0"
    if asked.watched and asked.heard_by != "counted":
        counted = "count(DISTINCT hour)" if asked.heard_by == "hour" else "1"
        heard = f" UNION ALL SELECT day, asset_id, 0, 0, 0, {counted} FROM hours WHERE property_id IN ({_numbers(asked.watched)}) GROUP BY day, asset_id"  # noqa: S608 - numbers of ours
    counted = f"SELECT day, asset_id, num::DOUBLE AS num, den::DOUBLE AS den, cases, {own} AS heard FROM ({asked.text}) counted{heard}"  # noqa: S608 - a declaration of ours
    summed = "day::INTEGER AS day, commune_id, sum(num)::DOUBLE AS num, sum(den)::DOUBLE AS den, sum(cases)::BIGINT AS cases, sum(heard)::DOUBLE AS heard"
    days = f"day BETWEEN {int(asked.first)} AND {int(asked.last)}"
    return (f"WITH {given} " if given else "") + f"SELECT {summed} FROM ({counted}) JOIN asset USING (asset_id) WHERE {days} GROUP BY ALL"  # noqa: S608 - numbers of ours


def bucket_of(hour: str, bucket: int, shifts: Sequence[tuple[int, int]]) -> str:
    """The number of an hour's bucket, in the SQL of DuckDB and PostgreSQL alike: (hour + shift) divided by the bucket's length."""
    cases = " ".join(f"WHEN {hour} >= {int(start)} THEN {int(shift)}" for start, shift in reversed(shifts[1:]))
    first = int(shifts[0][1]) if shifts else 0
    local = f"({hour} + CASE {cases} ELSE {first} END)" if cases else f"({hour} + {first})"
    return local if bucket == 1 else f"CAST(floor({local} / {int(bucket)}.0) AS INTEGER)"


def step_of(at: str, from_ms: int, step_ms: int) -> str:
    """The step in which a time becomes known, in the SQL of DuckDB and PostgreSQL alike: 0 up to from_ms, 1 in the step that follows, and so on."""
    return f"greatest(0, CAST(ceil(({at} - {int(from_ms)}) / {int(step_ms)}.0) AS INTEGER))"


def are_hours(bucket: int, shifts: Sequence[tuple[int, int]]) -> bool:
    """Whether each bucket is one hour of one day of the calendar UTC, so that no two files, nor the lake and PostgreSQL, hold parts of the same."""
    return bucket == 1 and len(shifts) <= 1


def _numbers(ids: Sequence[int]) -> str:
    return ", ".join(str(int(number)) for number in ids) or "NULL"
