"""Proposals of changes of rules, and what differs between two versions, in words."""

from collections.abc import Mapping
from typing import Any

from hypervisor import fmt
from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.domain.rule import Rule, of_row
from hypervisor.i18n import N_, _
from hypervisor.queries import rules
from hypervisor.queries.rule_words import sentence
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork
from hypervisor.store import rule_proposals as store

FIELDS = {
    "threshold": N_("seuil"), "hysteresis": N_("hystérésis"), "duration": N_("durée"), "comparison": N_("comparaison"), "property": N_("grandeur"), "kind": N_("équipement"),
    "title": N_("titre"), "priority": N_("gravité"), "stake": N_("enjeu"), "decide_within": N_("délai pour agir"), "consequence": N_("conséquence"), "action": N_("action attendue"),
    "when": N_("condition"), "communes": N_("communes"), "area": N_("zone"), "threshold_attribute": N_("seuil propre"), "members": N_("règle comptée"), "group": N_("regroupement"),
    "explains": N_("alarmes expliquées"), "latched": N_("verrouillage"), "highly_managed": N_("classe hautement gérée"), "source": N_("origine du seuil"),
}  # fmt: skip
"""field of a rule → what people call it, in the order in which differences are said."""
SHORT = frozenset(
    {"threshold", "hysteresis", "duration", "decide_within", "comparison", "property", "kind", "priority", "stake", "group", "members", "threshold_attribute"}
)
"""Fields whose values fit in the sentence; of the others only the name is said."""


def listed(uow: UnitOfWork, layers: Mapping[str, Layer], status: str | None = None, layer: str | None = None, key: str | None = None) -> list[dict[str, Any]]:
    """Proposals of the perimeter, newest first, each with what it changes of the rule in force."""
    who = require("rule:read", layer)
    found = {(one["layer"], one["key"]): one for one in rules.listed(uow, layers, layer)}
    shapes = []
    for row in store.listed(uow, who.layers, status, layer, key):
        if (held := found.get((row["layer"], row["key"]))) is not None:
            shapes.append(shape(layers, row, rules.declared(uow, layers, row["layer"], row["key"]), enabled=held["enabled"]))
        elif row["layer"] in layers and who.may("rule:read", row["layer"]):
            shapes.append(shape(layers, row, None, enabled=True))
    return shapes


def shape(layers: Mapping[str, Layer], row: Mapping[str, Any], held: Rule | None, *, enabled: bool) -> dict[str, Any]:
    """What the API says of a proposal; `changes` are sentences against the rule held now, a new rule whole when held is None."""
    wanted = of_row(row["body"])
    said = sentence(layers[row["layer"]], wanted) if held is None else ""
    return {
        **row,
        "body": rules.body(wanted),
        "title": wanted.title,
        "is_new": held is None,
        "changes": [_("règle nouvelle"), said] if held is None else differences(layers[row["layer"]], held, wanted, enabled, enabled=row["enabled"]),
    }


def differences(layer: Layer, before: Rule, after: Rule, was_enabled: bool, *, enabled: bool) -> list[str]:
    """« durée 0 s → 2 min », « hystérésis 3 → 5 V », « action attendue », « suspendue », in a fixed order."""
    units = {prop.key: prop.unit for prop in layer.properties}
    found = []
    for field, label in FIELDS.items():
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            said = f" {value(field, old, units.get(before.property, ''))} → {value(field, new, units.get(after.property, ''))}" if field in SHORT else ""
            found.append(_(label) + said)
    if was_enabled != enabled:
        found.append(_("remise en service") if enabled else _("suspendue"))
    return found


def of_versions(layer: Layer, rule: Mapping[str, Any]) -> list[list[str]]:
    """For each of rule["versions"], newest first, what it changed of the one before; of the first one, of the layer's own rule."""
    own = next((one for one in layer.rules if one.key == rule["key"]), None)
    if not rule["versions"]:
        return []
    states = [(of_row(version["row"]), version["enabled"]) for version in rule["versions"]]
    before = [*states[1:], (own, True) if own else states[-1]]
    return [differences(layer, old, new, was, enabled=now) for (new, now), (old, was) in zip(states, before, strict=True)]


def value(field: str, of: Any, unit: str) -> str:
    """A field's value as people say it."""
    if of is None or of == "":
        return _("aucun")
    if field in ("duration", "decide_within"):
        return fmt.duration(of)
    if field in ("threshold", "hysteresis"):
        return fmt.quantity(of, unit)
    return str(getattr(of, "word", None) or getattr(of, "value", None) or of)


def may_decide(who: Principal, proposal: Mapping[str, Any]) -> bool:
    """Whether this person may accept it: in charge of rules there, and not the one who proposed."""
    return who.may("rule:write", proposal["layer"]) and proposal["proposed_by"] != who.name
