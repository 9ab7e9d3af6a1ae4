"""One indicator over one period: what its formula gives, or why it gives nothing; how complete it is, whether it is an estimate, what it is compared with and what was asked of it."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hypervisor import fmt
from hypervisor.domain.indicator import ENOUGH, LEAST_CASES, YEAR_DAYS, Delays, Factor, Indicator, Parts, Tally, Target
from hypervisor.i18n import _
from hypervisor.queries.periods import Period

logger = logging.getLogger(__name__)

STABLE = 0.01
"""Relative change under which a figure is called stable; so is one that prints as no change."""
BASE_LEAST = 0.5
"""Completeness of the year before under which nothing is compared with it. Chosen by us."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One indicator over one period. domain: its layer's key, or `service`.

    value None: it cannot be said, `reason` says why. previous: a year before, over as many days. completeness 0 to 1, None when nothing should have been heard.
    extra: the ninth decile of a delay. estimates: why it is an estimate, empty when it is not; is_rolling: an annual figure of water on less than a year. target: for this period. months: the last twelve, oldest first.
    declared_share: 0 to 1, of the days over which the volumes that it needs are declared; None when it needs none.
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
    declared_share: float | None = None

    @property
    def is_estimate(self) -> bool:
        """Whether every place that shows it writes « estimation »."""
        return bool(self.estimates)

    @property
    def is_undeclared(self) -> bool:
        """Whether it is of declared volumes alone and no day of the period has them all: a share of them would say nothing."""
        return self.value is None and self.declared_share == 0 and self.indicator.is_declared_alone

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


def figure(domain: str, one: Indicator, now: Parts, then: Parts, period: Period, series: tuple[float | None, ...] = ()) -> Figure:
    """The figure of a period and of the year before. series: its last twelve months, oldest first."""
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
    measures = _measures(one, now)
    computed = [day for measure in measures for day in now.by_day.get(measure, {}) if now.since <= day < now.until]
    return Figure(
        domain=domain, indicator=one, value=value, previous=previous, completeness=completeness, base_completeness=_completeness(one, then),
        extra=one.beside(now) if one.beside and value is not None else None, target=target_of(one, now), estimates=tuple(estimates) if value is not None else (), is_rolling=bool(one.code) and now.days < YEAR_DAYS, reason=reason,
        last=max(computed, default=None) if measures else period.until - timedelta(days=1), months=series,
        factors=tuple(factor for factor in now.factors if factor.key in one.factors), declared_share=now.declared_share(one.declared) if one.declared else None,
    )  # fmt: skip


def monthly(one: Indicator, parts: Parts, last: date) -> float | None:
    """A month's value for a chart; a sum over a part of the month would look like a fall, and is left out. last: the last day known."""
    if one.adds_up and one.delays and parts.until - timedelta(days=1) > last:
        return None
    if one.adds_up and any(parts.sums(measure).days < ENOUGH * parts.days for measure in _measures(one, parts)):
        return None
    if one.adds_up and one.tally and (_completeness(one, parts) or 0) < ENOUGH:
        return None
    return _value(one, parts)[0]


def target_of(one: Indicator, parts: Parts) -> Target | None:
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


def _value(one: Indicator, parts: Parts) -> tuple[float | None, str]:
    """(value, "") or (None, why)."""
    if one.delays:
        found = parts.delays.get(one.delays, Delays())
        if found.count < max(one.least, LEAST_CASES):
            return None, _("Moins de {n} cas : pas de chiffre sur si peu.", n=max(one.least, LEAST_CASES))
        value = one.value(parts)
        return value, "" if value is not None else _("Aucun cas n’a de délai fixé.")
    if one.tally:
        return _counted(one, parts)
    if one.across:
        return _across(one, parts)
    if not one.measure:
        value = one.value(parts)
        if value is None and one.unsaid and parts.is_whole and parts.declared_share(one.declared) == 1:
            return None, _(one.unsaid)
        return value, "" if value is not None else _undeclared(one, parts)
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
    if value is None and one.declared:
        return None, _undeclared(one, parts)
    return value, "" if value is not None else _("Rien à diviser : aucun cas sur la période.")


def _undeclared(one: Indicator, parts: Parts) -> str:
    if not parts.is_whole:
        return _("Se calcule pour le territoire entier : ses volumes sont déclarés en bloc.")
    is_begun = any(parts.declared_share((key,)) for key in one.declared)
    return _("Volumes non déclarés pour toute la période.") if is_begun else _("Rien n’est déclaré sur la période.")


def _across(one: Indicator, parts: Parts) -> tuple[float | None, str]:
    """(value, "") or (None, why), of what all domains add up to; the reason of the first term that cannot be said is that of the sum."""
    present = parts.present(one.across)
    if not present:
        return None, _("Aucun équipement de ce genre dans ce territoire.")
    missing = next((reason for term in present for value, reason in (_value(term, parts),) if value is None), "")
    if missing:
        return None, missing
    value = one.value(parts)
    return value, "" if value is not None else _undeclared(one, parts)


def _measures(one: Indicator, parts: Parts) -> list[str]:
    """What it reads of history; nothing for delays, tallies and declared volumes."""
    return [term.measure for term in parts.present(one.across)] if one.across else [one.measure] if one.measure else []


def _counted(one: Indicator, parts: Parts) -> tuple[float | None, str]:
    """(value, "") or (None, why), of what the room's own tables count."""
    if one.of_all and not parts.is_whole:
        return None, _("Se tient pour le territoire entier : aucune commune n’a le sien.")
    found = parts.tallies.get(one.tally, Tally())
    if not found.heard:
        return None, _("La plateforme ne tenait pas encore ces données sur la période.")
    if found.cases < one.least and one.least > 1:
        return None, _("Moins de {n} cas : pas de chiffre sur si peu.", n=one.least)
    value = one.value(parts)
    return value, "" if value is not None else _(one.unsaid) if one.unsaid else _("Rien à diviser : aucun cas sur la période.")


def _completeness(one: Indicator, parts: Parts) -> float | None:
    if one.delays:
        found = parts.delays.get(one.delays, Delays())
        return found.count / found.asked if found.asked else None
    if one.tally:
        counted = parts.tallies.get(one.tally, Tally())
        return min(1.0, counted.heard / counted.expected) if counted.expected else None
    if one.across:
        shares = [share for term in parts.present(one.across) if (share := _completeness(term, parts)) is not None]
        return min(shares, default=None)
    if not one.measure:
        return parts.declared_share(one.declared)
    sums = parts.sums(one.measure)
    if not sums.expected:
        return None
    # Days of the period that nothing was computed for were not heard either.
    return min(1.0, sums.heard / sums.expected) * min(1.0, sums.days / parts.days if parts.days else 1.0)
