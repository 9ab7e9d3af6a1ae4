"""The past by motive, for who has no right of their own to read it: the form that opens a window, and what says that one is open. `assets/js/60-replay-access.js` sends it."""

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.motivated import LEAST_MOTIVE, LONGEST_MOTIVE, Access
from hypervisor.i18n import _
from layouts.parts.entry import day_field
from layouts.parts.icon import icon


def form(last: Access | None, now: datetime) -> html.Section:
    """Motive and window; before it, when the last access ended."""
    ended = (
        [html.P(_("Votre accès n° {id} a pris fin le {end} : rien n’est plus montré.", id=last.id, end=fmt.moment(last.ends_at)), className="access-ended", role="status")]
        if last is not None and not last.is_open(now)
        else []
    )  # fmt: skip
    told = _("Votre rôle n’ouvre le rejeu que sur motif. La période choisie, 24 h au plus, s’ouvre à vous seul, en lecture, pendant 1 h. Le motif et chaque lecture restent dans l’audit.")  # fmt: skip
    return html.Section(
        [
            html.H2(_("Accès motivé au rejeu"), className="access-title"),
            *ended,
            html.P(told, id="acces-regle", className="export-note"),
            html.Div([_moment("acces-de", _("de")), _moment("acces-a", _("à"))], className="access-window"),
            html.Label(
                [
                    html.Span(_("Motif, en {count} caractères au moins", count=LEAST_MOTIVE), className="form-label"),
                    html.Textarea(id="acces-motif", rows=3, maxLength=LONGEST_MOTIVE, className="field", **{"aria-describedby": "acces-regle"}),
                ],
                className="form-field export-field",
            ),
            html.Button(
                [icon("eye"), html.Span(_("Ouvrir cette période pendant 1 h"), className="action-word")],
                id="acces-ouvrir",
                type="button",
                className="action action--primary",
            ),
            html.P(id="acces-reponse", className="export-answer", role="status"),
        ],
        className="panel export-alone access-form",
        **{"data-testid": "acces-motive"},
    )


def attributes(access: Access | None) -> dict[str, str]:
    """What the page's script knows of the access that opened it: its window, and when it must be empty again."""
    if access is None:
        return {}
    return {
        "data-acces": str(access.id),
        "data-depuis": access.since.isoformat(),
        "data-jusque": access.until.isoformat(),
        "data-fin": access.ends_at.isoformat(),
    }


def told(access: Access) -> list[Component]:
    """« Accès motivé jusqu’à 15:42 », with its window and motive, and the way to end it."""
    window = _("du {since} au {until}", since=fmt.moment(access.since), until=fmt.moment(access.until))
    motive = _("Motif : {motive}", motive=access.motive)
    return [
        html.Span([html.Strong(_("Accès motivé jusqu’à {hour}", hour=fmt.time(access.ends_at))), html.Span(f"{window}. {motive}")], className="replay-said replay-said--access", title=f"{window}. {motive}", **{"data-testid": "acces-ouvert"}),
        html.Button([icon("lock"), html.Span(_("Fermer l’accès"), className="action-word")], id="acces-fermer", type="button", className="action action--primary"),
    ]  # fmt: skip


def _moment(component_id: str, word: str) -> html.Label:
    return html.Label([html.Span(word, className="form-label"), day_field(component_id, has_hour=True)], className="form-field export-field")
