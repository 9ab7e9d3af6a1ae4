"""The officials' dashboard: the sentence first, five figures with their formula, the week's alarms, the methods. No live value: each says its date."""

from dash import html

from hypervisor import bootstrap
from hypervisor.i18n import _
from hypervisor.queries import officials as queries
from hypervisor.queries import trend as trends
from hypervisor.security.require import require
from layouts import ids, shell
from layouts.parts import officials as parts


def layout(**_query: str) -> html.Div:
    """The page."""
    principal = require("screen:elus")
    h = bootstrap.current()
    figures = queries.figures(h)
    content = html.Div(
        [
            parts.sentence(figures),
            html.Div([parts.card(figure, h.layers) for figure in figures], className="cards"),
            html.Div([parts.trend(trends.alarms_by_day(h), h.layers), parts.methods(figures)], className="officials-columns"),
        ],
        id=ids.OFFICIALS,
        className="officials",
    )
    return shell.page(principal, "elus", _("Tableau de bord des élus"), content, bands=False, theme="jour")
