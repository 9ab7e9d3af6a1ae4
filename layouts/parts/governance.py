"""The administration page in parts: walls to let in, accounts, tokens, audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.operator import Role
from hypervisor.i18n import N_, _, ngettext
from hypervisor.queries.people import Governance
from layouts import ids
from layouts.parts import outbox, roster
from layouts.parts.audit_words import spoken

ROLES = {
    Role.DISPLAY: N_("Affichage"),
    Role.OPERATOR: N_("Téléopérateur"),
    Role.CHIEF: N_("Chef de salle"),
    Role.AGENT: N_("Agent de terrain"),
    Role.DUTY_OFFICER: N_("Cadre d’astreinte"),
    Role.OFFICIAL: N_("Élu"),
    Role.TRADE_MANAGER: N_("Responsable métier"),
    Role.ADMIN: N_("Administration des données"),
    Role.DPO: N_("Délégué à la protection des données"),
}
"""role → its French name (screens.md B.9)."""

SCOPES = {
    "ingest": N_("envoyer des mesures"),
    "supervise": N_("signaler des alarmes"),
    "connect": N_("envoyer des mesures et des alarmes"),
    "operate": N_("agir"),
    "read": N_("lire"),
}
OUTCOMES = {"done": N_("fait"), "refused": N_("refusé")}


def body(read: Governance) -> list[Component]:
    """The panels that the reader may see."""
    left = [walls(read.walls, read.awaited) if read.walls is not None else None, _tokens(read.tokens) if read.tokens is not None else None]
    right = [
        outbox.panel(read.messages) if read.messages is not None else None,
        _accounts(read.accounts) if read.accounts is not None else None,
        _audit(read.audit) if read.audit is not None else None,
    ]
    stacks = [[panel for panel in side if panel is not None] for side in (left, right)]
    week = [html.Div(roster.panel(read.on_call), className="admin-wide")] if read.on_call is not None else []
    return week + [html.Div(side, className="stack") for side in stacks if side]


def walls(paired: Sequence[dict[str, Any]], awaited: Sequence[dict[str, Any]] = ()) -> html.Section:
    """The form that lets a wall in, the walls that are, and those approved whose screen has not opened yet."""
    form = html.Div(
        [
            html.Label(
                [
                    html.Span(_("Code affiché sur le mur"), className="form-label"),
                    dcc.Input(id=ids.PAIRING_CODE, type="text", maxLength=12, autoComplete="off", className="field code-field"),
                ]
            ),
            html.Label(
                [
                    html.Span(_("Nom du mur, sa salle"), className="form-label"),
                    dcc.Input(id=ids.PAIRING_LABEL, type="text", maxLength=80, autoComplete="off", className="field"),
                ]
            ),
            html.Button(_("Approuver"), id=ids.PAIRING_APPROVE, type="button", className="action action--primary", **{"data-testid": "admin-approuver"}),
        ],
        className="pairing-form",
    )
    note = html.P(_("Sur l’écran du mur, ouvrez /mur : il affiche six caractères, valables dix minutes."), className="place pairing-note")
    return html.Section(
        [
            html.Header([html.H2(_("Murs")), html.Span(wall_count(paired), id=ids.ADMIN_WALLS_COUNT, className="panel-context")], className="panel-head"),
            form,
            note,
            html.Div(wall_list(paired, awaited), id=ids.ADMIN_WALLS),
            dcc.Store(id=ids.ADMIN_WALLS_WAKE),
        ],
        className="panel",
        **{"data-testid": "admin-murs"},
    )


def wall_count(paired: Sequence[dict[str, Any]]) -> str:
    """How many walls are paired."""
    return ngettext("{count} appairé", "{count} appairés", len(paired))


def wall_list(paired: Sequence[dict[str, Any]], awaited: Sequence[dict[str, Any]] = ()) -> Component:
    """The paired walls, each with the button that signs it out, then those whose screen is about to open (`data-attendu`: assets/js/59-wall-admin.js reads the list again)."""
    rows: list[Sequence[Any]] = [
        (wall["label"] or "–", wall["address"] or "–", _moment(wall["approved_at"]), html.Strong(_("approuvé, l’écran s’ouvre"), **{"data-attendu": ""}), "")
        for wall in awaited
    ]
    rows += [
        (
            wall["label"] or "–",
            wall["address"] or "–",
            _moment(wall["created_at"]),
            _moment(wall["expires_at"]),
            html.Button(_("Révoquer"), id=ids.wall_revoke(wall["id"]), type="button", className="action"),
        )
        for wall in paired
    ]
    return _table((_("Mur"), _("Adresse"), _("Appairé le"), _("Jusqu’au"), ""), rows, _("Aucun mur appairé."))


def _accounts(accounts: Sequence[dict[str, Any]]) -> html.Section:
    rows = [
        (
            account["display_name"],
            account["username"],
            _(ROLES[Role(account["role"])]),
            ", ".join(account["layers"] or ()) or _("tous les domaines"),
            _("désactivé") if account["disabled_at"] else _("actif"),
        )
        for account in accounts
    ]
    return _panel(
        _("Comptes"),
        _("lecture seule"),
        (_("Nom"), _("Identifiant"), _("Rôle"), _("Domaines"), _("État")),
        rows,
        "admin-comptes",
        _("Aucun compte : `python -m hypervisor user add` en crée un."),
    )


def _tokens(tokens: Sequence[dict[str, Any]]) -> html.Section:
    rows = [
        (
            token["name"],
            _(SCOPES.get(token["scope"], token["scope"])),
            ", ".join(token["layers"] or ()) or _("tous les domaines"),
            _moment(token["created_at"]),
            _("révoqué") if token["revoked_at"] else _moment(token["expires_at"]) if token["expires_at"] else _("sans échéance"),
        )
        for token in tokens
    ]
    return _panel(
        _("Jetons d’API"),
        _("le secret n’est montré qu’à sa création"),
        (_("Nom"), _("Droit"), _("Domaines"), _("Créé le"), _("Échéance")),
        rows,
        "admin-jetons",
        _("Aucun jeton : `python -m hypervisor token add` en crée un."),
    )


def _audit(lines: Sequence[dict[str, Any]]) -> html.Section:
    rows = [
        (_moment(line["at"], seconds=True), line["actor"], spoken(line["action"]), _about(line), _outcome(line["outcome"]), line["address"] or "–")
        for line in lines
    ]
    return _panel(
        _("Audit"),
        _("dernières lignes, ajout seul"),
        (_("Quand"), _("Qui"), _("Quoi"), _("Objet"), _("Issue"), _("D’où")),
        rows,
        "admin-audit",
        _("Aucune ligne encore."),
    )


def _about(line: Mapping[str, Any]) -> Component:
    """What it was done to, and the motive when one was given."""
    motive = (line.get("detail") or {}).get("motive")
    return html.Div([line["object"] or "–", *([html.Span(motive, className="cell-second")] if motive else [])], className="cell-text")


def _outcome(outcome: str) -> Component:
    word = _(OUTCOMES.get(outcome, outcome))
    return html.Strong(word) if outcome == "refused" else html.Span(word)


def _head(title: str, context: str) -> html.Header:
    return html.Header([html.H2(title), html.Span(context, className="panel-context")], className="panel-head")


def _panel(title: str, context: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], testid: str, empty: str = "") -> html.Section:
    return html.Section([_head(title, context), _table(heads, rows, empty)], className="panel", **{"data-testid": testid})


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]], empty: str) -> Component:
    if not rows:
        return html.P(empty, className="panel-note-line")
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in heads]))
    return html.Div(
        html.Table(
            [head, html.Tbody([html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])]) for row in rows])], className="admin-table"
        ),
        className="table-scroll",
        tabIndex=0,
    )


def _moment(iso: str, *, seconds: bool = False) -> str:
    at = datetime.fromisoformat(iso)
    return f"{fmt.day(at)}, {fmt.time(at, seconds=seconds)}"
