"""The link state: the same words at the same place on every page (screens.md B.1)."""

from dash import html

from hypervisor.i18n import _
from layouts import ids
from layouts.parts.icon import icon


def liaison() -> html.Div:
    """Link state as a dot or an icon and a word. Before the first heartbeat it says that it is connecting, never that it is live."""
    return html.Div(
        [
            html.Span(className="liaison-dot", **{"aria-hidden": "true"}),
            icon("plug-connected-x", class_name="liaison-icon"),
            html.Span(_("CONNEXION"), className="liaison-word"),
        ],
        id=ids.LIAISON,
        className="liaison",
        role="status",
        **{"data-testid": "liaison", "aria-live": "off"},
    )
