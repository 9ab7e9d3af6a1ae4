"""A few days of history of a few bins, a closer, and History over it."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg

from hypervisor.clock import FixedClock
from hypervisor.lake.closing import Closer
from hypervisor.lake.history import History
from hypervisor.lake.places import Place
from hypervisor.store import Database, days, history
from hypervisor.store.engine import Engine
from tests.services import plain

TENANT = 1
FIRST = date(2026, 3, 27)
"""A Friday; the clocks of Paris change in the night to Sunday 29 March 2026."""
STEP = timedelta(minutes=30)


def at(day: date, hour: float = 0) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)


def value(asset: int, when: datetime) -> float:
    """Different for each asset and hour, so that a mean of the wrong ones shows."""
    return asset * 1000 + when.day * 10 + when.hour / 4


def add(urls, rows, tenant: int = TENANT) -> None:
    """rows: (asset, property, when, value), through the worker's own COPY."""
    with psycopg.connect(plain(urls.worker), autocommit=True) as connection:
        for day in {when.date() for _asset, _prop, when, _value in rows}:
            with connection.transaction(), connection.cursor() as cursor:
                history.make_day(cursor, day)
        with connection.transaction(), connection.cursor() as cursor:
            history.copy(cursor, tenant, measured([(asset, prop, number, int(when.timestamp() * 1000)) for asset, prop, when, number in rows]))


def measured(rows) -> np.ndarray:
    """rows: (asset, property, value, epoch ms), received a second and a half later."""
    return np.array([(*row, row[3] + 1500) for row in rows], history.MEASURED)


def fill(urls, first: date = FIRST, count: int = 4, assets=(1, 2, 3), tenant: int = TENANT, prop: int = 1) -> None:
    """Two values an hour of each asset over some days."""
    instants = [at(first) + STEP * step for step in range(count * 48)]
    add(urls, [(asset, prop, when, value(asset, when)) for when in instants for asset in assets], tenant)


def closer(urls, folder: Path | str, clock, kept=timedelta(days=30), kept_in_lake=timedelta(days=365), short=None) -> Closer:
    return Closer(Engine(urls.worker, "test-closing"), Place(str(folder)), clock, kept, kept_in_lake, short or {})


@contextmanager
def reading(urls, folder: Path | str, timeout_s: float = 60, memory_mb: int = 256):
    database = Database(urls.app, pool_size=2)
    found = History(database, str(folder), memory_mb, timeout_s)
    try:
        yield found
    finally:
        found.close()
        database.close()


def known(urls) -> list[days.Day]:
    with Engine(urls.worker, "test").reading() as cursor:
        return days.known(cursor)


def clock_at(day: date, hour: float = 12) -> FixedClock:
    return FixedClock(at(day, hour))
