"""What an accepted proposal does to rules: saves them (`operations/rule_proposals.py`). A saved rule is checked whole, versioned and audited; the running worker takes it up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.domain.rule import Rule, of_row
from hypervisor.errors import Conflict, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.queries.rules import others_of, shape
from hypervisor.rules.check import faults
from hypervisor.security import audit
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, rules


def add(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, rule: Rule, by: Principal, at: datetime, *, enabled: bool = True) -> dict[str, Any]:
    """Adds a rule of a key that the layer does not have yet. Raises InvalidRequest with every fault, Conflict when the key is taken."""
    require("rule:write", layer, principal=by)
    free(uow, layers, layer, rule.key)
    return _save(uow, layers, layer, rule, 1, by, at, enabled=enabled)


def free(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str) -> None:
    """Raises Conflict when the layer has a rule of this key."""
    if is_known(uow, layers, layer, key):
        raise Conflict(_("La couche {layer} a déjà une règle {key} : modifiez-la, ou choisissez une autre clé.", layer=layer, key=key))


def is_known(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str) -> bool:
    """Whether the layer has a rule of this key, disabled or not. Raises NotFound for an unknown layer."""
    return key in _known(uow, layers, layer)[0]


def change(
    uow: UnitOfWork,
    layers: Mapping[str, Layer],
    layer: str,
    key: str,
    changes: Mapping[str, Any],
    by: Principal,
    at: datetime,
    *,
    enabled: bool | None = None,
    version: int | None = None,
) -> dict[str, Any]:
    """Changes fields of a rule, given as `Rule.as_row` writes them. version: the one that was read; Conflict, with who and when, when it has changed since."""
    require("rule:write", layer, principal=by)
    rule, row = held(uow, layers, layer, key, version)
    if enabled is None:
        enabled = row["enabled"] if row else True
    return _save(uow, layers, layer, of_row(rule.as_row() | dict(changes)), (row["version"] if row else 0) + 1, by, at, enabled=enabled)


def held(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str, version: int | None) -> tuple[Rule, dict[str, Any] | None]:
    """The rule in force and its saved row, None while nobody has changed it. Raises NotFound, and Conflict when it is no longer the version that was read."""
    found, rows = _known(uow, layers, layer)
    if key not in found:
        raise NotFound(_("La règle {key} n’existe pas dans la couche {layer}, ou n’est pas dans votre périmètre.", key=key, layer=layer))
    row = rows.get(key)
    if row and version is not None and version != row["version"]:
        raise _changed(row)
    return found[key], row


def check(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, rule: Rule, *, enabled: bool) -> None:
    """Raises InvalidRequest with every fault of an enabled rule, Conflict when another rule counts one that would no longer raise alarms of its own."""
    others = others_of(uow, layers, layer, rule.key)
    wrong = faults(layers[layer], rule, others)
    if wrong and enabled:
        raise InvalidRequest(_("La règle n’est pas enregistrée : {faults}.", faults=" ; ".join(wrong)), faults=wrong)
    counting = next((other.key for other in others if other.members == rule.key), None)
    if counting is not None and (not enabled or rule.comparison == "count"):
        raise Conflict(_("La règle {counting} compte celle-ci : changez-la d’abord.", counting=counting))


def _known(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str) -> tuple[dict[str, Rule], dict[str, dict[str, Any]]]:
    """Rules of a layer by key, disabled ones too, and the rows of those that were saved."""
    if layer not in layers:
        raise NotFound(_("La couche {layer} n’existe pas : employez {known}.", layer=layer, known=", ".join(layers)))
    rows = {row["key"]: row for row in rules.current(uow) if row["layer"] == layer}
    return {rule.key: rule for rule in layers[layer].rules} | {key: of_row(row["body"]) for key, row in rows.items()}, rows


def _save(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, rule: Rule, version: int, by: Principal, at: datetime, *, enabled: bool) -> dict[str, Any]:
    check(uow, layers, layer, rule, enabled=enabled)
    if not rules.save(uow, layer, rule.key, version, rule.as_row(), at, by.name, enabled=enabled):
        raise _changed(next(row for row in rules.current(uow) if (row["layer"], row["key"]) == (layer, rule.key)))
    audit.done(uow, by, "operator:rule:save", at, about=f"{layer}/{rule.key}", version=version, enabled=enabled)
    return shape(
        layer, rule, {"enabled": enabled, "version": version, "at": at, "by": by.name}, is_declared=any(one.key == rule.key for one in layers[layer].rules)
    )


def _changed(row: Mapping[str, Any]) -> Conflict:
    sentence = _("Cette règle a été modifiée par {by} depuis que vous l’avez lue : relisez-la.", by=row["by"])
    return Conflict(sentence, by=row["by"], at=row["at"].isoformat(), version=row["version"])
