"""The posture in the frame: its level in the header, the panel where it is proposed and decided, and the permanent band of an exercise. `assets/js/32-posture.js` keeps them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html

from hypervisor import fmt
from hypervisor.domain.operator import Principal
from hypervisor.i18n import N_, _
from hypervisor.queries.territory import Territory
from layouts import ids
from layouts.parts.icon import icon

LEVELS = (N_("Veille"), N_("Vigilance"), N_("Alerte"), N_("Crise"))
"""Words of the posture levels 0 to 3 (screens.md 4.1)."""
ACTS = ("posture:propose", "posture:decide", "exercise:run")


def on_wall(territory: Territory) -> html.Span:
    """The level alone: nobody has a mouse there."""
    return html.Span(_level(territory), className="posture", **_said(territory))


def on_desk(principal: Principal, territory: Territory) -> html.Details:
    """The level, and behind it who decided it and why; for who may, the forms that change it."""
    rights = " ".join(act for act in ACTS if principal.may(act))
    waiting = html.Span(id=ids.POSTURE_PENDING, className="posture-pending", hidden=True)
    return html.Details(
        [
            html.Summary([*_level(territory), waiting, icon("chevron-down")], **_said(territory)),
            html.Div(id=ids.POSTURE_PANEL, className="menu posture-panel", **{"data-rights": rights, "data-me": principal.name}),
        ],
        id=ids.POSTURE,
        className="posture posture--desk",
    )


def band(territory: Territory) -> html.Div:
    """« EXERCICE — EXERCICE », on every page while one runs, whether the page is live or not."""
    exercise = territory.situation["exercise"]
    message = html.Div(
        [html.Strong(_("EXERCICE — EXERCICE"), className="band-title"), html.Span(sentence(exercise) if exercise else None, className="band-text")],
        className="band-message",
    )
    return html.Div(
        message, id=ids.BAND_EXERCISE, className="band band--exercise", hidden=exercise is None, role="status", **{"data-testid": "bandeau-exercice"}
    )


def sentence(exercise: Mapping[str, Any]) -> str:
    """What the band says after its title."""
    until = fmt.moment(datetime.fromisoformat(exercise["until"]))
    if exercise["sends"]:
        return _("{title}, jusqu’au {until}. Les SMS et les appels PARTENT.", title=exercise["title"], until=until)
    return _("{title}, jusqu’au {until}. Aucun SMS ni appel ne part.", title=exercise["title"], until=until)


def _level(territory: Territory) -> list[Any]:
    level = territory.situation["level"]
    return [html.Span(_("Posture"), className="posture-word"), " ", html.Strong(f"{level} · {_(LEVELS[level])}", id=ids.POSTURE_LEVEL)]


def _said(territory: Territory) -> dict[str, str]:
    # The situation itself, for a page that the feed does not tell.
    return {"data-testid": "posture", "data-situation": json.dumps(territory.situation, ensure_ascii=False)}
