"""The wall: critical band, map, at most eight alarms to acknowledge, headline figures. Read-only; a kiosk shows it for weeks."""

import json

from dash import html

from hypervisor import bootstrap
from hypervisor.i18n import _
from hypervisor.queries.territory import territory
from hypervisor.security.require import require
from layouts import ids, shell
from layouts.parts.headline_strip import headline_strip
from layouts.parts.live_map import legend, live_map

MOST_ROWS = 8
"""Rows of the list, fewer on a wall read from afar: at 20 arc-minutes a 55-inch screen holds 22 lines in all (screens.md 2.4)."""


def layout(mire: str = "", vue: str = "", **_query: str) -> html.Div:
    """The page. `?mire=1` shows the installer's test pattern instead, `?vue=` the map's first view; `ecran`, `scene`, `rotation`, `visite`, `son`, `diag`, `dist` and `theme` are read by the scripts."""
    principal = require("screen:mur")
    h = bootstrap.current()
    where = territory(h, principal)
    if mire == "1":
        return shell.wall(principal, _("Mire"), test_pattern(), of=where)
    layers = {layer.key: {"label": _(layer.label), "icon": layer.icon} for layer in h.layers.values()}
    content = html.Div(
        [
            html.Div(id=ids.WALL_BAND, className="critical-band", hidden=True, role="region", **{"aria-label": _("Alarme critique")}),
            html.Div(
                [
                    live_map(ids.WALL_MAP, where, is_wall=True, written=vue),
                    legend(),
                    html.Div(id=ids.WALL_STATE, className="wall-state", hidden=True, role="status", **{"data-testid": "mur-etat"}),
                ],
                className="wall-map",
            ),
            waiting_list(),
            headline_strip(),
        ],
        id=ids.WALL,
        className="wall",
        **{"data-testid": "mur", "data-layers": json.dumps(layers, ensure_ascii=False)},
    )
    return shell.wall(
        principal, _("Mur"), content, skips=((f"{ids.WALL_LIST}-cadre", _("Aller aux événements")), (f"{ids.WALL_MAP}-cadre", _("Aller à la carte"))), of=where
    )


def waiting_list() -> html.Section:
    """The list of what waits for an acknowledgement, filled by assets/js/31-wall.js."""
    return html.Section(
        [
            html.Div([html.H2(_("À acquitter")), html.Span(id=ids.WALL_LIST_CONTEXT, className="list-context")], className="list-title"),
            html.Ol(id=ids.WALL_LIST, className="rows", **{"data-testid": "file-mur", "data-most": str(MOST_ROWS)}),
            html.Div(id=ids.WALL_REST, className="list-rest"),
        ],
        className="wall-list",
        id=f"{ids.WALL_LIST}-cadre",
        tabIndex=-1,
        **{"aria-label": _("Alarmes à acquitter")},
    )


def test_pattern() -> html.Div:
    """Lines at 16, 20 and 30 arc-minutes for this screen's `diag` and `dist`, read from the farthest chair (screens.md 2.4)."""
    lines = ((16, _("Texte secondaire")), (20, _("Titre d’événement")), (30, _("Bande critique")))
    return html.Div(
        [
            html.P(_("Depuis le siège le plus éloigné, les trois lignes doivent se lire sans effort."), className="pattern-note"),
            *[
                html.P(_("{minutes} minutes d’arc : {use}, 0123456789", minutes=minutes, use=use), className="pattern-line", **{"data-minutes": str(minutes)})
                for minutes, use in lines
            ],
            html.P(id=f"{ids.WALL_PATTERN}-mesures", className="pattern-note"),
        ],
        id=ids.WALL_PATTERN,
        className="pattern",
    )
