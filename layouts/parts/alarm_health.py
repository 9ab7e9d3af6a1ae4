"""Is the room asked too much? Figures of the last day beside the marks of the trade, which are guidance and never a verdict on a person (screens.md 1.9)."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.i18n import N_, _, ngettext

PRIORITIES = {"critical": N_("Critiques"), "major": N_("Majeures"), "minor": N_("Mineures")}
MASKS = {"shelved": N_("Différées"), "suppressed": N_("Inhibées"), "out_of_service": N_("Hors service")}


def alarm_health(read: dict[str, Any], tryable: frozenset[str] = frozenset()) -> html.Section:
    """The panel of the health page; `read` is what queries.alarm_health.health gives. tryable: « layer/key » of the rules that the reader may try on their past."""

    def named(one: dict[str, Any]) -> list[Component | str]:
        said = f"{_(one['title'])} · {one['asset_name']}"
        rule = f"{one['layer']}/{one['cause']}"
        if rule not in tryable:
            return [said]
        return [dcc.Link(said, href=f"/regles?regle={rule}&essai=1", className="alarm-remedy", title=_("Chercher un délai ou une hystérésis"))]

    marks = read["marks"]
    cells = [
        _cell(_("par opérateur et par 10 min"), fmt.number(read["per_operator_per_step"], 1), _("repère {n}", n=fmt.number(marks["per_operator_per_step"], 0))),
        _cell(_("pointe en 10 min"), fmt.number(read["busiest_step"], 0), _("avalanche au-delà de 10")),
        _cell(
            _("du temps en avalanche"), fmt.quantity(100 * read["share_in_flood"], "%", 1), _("repère {n} %", n=fmt.number(100 * marks["share_in_flood"], 0))
        ),
        _cell(_("permanentes, plus de 24 h"), fmt.number(read["standing"]), ""),
        _cell(_("papillotantes"), fmt.number(len(read["chattering"])), _("repère 0")),
    ]
    return html.Section(
        [
            html.Header(
                [html.H2(_("Charge d’alarmes")), html.Span(_span(read), className="panel-context")],
                className="panel-head",
            ),
            html.Div(cells, className="chain"),
            html.Div([_share(key, read) for key in PRIORITIES], className="alarm-shares"),
            html.Div(
                [
                    _list(_("Ce qui demande le plus"), read["worst"], named, lambda one: fmt.quantity(100 * one["share"], "%", 0)),
                    _list(_("Papillotantes"), read["chattering"], named, lambda one: f"×{one['count']}"),
                    _list(_("Masquées, par qui"), read["masked"], _masked, lambda one: fmt.number(one["count"])),
                ],
                className="alarm-lists",
            ),
        ],
        className="panel alarm-health",
        **{"data-testid": "sante-alarmes", "aria-label": _("Charge d’alarmes")},
    )  # fmt: skip


def _cell(label: str, value: str, mark: str) -> html.Div:
    return html.Div(
        [html.Span(value, className="chain-value"), html.Span(label, className="chain-label"), html.Span(mark, className="chain-note")], className="chain-cell"
    )


def _share(priority: str, read: dict[str, Any]) -> html.Div:
    """One bar of the distribution; its tick is the mark."""
    share, mark = read["distribution"][priority]["share"], read["marks"][priority]
    said = _("{n} %, repère {mark} %", n=fmt.number(100 * share, 0), mark=fmt.number(100 * mark, 0))
    return html.Div(
        [
            html.Span(_(PRIORITIES[priority])),
            html.Span(fmt.number(read["distribution"][priority]["count"])),
            html.Div(html.Span(), className="bar bar--marked", style={"--part": f"{share:.3f}", "--mark": f"{100 * mark:.0f}%"}),
            html.Span(said, className="chain-note"),
        ],
        className="health-meter",
    )


def _list(title: str, rows: list[dict[str, Any]], label: Any, value: Any) -> html.Div:
    items: list[Component] = [html.Li([html.Span(label(one)), html.Strong(value(one))]) for one in rows[:5]]
    return html.Div([html.H3(title), html.Ul(items) if items else html.P(_("Aucune"), className="none")], className="alarm-list")


def _masked(one: dict[str, Any]) -> str:
    return " · ".join((_(MASKS.get(one["mask"], one["mask"])), one["name"] or _("cause ou travaux")))


def _span(read: dict[str, Any]) -> str:
    operators = ngettext("24 h, {count} opérateur", "24 h, {count} opérateurs", read["operators"])
    return f"{operators}, " + ngettext("{n} demande", "{n} demandes", read["asked"], n=fmt.number(read["asked"]))
