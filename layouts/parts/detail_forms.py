"""The forms of the detail's actions, each hidden until its button is pressed; assets/js/44-actions.js shows one at a time and sends it."""

from collections.abc import Sequence
from typing import Any

from dash import html

from hypervisor.i18n import N_, _
from hypervisor.operations.alarms import REASONS
from layouts import ids
from layouts.parts import field_line
from layouts.parts.keys import cap
from layouts.still import drawn_still, element

OUTCOMES = (
    ("repaired", N_("Réparé")),
    ("temporary", N_("Mise en sécurité, réparation à suivre")),
    ("returned", N_("Revenu à la normale sans intervention")),
    ("false_alarm", N_("Fausse alarme")),
    ("duplicate", N_("Doublon")),
    ("transferred", N_("Transmis à un autre service")),
)
"""(code, label) of the outcomes offered when an event is closed."""

MINUTES = ((15, N_("15 min")), (30, N_("30 min")), (60, N_("1 h")), (120, N_("2 h")), (240, N_("4 h")), (480, N_("8 h")))
LONG = ((60, N_("1 h")), (480, N_("8 h")), (1440, N_("24 h")), (4320, N_("3 jours")), (10080, N_("7 jours")))


@drawn_still
def forms() -> html.Div:
    """The forms that an action needs, one shown at a time by assets/js/44-actions.js."""
    outcomes = [html.Label([element("input", {"type": "radio", "name": ids.CLOSE_OUTCOME, "value": code}), _(label)]) for code, label in OUTCOMES]
    issue = _("Issue, obligatoire")
    reason = _("Motif, obligatoire")
    masks = (
        (ids.BTN_SHELVE, "differer", _("Différer l’alarme"), ((0, _("Jusqu’à son retour à la normale")), *((n, _(w)) for n, w in MINUTES))),
        (ids.BTN_SUPPRESS, "inhiber", _("Inhiber l’alarme"), tuple((n, _(w)) for n, w in LONG)),
        (ids.BTN_OUT_OF_SERVICE, "hors-service", _("Mettre l’alarme hors service"), tuple((n, _(w)) for n, w in LONG)),
    )
    return html.Div(
        [
            _form(
                ids.BTN_ASSIGN,
                _("Affecter à"),
                [
                    html.Div(id=ids.ASSIGN_TO, className="choices choices--people", role="radiogroup", **{"aria-label": _("Affecter à")}),
                    _text("affecter-motif", _("Motif, obligatoire si l’événement a un responsable")),
                ],
                ids.SUBMIT_ASSIGN,
                _("Affecter"),
            ),
            _form(ids.BTN_DISPATCH, _("Envoyer sur le terrain"), field_line.dispatching(), ids.SUBMIT_DISPATCH, _("Envoyer")),
            _form(ids.BTN_FOLLOW, _("Suite donnée à l’intervention"), field_line.following(), ids.SUBMIT_FOLLOW, _("Enregistrer")),
            _form(
                ids.BTN_CLOSE,
                _("Clore l’événement"),
                [
                    html.P(issue, className="form-label"),
                    html.Div(outcomes, id=ids.CLOSE_OUTCOME, className="choices", role="radiogroup", **{"aria-label": issue}),
                    _text("clore-cause", _("Cause, montrée aux événements semblables"), rows=1),
                    _text(ids.CLOSE_REPORT, _("Compte rendu")),
                    html.Div(
                        [html.P(id="clore-etapes", className="form-label"), _text("clore-motif", _("Motif, lu par le chef de salle"), rows=1)],
                        id="clore-fiche",
                        hidden=True,
                    ),
                ],
                ids.SUBMIT_CLOSE,
                _("Clore"),
            ),
            _form(ids.BTN_TAKE, _("Reprendre l’événement d’un autre opérateur"), [_text(ids.TAKE_REASON, reason)], ids.SUBMIT_TAKE, _("Reprendre")),
            _form(ids.BTN_COMMENT, _("Commentaire"), [_text(ids.COMMENT_TEXT, _("Commentaire"))], ids.SUBMIT_COMMENT, _("Enregistrer")),
            *(
                _form(
                    opener,
                    title,
                    [_select(f"{name}-duree", _("Durée"), lasts), _reasons(name), _text(f"{name}-motif", _("Précision"), rows=1)],
                    f"valider-{name}",
                    title,
                )
                for opener, name, title, lasts in masks
            ),
            _form(
                ids.BTN_HOLD,
                _("Mettre l’événement en attente"),
                [_select("attente-duree", _("Revient dans"), tuple((n, _(w)) for n, w in (*MINUTES, *LONG[2:]))), _text("attente-motif", _("Motif"), rows=1)],
                "valider-attente",
                _("Mettre en attente"),
            ),
            _form(
                ids.BTN_MERGE,
                _("Regrouper avec un autre événement"),
                [html.Div(id="regrouper-choix", className="choices", role="radiogroup", **{"aria-label": _("Événements proches")})],
                "valider-regrouper",
                _("Regrouper"),
            ),
            _form(
                ids.BTN_SPLIT,
                _("Scinder : alarmes qui forment un autre événement"),
                [html.Div(id="scinder-choix", className="choices", role="group", **{"aria-label": _("Alarmes de l’événement")})],
                "valider-scinder",
                _("Scinder"),
            ),
            _form(ids.BTN_CONFIRM, _("Constat sur le terrain"), [_text("confirmer-constat", _("Constat, obligatoire"))], "valider-confirmer", _("Confirmer")),
            _form(ids.BTN_FALSE, _("Classer fausse alerte"), [_text("fausse-motif", reason)], "valider-fausse-alerte", _("Classer")),
            _form(
                ids.BTN_GROUP,
                _("Acquitter le groupe"),
                [html.P(id="groupe-dit", className="form-label")],
                "valider-groupe",
                _("Acquitter le groupe"),
            ),
        ],
        className="forms",
    )


def _select(component_id: str, label: str, options: Sequence[tuple[int, str]]) -> html.Label:
    choices = [html.Option(text, value=str(minutes)) for minutes, text in options]
    return html.Label([html.Span(label, className="form-label"), html.Select(choices, id=component_id, className="field")], className="form-field")


def _reasons(name: str) -> html.Label:
    choices = [html.Option(_(text), value=_(text)) for text in REASONS.values()]
    return html.Label([html.Span(_("Motif"), className="form-label"), html.Select(choices, id=f"{name}-raison", className="field")], className="form-field")


def _form(opened_by: str, title: str, fields: Sequence[Any], submit: str, label: str) -> html.Div:
    return html.Div(
        [
            html.P(title, className="form-title"),
            *fields,
            html.Div(
                [
                    html.Button(label, id=submit, type="button", className="action action--primary form-submit", **{"data-testid": submit}),
                    html.Button([cap("Échap"), html.Span(_("Annuler"))], type="button", className="action form-cancel"),
                ],
                className="form-end",
            ),
        ],
        className="form",
        hidden=True,
        role="group",
        **{"data-de": opened_by, "aria-label": title},
    )


def _text(component_id: str, label: str, rows: int = 2) -> html.Label:
    return html.Label(
        [html.Span(label, className="form-label"), html.Textarea(id=component_id, className="field", rows=rows, maxLength=2000)], className="form-field"
    )
