"""Rules as people read them: the layers' own, changed by what the tenant saved."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import Rule, of_row
from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.rules.check import faults
from hypervisor.rules.compile import SavedRule, overlay
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, assets, rule_suspensions, rules

SECOND = timedelta(seconds=1)
UNWRITTEN = Rule(key="nouvelle", kind="", title="", priority=Priority.MINOR).as_row()
"""A new rule before its first word; its key comes from its title when it is sent."""


def listed(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str | None = None) -> list[dict[str, Any]]:
    """Every rule of the perimeter, by layer and key, disabled ones too. `origin` is "layer" while nobody has changed it, then "tenant"."""
    who = require("rule:read", layer)
    found = {(one.key, rule.key): shape(one.key, rule) for one in layers.values() for rule in one.rules}
    for row in rules.current(uow):
        if row["layer"] in layers:
            name = row["layer"], row["key"]
            found[name] = shape(row["layer"], of_row(row["body"]), row, is_declared=name in found)
    for name, suspension in rule_suspensions.running(uow).items():
        if name in found:
            found[name]["suspended"] = suspension
    return [one for (key, _rule), one in sorted(found.items()) if who.may("rule:read", key) and layer in (None, key)]


def one(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str) -> dict[str, Any]:
    """A rule, with what it was before in `versions`. Raises NotFound."""
    found = next((rule for rule in listed(uow, layers, layer) if rule["key"] == key), None)
    if found is None:
        raise NotFound(_("La règle {key} n’existe pas dans la couche {layer}, ou n’est pas dans votre périmètre.", key=key, layer=layer))
    return found | {"versions": [{**row, "body": body(of_row(row["body"])), "row": row["body"]} for row in rules.versions(uow, layer, key)]}


def shape(layer: str, rule: Rule, row: Mapping[str, Any] | None = None, *, is_declared: bool = True) -> dict[str, Any]:
    """What the API says of a rule. version 0: nobody has changed it; suspended: by whom, why and until when a chief suspended it at once, None when nobody did."""
    return {
        "layer": layer,
        **body(rule),
        "enabled": row["enabled"] if row else True,
        "origin": "tenant" if row else "layer",
        "is_declared": is_declared,
        "suspended": None,
        "version": row["version"] if row else 0,
        "changed_at": row["at"].isoformat() if row else None,
        "changed_by": row["by"] if row else None,
    }


def declared(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str) -> Rule:
    """The rule in force, disabled or not. Raises NotFound."""
    saved = next((row for row in rules.current(uow) if (row["layer"], row["key"]) == (layer, key)), None)
    own = next((rule for rule in layers[layer].rules if rule.key == key), None) if layer in layers else None
    if saved is not None:
        return of_row(saved["body"])
    if own is None:
        raise NotFound(_("La règle {key} n’existe pas dans la couche {layer}, ou n’est pas dans votre périmètre.", key=key, layer=layer))
    return own


def others_of(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str) -> list[Rule]:
    """The rules in force of a layer but this one, among which it may count."""
    saved = [SavedRule(layer=row["layer"], rule=of_row(row["body"]), enabled=row["enabled"]) for row in rules.current(uow) if row["layer"] == layer]
    return [other for other in overlay({layer: layers[layer]}, saved)[layer].rules if other.key != key]


def written(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str, fields: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule while it is written, as sentences: what sending it would be refused for. key: of the rule that changes, "" for a new one.

    fields: those that change, all of them for a new one, as `Rule.as_row` writes them. Raises NotFound.
    """
    require("rule:propose", layer)
    if layer not in layers:
        raise NotFound(_("La couche {layer} n’existe pas : employez {known}.", layer=layer, known=", ".join(layers)))
    rule = of_row(declared(uow, layers, layer, key).as_row() | dict(fields)) if key else of_row(UNWRITTEN | dict(fields))
    return faults(layers[layer], rule, others_of(uow, layers, layer, rule.key))


def body(rule: Rule) -> dict[str, Any]:
    """A rule's fields as the API says them: durations in seconds, the priority's word, the area as GeoJSON."""
    within, row = rule.decide_within, rule.as_row()
    del row["duration"], row["decide_within"]
    return row | {
        "priority": rule.priority.word,
        "alarm_priority": rule.alarm_priority().word,
        "duration_s": rule.duration / SECOND,
        "decide_within_s": None if within is None else within / SECOND,
        "area": msgspec.json.decode(rule.area) if rule.area else None,
    }


def own_numbers(uow: UnitOfWork, layer: str, kind: str) -> list[str]:
    """Names of the numbers that assets of a kind declare, by one of which each may bring its own threshold."""
    require("rule:read", layer)
    return assets.numbers(uow, layer, kind)
