"""Dashboards sent by schedule: which periods are due (each month, quarter or year, or on the eve of a council), and how a recipient is written."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Rhythm = Literal["month", "quarter", "year", "council"]
FRIDAY = 4
MONTHS: dict[Rhythm, int] = {"month": 1, "quarter": 3, "year": 12}
PATIENCE = timedelta(days=5)
"""How long a document waits for the days of its period to be computed; past it, it is prepared with what there is, and says so. Chosen by us."""
RECIPIENT = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]+)>|(?P<bare>\S+)")


@dataclass(frozen=True, kw_only=True)
class Due:
    """A period of a plan: [since, until), and how addresses write it."""

    written: str
    since: date
    until: date


def begin(rhythm: Rhythm, day: date) -> date:
    """The first day of the month, quarter or year that holds the day."""
    months = MONTHS[rhythm]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def last_over(rhythm: Rhythm, today: date) -> date:
    """The first day of the last period that is over: what a new plan prepares first."""
    return begin(rhythm, begin(rhythm, today) - timedelta(days=1))


def due(rhythm: Rhythm, first_day: date, today: date) -> Iterator[Due]:
    """Periods that are over, from the one that begins on first_day, oldest first."""
    since = begin(rhythm, first_day)
    while (until := _after(since, MONTHS[rhythm])) <= today:
        yield Due(written=_written(rhythm, since), since=since, until=until)
        since = until


def eve(council: date, holidays: Collection[date] = ()) -> date:
    """The last working day before a council: somebody must be there to validate what leaves."""
    day = council - timedelta(days=1)
    while day.weekday() > FRIDAY or day in holidays:
        day -= timedelta(days=1)
    return day


def due_for(councils: Collection[date], today: date, holidays: Collection[date] = ()) -> Iterator[Due]:
    """The last month that is over, once for each council whose eve has come and which is not past, nearest first."""
    for council in sorted(councils):
        opening = eve(council, holidays)
        if opening <= today <= council:
            since = last_over("month", opening)
            yield Due(written=_written("month", since), since=since, until=_after(since, 1))


def is_ready(period: Due, computed: int, today: date) -> bool:
    """Whether its document can be prepared: all its days are computed, or they have been waited for long enough and some are. computed: days of the period that are."""
    return computed >= (period.until - period.since).days or (computed > 0 and today >= period.until + PATIENCE)


def recipient(line: str) -> tuple[str, str] | None:
    """(name, address) of « Mme Lefèvre <lefevre@ville.example> » or of an address alone; None when it is neither."""
    found = RECIPIENT.fullmatch(line.strip())
    if found is None:
        return None
    return (found["name"].strip(), found["email"].strip()) if found["email"] else ("", found["bare"])


def _after(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _written(rhythm: Rhythm, since: date) -> str:
    return {"month": f"{since:%Y-%m}", "quarter": f"{since.year}-T{(since.month - 1) // 3 + 1}", "year": f"{since.year}"}[rhythm]
