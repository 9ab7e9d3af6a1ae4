"""The officials' dashboards: figures of a territory and a period, compared with a year before, month by month and commune by commune. Screen, CSV, ODS and PDF read this."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from hypervisor import fmt
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.indicator import ENOUGH, LEAST_CASES, YEAR_DAYS, Agreed, Declared, Delays, Factor, Indicator, Parts, Sums, Target
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, NotFound
from hypervisor.i18n import N_, _
from hypervisor.layers import service
from hypervisor.queries import periods
from hypervisor.queries.periods import Period
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, indicators

logger = logging.getLogger(__name__)

SERVICE = "service"
REMEMBERED_S = 60.0
MOST_REMEMBERED = 200
MONTHS = 12
STABLE = 0.01
"""Relative change under which a figure is called stable; so is one that prints as no change."""
BASE_LEAST = 0.5
"""Completeness of the year before under which nothing is compared with it. Chosen by us."""
MOST_HIGHLIGHTS = 3
OUTLINE_TOLERANCE_DEG = 0.0006
COMPARISONS = {"n-1": N_("Même période, un an avant"), "objectif": N_("Objectif")}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the address asks. territory: commune, 0 for all of the perimeter; domain: "" for the first page, else a layer's key or `service`; focus: indicator of chart and map."""

    territory: int = 0
    period: str = ""
    comparison: str = "n-1"
    domain: str = ""
    focus: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One indicator over one period. domain: its layer's key, or `service`.

    value None: it cannot be said, `reason` says why. previous: a year before, over as many days. completeness 0 to 1, None when nothing should have been heard.
    extra: the ninth decile of a delay. estimates: why it is an estimate, empty when it is not; is_rolling: an annual figure of water on less than a year. target: for this period. months: the last twelve, oldest first.
    """

    domain: str
    indicator: Indicator
    value: float | None
    previous: float | None
    completeness: float | None
    base_completeness: float | None
    extra: float | None
    target: Target | None
    estimates: tuple[str, ...]
    is_rolling: bool
    reason: str
    last: date | None
    months: tuple[float | None, ...] = ()
    factors: tuple[Factor, ...] = ()

    @property
    def is_estimate(self) -> bool:
        """Whether every place that shows it writes « estimation »."""
        return bool(self.estimates)

    @property
    def change(self) -> float | None:
        """Since a year before, in the figure's own unit (points for a share)."""
        if self.value is None or self.previous is None or (self.base_completeness is not None and self.base_completeness < BASE_LEAST):
            return None
        return self.value - self.previous

    @property
    def trend(self) -> Literal["up", "down", "flat", ""]:
        """Which way it goes; empty when nothing is known of a year before."""
        change = self.change
        if change is None or self.previous is None:
            return ""
        if fmt.plain(change, self.indicator.digits) in ("0", fmt.plain(0, self.indicator.digits)) or abs(change) < STABLE * abs(self.previous):
            return "flat"
        return "up" if change > 0 else "down"

    @property
    def is_better(self) -> bool | None:
        """Whether that way is the good one; None when neither is."""
        if self.indicator.direction == "none" or self.trend in ("", "flat"):
            return None
        return self.trend == self.indicator.direction


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


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A page. preparing: days of history still without their figures."""

    choice: Choice
    period: Period
    before: Period
    territory: str
    figures: tuple[Figure, ...]
    focus: Figure
    line: Line
    places: tuple[Place, ...]
    highlights: tuple[indicators.Highlight, ...]
    domains: tuple[str, ...]
    communes: tuple[tuple[int, str], ...]
    last: date | None
    first: date | None
    preparing: int
    at: datetime


@dataclass(frozen=True)
class _Scope:
    """Whose figures: tenant, layers and communes of the reader, then of the territory chosen."""

    h: Hypervisor
    uow: UnitOfWork
    layers: frozenset[str] | None
    communes: frozenset[int] | None
    factors: tuple[Factor, ...] = ()
    declared: tuple[Declared, ...] = ()
    targets: tuple[Agreed, ...] = ()


_remembered: dict[tuple[object, ...], tuple[float, Dashboard]] = {}
_one_at_a_time = threading.Lock()


def dashboard(h: Hypervisor, choice: Choice) -> Dashboard:
    """The page that an address asks, inside the reader's perimeter. Kept a minute. Raises Forbidden, InvalidRequest, NotFound, Unavailable."""
    who = require("indicator:read")
    if choice.domain and choice.domain != SERVICE:
        if choice.domain not in h.layers:
            raise NotFound(_("Le domaine « {domaine} » n’existe pas.", domaine=choice.domain[:40]))
        require("indicator:read", choice.domain)
    if choice.territory:
        require("indicator:read", commune=choice.territory)
    if choice.comparison not in COMPARISONS:
        raise InvalidRequest(_("On compare à « n-1 » ou à « objectif »."))
    key = (id(h), who.tenant, who.layers, who.communes, choice)
    with _one_at_a_time:
        kept = _remembered.get(key)
        if kept is None or time.monotonic() - kept[0] > REMEMBERED_S:
            if len(_remembered) >= MOST_REMEMBERED:
                _remembered.clear()
            kept = _remembered[key] = (time.monotonic(), compute(h, who, choice))
    return kept[1]


