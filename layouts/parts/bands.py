"""The bands under the header, stacked in the order of screens.md 1. They are always in the page; scripts show and fill them."""

from dash import html

from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.queries.territory import Territory
from layouts import ids
from layouts.parts import disclosures, posture
from layouts.parts.icon import icon


def bands(territory: Territory, *, live: bool = True, principal: Principal | None = None) -> html.Div:
    """Exercise, then link, flood, resumption and sound bands. Hidden until `assets/js/30-frame.js` has something to say.

    live False: a page that shows nothing live has the exercise's, and what waits for the person. principal: whose page it is, None on a wall.
    """
    exercise = posture.band(territory)
    theirs = disclosures.band(principal) if principal else []
    if not live:
        return html.Div([exercise, *theirs], id=ids.BANDS, className="bands")
    return html.Div(
        [
            exercise,
            _band(ids.BAND_LIAISON, "bandeau-liaison", "plug-connected-x", "band--hatched"),
            _band(ids.BAND_PROGRAMS, "bandeau-programmes", "alert-triangle", "band--plain"),
            _band(ids.BAND_ESCALATION, "bandeau-escalade", "bell-ringing", "band--escalation"),
            _band(ids.BAND_FLOOD, "bandeau-avalanche", "alert-triangle", "band--plain"),
            html.Div(
                html.Button(
                    [icon("volume-off"), html.Strong(_("SON BLOQUÉ")), html.Span(_("Cliquer pour activer"))],
                    className="band-message",
                    id=ids.UNBLOCK_SOUND,
                    type="button",
                ),
                id=ids.BAND_SOUND,
                className="band band--plain",
                hidden=True,
                **{"data-testid": "bandeau-son"},
            ),
            _band(ids.BAND_HANDOVER, "bandeau-releve", "users", "band--plain"),
            _band(ids.BAND_RESUME, "bandeau-reprise", "refresh", "band--plain"),
            *theirs,
        ],
        id=ids.BANDS,
        className="bands",
    )


def _band(component_id: str, testid: str, icon_name: str, class_name: str) -> html.Div:
    message = html.Div([icon(icon_name), html.Strong(className="band-title"), html.Span(className="band-text")], className="band-message")
    return html.Div(message, id=component_id, className=f"band {class_name}", hidden=True, role="status", **{"data-testid": testid})
