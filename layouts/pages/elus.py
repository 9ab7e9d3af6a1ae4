"""The officials' dashboard: the sentence first, a card per domain, a chart and a map with their tables, facts, exports, methods. No live value: each says its date."""

from dataclasses import asdict

from dash import dcc, html
from dash.development.base_component import Component

from hypervisor import bootstrap
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.queries import reports
from hypervisor.queries.officials_page import Opened, Refused
from hypervisor.security.require import require
from layouts import ids, shell
from layouts.parts import officials as parts
from layouts.parts import officials_charts, officials_foot, toasts
from layouts.parts.officials_address import read


def layout(**query: str) -> html.Div:
    """The page; its figures come by a callback, and until then the shapes of cards stand there."""
    principal = require("screen:elus")
    choice = read(query)
    content = html.Div(
        [dcc.Store(id=ids.OFFICIALS_CHOICE, data=asdict(choice)), html.Div(parts.skeleton(), id=ids.OFFICIALS_BODY, className="officials-body")],
        id=ids.OFFICIALS,
        className="officials",
        key=str(choice),
    )
    return shell.page(principal, "elus", _("Tableau de bord des élus"), [content, toasts.alone()], bands=False, theme="jour")


def body(found: Opened | Refused) -> list[Component]:
    """What is put in the page once it is read."""
    if isinstance(found, Refused):
        return parts.refused(found.sentence)
    page, layers, label = found.page, bootstrap.current().layers, found.label
    may_prepare = require("screen:elus").may("screen:preparation")
    cards = html.Div(
        [parts.card(figure, page, layers, may_prepare) for figure in page.figures],
        className="cards",
        style={"--colonnes": parts.columns(len(page.figures)), "--colonnes-moins": parts.columns(len(page.figures), 4)},
    )
    columns = html.Div([officials_charts.line_panel(page), officials_charts.map_panel(page, found.outlines)], className="officials-columns")
    return [
        html.Div([parts.domains(page, layers), parts.choosers(page, label)], className="officials-bar"),
        *parts.notes(page),
        *_to_validate(require("screen:elus")),
        parts.sentence(page),
        cards,
        columns,
        officials_foot.foot(page, require("screen:elus"), layers),
        parts.methods(page, page.territory or label),
    ]


def _to_validate(principal: Principal) -> list[Component]:
    """To who may let documents go: how many wait."""
    if not principal.may("report:validate"):
        return []
    with bootstrap.current().database.unit_of_work(principal.tenant) as uow:
        return parts.sendings(reports.waiting(uow))
