"""A day that is over becomes two Parquet files. Idempotent, decided by the clock, and done again when a value comes late."""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import date, timedelta

from hypervisor.clock import Clock
from hypervisor.errors import Unavailable
from hypervisor.lake import files
from hypervisor.lake.places import Place, folder_of
from hypervisor.store import days, properties
from hypervisor.store.engine import Engine

logger = logging.getLogger(__name__)

AFTER = timedelta(hours=2)
"""How long after midnight (UTC) a day closes. Chosen by us: gateways that lost their network send an hour's values at once when it is back."""


class Closer:
    """See the module. engine: a connection of its own, since a closing takes long. short: layer key → days after which its values go (Layer.retention_days)."""

    def __init__(self, engine: Engine, place: Place, clock: Clock, kept: timedelta, kept_in_lake: timedelta, short: Mapping[str, int]) -> None:
        self._engine = engine
        self._place = place
        self._clock = clock
        self._kept, self._kept_in_lake = kept, kept_in_lake
        self._short = dict(short)
        self._rewritten: dict[tuple[int, date], list[int]] = {}

    def run(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Closes every day that is due, then forgets what is past its time. goes_on is asked between two days."""
        for step in (self.close_due, self.forget_short, self.drop, self.forget):
            step(goes_on)

    def close_due(self, goes_on: Callable[[], bool] = lambda: True) -> list[date]:
        """Closes, or closes again, the days that are over; gives those done."""
        today = (self._clock.now() - AFTER).date()
        done = []
        with self._engine.reading() as cursor:
            known = {(row.tenant, row.day): row for row in days.known(cursor)}
            due = [
                (tenant, day)
                for day in days.partitions(cursor)
                if day < today
                for tenant in days.tenants_of(cursor, day)
                if (tenant, day) not in known or not known[tenant, day].is_whole
            ]
        for tenant, day in due:
            if not goes_on():
                break
            self.close(tenant, day)
            done.append(day)
        return done

    def close(self, tenant: int, day: date) -> days.Filed:
        """Closes one day of one tenant. Raises Unavailable when PostgreSQL or the lake is away: the day stays as it was, and is closed at the next turn."""
        with self._engine.transaction() as cursor:
            days.begin(cursor, tenant, day)
        with self._engine.transaction() as cursor:
            days.index(cursor, day)
        with self._engine.transaction() as cursor:
            days.one_view(cursor)
            days.roll_up(cursor, tenant, day)
            expected = days.count(cursor, tenant, day)
            # A reading that is given up holds the connection until it is closed: the transaction could not be taken back.
            with closing(days.raw(cursor, tenant, day)) as raw, closing(days.hours(cursor, tenant, day)) as hours:
                filed = self._write(tenant, day, raw, hours)
            if filed.rows != expected or self._place.digest(filed.file) != filed.digest:
                raise Unavailable(f"the lake did not keep what was written of {day}: {filed.rows} values of {expected}; the day stays in PostgreSQL")
        with self._engine.transaction() as cursor:
            days.finish(cursor, tenant, day, filed, self._clock.now())
            days.analyse(cursor, day)
        self._place.sweep(folder_of(tenant, day), {filed.file, filed.hours_file})
        logger.info("history of %s closed: %d values, %d bytes", day, filed.rows, filed.bytes)
        return filed

    def drop(self, goes_on: Callable[[], bool] = lambda: True) -> list[date]:
        """Takes the days past their retention out of PostgreSQL, once the lake holds them whole; gives those dropped."""
        # The worker accepts values of the last day kept: that day goes one day later.
        limit = (self._clock.now() - self._kept).date() - timedelta(days=1)
        dropped = []
        with self._engine.reading() as cursor:
            past = [day for day in days.partitions(cursor) if day < limit]
        for day in past:
            if not goes_on():
                break
            with self._engine.transaction() as cursor:
                # The lock of the index keeps late values out until the day is gone; the worker refuses them by age anyway.
                days.index(cursor, day)
                whole = {row.tenant: row.filed.rows for row in days.known(cursor) if row.day == day and row.is_whole}
                if any(whole.get(tenant) != days.count(cursor, tenant, day) for tenant in days.tenants_of(cursor, day)):
                    logger.warning("history of %s is past its retention and stays in PostgreSQL: the lake does not hold it whole", day)
                    continue
                days.drop(cursor, day)
            logger.info("history of %s is in the lake alone", day)
            dropped.append(day)
        return dropped

    def forget_short(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Deletes the values of layers that declare a shorter retention, from PostgreSQL and from the lake."""
        if not self._short:
            return
        with self._engine.reading() as cursor:
            numbers = {key: [number for (layer, _prop), number in properties.numbers(cursor.connection).items() if layer == key] for key in self._short}
            known = days.known(cursor)
        for row in known:
            gone = sorted(number for key, ids in numbers.items() if row.day < self._before(timedelta(days=self._short[key])) for number in ids)
            if not gone or not goes_on():
                continue
            if row.is_hot:
                with self._engine.transaction() as cursor:
                    deleted = days.forget_properties(cursor, row.tenant, row.day, gone)
                if deleted:
                    self.close(row.tenant, row.day)
            elif self._rewritten.get((row.tenant, row.day)) != gone:
                self._rewrite(row, gone)
                self._rewritten[row.tenant, row.day] = gone

    def forget(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Takes the days past the lake's own retention out of it."""
        with self._engine.reading() as cursor:
            past = [row for row in days.known(cursor) if not row.is_hot and row.day < self._before(self._kept_in_lake)]
        for row in past:
            if not goes_on():
                break
            with self._engine.transaction() as cursor:
                days.forget(cursor, row.tenant, row.day)
            self._place.sweep(folder_of(row.tenant, row.day), set())
            logger.info("history of %s deleted: past %d days", row.day, self._kept_in_lake.days)

    def _before(self, kept: timedelta) -> date:
        return (self._clock.now() - kept).date() - timedelta(days=1)

    def _write(self, tenant: int, day: date, raw: Iterable[days.Columns], hours: Iterable[days.Columns]) -> days.Filed:
        try:
            return files.write(self._place, tenant, day, raw, hours)
        except OSError as error:
            raise Unavailable(f"the lake cannot be written ({error}): {day} stays in PostgreSQL alone; free space or repair HYPERVISOR_LAKE_URL") from error

    def _rewrite(self, row: days.Day, gone: list[int]) -> None:
        """Writes a day of the lake again without these properties; nothing is done where none is there."""
        raw, was = files.without(self._place, row.filed.file, gone)
        hours, _was = files.without(self._place, row.filed.hours_file, gone)
        if was == 0:
            return
        filed = self._write(row.tenant, row.day, raw, hours)
        with self._engine.transaction() as cursor:
            days.finish(cursor, row.tenant, row.day, filed, self._clock.now())
        self._place.sweep(folder_of(row.tenant, row.day), {filed.file, filed.hours_file})
