"""The officials' dashboards: figures of a territory and a period, compared with a year before, month by month and commune by commune. Screen, CSV, ODS and PDF read this."""

import threading
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypervisor import fmt
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.indicator import Factor, Indicator
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, NotFound
from hypervisor.i18n import N_, _
from hypervisor.layers import service
from hypervisor.queries import periods
from hypervisor.queries.figure_parts import Scope
from hypervisor.queries.figure_series import Line, Place, figures_of, line_of, places_of
from hypervisor.queries.figures import Figure
from hypervisor.queries.periods import Period
from hypervisor.security.require import require
from hypervisor.store import indicators

SERVICE = "service"
REMEMBERED_S = 60.0
MOST_REMEMBERED = 200
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
        scope = Scope(h, uow, who.layers, communes, (*_default_factors(h), *own), tuple(declared), targets, indicators.population(uow, communes))
        shown = _shown(h, who, choice)
        if not shown:
            raise NotFound(_("Aucun indicateur n’est déclaré pour votre périmètre."))
        figures = figures_of(scope, shown, period, before, last)
        chosen = next((figure for figure in figures if figure.indicator.key == choice.focus), figures[0])
        every = _shown(h, who, choice, all_of=True)
        line = line_of(scope, chosen, period, last)
        places = places_of(Scope(h, uow, who.layers, who.communes, scope.factors, (), targets), chosen, period, before, last, names)
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
    allowed = {domain: _readable(h, who, found) for domain, found in declarations(h).items() if domain == SERVICE or who.may("indicator:read", domain)}
    if all_of:
        return [(domain, one) for domain, found in allowed.items() for one in found]
    if choice.domain:
        return [(choice.domain, one) for one in allowed.get(choice.domain, ())]
    return [(domain, found[0]) for domain, found in allowed.items()]


def _readable(h: Hypervisor, who: Principal, found: tuple[Indicator, ...]) -> tuple[Indicator, ...]:
    """Without what adds up domains that the reader may not see."""
    hidden = {one.role for domain, layer in h.layers.items() if not who.may("indicator:read", domain) for one in layer.indicators} - {""}
    return tuple(one for one in found if one.across not in hidden)
