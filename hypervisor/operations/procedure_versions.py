"""What people do to procedures themselves: write a draft, have another person publish it, retire it. Audited; the four eyes are two accounts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.domain.procedure import Procedure
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.imports import procedures as files
from hypervisor.queries.procedures import version_shape
from hypervisor.security import audit, reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, procedures
from hypervisor.store.procedures import Version

MACHINE, MACHINE_NAME = "system", "Vigie"


def draft(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, written: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Writes the draft of one procedure, given as YAML, over the draft that it has. Raises InvalidRequest with every fault in `faults`."""
    require("procedure:write", layer, principal=by)
    if layer not in layers:
        raise NotFound(_("La couche {layer} n’existe pas : employez {known}.", layer=layer, known=", ".join(layers)))
    found = files.read(written)
    if len(found) != 1:
        raise InvalidRequest(_("Donnez une fiche à la fois."))
    number = _write(uow, layer, found[0], by.name, by.display_name, at)
    audit.done(uow, by, "operator:procedure:draft", at, about=f"{found[0].key} v{number}")
    return version_shape(_one(uow, found[0].key, number))


def publish(uow: UnitOfWork, key: str, version: int, by: Principal, at: datetime) -> dict[str, Any]:
    """Puts a draft in force in the place of the earlier version; events that run keep theirs. Raises Forbidden to who wrote it: two people answer for it."""
    require("procedure:publish", principal=by)
    procedures.serialise(uow)
    one = next((each for each in procedures.versions(uow, key) if each.version == version and by.may("procedure:publish", each.layer)), None)
    if one is None:
        raise reach.unseen(by, "procedure:publish", f"procedure:{key[:80]} v{version}", _("La fiche {key} v{n} n’existe pas.", key=key, n=version))
    if one.state != "draft":
        raise Conflict(_("{key} v{n} n’est pas un brouillon : il n’y a rien à publier.", key=key, n=version), state_now=one.state)
    if one.author == by.name:
        raise Forbidden(_("Vous avez écrit ce brouillon : une autre personne doit le relire et le publier."))
    _publish(uow, one, by.name, by.display_name, at)
    audit.done(uow, by, "operator:procedure:publish", at, about=f"{key} v{version}", author=one.author)
    return version_shape(_one(uow, key, version))


def retire(uow: UnitOfWork, key: str, by: Principal, at: datetime, reason: str) -> dict[str, Any]:
    """Takes a procedure out of force, with a reason; events that run keep it."""
    require("procedure:publish", principal=by)
    procedures.serialise(uow)
    said = _("Aucune fiche {key} n’est en vigueur, ou elle n’est pas dans votre périmètre.", key=key)
    seen = [one for one in procedures.versions(uow, key) if by.may("procedure:publish", one.layer)]
    if not seen:
        raise reach.unseen(by, "procedure:publish", f"procedure:{key[:80]}", said)
    in_force = next((one for one in seen if one.state == "in_force"), None)
    if in_force is None:
        raise NotFound(said)
    if not reason.strip():
        raise InvalidRequest(_("Le motif est vide : dites pourquoi la fiche est retirée."))
    procedures.retire(uow, key, at)
    audit.done(uow, by, "operator:procedure:retire", at, about=f"{key} v{in_force.version}", reason=reason.strip())
    return version_shape(_one(uow, key, in_force.version))


def bring(uow: UnitOfWork, layer: str, written: list[Procedure], at: datetime, *, in_force: bool, only_new: bool = False) -> list[str]:
    """Brings procedures in from the machine itself (command line, demonstration): as drafts, or in force at once. Gives what was written, as « FR-EAU-03 v2 ».

    One whose content is already in force is left alone; with only_new, every one that has a version.
    """
    done = []
    for procedure in written:
        known = procedures.versions(uow, procedure.key)
        if any(only_new or (one.state == "in_force" and one.procedure == procedure and one.layer == layer) for one in known):
            continue
        number = _write(uow, layer, procedure, MACHINE, MACHINE_NAME, at)
        if in_force:
            _publish(uow, _one(uow, procedure.key, number), MACHINE, MACHINE_NAME, at)
        done.append(f"{procedure.key} v{number}")
    return done


def _write(uow: UnitOfWork, layer: str, procedure: Procedure, author: str, author_name: str, at: datetime) -> int:
    procedures.serialise(uow)
    known = procedures.versions(uow, procedure.key)
    if known and known[0].layer != layer:
        raise Conflict(_("{key} est une fiche de la couche {layer} : choisissez une autre clé.", key=procedure.key, layer=known[0].layer))
    number = known[0].version + (known[0].state != "draft") if known else 1
    procedures.save_draft(uow, procedure, layer, number, author, author_name, at)
    return number


def _publish(uow: UnitOfWork, one: Version, by: str, name: str, at: datetime) -> None:
    procedures.retire(uow, one.key, at)
    procedures.put_in_force(uow, one.key, one.version, by, name, at)


def _one(uow: UnitOfWork, key: str, version: int) -> Version:
    found = next((one for one in procedures.versions(uow, key) if one.version == version), None)
    if found is None:
        raise NotFound(_("La fiche {key} v{n} n’existe pas.", key=key, n=version))
    return found
