"""The last column of `/poste`: what is in force now, whom to phone, what waits, the two signatures (screens.md 1.0)."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.alarm import Priority
from hypervisor.domain.on_call import Kind
from hypervisor.i18n import _
from hypervisor.operations.on_call import KINDS
from hypervisor.queries.shifts import Post
from layouts.parts.icon import icon
from layouts.parts.shape import shape


def column(read: Post, name: str, mode: str) -> html.Section:
    """Whom to phone, what waits for an acknowledgement, the two signatures. name: the reader's; mode: post.mode_of."""
    assert read.chosen is not None and read.dossier is not None, "the page has a post"
    duties = [
        html.Div(
            [html.Strong(duty["label"]), html.Span(_(KINDS[Kind(duty["kind"])]), className="place"), html.Span(duty["answers"][0]["name"] if duty["answers"] else _("personne"), className="" if duty["answers"] else "duty-none"), _dial(duty)],
            className="duty-line",
        )
        for duty in read.duties
    ]  # fmt: skip
    waiting = read.dossier["waiting"]
    counts = [
        html.Span([shape(priority.word, label="", fixed=True), html.Strong(str(waiting.get(str(int(priority)), 0)))], className="counter")
        for priority in (Priority.CRITICAL, Priority.MAJOR, Priority.MINOR)
    ]
    return html.Section(
        [
            html.Header(html.H2(_("En vigueur maintenant")), className="panel-head"),
            html.Div([html.H3(_("Astreintes")), *(duties or [html.P(_("Aucun tableau d’astreinte."), className="none")])], className="post-block"),
            html.Div([html.H3(_("Alarmes à acquitter à la relève")), html.Div(counts, className="post-waiting")], className="post-block"),
            html.Div([html.H3(_("Signatures")), html.Div(_signatures(read, name, mode), className="signatures"), html.P(_("Après signature le dossier ne peut plus être modifié. Les deux signatures sont inscrites à la main courante."), className="place")], className="post-block"),
        ],
        className="panel post-right",
    )  # fmt: skip


def _dial(duty: dict[str, Any]) -> Component:
    phone = duty["answers"][0].get("phone") if duty["answers"] else None
    return html.A(phone, href=f"tel:{phone}", className="duty-phone") if phone else html.Span("–", className="place")


def _signatures(read: Post, name: str, mode: str) -> list[Component]:
    assert read.chosen is not None, "a post is chosen"
    if read.signed:
        outgoing = _signature(
            _("Sortant, {name}", name=read.signed["outgoing_name"]), _("signé à {at}", at=fmt.time(read.signed["at"], seconds=True)), is_signed=True
        )
    elif read.chosen["operator_name"]:
        outgoing = _signature(_("Sortant, {name}", name=read.chosen["operator_name"]), _("absent") if mode == "incoming" else _("à signer"))
    else:
        outgoing = _signature(_("Sortant"), _("personne : première prise de poste"))
    incoming = _signature(_("Entrant, {name}", name=name) if mode in ("incoming", "held") else _("Entrant"), _("à signer"), element_id="releve-entrant")
    return [outgoing, incoming]


def _signature(who: str, said: str, *, is_signed: bool = False, element_id: str = "") -> html.Div:
    mark = [icon("check")] if is_signed else []
    texts = html.Div([html.Strong(who), html.Span(said, className="place", **({"id": f"{element_id}-dit"} if element_id else {}))], className="signature-texts")
    return html.Div([*mark, texts], className="signature signature--signed" if is_signed else "signature")
