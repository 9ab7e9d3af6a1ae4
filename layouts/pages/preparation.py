"""What services prepare for officials: documents to validate and to send."""

from dash import dcc, html

from hypervisor import bootstrap
from hypervisor.i18n import _
from hypervisor.queries import reports as queries
from hypervisor.queries.territory import communes
from hypervisor.security.require import require
from layouts import shell
from layouts.parts import reports as parts
from layouts.parts.icon import icon


def layout(**_query: str) -> html.Div:
    """The page."""
    principal = require("screen:preparation")
    h = bootstrap.current()
    with h.database.unit_of_work(principal.tenant) as uow:
        found = queries.sendings(uow)
    back = dcc.Link([icon("chevron-left"), _("Tableau de bord des élus")], href="/elus", className="back-link")
    shown = parts.panels(found, principal, h.layers, communes(h, principal))
    return shell.page(principal, "elus", _("Envois aux élus"), html.Div([back, *shown], className="preparation"), bands=False, theme="jour")
