"""Taking a post and handing it over."""

from dash import html

from hypervisor import bootstrap
from hypervisor.i18n import _
from hypervisor.queries import shifts as queries
from hypervisor.security.require import require
from layouts import shell
from layouts.parts import post as parts


def layout(poste: str = "", **_query: str) -> html.Div:
    """The page of the reader's post, or of the one in the address (`?poste=2`)."""
    principal = require("screen:poste")
    h = bootstrap.current()
    at = h.clock.now()
    with h.database.unit_of_work(principal.tenant) as uow:
        read = queries.post(uow, at, int(poste) if poste.isdecimal() else None)
    content = html.Div(parts.body(read, principal, at), className="post", id="poste")
    return shell.page(principal, "poste", _("Prise de poste"), content)
