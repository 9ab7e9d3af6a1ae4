"""The selected alarm: what it is, the time left, the actions, the measured value, then facts and timeline. Live parts are written by assets/js/42-detail.js."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from hypervisor import fmt
from hypervisor.i18n import N_, _
from hypervisor.queries.sheet import Sheet
from layouts import ids
from layouts.parts.keys import button, cap

OUTCOMES = (
    ("repaired", N_("Réparé")),
    ("temporary", N_("Mise en sécurité, réparation à suivre")),
    ("returned", N_("Revenu à la normale sans intervention")),
    ("false_alarm", N_("Fausse alarme")),
    ("duplicate", N_("Doublon")),
    ("transferred", N_("Transmis à un autre service")),
)
"""(code, label) of the outcomes offered when an event is closed."""

STEPS = {
    "raise": N_("Alarme émise"),
    "acknowledge": N_("Acquittée"),
    "unacknowledge": N_("Rendue à la salle"),
    "clear": N_("Revenue à la normale"),
    "worsen": N_("Aggravée"),
    "repeat": N_("Répétée"),
    "retire": N_("Règle retirée"),
    "retire-layer": N_("Domaine retiré"),
    "take": N_("Prise en charge"),
    "release": N_("Rendue"),
    "assign": N_("Affectée"),
    "hold": N_("Mise en attente"),
    "resolve": N_("Résolue"),
    "close": N_("Close"),
    "reopen": N_("Rouverte"),
    "comment": N_("Commentaire"),
    "false-positive": N_("Fausse alarme"),
}
"""action of a logbook line → its word in the timeline."""


def detail() -> html.Section:
    """The panel, empty until an alarm is selected."""
    return html.Section(
        [
            html.Div([html.P(_("Choisissez un événement")), html.P([cap("J"), cap("Entrée")], className="keys")], id="detail-vide", className="panel-empty"),
            html.Div([_head(), _actions(), _forms(), _measure(), html.Div(id=ids.FACTS, className="facts")], id="detail-plein", hidden=True),
        ],
        id="detail",
        className="panel detail",
        tabIndex=-1,
        **{"aria-label": _("Détail"), "data-testid": "detail"},
    )


def _head() -> html.Header:
    return html.Header(
        [
            html.Span(id="detail-forme", className="detail-shape"),
            html.Div([html.H2(id="detail-titre"), html.P(id="detail-meta")], className="detail-title"),
            html.Div([html.Span(_("décider avant")), html.Strong(id="detail-delai")], id="detail-decider", className="detail-decide"),
        ],
        className="detail-head",
    )


def _actions() -> html.Div:
    return html.Div(
        [
            button(ids.BTN_ACKNOWLEDGE, _("Acquitter"), "A", "btn-acquitter", is_primary=True),
            button(ids.BTN_TAKE, _("Prendre en charge"), "P", "btn-prendre"),
            button(ids.BTN_ASSIGN, _("Affecter"), "T", "btn-affecter"),
            button(ids.BTN_RESOLVE, _("Résoudre"), "R", "btn-resoudre"),
            button(ids.BTN_CLOSE, _("Clore"), "C", "btn-clore"),
            button(ids.BTN_COMMENT, _("Commenter"), "", "btn-commenter", icon_name="message"),
            html.P(id="detail-raison", className="reason", role="status", hidden=True),
        ],
        className="actions",
        role="group",
        **{"aria-label": _("Actions")},
    )


def _forms() -> html.Div:
    """The forms that an action needs, one shown at a time by assets/js/44-actions.js."""
    outcomes = [{"value": code, "label": _(label)} for code, label in OUTCOMES]
    return html.Div(
        [
            _form(ids.BTN_ASSIGN, _("Affecter à"), [dcc.RadioItems(id=ids.ASSIGN_TO, options=[], className="choices")], ids.SUBMIT_ASSIGN, _("Affecter")),
            _form(
                ids.BTN_CLOSE,
                _("Clore l’événement"),
                [
                    html.P(_("Issue, obligatoire"), className="form-label"),
                    dcc.RadioItems(id=ids.CLOSE_OUTCOME, options=outcomes, className="choices"),
                    _text(ids.CLOSE_REPORT, _("Compte rendu")),
                ],
                ids.SUBMIT_CLOSE,
                _("Clore"),
            ),
            _form(
                ids.BTN_TAKE,
                _("Reprendre l’événement d’un autre opérateur"),
                [_text(ids.TAKE_REASON, _("Motif, obligatoire"))],
                ids.SUBMIT_TAKE,
                _("Reprendre"),
            ),
            _form(ids.BTN_COMMENT, _("Commentaire"), [_text(ids.COMMENT_TEXT, _("Commentaire"))], ids.SUBMIT_COMMENT, _("Enregistrer")),
        ],
        className="forms",
    )


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


def _text(component_id: str, label: str) -> html.Label:
    return html.Label(
        [html.Span(label, className="form-label"), html.Textarea(id=component_id, className="field", rows=2, maxLength=2000)], className="form-field"
    )


def _measure() -> html.Div:
    return html.Div(
        [
            html.Div([html.H3(id="mesure-titre"), html.Span(id="mesure-qualite", className="measure-quality")], className="measure-head"),
            html.Div(
                [html.Span(id="mesure-valeur", className="measure-value"), html.Span(id="mesure-ecart", className="measure-gap")], className="measure-line"
            ),
            html.Div(id="mesure-courbe", className="curve"),
            dcc.Store(id=ids.MEASURED),
        ],
        id="mesure",
        className="measure",
    )


def facts(sheet: Sheet) -> list[html.Dl | html.Section]:
    """The asset's facts and the alarm's timeline."""
    asset, attributes = sheet.asset, sheet.asset["attributes"]
    pairs = [
        (_("Équipement"), " · ".join(part for part in (asset["name"], asset["code"]) if part)),
        (_("Type"), _(sheet.kind.label) if sheet.kind else asset["kind"]),
        (_("Adresse"), ", ".join(part for part in (asset["address"], asset["commune"]) if part)),
        *((_(label), _said(attributes[key])) for key, label in (sheet.kind.details if sheet.kind else ()) if attributes.get(key) not in (None, "")),
    ]
    known = html.Dl([html.Div([html.Dt(word), html.Dd(value)], className="fact") for word, value in pairs], className="fact-list")
    steps = [
        html.Li([html.Span(fmt.time(datetime.fromisoformat(line["at"]), seconds=True), className="step-time"), html.Span(step(line))], className="step")
        for line in sheet.lines
        if line["action"]
    ]
    timeline = html.Section(
        [html.H3(_("Chronologie")), html.Ol(steps) if steps else html.P(_("Rien encore"), className="none")],
        className="timeline",
        **{"data-testid": "chronologie"},
    )
    return [known, timeline]


def measured(sheet: Sheet) -> dict[str, Any]:
    """What the measured value needs to be drawn: name of the property, its threshold, and how long it stays fresh (seconds)."""
    if sheet.measured is None:
        return {}
    threshold = sheet.alarm["threshold"]
    return {
        "key": sheet.measured.key,
        "label": _(sheet.measured.label),
        "unit": sheet.measured.unit,
        "threshold": threshold,
        "below": bool(sheet.rule and sheet.rule.comparison == "below"),
        "period_s": sheet.measured.period.total_seconds(),
        "words": {str(code): _(sheet.measured.word_labels.get(word, word)) for word, code in sheet.measured.words.items()},
    }


def step(line: dict[str, Any]) -> str:
    """A logbook line as a step of the timeline: what was done, by whom."""
    word = _(STEPS.get(line["action"], line["action"]))
    who = "" if line["actor"].startswith(("rule", "system", "worker")) else line["actor_name"]
    return f"{word} · {who}" if who else word


def _said(value: object) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, float):
        return fmt.number(value)
    return str(value)
