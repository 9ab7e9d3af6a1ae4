"""The selected alarm: what it is, the time left, the actions, the measured value, then facts and timeline. Live parts are written by assets/js/42-detail.js."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from hypervisor import fmt
from hypervisor.domain.on_call import Kind
from hypervisor.i18n import N_, _
from hypervisor.operations.on_call import KINDS
from hypervisor.queries.sheet import Sheet
from layouts import ids
from layouts.parts import detail_forms, field_line
from layouts.parts.keys import button, cap, cap_named
from layouts.still import drawn_still, still

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
    "create": N_("Ouvert à la main"),
    "resume": N_("Fin de mise en attente"),
    "merge": N_("Fusionné"),
    "absorb": N_("En a reçu un autre"),
    "attach": N_("Alarmes jointes"),
    "split": N_("Scindé"),
    "procedure-start": N_("Fiche réflexe ouverte"),
    "procedure-do": N_("Étape faite"),
    "procedure-answer": N_("Étape répondue"),
    "procedure-skip": N_("Étape sans objet"),
    "procedure-undo": N_("Étape rouverte"),
    "procedure-act": N_("Bouton de la fiche"),
    "procedure-seen": N_("Motif lu par le chef de salle"),
    "confirm": N_("Confirmée sur le terrain"),
    "shelve": N_("Différée"),
    "unshelve": N_("Reprise"),
    "suppress": N_("Inhibée"),
    "unsuppress": N_("Inhibition levée"),
    "out-of-service": N_("Mise hors service"),
    "in-service": N_("Remise en service"),
    "reset": N_("Réarmée"),
    "intervention-request": N_("Intervention demandée"),
    "intervention-reassign": N_("Intervention confiée à un autre"),
    "intervention-cancel": N_("Intervention annulée"),
    "intervention-accept": N_("Intervention acceptée"),
    "intervention-refuse": N_("Intervention refusée"),
    "intervention-en-route": N_("Agent en route"),
    "intervention-on-site": N_("Agent sur place"),
    "intervention-done": N_("Intervention terminée"),
    "intervention-impossible": N_("Intervention impossible"),
    "intervention-help": N_("Renfort demandé"),
    "intervention-help-answered": N_("Renfort traité"),
    "intervention-note": N_("Note du terrain"),
    "intervention-parts": N_("Pièces posées"),
    "intervention-photo": N_("Photo du terrain"),
    "escalate-louder": N_("Son renforcé"),
    "escalate-chief": N_("Chef de salle prévenu"),
    "escalate-on-call-sms": N_("Astreinte prévenue"),
    "escalate-on-call-call": N_("Astreinte appelée"),
    "escalate-decision": N_("Astreinte de décision"),
    "escalate-list": N_("Portée sur la liste"),
}
"""action of a logbook line → its word in the timeline."""


def detail() -> html.Section:
    """The panel, empty until an alarm is selected."""
    return html.Section(
        [
            still(
                html.Div(
                    [html.P(_("Choisissez un événement")), html.P([cap_named("next"), cap("Entrée")], className="keys")],
                    id="detail-vide",
                    className="panel-empty",
                )
            ),
            html.Div(
                [
                    _head(),
                    _actions(),
                    detail_forms.forms(),
                    html.Div(id="detail-masques", className="masks", role="status", hidden=True),
                    field_line.section(),
                    html.Div(id="detail-travaux", className="works-here", hidden=True),
                    html.Div(id=ids.SAYINGS, className="sayings"),
                    _measure(),
                    dcc.Store(id=ids.MEASURED),
                    _members(),
                    html.Div(id=ids.FACTS, className="facts"),
                ],
                id="detail-plein",
                hidden=True,
            ),
        ],
        id="detail",
        className="panel detail",
        tabIndex=-1,
        **{"aria-label": _("Détail"), "data-testid": "detail"},
    )


@drawn_still
def _head() -> html.Header:
    return html.Header(
        [
            html.Span(id="detail-forme", className="detail-shape"),
            html.Div([html.H2(id="detail-titre"), html.P(id="detail-meta")], className="detail-title"),
            html.Div([html.Span(_("décider avant")), html.Strong(id="detail-delai")], id="detail-decider", className="detail-decide"),
        ],
        className="detail-head",
    )


@drawn_still
def _actions() -> html.Div:
    """The next steps of an alarm's life, then what is rarer: folded, but for its keys, which act all the same."""
    rare = (
        (ids.BTN_HOLD, _("Mettre en attente")),
        (ids.BTN_RELEASE, _("Rendre à la salle")),
        (ids.BTN_MERGE, _("Regrouper")),
        (ids.BTN_SPLIT, _("Scinder")),
        (ids.BTN_CONFIRM, _("Confirmer sur le terrain")),
        (ids.BTN_RESET, _("Réarmer")),
        (ids.BTN_SUPPRESS, _("Inhiber")),
        (ids.BTN_OUT_OF_SERVICE, _("Mettre hors service")),
        (ids.BTN_UNMASK, _("Reprendre")),
        (ids.BTN_FALSE, _("Fausse alerte")),
        (ids.BTN_REOPEN, _("Rouvrir")),
        (ids.BTN_COMMENT, _("Commenter")),
    )
    return html.Div(
        [
            button(ids.BTN_ACKNOWLEDGE, _("Acquitter"), is_primary=True),
            button(ids.BTN_TAKE, _("Prendre en charge")),
            button(ids.BTN_ASSIGN, _("Affecter")),
            button(ids.BTN_DISPATCH, _("Envoyer sur le terrain")),
            button(ids.BTN_SHELVE, _("Différer")),
            button(ids.BTN_RESOLVE, _("Résoudre")),
            button(ids.BTN_CLOSE, _("Clore")),
            html.Details(
                [html.Summary(_("Autres actions"), className="action"), html.Div([button(each, label) for each, label in rare], className="rare-actions")],
                className="rare",
                id="detail-autres",
            ),
            html.P(id="detail-raison", className="reason", role="status", hidden=True),
        ],
        className="actions",
        role="group",
        **{"aria-label": _("Actions")},
    )


