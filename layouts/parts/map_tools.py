"""The tools of a live map: layers and filters, search, measure, drawn area, list of what is shown, card of an asset. Scripts 50 to 54 fill it."""

import json

from dash import html

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.queries.territory import communes
from layouts import ids


def map_tools(h: Hypervisor, principal: Principal) -> html.Div:
    """Stands beside a `live_map` in the same positioned box; one per page."""
    names = communes(h, principal)
    return html.Div(
        id=ids.MAP_TOOLS,
        className="map-tools",
        role="region",
        **{"aria-label": _("Outils de la carte"), "data-testid": "outils-carte", "data-communes": json.dumps(names, ensure_ascii=False)},
    )
