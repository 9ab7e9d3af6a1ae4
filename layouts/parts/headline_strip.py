"""The strip of headline figures at the foot of the wall. assets/js/31-wall.js builds its tiles from the feed's `headlines`."""

from dash import html

from hypervisor.i18n import _
from layouts import ids


def headline_strip() -> html.Section:
    """An empty list and the sentence shown until the first figures come."""
    return html.Section(
        [
            html.Div(id=ids.WALL_STRIP, className="strip-tiles", role="list"),
            html.P(_("Indicateurs : en attente des premières mesures."), className="strip-empty"),
        ],
        className="strip",
        **{"aria-label": _("Indicateurs")},
    )