@drawn_still
def _members() -> html.Div:
    content = [html.H3(id="groupe-titre"), button(ids.BTN_GROUP, _("Acquitter le groupe")), html.Ul(id="groupe-liste")]
    return html.Div(content, id="detail-groupe", className="members", hidden=True)


@drawn_still
def _measure() -> html.Div:
    return html.Div(
        [
            html.Div([html.H3(id="mesure-titre"), html.Span(id="mesure-qualite", className="measure-quality")], className="measure-head"),
            html.Div(
                [html.Span(id="mesure-valeur", className="measure-value"), html.Span(id="mesure-ecart", className="measure-gap")], className="measure-line"
            ),
            html.Div(id="mesure-courbe", className="curve"),
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
    return [*([] if sheet.on_call is None else [answering(sheet.on_call)]), known, timeline]


def answering(people: Sequence[dict[str, Any]]) -> html.Section:
    """« Qui répond maintenant » for this alarm: the name, the duty and the number to dial."""
    rows = [
        html.Li(
            [
                html.Span(
                    [
                        html.Strong(person["name"]),
                        html.Span(_("{kind}, rang {rank}", kind=_(KINDS[Kind(person["kind"])]), rank=person["rank"]), className="place"),
                    ],
                    className="duty-who",
                ),
                html.A(person["phone"], href=f"tel:{person['phone']}", className="duty-phone")
                if person.get("phone")
                else html.Span(_("sans numéro"), className="place"),
            ],
            className="duty",
        )
        for person in people
    ]
    body = html.Ul(rows, className="duties") if rows else html.P(_("Personne n’est d’astreinte pour ce domaine."), className="duty-gap")
    return html.Section([html.H3(_("Qui répond maintenant")), body], className="answering", **{"data-testid": "astreinte-maintenant"})


def measured(sheet: Sheet) -> dict[str, Any]:
    """Of which alarm the sheet is, and what its measured value needs to be drawn: name of the property, its threshold, and how long it stays fresh (seconds)."""
    of = {"alarm": sheet.alarm["id"]}
    if sheet.measured is None:
        return of
    threshold = sheet.alarm["threshold"]
    return of | {
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
