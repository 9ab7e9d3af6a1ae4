"""Administration: walls to let in and to sign out, accounts, tokens, the last lines of the audit."""

from dash import html

from hypervisor import bootstrap
from hypervisor.i18n import _
from hypervisor.queries.people import Governance, governance
from hypervisor.security.require import require
from layouts import shell
from layouts.parts import governance as parts
from layouts.parts import toasts


def layout(**_query: str) -> html.Div:
    """The page."""
    principal = require("screen:admin")
    return shell.page(principal, "admin", _("Administration"), toasts.provided([html.Div(parts.body(read()), className="admin")]))


def read() -> Governance:
    """The lists, as the reader may see them now."""
    principal = require("screen:admin")
    h = bootstrap.current()
    with h.database.unit_of_work(principal.tenant) as uow:
        return governance(uow, h.clock.now())
