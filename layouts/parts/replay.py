"""The parts of the page of the past: what says that it is the past, the transport, the timeline, and what the room saw."""

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from hypervisor.domain.motivated import Access
from hypervisor.domain.operator import Principal
from hypervisor.i18n import N_, _
from layouts.parts import disclosures, motivated
from layouts.parts.entry import day_field
from layouts.parts.icon import icon
from layouts.parts.keys import cap

SPEEDS = (1, 10, 60)
MOVES = (
    ("rejeu-precedent", "player-skip-back", N_("Alarme précédente"), "↑"),
    ("rejeu-recule", "chevron-left", N_("Reculer d’une minute"), "←"),
    ("rejeu-lecture", "player-play", N_("Lecture"), "Espace"),
    ("rejeu-avance", "chevron-right", N_("Avancer d’une minute"), "→"),
    ("rejeu-suivant", "player-skip-forward", N_("Alarme suivante"), "↓"),
)
"""(id, icon, label, key) of the transport's buttons."""


def banner(access: Access | None = None) -> html.Div:
    """What can never be taken for the present: the word, the moment, and the way back; by an access by motive, until when and why instead."""
    said: list[Component] = [
        html.Span(_("Ceci n’est pas le direct : rien ici ne peut être acquitté ni envoyé."), className="replay-said"),
        html.A([_("Revenir au direct"), cap("L")], href="/console", id="rejeu-direct", className="action action--primary"),
    ]
    return html.Div(
        [
            html.Strong(_("REJEU"), className="replay-word"),
            html.Span("–", id="rejeu-moment", className="replay-moment", role="timer", **{"aria-live": "off"}),
            *(motivated.told(access) if access else said),
        ],
        className="replay-banner",
        role="note",
    )


def transport(principal: Principal, *, may_annotate: bool) -> html.Div:
    """Period, moves, speed, and what may be taken away."""
    moves = [
        html.Button(icon(name), id=component_id, type="button", className="action action--icon", title=f"{_(label)} ({key})", **{"aria-label": _(label)})
        for component_id, name, label, key in MOVES
    ]
    speeds = [
        html.Button(f"×{speed}", type="button", className="action", **{"data-vitesse": str(speed), "aria-pressed": str(speed == 1).lower(), "aria-label": _("Vitesse {n}", n=speed)})
        for speed in SPEEDS
    ]  # fmt: skip
    more: list[Component] = (
        [html.Button([icon("bookmark"), html.Span(_("Signet"), className="action-word"), cap("B")], id="rejeu-signet", type="button", className="action")]
        if may_annotate
        else []
    )
    return html.Div(
        [
            html.Div(moves, className="replay-group", role="group", **{"aria-label": _("Défilement")}),
            html.Div(speeds, className="replay-group", role="group", **{"aria-label": _("Vitesse")}),
            html.Div(
                [
                    html.Label([_("de"), day_field("rejeu-de", has_hour=True)]),
                    html.Label([_("à"), day_field("rejeu-a", has_hour=True)]),
                    html.Button(_("Charger"), id="rejeu-charger", type="button", className="action"),
                ],
                className="replay-group replay-period",
            ),
            html.Span(id="rejeu-etat", className="replay-state", role="status"),
            html.Div(
                [*more, *disclosures.menu(principal)],
                className="replay-group replay-end",
            ),
        ],
        className="panel replay-transport",
    )


def timeline() -> html.Div:
    """The period as a line: alarms by shape at the moment they asked, notes as flags, the moment as a cursor that arrows move."""
    return html.Div(
        [
            html.Div(id="rejeu-reperes", className="replay-marks"),
            html.Div(id="rejeu-heures", className="replay-hours", **{"aria-hidden": "true"}),
            html.Div(
                id="rejeu-curseur",
                className="replay-cursor",
                role="slider",
                tabIndex=0,
                **{
                    "aria-label": _("Moment rejoué"),
                    "aria-valuemin": "0",
                    "aria-valuemax": "0",
                    "aria-valuenow": "0",
                    "aria-valuetext": "–",
                    "data-testid": "rejeu-curseur",
                },
            ),
        ],
        id="rejeu-frise",
        className="panel replay-line",
    )


def queue() -> html.Section:
    """What the room had before its eyes."""
    return _panel(
        "rejeu-file",
        _("Ce que voyait la salle"),
        html.Ol(id="rejeu-file-lignes", className="replay-rows", tabIndex=0, **{"aria-label": _("Alarmes ouvertes à ce moment")}),
    )


def curves(*, may_explore: bool) -> html.Section:
    """What the sensors of the chosen asset had said; hidden until one is chosen. Drawn by assets/js/60-replay-curves.js."""
    onward = [html.A(_("Voir la suite dans l’exploration"), id="rejeu-courbes-exploration", href="/exploration", className="action")] if may_explore else []
    close = html.Button(
        icon("x"),
        id="rejeu-courbes-fermer",
        type="button",
        className="action action--icon",
        title=_("Fermer les courbes"),
        **{"aria-label": _("Fermer les courbes")},
    )
    head = html.Header(
        [html.H2(_("Courbes"), id="rejeu-courbes-titre"), html.Span(id="rejeu-courbes-contexte", className="panel-context"), html.Div([*onward, close], className="replay-curves-acts")],
        className="panel-head",
    )  # fmt: skip
    lines = html.Div(id="rejeu-courbes-lignes", className="replay-curves-lines", tabIndex=0, role="group", **{"aria-label": _("Mesures connues à ce moment")})
    return html.Section(
        [head, html.P(id="rejeu-courbes-etat", className="replay-curves-state", role="status"), lines],
        id="rejeu-courbes",
        className="panel replay-panel replay-curves",
        hidden=True,
        tabIndex=-1,
        **{"aria-label": _("Courbes de l’équipement choisi"), "data-testid": "rejeu-courbes"},
    )


def log() -> html.Section:
    """The logbook up to the moment, and the tones."""
    return _panel(
        "rejeu-journal",
        _("Main courante et sons"),
        html.Ol(id="rejeu-journal-lignes", className="replay-rows", tabIndex=0, **{"aria-label": _("Mentions et sons jusqu’à ce moment")}),
    )


def notes(*, may_annotate: bool) -> html.Section:
    """Bookmarks and lessons (RETEX)."""
    form = html.Div(
        [
            html.Textarea(id="rejeu-note", rows=2, maxLength=2000, className="field", placeholder=_("Ce que ce moment apprend"), **{"aria-label": _("Enseignement")}),
            html.Button([html.Span(_("Noter l’enseignement"), className="action-word"), cap("Ctrl"), cap("Entrée")], id="rejeu-noter", type="button", className="action"),
        ],
        className="replay-note-form",
    )  # fmt: skip
    lines = html.Ol(id="rejeu-notes-lignes", className="replay-rows", tabIndex=0, **{"aria-label": _("Signets et enseignements de la période")})
    return _panel("rejeu-notes", _("Retour d’expérience"), lines, *([form] if may_annotate else []))


def closed(principal: Principal, last: Access | None, now: datetime) -> html.Div:
    """What a role that reads the past by motive alone finds: the form that opens a window, and the requests that it decides."""
    return html.Div([motivated.form(last, now), *disclosures.alone(principal)], className="replay-closed")


def _panel(component_id: str, title: str, *children: Component) -> html.Section:
    head = html.Header([html.H2(title), html.Span(id=f"{component_id}-contexte", className="panel-context")], className="panel-head")
    return html.Section([head, *children], id=component_id, className=f"panel replay-panel replay-panel--{component_id}", tabIndex=-1, **{"aria-label": title})
