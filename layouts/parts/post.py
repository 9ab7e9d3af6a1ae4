"""Taking a post: its three columns (post_station, post_dossier, post_duties), what the reader may do here, and the foot that signs. assets/js/62-post.js makes it live."""

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from hypervisor.domain.operator import Principal, Role
from hypervisor.i18n import _
from hypervisor.operations.shifts import ABSENT_AFTER
from hypervisor.queries.shifts import Post
from layouts.parts import post_dossier, post_duties, post_station
from layouts.parts.entry import entry, labelled
from layouts.parts.icon import icon


def body(read: Post, who: Principal, at: datetime) -> list[Component]:
    """The three columns and the foot, or what to do when there is no post."""
    if read.chosen is None or read.dossier is None or not read.teams:
        sentence = _("Aucun poste ou aucune équipe : le chef de salle les ajoute à l’administration.")
        return [html.Div(html.P(sentence), className="panel panel-empty", **{"data-testid": "poste-vide"})]
    mode = mode_of(read, at)
    return [
        post_station.column(read, at, is_chief=who.role is Role.CHIEF),
        post_dossier.column(read, mode),
        post_duties.column(read, who.display_name, mode),
        _foot(read, mode),
    ]


def mode_of(read: Post, at: datetime) -> str:
    """What the reader may do here: outgoing (holds the post), waiting (has signed), double, incoming, held (another holds it and has not signed)."""
    assert read.chosen is not None, "a post is chosen"
    if read.own is not None:
        return "double" if read.own["is_double"] else "waiting" if read.signed else "outgoing"
    holder_absent = read.chosen["due_at"] is not None and (read.chosen["due_at"] + ABSENT_AFTER <= at or read.chosen["seen_at"] + ABSENT_AFTER <= at)
    return "held" if read.chosen["shift_id"] is not None and read.signed is None and not holder_absent else "incoming"


def _foot(read: Post, mode: str) -> html.Footer:
    assert read.chosen is not None, "a post is chosen"
    why = html.Span("", id="releve-pourquoi", className="post-why", role="status")
    refuse = _reasoned(
        "releve-refuser",
        _("Refuser la relève, avec motif"),
        _("Motif du refus"),
        f"/api/v1/shifts/handovers/{read.signed['id']}/refuse" if read.signed else "",
        _("Relève refusée : le chef de salle est prévenu."),
    )
    parts: dict[str, list[Component | None]] = {
        "incoming": [refuse if read.signed else None, why, _button("releve-signer", _("Signer et prendre le poste"), "lock", testid="signer")],
        "held": [html.Span(_("{name} tient ce poste et n’a pas signé la relève.", name=read.chosen["operator_name"]), className="post-why"), _button("releve-rejoindre", _("Rejoindre en double commande"), "users")],
        "outgoing": [_reasoned("poste-fermer", _("Fermer le poste"), _("Motif de la fermeture"), "/api/v1/shifts/close", _("Poste fermé.")), why, _button("releve-sortant", _("Signer la relève"), "edit", testid="signer")],
        "waiting": [html.Span(_("Vous avez signé. Le poste reste à vous jusqu’à la signature de l’entrant."), className="post-why")],
        "double": [_reasoned("poste-fermer", _("Quitter la double commande"), _("Motif"), "/api/v1/shifts/close", _("Double commande quittée.")), html.Span(_("Vous êtes en double commande."), className="post-why")],
    }  # fmt: skip
    return html.Footer(
        [part for part in parts[mode] if part is not None],
        className="post-foot",
        **{"data-answer": "", "data-mode": mode, "data-poste": str(read.chosen["id"])},
    )


def _button(element_id: str, label: str, icon_name: str, testid: str = "") -> html.Button:
    return html.Button(
        [icon(icon_name), label], type="button", id=element_id, className="action action--primary post-sign", **({"data-testid": testid} if testid else {})
    )


def _reasoned(element_id: str, label: str, ask: str, path: str, said: str) -> html.Details:
    form = html.Form(
        [labelled(ask, entry("reason")), html.Button(label, type="submit", className="action")],
        className="post-reason",
        **{"data-post": path, "data-said": said},
    )
    return html.Details([html.Summary(label, className="action"), form], className="post-fold", id=element_id)