def forget() -> None:
    """Makes the next page be computed: after a highlight is written, and between tests."""
    _remembered.clear()


def compute(h: Hypervisor, who: Principal, choice: Choice) -> Dashboard:
    """The page, from the tables."""
    with h.database.unit_of_work(who.tenant) as uow:
        progress = indicators.progress(uow)
        outlines = [row for row in indicators.shapes(uow, OUTLINE_TOLERANCE_DEG) if row["id"] and (who.communes is None or row["id"] in who.communes)]
        names = {int(row["id"]): str(row["name"]) for row in outlines}
        if choice.territory and choice.territory not in names:
            raise NotFound(_("La commune {numero} n’existe pas.", numero=choice.territory))
        last = progress.last or h.clock.now().astimezone(fmt.ZONE).date() - timedelta(days=1)
        period = periods.period(choice.period or periods.last_month(last), last)
        before = period.a_year_before()
        communes = frozenset({choice.territory}) if choice.territory else who.communes
        declared, own = indicators.declared(uow), indicators.factors(uow, {})
        targets = tuple(indicators.targets(uow))
        scope = _Scope(h, uow, who.layers, communes, (*_default_factors(h), *own), tuple(declared), targets)
        shown = _shown(h, who, choice)
        if not shown:
            raise NotFound(_("Aucun indicateur n’est déclaré pour votre périmètre."))
        figures = _figures(scope, shown, period, before, last)
        chosen = next((figure for figure in figures if figure.indicator.key == choice.focus), figures[0])
        every = _shown(h, who, choice, all_of=True)
        line = _line(scope, chosen, period, last)
        places = _places(_Scope(h, uow, who.layers, who.communes, scope.factors, (), targets), chosen, period, before, last, names)
        layers = who.layers if not choice.domain else frozenset({choice.domain})
        said = indicators.highlights(uow, period.until, layers, MOST_HIGHLIGHTS)
    return Dashboard(
        choice=choice, period=period, before=before, territory=names.get(choice.territory, ""), figures=figures, focus=chosen, line=line, places=places,
        highlights=tuple(said), domains=tuple(dict.fromkeys(domain for domain, _one in every)), communes=tuple(names.items()), last=progress.last,
        first=progress.first, preparing=max(0, progress.known - 1 - progress.computed), at=h.clock.now(),
    )  # fmt: skip


def declarations(h: Hypervisor) -> dict[str, tuple[Indicator, ...]]:
    """domain → its indicators, in the order of pages."""
    return {key: layer.indicators for key, layer in h.layers.items() if layer.indicators} | {SERVICE: service.INDICATORS}


def _default_factors(h: Hypervisor) -> tuple[Factor, ...]:
    return (*(factor for layer in h.layers.values() for factor in layer.factors), *service.FACTORS)


def _shown(h: Hypervisor, who: Principal, choice: Choice, *, all_of: bool = False) -> list[tuple[str, Indicator]]:
    """(domain, indicator) of the page: all of a domain, or the first of each."""
    allowed = {domain: found for domain, found in declarations(h).items() if domain == SERVICE or who.may("indicator:read", domain)}
    if all_of:
        return [(domain, one) for domain, found in allowed.items() for one in found]
    if choice.domain:
        return [(choice.domain, one) for one in allowed.get(choice.domain, ())]
    return [(domain, found[0]) for domain, found in allowed.items()]


