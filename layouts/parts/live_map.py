"""The map: Leaflet's container alone. Base map, points and alarm shapes are put in it by assets/js/10-map.js and its neighbours."""

import dash_leaflet as dl
from dash import html

from hypervisor.i18n import N_, _
from hypervisor.queries.territory import Territory
from layouts.parts.shape import WORDS, shape


def live_map(component_id: str, territory: Territory, *, is_wall: bool = False, written: str = "") -> html.Section:
    """The live map of the territory, filling its parent. On a wall there is no mouse, hence no zoom buttons. written: the view of the address, « lat,lon,zoom ».

    The view is given here and not set by a script: what it sets before the component's first effect is undone by it.

    trackViewport stays off: with it the map jumps back while it is dragged (live-map.md, pitfall 1). Tiles do not fade in: each would paint the page some ten times more. Leaflet's own attribution prefix shows a flag,
    unsuitable for a public body, so the scripts write the attribution.
    """
    home = territory.view
    lat, lon, zoom = _view(written) or (home["lat"], home["lon"], home["zoom"])
    return html.Section(
        dl.MapContainer(
            dl.ScaleControl(position="bottomright", imperial=False),
            id=component_id,
            className="map",
            center=[lat, lon],
            zoom=zoom,
            trackViewport=False,
            preferCanvas=True,
            attributionControl=False,
            fadeAnimation=False,
            zoomControl=not is_wall,
            keyboard=not is_wall,
            zoomSnap=0.25,
        ),
        className="map-frame",
        tabIndex=-1,
        id=f"{component_id}-cadre",
        **{
            "aria-label": _("Carte du territoire"),
            "data-testid": "carte",
            "data-lon": str(home["lon"]),
            "data-lat": str(home["lat"]),
            "data-zoom": str(home["zoom"]),
        },
    )


def _view(written: str) -> tuple[float, float, float] | None:
    """Latitude, longitude (degrees, WGS 84) and zoom of an address; None for one that cannot be read or is not of this world."""
    try:
        lat, lon, zoom = map(float, written.split(","))
    except ValueError:
        return None
    return (lat, lon, zoom) if abs(lat) <= 85 and abs(lon) <= 180 and 0 <= zoom <= 22 else None


def legend() -> html.Div:
    """What the shapes mean, in words, at the foot of the map: the severities, and of the rest only what the map holds now (assets/js/13-marks.js)."""
    entries = [(shape(severity, label="", fixed=True), _(WORDS[severity]), "") for severity in ("critical", "major", "minor", "info")]
    entries += [
        (shape("minor", "returned_unacknowledged", label="", fixed=True), _("Revenue, à acquitter"), "revenue"),
        (shape("major", stale=True, label=""), _("Périmé"), "perdu"),
        (shape("normal", label="", fixed=True), html.Span([_("Normal"), html.Span(_(", masqué"), className="when-lost")]), "perdu"),
    ]
    entries += [(html.Span(className=f"works-swatch works-swatch--{state}", **{"aria-hidden": "true"}), _(word), f"travaux-{state}") for state, word in WORKS]
    return html.Div(
        [
            html.Div(
                [html.Span([mark, word], className="legend-entry", hidden=bool(when), **{"data-quand": when}) for mark, word, when in entries],
                className="legend-line",
            ),
            html.Div([_mark(mark, _(word)) for mark, word in MARKS], className="legend-line legend-line--marks"),
        ],
        className="legend",
        role="note",
        **{"aria-label": _("Légende")},
    )


WORKS = (("running", N_("Travaux en cours")), ("planned", N_("Travaux prévus")))
"""What assets/js/15-works.js draws, by state of the works."""

MARKS = (
    ("groupe", N_("Groupe : la part en alarme, la pire au cœur")),
    ("perime", N_("Périmée")),
    ("retard", N_("Retardée")),
    ("invalide", N_("Invalide")),
    ("jamais", N_("Jamais reçue")),
    ("simulee", N_("Simulée")),
    ("muet", N_("Source muette")),
)
"""What the points' patterns mean, as assets/js/13-marks.js draws them with the painter's own stencils: age is a pattern, never a hue (screens.md B.2)."""


def _mark(mark: str, word: str) -> html.Span:
    return html.Span(
        [html.Span(className="map-mark", **{"data-marque": mark, "aria-hidden": "true"}), word], className="legend-entry", hidden=True, **{"data-quand": mark}
    )
