"""Daily sums of measures as the jobs write them (role vigie_worker: every statement names its tenant)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hypervisor.store.engine import Cursor


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A day (UTC) that the lake holds whole."""

    day: date
    is_hot: bool
    rows: int
    file: str
    hours_file: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of indicator_day."""

    day: date
    commune_id: int
    num: float
    den: float
    cases: int
    heard: float
    expected: float


def ready(cursor: Cursor, tenant: int) -> list[Ready]:
    """Days closed and whole, oldest first."""
    found = cursor.execute(
        "SELECT day, is_hot, rows, file, hours_file FROM history_day WHERE tenant = %s AND state = 'closed' AND late = 0 AND file <> '' ORDER BY day", (tenant,)
    ).fetchall()
    return [Ready(day=day, is_hot=is_hot, rows=rows, file=file, hours_file=hours) for day, is_hot, rows, file, hours in found]


def runs(cursor: Cursor, tenant: int) -> dict[tuple[str, date], str]:
    """(measure, day) → what it was computed from."""
    return {(measure, day): inputs for measure, day, inputs in cursor.execute("SELECT measure, day, inputs FROM indicator_run WHERE tenant = %s", (tenant,))}


def assets(cursor: Cursor, tenant: int, layer: str, kinds: Sequence[str], attributes: Sequence[str], only: Sequence[str] = ()) -> dict[str, list[object]]:
    """Columns asset_id, commune_id, kind and each attribute as text, by id. only: an attribute, then the words of which it holds one."""
    chosen = " AND attributes ->> %s = ANY(%s)" if only else ""
    columns = "".join(", attributes ->> %s" for _name in attributes)
    rows = cursor.execute(
        f"SELECT id, commune_id, kind{columns} FROM asset WHERE tenant = %s AND layer = %s AND kind = ANY(%s){chosen} ORDER BY id",  # noqa: S608 - placeholders alone
        [*attributes, tenant, layer, list(kinds), *((only[0], list(only[1:])) if only else ())],
    ).fetchall()
    names = ("asset_id", "commune_id", "kind", *attributes)
    return {name: [row[number] for row in rows] for number, name in enumerate(names)}


def centre(cursor: Cursor, tenant: int) -> tuple[float, float]:
    """Longitude and latitude of the middle of the territory, from which its nights are computed."""
    row = cursor.execute("SELECT (view ->> 'lon')::float8, (view ->> 'lat')::float8 FROM tenant WHERE id = %s", (tenant,)).fetchone()
    # France's centre when the territory has not been described: an error of some minutes at most at mid-latitudes of the country.
    return (row[0], row[1]) if row and row[0] is not None and row[1] is not None else (2.5, 46.6)


def save(cursor: Cursor, tenant: int, measure: str, inputs: dict[date, str], rows: Iterable[Row], now: datetime) -> None:
    """Puts the sums of these days in place of those that were there."""
    computed = list(inputs)
    cursor.execute("DELETE FROM indicator_day WHERE tenant = %s AND measure = %s AND day = ANY(%s)", (tenant, measure, computed))
    with cursor.copy("COPY indicator_day (tenant, measure, day, commune_id, num, den, cases, heard, expected) FROM STDIN") as wire:
        for row in rows:
            wire.write_row((tenant, measure, row.day, row.commune_id, row.num, row.den, row.cases, row.heard, row.expected))
    cursor.executemany(
        "INSERT INTO indicator_run (tenant, measure, day, inputs, computed_at) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (tenant, measure, day) DO UPDATE SET inputs = excluded.inputs, computed_at = excluded.computed_at",
        [(tenant, measure, day, inputs[day], now) for day in computed],
    )