def _figures(scope: _Scope, shown: Sequence[tuple[str, Indicator]], period: Period, before: Period, last: date) -> tuple[Figure, ...]:
    first = min(before.since, periods.month_after(last.replace(day=1), -MONTHS + 1), period.since)
    months = _months(period, last)
    by_day = _sums(scope, [one for _domain, one in shown], min(first, months[0]), max(period.until, last + timedelta(days=1)))
    now, then = _parts(scope, by_day, period.since, period.until, shown), _parts(scope, by_day, before.since, before.until, shown)
    monthly = [_parts(scope, by_day, month, periods.month_after(month, 1), ()) for month in months]
    delays = {kind: _delays(scope, kind, months[0], periods.month_after(months[-1], 1), "month") for kind in {one.delays for _domain, one in shown} - {""}}
    found = []
    for domain, one in shown:
        series = tuple(
            _monthly(one, replace(part, delays={one.delays: delays[one.delays].get(f"{part.since:%Y-%m}", Delays())} if one.delays else {}))
            for part in monthly
        )  # fmt: skip
        found.append(_figure(domain, one, now, then, period, series))
    return tuple(found)


def _figure(domain: str, one: Indicator, now: Parts, then: Parts, period: Period, series: tuple[float | None, ...] = ()) -> Figure:
    value, reason = _value(one, now)
    previous, _reason = _value(one, then)
    completeness = _completeness(one, now)
    estimates = (
        [_("complétude {part}", part=fmt.quantity(int(100 * completeness + 1e-9), "%", 0))] if completeness is not None and completeness < ENOUGH else []
    )
    if one.code and now.days < YEAR_DAYS:
        estimates.append(_("{code} est annuel", code=one.code))
    if one.estimate:
        estimates.append(_(one.estimate))
    computed = [day for day in now.by_day.get(one.measure, {}) if now.since <= day < now.until]
    return Figure(
        domain=domain, indicator=one, value=value, previous=previous, completeness=completeness, base_completeness=_completeness(one, then),
        extra=one.beside(now) if one.beside and value is not None else None, target=_target(one, now), estimates=tuple(estimates) if value is not None else (), is_rolling=bool(one.code) and now.days < YEAR_DAYS, reason=reason,
        last=max(computed, default=None) if one.measure else period.until - timedelta(days=1), months=series,
        factors=tuple(factor for factor in now.factors if factor.key in one.factors),
    )  # fmt: skip


def _value(one: Indicator, parts: Parts) -> tuple[float | None, str]:
    """(value, "") or (None, why)."""
    if one.delays:
        found = parts.delays.get(one.delays, Delays())
        if found.count < max(one.least, LEAST_CASES):
            return None, _("Moins de {n} cas : pas de chiffre sur si peu.", n=max(one.least, LEAST_CASES))
        value = one.value(parts)
        return value, "" if value is not None else _("Aucun cas n’a de délai fixé.")
    sums = parts.sums(one.measure)
    if not sums.days:
        return None, _("Aucun jour de la période n’est encore calculé.")
    if not sums.heard:
        return None, _("Aucune mesure reçue sur la période.") if sums.expected else _("Aucun équipement de ce genre dans ce territoire.")
    if sums.cases < one.least and one.least > 1:
        return None, _("Moins de {n} cas : pas de chiffre sur si peu.", n=one.least)
    try:
        value = one.value(parts)
    except ArithmeticError:
        # One formula that fails must not take the page of the others.
        logger.exception("indicator %s failed", one.key)
        return None, _("Le calcul a échoué : signalez-le à l’administrateur.")
    if value is None and one.declared and not parts.is_whole:
        return None, _("Se calcule pour le territoire entier : ses volumes sont déclarés en bloc.")
    if value is None and one.declared:
        return None, _("Volumes non déclarés pour toute la période.")
    return value, "" if value is not None else _("Rien à diviser : aucun cas sur la période.")


def _completeness(one: Indicator, parts: Parts) -> float | None:
    if one.delays:
        found = parts.delays.get(one.delays, Delays())
        return found.count / found.asked if found.asked else None
    sums = parts.sums(one.measure)
    if not sums.expected:
        return None
    # Days of the period that nothing was computed for were not heard either.
    return min(1.0, sums.heard / sums.expected) * min(1.0, sums.days / parts.days if parts.days else 1.0)


def _target(one: Indicator, parts: Parts) -> Target | None:
    """For a period: what adds up is asked for in proportion of the year, and of the whole territory alone."""
    set_by_service = parts.agreed(one.key)
    if set_by_service is None and one.goal is not None:
        return one.goal(parts)
    target = set_by_service or one.target
    if target is None or not one.adds_up:
        return target
    if set_by_service is not None and not parts.is_whole:
        return None
    part = parts.days / YEAR_DAYS
    scaled = [None if side is None else side * part for side in (target.low, target.high)]
    return Target(low=scaled[0], high=scaled[1], source=target.source)


