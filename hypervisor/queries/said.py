"""What is written of a figure, in the reader's language: the same words and the same digits on screen, in a file and on paper."""

from collections.abc import Mapping, Sequence
from datetime import date

from hypervisor import fmt
from hypervisor.domain.indicator import Indicator, Target
from hypervisor.i18n import N_, _
from hypervisor.queries.figures import Figure
from hypervisor.queries.officials import SERVICE, Dashboard

TRENDS = {"up": N_("en hausse"), "down": N_("en baisse"), "flat": N_("stable"), "": ""}
NOTHING = "–"
SEMICOLON = f"{fmt.NBSP}; "
"""Never at the beginning of a line."""


def number(one: Indicator, value: float | None) -> str:
    """The digits of a value, or a dash."""
    return NOTHING if value is None else fmt.number(value, one.digits)


def quantity(one: Indicator, value: float | None) -> str:
    """A value and its unit, or a dash."""
    return NOTHING if value is None else fmt.quantity(value, unit(one), one.digits)


def unit(one: Indicator) -> str:
    """The unit as written."""
    return _(one.unit) if one.unit else ""


def change(figure: Figure) -> str:
    """« +18,0 MWh », in points for a share; empty when nothing is known of a year before."""
    moved = figure.change
    if moved is None:
        return ""
    # What rounds to zero has no sign: « +0,0 » beside « stable » would be a riddle.
    size = round(abs(moved), figure.indicator.digits)
    sign = "±" if size == 0 else "+" if moved > 0 else "−"
    return f"{sign}{fmt.quantity(size, _points(size) if figure.indicator.unit == '%' else unit(figure.indicator), figure.indicator.digits)}"


def _points(size: float) -> str:
    """French counts what is under two in the singular: 1,9 point, 2,7 points."""
    return _("points") if size >= 2 else _("point")


def trend(figure: Figure) -> str:
    """« en hausse, favorable »: the way, and whether it is the good one where there is one."""
    way = TRENDS[figure.trend]
    if not way:
        return ""
    verdict = {True: _("favorable"), False: _("défavorable"), None: ""}[figure.is_better]
    return f"{_(way)}, {verdict}" if verdict else _(way)


def target(one: Indicator, found: Target | None) -> str:
    """« 70 à 85 % », « au moins 82 % », « au plus 5 min »; empty without a target."""
    if found is None:
        return ""
    if found.low is not None and found.high is not None:
        return _("{bas} à {haut}", bas=_round(found.low, one.digits), haut=fmt.quantity(found.high, unit(one), _decimals(found.high, one.digits)))
    bound = found.low if found.low is not None else found.high
    value = "" if bound is None else fmt.quantity(bound, unit(one), _decimals(bound, one.digits))
    return _("au moins {value}", value=value) if found.low is not None else _("au plus {value}", value=value)


def _round(value: float, digits: int) -> str:
    return fmt.number(value, _decimals(value, digits))


def _decimals(value: float, digits: int) -> int:
    """A target is an agreed figure, not a measure: « 85 % », not « 85,0 % »; decimals only when it has some."""
    return 0 if round(value, digits) == int(round(value, digits)) else digits


def completeness(share: float | None) -> str:
    """« complet 98 % », rounded down: 99,7 % is not all."""
    return _("complétude inconnue") if share is None else _("complet {share}", share=fmt.quantity(int(share * 100 + 1e-9), "%", 0))


def complete(figure: Figure) -> str:
    """« complet 98 % », or that a declaration is awaited, without a share of nothing."""
    return _("déclaration à faire") if figure.is_undeclared else completeness(figure.completeness)


def estimate(figure: Figure) -> str:
    """« estimation : complétude 82 % », or nothing."""
    if not figure.estimates:
        return ""
    reasons = SEMICOLON.join(figure.estimates)
    return _("estimation glissante : {pourquoi}", pourquoi=reasons) if figure.is_rolling else _("estimation : {pourquoi}", pourquoi=reasons)


def day(found: date | None) -> str:
    """« 10/02/2026 », or a dash."""
    return NOTHING if found is None else found.strftime("%d/%m/%Y")


def domain(key: str, labels: Mapping[str, str]) -> str:
    """The domain's name."""
    return _("Interventions") if key == SERVICE else _(labels[key])


def sentence(figures: Sequence[Figure]) -> str:
    """« En une phrase »: what can be said, joined, with its change over a year; the cards say why the rest cannot."""
    clauses: list[str] = []
    is_based = False
    for figure in figures:
        if figure.value is None or not figure.indicator.clause:
            continue
        said = _(figure.indicator.clause, value=quantity(figure.indicator, figure.value))
        if figure.trend in ("up", "down"):
            # The base is named once; brackets read badly in the font of the screens.
            said = f"{said}, {change(figure)}" if is_based else _("{phrase}, {ecart} sur un an", phrase=said, ecart=change(figure))
            is_based = True
        clauses.append(said)
    if not clauses and any(figure.value is not None for figure in figures):
        return _("Le chiffre principal ne peut pas encore être donné ; d’autres le sont, et chaque carte vide dit pourquoi.")
    if not clauses:
        return _("Aucun chiffre ne peut encore être donné : les sources n’ont rien envoyé sur la période.")
    text = SEMICOLON.join(clauses)
    return text[0].upper() + text[1:] + "."


def perimeter(page: Dashboard, label: str) -> str:
    """The territory of the page: a commune, or all of it."""
    return page.territory or label


def sheet(figure: Figure, label: str) -> list[tuple[str, str]]:
    """The method sheet of a figure: (heading, text), in order."""
    one = figure.indicator
    agreed = [
        _(
            "{nom} : {valeur} depuis le {jour}, {source}",
            nom=_(factor.label),
            valeur=f"{factor.value:g} {factor.unit}".replace(".", ","),
            jour=day(factor.since),
            source=_(factor.source),
        )
        for factor in figure.factors
    ]
    lines = [
        (_("Formule"), _(one.formula)),
        (_("Source"), _(one.source)),
        (_("Indicateur officiel"), one.code),
        (_("Valeurs convenues"), SEMICOLON.join(agreed)),
        (_("Objectif"), f"{target(one, figure.target)} ({_(figure.target.source)})" if figure.target else ""),
        (
            _("Complétude"),
            complete(figure) if figure.is_undeclared else f"{completeness(figure.completeness)} ; {_('sous 90 %, le chiffre est une estimation')}",
        ),
        (_("Réserves"), estimate(figure)),
        (_("Données arrêtées au"), day(figure.last)),
        (_("Territoire"), label),
        (_("Fiche"), _("version {n} du {jour}, {service}", n=one.version, jour=day(one.dated), service=_(one.owner))),
    ]
    return [(heading, text) for heading, text in lines if text]
