"""Keeps the daily sums of every measure up to date with the closed days: new days, days closed again, measures whose version changed. Nothing else is computed again.

A day of the territory's calendar lies in two days of the lake (UTC): it is due once both are whole. A day that PostgreSQL no longer holds is not computed again for its
measure even if its files change: only retention changes them, and a statistic outlives the values that it was made from.
"""

import io
import logging
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise

from hypervisor.clock import Clock
from hypervisor.domain.indicator import Measure
from hypervisor.domain.layer import Layer
from hypervisor.lake.client import Client, Gone
from hypervisor.lake.nights import share_of
from hypervisor.lake.places import Place
from hypervisor.lake.questions import Measuring, Question, Reach
from hypervisor.queries.observations import local_shifts, start_of
from hypervisor.store import assets_index, indicator_days, properties
from hypervisor.store.engine import Engine
from hypervisor.store.indicator_days import Ready, Row

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)
MOST_DAYS, MOST_ROWS = 31, 6_000_000
"""Days, and values in their files, of one question: what 512 MB of memory and 20 s carry with margin on the demonstration's 40,000 assets."""
BEFORE = 2
"""Days (UTC) read before the first one asked: a session or a level that began the day before is then known."""


class Indicators:
    """See the module. engine: a connection of its own."""

    def __init__(self, engine: Engine, client: Client, place: Place, clock: Clock, layers: Mapping[str, Layer]) -> None:
        self._engine = engine
        self._client = client
        self._place = place
        self._clock = clock
        self._layers = layers

    def run(self, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Computes what is due, newest days first; gives how many (measure, day) were. Raises Unavailable, InvalidRequest."""
        with self._engine.reading() as cursor:
            tenants = list(assets_index.tenants(cursor))
        return sum(self._tenant(tenant, goes_on) for tenant in tenants)

    def close(self) -> None:
        """Ends the lake's process and the connection."""
        self._client.close()
        self._engine.close()

    def _tenant(self, tenant: int, goes_on: Callable[[], bool]) -> int:
        with self._engine.reading() as cursor:
            files = {ready.day: ready for ready in indicator_days.ready(cursor, tenant)}
            runs = indicator_days.runs(cursor, tenant)
            numbers = properties.numbers(cursor.connection)
            place = indicator_days.centre(cursor, tenant)
        done = 0
        due: dict[tuple[str, str], dict[date, str]] = {}
        for layer in self._layers.values():
            for measure in layer.measures:
                days = self._due(layer, measure, files, runs)
                if days:
                    due[layer.key, measure.key] = days
        # Month by month and not measure by measure: the page's first year is whole before the second begins.
        window = _Window(self._engine, tenant, files, numbers, place)
        while due and goes_on():
            newest = max(max(days) for days in due.values())
            for (layer_key, key), days in list(due.items()):
                batch = _batch(days, files, newest)
                if not batch or not goes_on():
                    continue
                layer = self._layers[layer_key]
                measure = next(measure for measure in layer.measures if measure.key == key)
                rows = self._compute(tenant, layer, measure, batch, window)
                if rows is not None:
                    with self._engine.transaction() as cursor:
                        indicator_days.save(cursor, tenant, key, {day: days[day] for day in batch}, rows, self._clock.now())
                    done += len(batch)
                for day in batch:
                    del days[day]
                if not days:
                    del due[layer_key, key]
        if done:
            logger.info("indicators: %d daily sums computed", done)
        return done

    def _due(self, layer: Layer, measure: Measure, files: dict[date, Ready], runs: dict[tuple[str, date], str]) -> dict[date, str]:
        """day of the territory's calendar → what it would be computed from, for those that must be."""
        due: dict[date, str] = {}
        # Past its own retention a layer's values leave the files: what was computed before stays.
        oldest = self._clock.now().date() - timedelta(days=layer.retention_days) if layer.retention_days else date.min
        for day in files:
            covering = [files.get(day - DAY), files[day]]
            # The eldest day of the lake has no day before it: its first hours would be missing.
            if covering[0] is None or day <= oldest:
                continue
            inputs = f"{measure.version}:{':'.join(found.hours_file.rpartition('-')[2][:12] for found in covering if found)}"
            known = runs.get((measure.key, day))
            is_hot = any(found.is_hot for found in covering if found)
            if known is None or (known != inputs and (is_hot or not known.startswith(f"{measure.version}:"))):
                due[day] = inputs
        return due

    def _compute(self, tenant: int, layer: Layer, measure: Measure, batch: list[date], window: "_Window") -> list[Row] | None:
        """The sums of these days, which follow each other; None when a day was closed again meanwhile: the next turn computes it."""
        first, last = batch[0], batch[-1]
        ready = [window.files[day] for day in sorted(window.files) if first - BEFORE * DAY <= day <= last]
        since, until = start_of("day", (first - EPOCH).days), start_of("day", (last - EPOCH).days + 1)
        shifts = local_shifts(since - 3 * DAY, until + DAY)
        asset, expected = window.assets(layer, measure)
        calendar, night = window.calendar(first, last)
        keys = {key: window.numbers.get((layer.key, key), -1) for key in measure.properties}
        measuring = Measuring(
            text=measure.sql.format(**keys),
            first=(first - EPOCH).days,
            last=(last - EPOCH).days,
            hours_files=[self._place.full(found.hours_file) for found in ready],
            tables={"asset": asset, "calendar": calendar, "night": night},
            watched=[keys[key] for key in measure.watched],
            heard_by=measure.heard_by,
            reads=list(measure.reads),
        )
        question = Question(
            kind="measure",
            files=[self._place.full(found.file) for found in ready],
            reach=Reach(tenant=tenant, property_ids=list(keys.values())),
            since_ms=int((since - BEFORE * DAY).timestamp() * 1000),
            until_ms=int(until.timestamp() * 1000),
            shifts=shifts,
            measuring=measuring,
        )
        try:
            found = self._client.ask(question).to_pylist()
        except Gone:
            return None
        return _whole(found, expected if measure.watched else {}, measure.heard_by, batch)


class _Window:
    """What every measure of a tenant is given: read once, encoded once."""

    def __init__(self, engine: Engine, tenant: int, files: dict[date, Ready], numbers: dict[tuple[str, str], int], place: tuple[float, float]) -> None:
        self._engine, self._tenant, self._place = engine, tenant, place
        self.files, self.numbers = files, numbers
        self._assets: dict[tuple[str, str], tuple[bytes, dict[int, int]]] = {}
        self._calendars: dict[tuple[date, date], tuple[bytes, bytes]] = {}

    def assets(self, layer: Layer, measure: Measure) -> tuple[bytes, dict[int, int]]:
        """The relation `asset` as an Arrow stream, and how many there are in each commune."""
        kept = self._assets.get((layer.key, measure.key))
        if kept is None:
            import pyarrow as pa

            with self._engine.reading() as cursor:
                columns = indicator_days.assets(cursor, self._tenant, layer.key, measure.kinds, measure.attributes, measure.only)
            kinds = {"asset_id": pa.int32(), "commune_id": pa.int32()}
            table = pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()})
            counts: dict[int, int] = {}
            for commune in table["commune_id"].to_pylist():
                counts[commune] = counts.get(commune, 0) + 1
            kept = self._assets[layer.key, measure.key] = _stream(table), counts
        return kept

    def calendar(self, first: date, last: date) -> tuple[bytes, bytes]:
        """The relations `calendar` and `night` of these days, as Arrow streams."""
        kept = self._calendars.get((first, last))
        if kept is None:
            import pyarrow as pa

            days = [(first - EPOCH).days + number for number in range((last - first).days + 1)]
            starts = [int(start_of("day", day).timestamp()) // 3600 for day in [*days, days[-1] + 1]]
            lengths = [after - before for before, after in pairwise(starts)]
            hours = range(starts[0], starts[-1])
            calendar = pa.table({"day": pa.array(days, pa.int32()), "first_hour": pa.array(starts[:-1], pa.int32()), "hours": pa.array(lengths, pa.int32())})
            night = pa.table({"hour": pa.array(hours, pa.int32()), "share": pa.array([share_of(hour, *self._place) for hour in hours], pa.float64())})
            kept = self._calendars[first, last] = _stream(calendar), _stream(night)
        return kept


def _batch(days: Mapping[date, str], files: Mapping[date, Ready], newest: date) -> list[date]:
    """The days due that follow each other up to `newest`, no more than one question carries, oldest first."""
    batch: list[date] = []
    rows = 0
    day = newest
    while day in days and len(batch) < MOST_DAYS and (not batch or rows + files[day].rows <= MOST_ROWS):
        batch.insert(0, day)
        rows += files[day].rows
        day -= DAY
    return batch


def _whole(found: list[dict[str, float]], counts: Mapping[int, int], heard_by: str, batch: list[date]) -> list[Row]:
    """Rows of every commune that has such assets, those of which nothing was heard included."""
    by_place = {(int(row["day"]), int(row["commune_id"])): row for row in found}
    rows: list[Row] = []
    for day in batch:
        number = (day - EPOCH).days
        hours = (start_of("day", number + 1) - start_of("day", number)).total_seconds() / 3600 if heard_by != "day" else 1.0
        communes = set(counts) | {commune for at, commune in by_place if at == number}
        for commune in sorted(communes):
            row = by_place.get((number, commune), {})
            rows.append(
                Row(
                    day=day,
                    commune_id=commune,
                    num=row.get("num") or 0.0,
                    den=row.get("den") or 0.0,
                    cases=int(row.get("cases") or 0),
                    heard=row.get("heard") or 0.0,
                    expected=counts.get(commune, 0) * hours,
                )
            )
    return rows


def _stream(table) -> bytes:  # type: ignore[no-untyped-def]
    import pyarrow as pa

    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()
