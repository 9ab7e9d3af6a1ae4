"""Four eyes over rules: one person proposes a change, another accepts or refuses it (screens.md 1.6, B.9). An accepted one is the rule's next version, in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.domain.rule import Rule, of_row
from hypervisor.errors import Conflict, Forbidden, InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.operations import rules
from hypervisor.queries.rule_proposals import differences, shape
from hypervisor.queries.rule_words import sentence
from hypervisor.security import audit, reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook
from hypervisor.store import rule_proposals as store

LINES = {
    "propose": N_("Règle « {title} » : {change} proposé par {name}. {reason}"),
    "accept": N_("Règle « {title} », version {version} : {change}, proposé par {proposer}, accepté par {name}. {remark}"),
    "refuse": N_("Règle « {title} » : {change}, proposé par {proposer}, refusé par {name}. {remark}"),
}


def propose(
    uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str, changes: Mapping[str, Any], by: Principal, at: datetime, *,
    reason: str, enabled: bool | None = None, version: int | None = None, trial: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Proposes new values of a rule's fields, as `Rule.as_row` writes them. trial: its figures, for whoever decides.

    Raises InvalidRequest with every fault, and when nothing changes; Conflict when a proposal already waits, or the rule has changed since version was read.
    """
    require("rule:propose", layer, principal=by)
    held, row = rules.held(uow, layers, layer, key, version)
    wanted = of_row(held.as_row() | dict(changes))
    stays = row["enabled"] if row else True
    enabled = stays if enabled is None else enabled
    if wanted == held and enabled == stays:
        raise InvalidRequest(_("Rien ne change : modifiez la règle avant de la proposer."))
    rules.check(uow, layers, layer, wanted, enabled=enabled)
    said = ", ".join(differences(layers[layer], held, wanted, stays, enabled=enabled))
    number = _keep(uow, layer, wanted, row["version"] if row else 0, by, at, said, reason=reason, enabled=enabled, trial=trial)
    return shape(layers, store.lock(uow, number) or {}, held, enabled=stays)


def propose_new(
    uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, rule: Rule, by: Principal, at: datetime, *, reason: str, enabled: bool = True
) -> dict[str, Any]:
    """Proposes a rule of a key that the layer does not have. Raises InvalidRequest with every fault, Conflict when the key is taken or already proposed."""
    require("rule:propose", layer, principal=by)
    rules.free(uow, layers, layer, rule.key)
    rules.check(uow, layers, layer, rule, enabled=enabled)
    number = _keep(
        uow, layer, rule, 0, by, at, _("règle nouvelle, {sentence},", sentence=sentence(layers[layer], rule)), reason=reason, enabled=enabled, trial=None
    )
    return shape(layers, store.lock(uow, number) or {}, None, enabled=True)


def accept(uow: UnitOfWork, layers: Mapping[str, Layer], number: int, by: Principal, at: datetime, remark: str = "") -> dict[str, Any]:
    """Makes the proposal the rule's next version. Raises Forbidden to whoever proposed it, Conflict when the rule has changed since."""
    proposal = _waiting(uow, number, by, "rule:write")
    if proposal["proposed_by"] == by.name:
        audit.refused(by, "rule:write", proposal["layer"], about=f"proposal:{number}")
        raise Forbidden(_("Une autre personne doit accepter ce que vous proposez : demandez-le au responsable du métier."))
    if not rules.is_known(uow, layers, proposal["layer"], proposal["key"]):
        return _begin(uow, layers, proposal, by, at, remark.strip())
    held, row = rules.held(uow, layers, proposal["layer"], proposal["key"], None)
    if (row["version"] if row else 0) != proposal["based_on"]:
        raise Conflict(_("La règle a changé depuis cette proposition : refusez-la, puis proposez de nouveau."), version=row["version"] if row else 0)
    wanted = of_row(proposal["body"])
    saved = rules.change(
        uow, layers, proposal["layer"], proposal["key"], wanted.as_row(), by, at, enabled=proposal["enabled"], version=proposal["based_on"] or None
    )
    store.decide(uow, number, "accepted", by.name, by.display_name, at, remark.strip())
    said = differences(layers[proposal["layer"]], held, wanted, row["enabled"] if row else True, enabled=proposal["enabled"])
    _log(uow, proposal["layer"], by, at, "accept", title=_(wanted.title), version=saved["version"], change=", ".join(said), proposer=proposal["proposed_name"], name=by.display_name, remark=remark.strip())  # fmt: skip
    return saved


