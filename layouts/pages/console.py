"""The operator's console: queue, map, detail, what to do, logbook. One keyboard path from an alarm to its closure."""

import json

from dash import dcc, html

from hypervisor import bootstrap
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.queries import events
from hypervisor.queries.territory import territory
from hypervisor.security.require import require
from layouts import ids, shell
from layouts.parts import conduct, creation, detail, keys, logbook, queue, toasts, works
from layouts.parts.live_map import live_map
from layouts.parts.map_tools import map_tools


def layout(vue: str = "", **_query: str) -> html.Div:
    """The page; `?vue=lat,lon,zoom` is the map's first view. Its lists are filled by the feed."""
    principal = require("screen:console")
    h = bootstrap.current()
    where = territory(h, principal)
    seen = [layer for layer in h.layers.values() if principal.may("alarm:read", layer.key)]
    content = html.Div(
        [
            queue.queue(sorted(seen, key=lambda layer: layer.order)),
            html.Div(
                [
                    live_map(ids.CONSOLE_MAP, where, written=vue),
                    map_tools(h, principal),
                    html.Div(id="carte-perimetre", className="map-note", hidden=True),
                    works.opener(),
                ],
                className="panel console-map",
            ),
            conduct.conduct(),
            detail.detail(),
            logbook.logbook(may_write=principal.may("logbook:write")),
            keys.hints(),
            keys.help_dialog(),
            keys.palette(),
            creation.dialog(),
            works.dialog(sorted(seen, key=lambda layer: layer.order), may_write=principal.may("works:write")),
            dcc.Store(id=ids.SELECTION),
        ],
        id=ids.CONSOLE,
        className="console",
        **_who(principal),
    )
    skips = ((f"{ids.QUEUE}-cadre", _("Aller à la file")), ("detail", _("Aller au détail")), ("main-courante", _("Aller à la main courante")))
    return shell.page(principal, "console", _("Console"), toasts.provided([content]), skips=skips, of=where)


def _who(principal: Principal) -> dict[str, str]:
    """What the scripts must know: who reads, what he may do (the server asks again at each action), his keys, and that a console sounds until it is told not to."""
    return {
        "data-moi": principal.name, "data-droits": " ".join(sorted(principal.permissions)), "data-son": "oui", "data-touches": keys.own_keys(),
        "data-types": json.dumps(events.types() if principal.may("event:act") else [], ensure_ascii=False),
    }  # fmt: skip
