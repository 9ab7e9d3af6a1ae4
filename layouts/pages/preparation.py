"""What services prepare for officials: documents to validate and to send; factors, targets and declared volumes for who answers for a trade."""

from dash import dcc, html

from hypervisor import bootstrap, fmt
from hypervisor.i18n import _
from hypervisor.queries import reports as queries
from hypervisor.queries.agreements import agreements_of
from hypervisor.queries.territory import communes
from hypervisor.security.require import require
from layouts import shell
from layouts.parts import agreed as agreed_parts
from layouts.parts import reports as parts
from layouts.parts.icon import icon


def layout(**_query: str) -> html.Div:
    """The page."""
    principal = require("screen:preparation")
    h = bootstrap.current()
    with h.database.unit_of_work(principal.tenant) as uow:
        found = queries.sendings(uow, h.clock.now().astimezone(fmt.ZONE).date())
        agreed = agreements_of(h, uow) if principal.may("indicator:agree") else None
    back = dcc.Link([icon("chevron-left"), _("Tableau de bord des élus")], href="/elus", className="back-link")
    shown = parts.panels(found, principal, h.layers, communes(h, principal))
    if agreed is not None:
        shown += agreed_parts.panels(agreed, h.layers)
    return shell.page(principal, "elus", _("Préparation des tableaux de bord"), html.Div([back, *shown], className="preparation"), bands=False, theme="jour")
