"""Where a rule applies: everywhere, in some communes, in an area drawn on a map of the ground (assets/js/60-rule-area.js draws it)."""

import json
from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor.i18n import _, ngettext


def lines(rule: Mapping[str, Any], communes: Mapping[int, str], view: Mapping[str, Any]) -> list[Component]:
    """The lines of the block. communes: id → name of those of the reader's perimeter; view: {"lon", "lat", "zoom"} where the map opens."""
    return [_communes(list(rule["communes"]), communes), _area(rule["area"], view)]


def _communes(chosen: list[int], communes: Mapping[int, str]) -> html.Details:
    count = len(chosen)
    said = ngettext("dans {n} commune", "dans {n} communes", count, n=count) if count else _("dans toutes les communes")
    # A commune outside the reader's perimeter stays as it is: it has no box, and is sent back with the others.
    boxes = [_box(number, name, is_on=number in chosen) for number, name in communes.items()]
    kept = [number for number in chosen if number not in communes]
    return html.Details(
        [html.Summary(said, id="regle-communes-dit"), html.Div(boxes, className="rule-communes", role="group", **{"aria-label": _("Communes")})],
        className="rule-where rule-field",
        **{
            "data-champ": "communes",
            "data-genre": "communes",
            "data-initial": json.dumps(sorted(chosen)),
            "data-gardees": json.dumps(kept),
            "aria-label": _("Communes"),
        },
    )


def _box(number: int, name: str, *, is_on: bool) -> html.Button:
    return html.Button(
        [html.Span(className="tick-box", **{"aria-hidden": "true"}), html.Span(name)],
        type="button", role="checkbox", className="rule-tick", **{"aria-checked": "true" if is_on else "false", "data-commune": str(number)},
    )  # fmt: skip


def _area(area: Mapping[str, Any] | None, view: Mapping[str, Any]) -> html.Div:
    written = json.dumps(area) if area else ""
    gesture = {"type": "button", "className": "action"}
    return html.Div(
        [
            html.Div(
                [
                    html.Span(_("dans la zone dessinée") if area else _("sans zone dessinée"), id="regle-zone-dit", role="status"),
                    html.Button(_("Voir ou dessiner la zone"), id="regle-zone-ouvrir", **gesture),
                    html.Button(_("Effacer la zone"), id="regle-zone-effacer", hidden=not area, **gesture),
                ],
                className="rule-line",
            ),
            html.Div(
                [
                    html.Div(id="fond-regle", className="rule-map", tabIndex=0, **{"aria-label": _("Carte de la zone")}),
                    html.Div(
                        [
                            html.Span(_("Cliquez les sommets, ou visez avec la croix et Entrée."), id="regle-zone-aide", className="rule-note"),
                            html.Button(_("Point au centre"), id="regle-zone-viser", **gesture),
                            html.Button(_("Retirer le dernier"), id="regle-zone-defaire", **gesture),
                            html.Button(_("Terminer"), id="regle-zone-finir", **gesture),
                        ],
                        className="rule-line",
                    ),
                ],
                id="regle-zone-place", hidden=True, **{key: str(view[of]) for key, of in (("data-lon", "lon"), ("data-lat", "lat"), ("data-zoom", "zoom"))},
            ),
        ],
        className="rule-where rule-field",
        **{"data-champ": "area", "data-genre": "area", "data-initial": written, "data-valeur": written, "data-testid": "regle-zone", "aria-label": _("Zone")},
    )  # fmt: skip
