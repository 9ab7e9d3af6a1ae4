"""The logbook whole: searched, read, written in, corrected by reference, exported. Its lines are drawn by assets/js/58-journal.js from the API."""

from dash import html

from hypervisor import bootstrap
from hypervisor.i18n import _
from hypervisor.queries import logbook as queries
from hypervisor.security.require import require
from layouts import shell
from layouts.parts import journal as parts
from layouts.parts import toasts


def layout(**query: str) -> html.Div:
    """The page; the filters of the address are those that it opens with."""
    principal = require("screen:journal")
    h = bootstrap.current()
    with h.database.unit_of_work(principal.tenant) as uow:
        seals = queries.seals(uow, 1)
    seen = [layer for layer in h.layers.values() if principal.may("logbook:read", layer.key)]
    content = parts.journal(sorted(seen, key=lambda layer: layer.order), seals[0] if seals else None, may_write=principal.may("logbook:write"))
    return shell.page(principal, "journal", _("Main courante"), toasts.provided([content]), skips=(("journal-lignes", _("Aller aux mentions")),))