def refuse(uow: UnitOfWork, layers: Mapping[str, Layer], number: int, by: Principal, at: datetime, remark: str = "") -> dict[str, Any]:
    """Refuses it, with why."""
    proposal = _waiting(uow, number, by, "rule:write")
    if not remark.strip():
        raise InvalidRequest(_("Dites pourquoi : celui qui propose doit le comprendre."))
    held, stays = _against(uow, layers, proposal)
    wanted = of_row(proposal["body"])
    store.decide(uow, number, "refused", by.name, by.display_name, at, remark.strip())
    audit.done(uow, by, "operator:rule:refuse", at, about=f"{proposal['layer']}/{proposal['key']}", proposal=number)
    said = differences(layers[proposal["layer"]], held, wanted, stays, enabled=proposal["enabled"]) if held else [_("règle nouvelle")]
    _log(uow, proposal["layer"], by, at, "refuse", title=_(wanted.title), change=", ".join(said), proposer=proposal["proposed_name"], name=by.display_name, remark=remark.strip())  # fmt: skip
    return shape(layers, store.lock(uow, number) or {}, held, enabled=stays)


def withdraw(uow: UnitOfWork, layers: Mapping[str, Layer], number: int, by: Principal, at: datetime, remark: str = "") -> dict[str, Any]:
    """Takes one's own proposal back."""
    proposal = _waiting(uow, number, by, "rule:propose")
    if proposal["proposed_by"] != by.name:
        raise Forbidden(_("Seul {name} peut retirer cette proposition ; qui répond de la règle peut la refuser.", name=proposal["proposed_name"]))
    store.decide(uow, number, "withdrawn", by.name, by.display_name, at, remark.strip())
    audit.done(uow, by, "operator:rule:withdraw", at, about=f"{proposal['layer']}/{proposal['key']}", proposal=number)
    held, stays = _against(uow, layers, proposal)
    return shape(layers, store.lock(uow, number) or {}, held, enabled=stays)


def _keep(
    uow: UnitOfWork,
    layer: str,
    wanted: Rule,
    based_on: int,
    by: Principal,
    at: datetime,
    said: str,
    *,
    reason: str,
    enabled: bool,
    trial: Mapping[str, Any] | None,
) -> int:
    """Writes the proposal, its line and its audit; its number."""
    if not reason.strip():
        raise InvalidRequest(_("Dites pourquoi : celui qui accepte doit le comprendre."))
    values = {
        "layer": layer, "key": wanted.key, "based_on": based_on, "body": wanted.as_row(), "enabled": enabled, "reason": reason.strip(), "trial": dict(trial or {}),
    }  # fmt: skip
    number = store.add(uow, values, by.name, by.display_name, at)
    if number is None:
        raise Conflict(_("Une proposition attend déjà pour cette règle : acceptez-la, refusez-la ou retirez-la d’abord."))
    audit.done(uow, by, "operator:rule:propose", at, about=f"{layer}/{wanted.key}", proposal=number)
    _log(uow, layer, by, at, "propose", title=_(wanted.title), change=said, name=by.display_name, reason=reason.strip())
    return number


def _begin(uow: UnitOfWork, layers: Mapping[str, Layer], proposal: dict[str, Any], by: Principal, at: datetime, remark: str) -> dict[str, Any]:
    """The first version of a rule that was proposed."""
    wanted = of_row(proposal["body"])
    saved = rules.add(uow, layers, proposal["layer"], wanted, by, at, enabled=proposal["enabled"])
    store.decide(uow, proposal["id"], "accepted", by.name, by.display_name, at, remark)
    _log(uow, proposal["layer"], by, at, "accept", title=_(wanted.title), version=1, change=_("règle nouvelle"), proposer=proposal["proposed_name"], name=by.display_name, remark=remark)  # fmt: skip
    return saved


def _against(uow: UnitOfWork, layers: Mapping[str, Layer], proposal: Mapping[str, Any]) -> tuple[Rule | None, bool]:
    """The rule in force and whether it is enabled; None for a rule that is proposed as a new one."""
    if not rules.is_known(uow, layers, proposal["layer"], proposal["key"]):
        return None, True
    held, row = rules.held(uow, layers, proposal["layer"], proposal["key"], None)
    return held, row["enabled"] if row else True


def _waiting(uow: UnitOfWork, number: int, by: Principal, permission: str) -> dict[str, Any]:
    """The proposal, locked, still to be decided. Raises NotFound, also outside the perimeter, and Conflict with who was first."""
    require(permission, principal=by)
    proposal = store.lock(uow, number)
    if proposal is None or not by.may(permission, proposal["layer"]):
        raise reach.unseen(by, permission, f"proposal:{number}", _("La proposition {id} n’existe pas, ou n’est pas dans votre périmètre.", id=number))
    if proposal["status"] != "pending":
        raise Conflict(
            _("{name} en a déjà décidé.", name=proposal["decided_name"]), by=proposal["decided_name"], at=proposal["decided_at"], status=proposal["status"]
        )
    return proposal


def _log(uow: UnitOfWork, layer: str, by: Principal, at: datetime, action: str, **values: object) -> None:
    # A rule is not a logbook note of its author: whoever may propose or accept leaves this line, with or without the right to write others.
    text = _(LINES[action], **values).strip()
    logbook.append(uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="decision", text=text, layer=layer, action=f"rule-{action}"))
