"""Periods of the officials' dashboards, as their address writes them: a year (2026), a quarter (2026-T1), a month (2026-02), or the last days (7j, 30j, 12m)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import N_, _

WRITTEN = re.compile(r"(?P<year>\d{4})(?:-T(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?|(?P<last>7j|30j|12m)")
LAST = {"7j": N_("7 derniers jours"), "30j": N_("30 derniers jours"), "12m": N_("12 derniers mois")}
MONTHS = (N_("janvier"), N_("février"), N_("mars"), N_("avril"), N_("mai"), N_("juin"), N_("juillet"), N_("août"), N_("septembre"), N_("octobre"), N_("novembre"), N_("décembre"))  # fmt: skip
YEARS = (1990, 2200)


@dataclass(frozen=True, kw_only=True)
class Period:
    """Days in [since, until) of the territory's calendar. written: as the address has it. whole_until: where it ends once it is over."""

    written: str
    since: date
    until: date
    whole_until: date

    @property
    def is_over(self) -> bool:
        """Whether all its days are known."""
        return self.until == self.whole_until

    @property
    def label(self) -> str:
        """« février 2026 », « 1er trimestre 2026 », and until which day when it is not over."""
        found = WRITTEN.fullmatch(self.written)
        assert found is not None, "a period is made by `period`"
        if found["last"]:
            words = LAST[found["last"]]
            return _(words)
        if found["month"]:
            name = f"{_(MONTHS[self.since.month - 1])} {self.since.year}"
        elif found["quarter"]:
            name = _("{rang} trimestre {annee}", rang=_("1er") if found["quarter"] == "1" else _("{n}e", n=found["quarter"]), annee=self.since.year)
        else:
            name = str(self.since.year)
        return name if self.is_over else _("{periode}, jusqu’au {jour}", periode=name, jour=(self.until - timedelta(days=1)).strftime("%d/%m"))

    def a_year_before(self) -> "Period":
        """The same days one year earlier: as far into the period as this one is, 29 February counted with the 28th."""
        since = _year_back(self.since)
        until = _year_back(self.until) if self.is_over else since + (self.until - self.since)
        return Period(written=self.written, since=since, until=until, whole_until=until)


def period(written: str, last_day: date) -> Period:
    """The period that an address names, ended at the last day known. Raises InvalidRequest for one that is not written so."""
    found = WRITTEN.fullmatch(written)
    if found is None or (found["year"] and not YEARS[0] <= int(found["year"]) <= YEARS[1]):
        raise InvalidRequest(_("La période « {periode} » ne se lit pas : écrivez 2026, 2026-T1, 2026-02, 7j, 30j ou 12m.", periode=written[:20]))
    after = last_day + timedelta(days=1)
    if found["last"]:
        since = {"7j": after - timedelta(days=7), "30j": after - timedelta(days=30), "12m": _year_back(after)}[found["last"]]
        return Period(written=written, since=since, until=after, whole_until=after)
    year = int(found["year"])
    first, count = (int(found["month"]), 1) if found["month"] else ((int(found["quarter"]) - 1) * 3 + 1, 3) if found["quarter"] else (1, 12)
    since, whole = date(year, first, 1), month_after(date(year, first, 1), count)
    return Period(written=written, since=since, until=max(since, min(whole, after)), whole_until=whole)


def beside(of: Period, steps: int) -> str:
    """How the period so many steps later (or, negative, earlier) is written; the last days have none beside them."""
    found = WRITTEN.fullmatch(of.written)
    assert found is not None, "a period is made by `period`"
    if found["last"]:
        return of.written
    if found["month"]:
        return month_after(of.since, steps).strftime("%Y-%m")
    if found["quarter"]:
        moved = month_after(of.since, 3 * steps)
        return f"{moved.year}-T{(moved.month - 1) // 3 + 1}"
    return str(of.since.year + steps)


def last_month(last_day: date) -> str:
    """How the last month that is over is written: what the page shows first."""
    first = last_day.replace(day=1) if (last_day + timedelta(days=1)).day != 1 else month_after(last_day.replace(day=1), 1)
    return month_after(first, -1).strftime("%Y-%m")


def month_after(first: date, count: int) -> date:
    """The first day of the month so many months later."""
    number = first.year * 12 + first.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def _year_back(day: date) -> date:
    # From 29 February a year has no such day: 1 March ends the same period.
    return day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else date(day.year - 1, 3, 1)
