"""Administration: walls to let in and to sign out, accounts, tokens, the last lines of the audit."""

from dash import html

from hypervisor import bootstrap
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.queries import procedures as queries
from hypervisor.queries.people import Governance, governance
from hypervisor.security.require import require
from layouts import shell
from layouts.parts import governance as parts
from layouts.parts import procedures, toasts

MOST_LEFT = 50


def layout(**_query: str) -> html.Div:
    """The page."""
    principal = require("screen:admin")
    return shell.page(principal, "admin", _("Administration"), toasts.provided([html.Div([*parts.body(read()), *_procedures(principal)], className="admin")]))


def read() -> Governance:
    """The lists, as the reader may see them now."""
    principal = require("screen:admin")
    h = bootstrap.current()
    with h.database.unit_of_work(principal.tenant) as uow:
        return governance(uow, h.clock.now(), h.settings.holidays_in)


def _procedures(principal: Principal) -> list[html.Div]:
    if not principal.may("procedure:read"):
        return []
    h = bootstrap.current()
    with h.database.unit_of_work(principal.tenant) as uow:
        left = queries.left(uow, MOST_LEFT) if principal.may("procedure:review") else None
        return [procedures.panels(queries.in_force(uow), queries.drafts(uow), left, h.layers, may_publish=principal.may("procedure:publish"))]