def _monthly(one: Indicator, parts: Parts) -> float | None:
    """A month's value for a chart; a sum over a part of the month would look like a fall, and is left out."""
    if one.adds_up and not one.delays and parts.sums(one.measure).days < ENOUGH * parts.days:
        return None
    return _value(one, parts)[0]


def _months(period: Period, last: date) -> list[date]:
    """The twelve months that end with the period's, oldest first."""
    end = min(period.until - timedelta(days=1) if period.until > period.since else period.since, last).replace(day=1)
    return [periods.month_after(end, number - MONTHS + 1) for number in range(MONTHS)]


def _sums(scope: _Scope, shown: Sequence[Indicator], since: date, until: date) -> Mapping[str, Mapping[date, Sums]]:
    return indicators.sums(scope.uow, _measures(scope, shown), since, until, scope.communes).get(0, {})


def _measures(scope: _Scope, shown: Sequence[Indicator]) -> list[str]:
    """Measures that these formulas may read: all those of their layers."""
    wanted = {one.measure for one in shown} - {""}
    return [measure.key for layer in scope.h.layers.values() if any(measure.key in wanted for measure in layer.measures) for measure in layer.measures]


def _parts(scope: _Scope, by_day: Mapping[str, Mapping[date, Sums]], since: date, until: date, shown: Sequence[tuple[str, Indicator]]) -> Parts:
    """What a formula reads of [since, until): the days inside alone, so that no formula walks through two years."""
    inside = {measure: {day: sums for day, sums in days.items() if since <= day < until} for measure, days in by_day.items()}
    delays = {kind: _delays(scope, kind, since, until).get("", Delays()) for kind in {one.delays for _domain, one in shown} - {""}}
    return Parts(since, until, inside, scope.factors, scope.declared, delays, scope.communes is None, scope.targets)


def _delays(scope: _Scope, kind: str, since: date, until: date, by: str = "") -> dict[str, Delays]:
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=fmt.ZONE) for day in (since, until))
    blank = Parts(since, until if until > since else since + timedelta(days=1), factors=scope.factors)
    targets = [blank.factor(key) or 0.0 for key in service.SLA_HOURS.values()]
    return indicators.delays(scope.uow, kind, begin, end, scope.h.clock.now(), targets, scope.layers, scope.communes, by)


def _line(scope: _Scope, chosen: Figure, period: Period, last: date) -> Line:
    months = _months(period, last)
    before = [date(month.year - 1, month.month, 1) for month in months]
    one = chosen.indicator
    by_day = _sums(scope, [one], before[0], periods.month_after(months[-1], 1))
    delays = _delays(scope, one.delays, before[0], periods.month_after(months[-1], 1), "month") if one.delays else {}

    def part(month: date) -> Parts:
        found = _parts(scope, by_day, month, periods.month_after(month, 1), ())
        own = {one.delays: delays.get(f"{month:%Y-%m}", Delays())} if one.delays else {}
        return replace(found, delays=own)

    now = [part(month) for month in months]
    then = [part(month) for month in before]
    targets = tuple(None if target is None or (target.low is not None and target.high is not None) else target.low if target.low is not None else target.high
                    for target in (_target(one, month) for month in now))  # fmt: skip
    return Line(
        months=tuple(months), current=tuple(_monthly(one, month) for month in now), previous=tuple(_monthly(one, month) for month in then), target=targets
    )


def _places(scope: _Scope, chosen: Figure, period: Period, before: Period, last: date, names: Mapping[int, str]) -> tuple[Place, ...]:
    """The chosen figure in each commune, by name."""
    one = chosen.indicator
    now, then = ({}, {}) if one.delays else (
        indicators.sums(scope.uow, _measures(scope, [one]), side.since, side.until, scope.communes, by_commune=True) for side in (period, before)
    )  # fmt: skip
    delays = [_delays(scope, one.delays, side.since, side.until, "commune") if one.delays else {} for side in (period, before)]
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
            )
            for side, sums, own in ((period, now, delays[0]), (before, then, delays[1]))
        ]
        found.append(Place(id=number, name=name, figure=_figure(chosen.domain, one, sides[0], sides[1], period)))
    return tuple(found)
