"""What a formula reads: the sums, delays, factors, declared volumes and targets of a territory over a period, inside the reader's perimeter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypervisor import fmt
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.indicator import Agreed, Declared, Delays, Factor, Indicator, Parts, Sums, Tally
from hypervisor.layers import service
from hypervisor.store import UnitOfWork, indicators, tallies


@dataclass(frozen=True)
class Scope:
    """Whose figures: tenant, layers and communes of the reader, then of the territory chosen."""

    h: Hypervisor
    uow: UnitOfWork
    layers: frozenset[str] | None
    communes: frozenset[int] | None
    factors: tuple[Factor, ...] = ()
    declared: tuple[Declared, ...] = ()
    targets: tuple[Agreed, ...] = ()
    population: int = 0


def parts_of(scope: Scope, by_day: Mapping[str, Mapping[date, Sums]], since: date, until: date, shown: Sequence[tuple[str, Indicator]]) -> Parts:
    """What a formula reads of [since, until): the days inside alone, so that no formula walks through two years."""
    inside = {measure: {day: sums for day, sums in days.items() if since <= day < until} for measure, days in by_day.items()}
    delays = {kind: delays_of(scope, kind, since, until).get("", Delays()) for kind in {one.delays for _domain, one in shown} - {""}}
    counted = {kind: tally_of(scope, kind, since, until).get("", Tally()) for kind in {one.tally for _domain, one in shown} - {""}}
    return Parts(since, until, inside, scope.factors, scope.declared, delays, scope.communes is None, scope.targets, counted, terms_of(scope), scope.population)


def sums_of(scope: Scope, shown: Sequence[Indicator], since: date, until: date) -> Mapping[str, Mapping[date, Sums]]:
    """measure → day → its sums over [since, until)."""
    return indicators.sums(scope.uow, measures_of(scope, shown), since, until, scope.communes).get(0, {})


def measures_of(scope: Scope, shown: Sequence[Indicator]) -> list[str]:
    """Measures that these formulas may read: all those of their layers."""
    terms = terms_of(scope)
    wanted = {one.measure for one in [*shown, *(term for each in shown for _domain, term in terms.get(each.across, ()))]} - {""}
    return [measure.key for layer in scope.h.layers.values() if any(measure.key in wanted for measure in layer.measures) for measure in layer.measures]


def terms_of(scope: Scope) -> dict[str, list[tuple[str, Indicator]]]:
    """role → (domain, figure) that play it."""
    found: dict[str, list[tuple[str, Indicator]]] = {}
    for key, layer in scope.h.layers.items():
        for one in layer.indicators:
            if one.role:
                found.setdefault(one.role, []).append((key, one))
    return found


def delays_of(scope: Scope, kind: str, since: date, until: date, by: str = "") -> dict[str, Delays]:
    """commune, month or "" → the delays of what closed in [since, until), by `by`: "month", "commune", or "" for all together."""
    begin, end = _instants(since, until)
    blank = Parts(since, until if until > since else since + timedelta(days=1), factors=scope.factors)
    targets = [blank.factor(key) or 0.0 for key in service.SLA_HOURS.values()]
    return indicators.delays(scope.uow, kind, begin, end, scope.h.clock.now(), targets, scope.layers, scope.communes, by)


def tally_of(scope: Scope, kind: str, since: date, until: date, by: str = "") -> dict[str, Tally]:
    """commune or "" → what was counted in [since, until), by `by`: "commune", or "" for all together."""
    begin, end = _instants(since, until)
    return tallies.tally(scope.uow, kind, begin, end, scope.h.clock.now(), scope.layers, scope.communes, by)


def _instants(since: date, until: date) -> tuple[datetime, datetime]:
    """The first instants of two days of the territory's calendar."""
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=fmt.ZONE) for day in (since, until))
    return begin, end
