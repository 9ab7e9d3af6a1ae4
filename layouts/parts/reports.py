"""Dashboards sent to officials, as services see them: documents to validate, those that left, what is programmed. Buttons and forms are answered by assets/js/60-post.js."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.i18n import N_, _, ngettext
from hypervisor.operations.reports import LONGEST
from hypervisor.queries import said
from hypervisor.queries.officials import SERVICE
from hypervisor.queries.reports import Sendings
from layouts.parts.entry import entry
from layouts.parts.icon import icon
from layouts.parts.outbox import STATES as DELIVERIES

RHYTHMS = {"month": N_("Chaque mois"), "quarter": N_("Chaque trimestre"), "year": N_("Chaque année"), "council": N_("La veille de chaque conseil")}
STATES = {"to_validate": N_("à valider"), "sent": N_("envoyé"), "refused": N_("refusé")}
DIGEST_SHOWN = 12


def panels(found: Sendings, who: Principal, layers: Mapping[str, Layer], communes: Mapping[int, str]) -> list[Component]:
    """Those to validate first, then those that were decided, then the plans with the form that adds one."""
    waiting = [one for one in found.documents if one["state"] == "to_validate"]
    return [
        _to_validate(waiting, who),
        _decided([one for one in found.documents if one["state"] != "to_validate"]),
        _plans(found.plans, who, layers, communes),
        _councils(found.councils),
    ]


def _to_validate(documents: Sequence[dict[str, Any]], who: Principal) -> html.Section:
    head = html.Header(
        [html.H2(_("À valider")), html.Span(_("Rien ne part sans qu’une seconde personne ait lu"), className="panel-context")], className="panel-head"
    )
    body: list[Component] = [_document(one, who) for one in documents] or [
        html.P(_("Rien n’attend : les documents sont préparés quand leur période est finie et calculée."), className="panel-note-line")
    ]
    return html.Section([head, *body], className="panel", **{"data-testid": "envois-a-valider"})


def _document(one: dict[str, Any], who: Principal) -> html.Article:
    version = {"version": one["version"]}
    is_own = one["written_by"] == who.name
    reasons = []
    if is_own:
        reasons.append(_("Vous l’avez demandé ou corrigé : une autre personne le valide."))
    if one["ended_at"] is not None:
        reasons.append(_("Cet envoi programmé a été arrêté : il n’a plus de destinataire."))
    validate = html.Button(
        [icon("send"), _("Valider et envoyer")], type="button", className="action action--primary", disabled=bool(reasons),
        **{"data-post": f"/api/v1/reports/{one['id']}/validate", "data-body": json.dumps(version), "data-said": _("Document validé : il part vers ses destinataires.")},
    )  # fmt: skip
    read = html.A([icon("file-type-pdf"), _("Lire le document (PDF)")], href=_pdf(one), target="_blank", className="action")
    return html.Article(
        [
            html.H3(one["title"]),
            html.P(_("Préparé le {quand}, texte de {nom}. Empreinte {empreinte}…", quand=fmt.moment(one["prepared_at"]), nom=one["written_name"], empreinte=one["digest"][:DIGEST_SHOWN]), className="sending-context"),
            html.P(one["sentence"], className="sending-sentence"),
            html.P([html.Strong(_("Faits marquants :")), " ", one["highlight"] or _("aucun, le document n’en parle pas.")]),
            html.P([html.Strong(_("Destinataires :")), " ", _people(one["recipients"])]),
            html.Div([read, validate, _correct(one), _refuse(one)], className="sending-acts"),
            *(html.P(reason, className="sending-context") for reason in reasons),
        ],
        className="sending", **{"data-answer": "", "data-testid": f"envoi-{one['id']}"},
    )  # fmt: skip


def _correct(one: dict[str, Any]) -> html.Details:
    fields = [
        html.Label([html.Span(_("Faits marquants, en {n} caractères au plus", n=LONGEST), className="form-label"), entry("highlight", "textarea", one["highlight"], required=False)], className="sending-text"),
        html.Span(entry("version", "hidden", str(one["version"]), kind="number"), hidden=True),
        html.Button(_("Corriger et refaire le document"), type="submit", className="action"),
    ]  # fmt: skip
    form = html.Form(
        fields,
        className="sending-form",
        **{"data-post": f"/api/v1/reports/{one['id']}/correct", "data-said": _("Document refait : une autre personne le valide.")},
    )
    return html.Details([html.Summary(_("Corriger les faits marquants")), form], className="roster-fold")


def _refuse(one: dict[str, Any]) -> html.Details:
    fields = [
        html.Label([html.Span(_("Motif, lu par qui l’a préparé"), className="form-label"), entry("motive", "textarea")], className="sending-text"),
        html.Span(entry("version", "hidden", str(one["version"]), kind="number"), hidden=True),
        html.Button(_("Refuser"), type="submit", className="action"),
    ]
    form = html.Form(
        fields, className="sending-form", **{"data-post": f"/api/v1/reports/{one['id']}/refuse", "data-said": _("Document refusé : rien ne part.")}
    )
    return html.Details([html.Summary(_("Refuser")), form], className="roster-fold")


def _decided(documents: Sequence[dict[str, Any]]) -> html.Section:
    head = html.Header([html.H2(_("Envoyés et refusés"))], className="panel-head")
    rows = [
        html.Tr(
            [
                html.Th(html.A(one["title"], href=_pdf(one), target="_blank"), scope="row"),
                html.Td([html.Strong(_(STATES[one["state"]])), html.Span(f"{one['decided_name']}, {fmt.moment(one['decided_at'])}", className="cell-second")]),
                html.Td(html.Span(_became(one), className="cell-text")),
                html.Td(_correct(one) if one["state"] == "refused" and one["ended_at"] is None else "", **{"data-answer": ""}),
            ]
        )
        for one in documents
    ]
    return _table(head, (_("Document"), _("Décision"), _("Suite"), ""), rows, _("Aucun document n’est encore parti."), "envois-faits")


def _became(one: dict[str, Any]) -> str:
    """Why it was refused, or how far its messages are; those older than the outbox keeps are no longer known."""
    if one["state"] == "refused":
        return _("Motif : {motif}", motif=one["motive"])
    found: dict[str, int] = one["deliveries"]
    if not found:
        return _("Messages de plus de trois mois : leur suite n’est plus gardée.")
    return ", ".join(f"{count} {_(DELIVERIES[state])}" for state, count in sorted(found.items()))


def _plans(plans: Sequence[dict[str, Any]], who: Principal, layers: Mapping[str, Layer], communes: Mapping[int, str]) -> html.Section:
    head = html.Header(
        [html.H2(_("Envois programmés")), html.Span(ngettext("{count} envoi", "{count} envois", len(plans)), className="panel-context")], className="panel-head"
    )
    rows = [
        html.Tr(
            [
                html.Th(one["title"], scope="row"),
                html.Td(_rhythm(one)),
                html.Td(html.Span(_people(one["recipients"]), className="cell-text")),
                html.Td(f"{one['created_name']}, {fmt.moment(one['created_at'])}"),
                html.Td(html.Button(_("Arrêter"), type="button", className="action", **{"data-post": f"/api/v1/report-plans/{one['id']}/stop", "data-said": _("Envoi arrêté, adresses effacées.")}), **{"data-answer": ""}),
            ]
        )
        for one in plans
    ]  # fmt: skip
    made = _table(head, (_("Document"), _("Rythme"), _("Destinataires"), _("Demandé par"), ""), rows, _("Aucun envoi n’est programmé."), "envois-programmes")
    made.children.append(_form(who, layers, communes))
    return made


def _form(who: Principal, layers: Mapping[str, Layer], communes: Mapping[int, str]) -> html.Details:
    """Only what lies inside the perimeter is offered; the operation asks again."""
    labels = {key: layer.label for key, layer in layers.items()}
    domains = [("", _("Ensemble"))] if who.layers is None else []
    domains += [(key, said.domain(key, labels)) for key in [*layers, SERVICE] if who.may("report:plan", key) and (key == SERVICE or layers[key].indicators)]
    places = ([("0", _("Tout le territoire"))] if who.communes is None else []) + [(str(number), name) for number, name in communes.items() if number]
    fields = [
        _field(_("Domaine"), _select("domain", domains)),
        _field(_("Territoire"), _select("commune", places, "number")),
        _field(_("Rythme"), _select("rhythm", [(key, _(word)) for key, word in RHYTHMS.items()])),
        html.Label(
            [html.Span(_("Destinataires, un par ligne : Nom <adresse>"), className="form-label"), entry("recipients", "textarea")], className="sending-text"
        ),
        html.Button(_("Programmer l’envoi"), type="submit", className="action action--primary"),
    ]
    said_after = _("Envoi programmé. Le document est préparé dès que sa période est finie, ou la veille du conseil, à valider par une autre personne.")
    form = html.Form(fields, className="roster-form", **{"data-post": "/api/v1/report-plans", "data-said": said_after})
    return html.Details([html.Summary(_("Programmer un envoi")), form], className="roster-fold sending-new", **{"data-testid": "envoi-programmer"})


def _councils(councils: Sequence[dict[str, Any]]) -> html.Section:
    """When councils sit, and the form that declares one."""
    head = html.Header(
        [
            html.H2(_("Conseils à venir")),
            html.Span(_("Le dernier mois fini est préparé le jour ouvré d’avant, et part une fois validé"), className="panel-context"),
        ],
        className="panel-head",
    )
    rows = [
        html.Tr(
            [
                html.Th(said.day(one["day"]), scope="row"),
                html.Td(one["created_name"]),
                html.Td(html.Button(_("Retirer"), type="button", className="action", **{"data-post": f"/api/v1/councils/{one['id']}/withdraw", "data-said": _("Conseil retiré.")}), **{"data-answer": ""}),
            ]
        )
        for one in councils
    ]  # fmt: skip
    made = _table(head, (_("Jour du conseil"), _("Déclaré par"), ""), rows, _("Aucun conseil n’est déclaré."), "envois-conseils")
    fields = [_field(_("Jour du conseil"), entry("day", "date")), html.Button(_("Déclarer le conseil"), type="submit", className="action action--primary")]
    form = html.Form(fields, className="roster-form", **{"data-post": "/api/v1/councils", "data-said": _("Conseil déclaré.")})
    made.children.append(html.Details([html.Summary(_("Déclarer un conseil")), form], className="roster-fold sending-new"))
    return made


def _table(head: html.Header, names: Sequence[str], rows: list[Component], empty: str, testid: str) -> html.Section:
    heads = html.Thead(html.Tr([html.Th(name, scope="col") for name in names]))
    body: Component = html.Div(html.Table([heads, html.Tbody(rows)], className="admin-table"), className="table-scroll", tabIndex=0)
    return html.Section([head, body if rows else html.P(empty, className="panel-note-line")], className="panel", **{"data-testid": testid})


def _field(label: str, control: Component) -> html.Label:
    return html.Label([html.Span(label, className="form-label"), control], className="roster-field")


def _select(name: str, options: Sequence[tuple[str, str]], kind: str = "") -> html.Select:
    return html.Select(
        [html.Option(label, value=value) for value, label in options], className="field", **{"name": name, **({"data-kind": kind} if kind else {})}
    )


def _rhythm(one: dict[str, Any]) -> str:
    words = RHYTHMS[one["rhythm"]]
    return _(words)


def _people(recipients: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(f"{one['name']} ({one['email']})" if one["name"] and one.get("email") else one["name"] or one.get("email", "–") for one in recipients)


def _pdf(one: dict[str, Any]) -> str:
    return f"/api/v1/reports/{one['id']}/document.pdf"
