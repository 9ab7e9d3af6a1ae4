"""The figures of a page, the twelve months of one of them, and the same commune by commune."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypervisor.domain.indicator import Delays, Indicator, Parts, Tally
from hypervisor.i18n import N_, _
from hypervisor.queries import periods
from hypervisor.queries.figure_parts import Scope, delays_of, measures_of, parts_of, sums_of, tally_of, terms_of
from hypervisor.queries.figures import Figure, figure, monthly, target_of
from hypervisor.queries.periods import Period
from hypervisor.store import indicators

MONTHS = 12
NONE_OF_KIND = N_("Aucun équipement de ce genre dans ce territoire.")


@dataclass(frozen=True, kw_only=True)
class Line:
    """The chart: twelve months, the same a year before, and the target of each month (None for none, or for a band)."""

    months: tuple[date, ...]
    current: tuple[float | None, ...]
    previous: tuple[float | None, ...]
    target: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One commune of the map and of its table."""

    id: int
    name: str
    figure: Figure


def figures_of(scope: Scope, shown: Sequence[tuple[str, Indicator]], period: Period, before: Period, last: date) -> tuple[Figure, ...]:
    """The figures of these indicators, each with its last twelve months."""
    first = min(before.since, periods.month_after(last.replace(day=1), -MONTHS + 1), period.since)
    months = _months(period, last)
    by_day = sums_of(scope, [one for _domain, one in shown], min(first, months[0]), max(period.until, last + timedelta(days=1)))
    now, then = parts_of(scope, by_day, period.since, period.until, shown), parts_of(scope, by_day, before.since, before.until, shown)
    each_month = [parts_of(scope, by_day, month, periods.month_after(month, 1), ()) for month in months]
    delays = {kind: delays_of(scope, kind, months[0], periods.month_after(months[-1], 1), "month") for kind in {one.delays for _domain, one in shown} - {""}}
    counted = {kind: [_of_month(scope, kind, month) for month in months] for kind in {one.tally for _domain, one in shown} - {""}}
    found = []
    for domain, one in shown:
        series = tuple(
            monthly(one, replace(part, delays={one.delays: delays[one.delays].get(f"{part.since:%Y-%m}", Delays())} if one.delays else {},
                                 tallies={one.tally: counted[one.tally][rank]} if one.tally else {}), last)
            for rank, part in enumerate(each_month)
        )  # fmt: skip
        found.append(figure(domain, one, now, then, period, series))
    return tuple(found)


def line_of(scope: Scope, chosen: Figure, period: Period, last: date) -> Line:
    """The chart of a figure, beside its year before and its targets."""
    months = _months(period, last)
    before = [date(month.year - 1, month.month, 1) for month in months]
    one = chosen.indicator
    by_day = sums_of(scope, [one], before[0], periods.month_after(months[-1], 1))
    delays = delays_of(scope, one.delays, before[0], periods.month_after(months[-1], 1), "month") if one.delays else {}

    def part(month: date) -> Parts:
        found = parts_of(scope, by_day, month, periods.month_after(month, 1), ())
        own = {one.delays: delays.get(f"{month:%Y-%m}", Delays())} if one.delays else {}
        return replace(found, delays=own, tallies={one.tally: _of_month(scope, one.tally, month)} if one.tally else {})

    now = [part(month) for month in months]
    then = [part(month) for month in before]
    targets = tuple(None if target is None or (target.low is not None and target.high is not None) else target.low if target.low is not None else target.high
                    for target in (target_of(one, month) for month in now))  # fmt: skip
    return Line(
        months=tuple(months),
        current=tuple(monthly(one, month, last) for month in now),
        previous=tuple(monthly(one, month, last) for month in then),
        target=targets,
    )


def places_of(scope: Scope, chosen: Figure, period: Period, before: Period, last: date, names: Mapping[int, str]) -> tuple[Place, ...]:
    """The chosen figure in each commune, by name."""
    one = chosen.indicator
    now, then = ({}, {}) if one.delays or one.tally else (
        indicators.sums(scope.uow, measures_of(scope, [one]), side.since, side.until, scope.communes, by_commune=True) for side in (period, before)
    )  # fmt: skip
    delays = [delays_of(scope, one.delays, side.since, side.until, "commune") if one.delays else {} for side in (period, before)]
    counted = [tally_of(scope, one.tally, side.since, side.until, "commune") if one.tally else {} for side in (period, before)]
    found = []
    for number, name in names.items():
        sides = [
            Parts(
                side.since,
                side.until,
                sums.get(number, {}),
                scope.factors,
                scope.declared,
                {one.delays: own.get(str(number), Delays())} if one.delays else {},
                False,
                scope.targets,
                {one.tally: tally.get(str(number), Tally())} if one.tally else {},
                terms_of(scope),
            )
            for side, sums, own, tally in ((period, now, delays[0], counted[0]), (before, then, delays[1], counted[1]))
        ]
        own = figure(chosen.domain, one, sides[0], sides[1], period)
        # A commune without sums where others have some has no such equipment: its days are not late.
        if one.measure and not now.get(number, {}).get(one.measure) and any(sums.get(one.measure) for sums in now.values()):
            own = replace(own, reason=_(NONE_OF_KIND))
        found.append(Place(id=number, name=name, figure=own))
    return tuple(found)


def _of_month(scope: Scope, kind: str, month: date) -> Tally:
    return tally_of(scope, kind, month, periods.month_after(month, 1)).get("", Tally())


def _months(period: Period, last: date) -> list[date]:
    """The twelve months that end with the period's, oldest first."""
    end = min(period.until - timedelta(days=1) if period.until > period.since else period.since, last).replace(day=1)
    return [periods.month_after(end, number - MONTHS + 1) for number in range(MONTHS)]
