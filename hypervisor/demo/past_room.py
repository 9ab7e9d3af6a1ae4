"""The invented past of a demonstration's room: postures, an exercise, leaks repaired, citizens' reports, and what services would declare of money and tonnes. Deterministic."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

PARIS = ZoneInfo("Europe/Paris")
SOURCE = "Démonstration : montants inventés"
EVERY_DAYS, FIRST_BACK = 23, 9
"""A vigilance each so many days, the last one so many days ago, so that each month has one."""
BUDGET_EUR = {"lighting": 11.0, "parking": 8.0, "water": 95.0, "waste": 105.0, "security": 14.0}
"""Euros for each inhabitant and year: orders of magnitude, chosen by us."""
PLATFORM_EUR = 0.4
KG, RECOVERED = 530.0, 0.43
"""Kilograms for each inhabitant and year, and share recovered: orders of magnitude, chosen by us."""
LEAKS_A_DAY, REPORTS_A_DAY = 0.4, 1.2
LEAK_CAUSES = ("Fuite sur branchement", "Fuite sur joint", "Fuite, conduite corrodée")

Declared = tuple[str, date, date, float, str, str]


class Place(NamedTuple):
    """An asset on which something happened."""

    asset: int
    commune: int


class Leak(NamedTuple):
    """A leak of the past, repaired."""

    place: Place
    number: str
    cause: str
    opened: datetime
    resolved: datetime


class Report(NamedTuple):
    """A citizen's report of the past, closed."""

    place: Place
    raised: datetime
    replied: datetime
    ended: datetime


def declarations(population: int, first: date, today: date, ahead: int) -> Iterator[Declared]:
    """Budgets by year, expenses, cost of the platform and tonnes by month, from the month of `first` to `ahead` months after this one."""
    last = (today.replace(day=1) + timedelta(days=31 * (ahead + 1))).replace(day=1)
    for year in range(first.year, last.year + 1):
        for layer, each in BUDGET_EUR.items():
            yield f"{layer}_budget", date(year, 1, 1), date(year + 1, 1, 1), float(round(each * population, -3)), "€", SOURCE
    month = first.replace(day=1)
    while month < last:
        after = (month + timedelta(days=32)).replace(day=1)
        part = (after - month).days / 365
        chosen = np.random.default_rng(month.toordinal())
        for layer, each in BUDGET_EUR.items():
            yield f"{layer}_spent", month, after, float(round(each * population * part * chosen.uniform(0.9, 1.05))), "€", SOURCE
        yield "platform_cost", month, after, float(round(PLATFORM_EUR * population * part)), "€", SOURCE
        tonnes = KG / 1000 * population * part * chosen.uniform(0.95, 1.05)
        yield "waste_collected", month, after, float(round(tonnes)), "t", SOURCE
        yield "waste_recovered", month, after, float(round(tonnes * RECOVERED * chosen.uniform(0.97, 1.05))), "t", SOURCE
        month = after


def postures(first: date, last: date) -> Iterator[tuple[int, datetime]]:
    """(level, from when), oldest first: vigilances, of which one in four rises to alert, and one in sixteen to crisis. The last one is over."""
    backs = range(FIRST_BACK, (last - first).days, EVERY_DAYS)
    for rank in reversed(range(len(backs))):
        begin = _at(last - timedelta(days=backs[rank]), 14)
        hours = 20 + rank * 7 % 24
        yield 1, begin
        if rank % 4 == 1:
            yield 2, begin + timedelta(hours=5)
        if rank % 16 == 5:
            yield 3, begin + timedelta(hours=8)
            yield 2, begin + timedelta(hours=13)
        if rank % 4 == 1:
            yield 1, begin + timedelta(hours=16)
        yield 0, begin + timedelta(hours=hours)


def exercise(last: date) -> tuple[datetime, datetime]:
    """When the one exercise began and ended."""
    begin = _at(last - timedelta(days=200), 9)
    return begin, begin + timedelta(hours=4)


def leaks(mains: Sequence[Place], first: date, last: date) -> Iterator[Leak]:
    """Leaks opened in [first, last), each with a number of its own, faster repaired as years go."""
    for day in _days(first, last, bool(mains)):
        chosen = np.random.default_rng(day.toordinal() + 1)
        for rank in range(int(chosen.poisson(LEAKS_A_DAY))):
            opened = _at(day, 0) + timedelta(hours=float(chosen.uniform(5, 22)))
            median_h = 18 - 6 * (day - first).days / max(1, (last - first).days)
            resolved = opened + timedelta(hours=float(chosen.lognormal(np.log(median_h), 0.5)))
            place = mains[int(chosen.integers(len(mains)))]
            yield Leak(place, f"DEMO-{day:%Y%m%d}-{rank}", LEAK_CAUSES[int(chosen.integers(len(LEAK_CAUSES)))], opened, resolved)


def reports(luminaires: Sequence[Place], first: date, last: date) -> Iterator[Report]:
    """Reports of dark lights raised in [first, last)."""
    for day in _days(first, last, bool(luminaires)):
        chosen = np.random.default_rng(day.toordinal() + 2)
        for _rank in range(int(chosen.poisson(REPORTS_A_DAY))):
            raised = _at(day, 0) + timedelta(hours=float(chosen.uniform(7, 23)))
            replied = raised + timedelta(minutes=float(chosen.lognormal(np.log(45), 0.8)))
            yield Report(
                luminaires[int(chosen.integers(len(luminaires)))], raised, replied, replied + timedelta(hours=float(chosen.lognormal(np.log(30), 0.6)))
            )


def _days(first: date, last: date, are_there_any: bool) -> Iterator[date]:
    yield from (first + timedelta(days=number) for number in range((last - first).days if are_there_any else 0))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), PARIS).astimezone(UTC)
