"""The platform's health: read when the page opens and on demand; the chain at the top lives by the feed."""

import contextlib
from datetime import timedelta

from dash import dcc, html
from dash.development.base_component import Component

from hypervisor import bootstrap
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.errors import Unavailable
from hypervisor.i18n import _
from hypervisor.queries import alarm_health as queries
from hypervisor.queries.health import health
from hypervisor.security.require import require
from layouts import ids, shell
from layouts.parts import health as parts
from layouts.parts import toasts
from layouts.parts.alarm_health import alarm_health
from layouts.parts.keys import cap


def layout(**_query: str) -> html.Div:
    """The page."""
    principal = require("screen:sante")
    refresh = html.Button(
        [html.Span(_("Actualiser"), className="action-word"), cap("R")], id=ids.HEALTH_REFRESH, type="button", className="action", **{"aria-keyshortcuts": "R"}
    )
    content = html.Div(
        [
            parts.chain(),
            html.Div(read(), id=ids.HEALTH_BODY, className="health-body"),
            html.Div([html.Span(_("Relue à chaque changement de liaison"), className="place"), refresh], className="health-foot"),
            dcc.Store(id=ids.HEALTH_WAKE),
        ],
        id=ids.HEALTH,
        className="health",
    )
    return shell.page(principal, "sante", _("Santé de la plateforme"), toasts.provided([content]))


def read() -> list[Component]:
    """The panels, from what the platform says now. Raises Forbidden as the page does."""
    principal = require("health:read")
    h = bootstrap.current()
    panels = parts.body(health(h), sorted(h.layers.values(), key=lambda layer: layer.order), h.clock.now())
    return [*_alarms(h, principal), *panels]


def _alarms(h: Hypervisor, principal: Principal) -> list[html.Section]:
    # With PostgreSQL away the rest of the page is what people come for.
    if not principal.may("alarm:read"):
        return []
    now = h.clock.now()
    with contextlib.suppress(Unavailable), h.database.unit_of_work(principal.tenant) as uow:
        return [alarm_health(queries.health(uow, now - timedelta(days=1), now), _tryable(h, principal))]
    return []


def _tryable(h: Hypervisor, who: Principal) -> frozenset[str]:
    """Rules whose past this reader may look at: from a bad actor to the delay that calms it is one click."""
    if not (who.may("screen:regles") and who.may("observation:read")):
        return frozenset()
    return frozenset(f"{layer.key}/{rule.key}" for layer in h.layers.values() if who.may("rule:read", layer.key) for rule in layer.rules)
