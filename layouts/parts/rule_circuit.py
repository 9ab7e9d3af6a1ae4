"""How a rule changes: what waits for a second person, and its versions, each with what it changed, to go back in one gesture."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.i18n import _, ngettext
from layouts.parts.icon import icon

SHOWN = 8


def circuit(
    rule: Mapping[str, Any], changes: Sequence[Sequence[str]], proposal: Mapping[str, Any] | None, *, may_decide: bool, is_mine: bool, may_propose: bool
) -> html.Section:
    """The panel. changes: of each version of rule["versions"], what it changed of the one before; proposal: the one that waits."""
    content: list[Component] = [_waiting(proposal, may_decide=may_decide, is_mine=is_mine)] if proposal else []
    content.append(html.Ol([*_versions(rule, changes, may_restore=may_propose and proposal is None), _origin(rule)], className="circuit-versions"))
    return html.Section(
        [html.Header([html.H2(_("Circuit")), html.Span(_("rédigée, relue par une autre personne, publiée"), className="panel-note")], className="panel-head"), *content],
        className="panel rule-circuit",
        **{"data-testid": "regle-circuit", "aria-label": _("Circuit")},
    )  # fmt: skip


def _waiting(proposal: Mapping[str, Any], *, may_decide: bool, is_mine: bool) -> html.Div:
    at = datetime.fromisoformat(proposal["proposed_at"])
    lines: list[Component] = [
        html.P(
            [
                icon("hourglass"),
                html.Strong(_("À relire, par une autre personne")),
                html.Span(_("proposé par {name}, {at}", name=proposal["proposed_name"], at=fmt.moment(at))),
            ],
            className="circuit-head",
        ),
        html.P(", ".join(proposal["changes"]), className="circuit-change"),
        html.P(proposal["reason"], className="circuit-reason"),
    ]
    if proposal["trial"]:
        lines.append(html.P(_figures(proposal["trial"]), className="rule-note"))
    buttons: list[Component] = []
    if may_decide:
        buttons = [
            html.Label([html.Span(_("Remarque"), className="visually-hidden"), html.Textarea(id="regle-remarque", className="field", rows=1, maxLength=1000, placeholder=_("Remarque, nécessaire pour refuser"))], className="circuit-remark"),
            _verb("accept", _("Accepter"), proposal, is_primary=True), _verb("refuse", _("Refuser"), proposal),
        ]  # fmt: skip
    elif is_mine:
        buttons = [_verb("withdraw", _("Retirer ma proposition"), proposal)]
    return html.Div(
        [*lines, html.Div(buttons, className="circuit-acts")] if buttons else lines, className="circuit-waiting", **{"data-testid": "regle-proposition"}
    )


def _verb(verb: str, label: str, proposal: Mapping[str, Any], *, is_primary: bool = False) -> html.Button:
    return html.Button(
        label,
        type="button",
        className="action action--primary" if is_primary else "action",
        **{"data-verbe": verb, "data-proposition": str(proposal["id"]), "data-testid": f"proposition-{verb}"},
    )


def _figures(trial: Mapping[str, Any]) -> str:
    removed = ngettext("aurait retiré {n} alarme", "aurait retiré {n} alarmes", trial["removed"], n=fmt.number(trial["removed"]))
    late = (
        ngettext(
            "{n} vraie retardée de {worst} au plus",
            "{n} vraies retardées de {worst} au plus",
            trial["late"],
            n=fmt.number(trial["late"]),
            worst=fmt.duration(timedelta(seconds=round(trial["worst_late_s"]))),
        )
        if trial["late"]
        else _("aucune vraie retardée")
    )
    return _(
        "Sur {days} : {removed} de {raised}, {late}.",
        days=fmt.duration(timedelta(days=max(1, round(trial["days"])))),
        removed=removed,
        raised=fmt.number(trial["raised"]),
        late=late,
    )


def _versions(rule: Mapping[str, Any], changes: Sequence[Sequence[str]], *, may_restore: bool) -> list[Component]:
    found: list[Component] = []
    for rank, (version, changed) in enumerate(zip(rule["versions"][:SHOWN], changes, strict=False)):
        at = datetime.fromisoformat(version["at"])
        restore = [_restore(version["version"])] if rank and may_restore else []
        found.append(
            html.Li(
                [html.Strong(f"v{version['version']}"), html.Span(", ".join(changed) or _("enregistrée sans changement"), className="circuit-change"), html.Span(f"{version['by']}, {fmt.moment(at)}", className="rule-note"), *restore],
                className="circuit-version" + (" circuit-version--now" if rank == 0 else ""),
            )
        )  # fmt: skip
    return found


def _origin(rule: Mapping[str, Any]) -> html.Li:
    is_now = not rule["versions"]
    if rule.get("is_new"):
        return html.Li([html.Strong(_("origine")), html.Span(_("proposée, pas encore en vigueur"), className="circuit-change")], className="circuit-version")
    said = _("règle de la couche, livrée avec Vigie") if rule["is_declared"] else _("règle ajoutée ici")
    return html.Li(
        [html.Strong(_("origine")), html.Span(said, className="circuit-change")], className="circuit-version" + (" circuit-version--now" if is_now else "")
    )


def _restore(version: int) -> html.Button:
    return html.Button(_("Revenir à v{n}", n=version), type="button", className="link", **{"data-retour": str(version)})
