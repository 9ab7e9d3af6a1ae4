"""The rail of the desk's pages: one cell per screen that the person may open, the present one raised."""

from dash import dcc, html

from hypervisor.domain.operator import Principal
from hypervisor.i18n import N_, _
from layouts import ids
from layouts.parts.icon import icon

SCREENS = (
    ("mur", "/mur", N_("Mur"), "device-tv"),
    ("console", "/console", N_("Console"), "layout-list"),
    ("journal", "/journal", N_("Main courante"), "notes"),
    ("poste", "/poste", N_("Prise de poste"), "door-enter"),
    ("elus", "/elus", N_("Tableaux de bord"), "building-community"),
    ("exploration", "/exploration", N_("Exploration"), "chart-line"),
    ("rejeu", "/rejeu", N_("Rejeu"), "history"),
    ("regles", "/regles", N_("Règles"), "adjustments"),
    ("sante", "/sante", N_("Santé de la plateforme"), "activity"),
    ("admin", "/admin", N_("Administration"), "settings"),
)
"""(key, path, label, icon), in the order of the rail. The permission of a screen is `screen:<key>`."""
PAST = "rejeu"


def rail(principal: Principal, active: str) -> html.Nav:
    """Links to the screens that `principal` may open. The door itself is `require` in each page; this is courtesy."""
    cells = [_cell(key, path, _(label), name, active) for key, path, label, name in SCREENS if principal.may(f"screen:{key}")]
    return html.Nav(cells, id=ids.RAIL, className="rail", **{"aria-label": _("Écrans")})


def _cell(key: str, path: str, label: str, name: str, active: str) -> dcc.Link | html.A:
    content = [icon(name), html.Span(label, className="rail-label")]
    # The past and the present never share a page's memory: going from one to the other loads the page anew.
    link = html.A if PAST in (key, active) else dcc.Link
    return link(content, href=path, className="rail-cell" + (" rail-cell--active" if key == active else ""), title=label)
