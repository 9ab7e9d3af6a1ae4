"""The outbox screen: messages to people and to other systems, what became of each, and another try for those at rest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.i18n import N_, _, ngettext

CHANNELS = {"email": N_("Courriel"), "sms": N_("SMS"), "call": N_("Appel"), "webhook": N_("Webhook")}
STATES = {
    "waiting": N_("en attente"),
    "sending": N_("en cours d’envoi"),
    "sent": N_("remis au serveur"),
    "kept": N_("gardé : aucun serveur réglé"),
    "refused": N_("refusé"),
    "given_up": N_("abandonné"),
    "held": N_("retenu : exercice"),
}
PURPOSES = {
    "escalation": N_("Alarme non acquittée"), "escalation_flood": N_("Avalanche d’alarmes"), "minor_list": N_("Liste des alarmes mineures"),
    "seal": N_("Sceau de la main courante"), "procedure": N_("Fiche réflexe"), "official_report": N_("Tableau de bord"), "posture": N_("Posture proposée"),
}  # fmt: skip
AT_REST = frozenset({"kept", "refused", "given_up"})
ASIDE = frozenset({"refused", "given_up"})


def panel(messages: Sequence[dict[str, Any]]) -> html.Section:
    """The last messages, newest first."""
    waiting = sum(message["state"] in ("waiting", "sending") for message in messages)
    head = html.Header([html.H2(_("Messages")), html.Span(_("{count} en attente", count=waiting), className="panel-context")], className="panel-head")
    body: Component = html.P(_("Aucun message n’a encore été écrit : les escalades et les relèves en écriront."), className="panel-note-line")
    if messages:
        names = (_("Écrit le"), _("Voie"), _("Destinataire"), _("Objet"), _("État"), "")
        heads = html.Thead(html.Tr([html.Th(name, scope="col") for name in names]))
        body = html.Div(html.Table([heads, html.Tbody([_row(message) for message in messages])], className="admin-table"), className="table-scroll", tabIndex=0)
    return html.Section([head, body], className="panel", **{"data-testid": "admin-messages"})


def _row(message: dict[str, Any]) -> html.Tr:
    at = datetime.fromisoformat(message["queued_at"])
    who = [html.Span(message["recipient_name"] or message.get("recipient") or "–")]
    if message["recipient_name"] and message.get("recipient"):
        who.append(html.Span(message["recipient"], className="cell-second"))
    cells: list[Any] = [
        html.Th([html.Span(fmt.day(at)), html.Span(fmt.time(at, seconds=True), className="cell-second")], scope="row"),
        html.Td(_(CHANNELS[message["channel"]])),
        html.Td(who),
        html.Td(
            [
                html.Span(message.get("subject") or _(PURPOSES.get(message["purpose"], message["purpose"]))),
                html.Span(message.get("body", ""), className="cell-second cell-text"),
            ]
        ),
        html.Td(_state(message)),
        html.Td(_again(message["id"]) if message["state"] in AT_REST else ""),
    ]
    return html.Tr(cells, **{"data-state": message["state"]})


def _state(message: dict[str, Any]) -> list[Component]:
    word = _(STATES[message["state"]])
    said: list[Component] = [html.Strong(word) if message["state"] in ASIDE else html.Span(word)]
    if message["doubts"]:
        said.append(
            html.Span(
                ngettext("{count} copie possible, même identifiant", "{count} copies possibles, même identifiant", message["doubts"]), className="cell-second"
            )
        )
    if message["state"] == "waiting" and message["attempts"]:
        said.append(
            html.Span(
                ngettext(
                    "{count} essai, prochain à {hour}",
                    "{count} essais, prochain à {hour}",
                    message["attempts"],
                    hour=fmt.time(datetime.fromisoformat(message["next_at"]), seconds=True),
                ),
                className="cell-second",
            )
        )
    return said


def _again(message_id: int) -> html.Button:
    return html.Button(
        _("Renvoyer"),
        type="button",
        className="action",
        **{"data-post": f"/api/v1/messages/{message_id}/send-again", "data-said": _("Message remis en route.")},
    )
