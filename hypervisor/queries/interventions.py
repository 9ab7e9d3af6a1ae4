"""Interventions as lists and one by one: the control post reads its perimeter, an agent what he is or has been asked."""

from typing import Any

from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.errors import NotFound, NotSignedIn
from hypervisor.i18n import _
from hypervisor.security import reach
from hypervisor.security.context import current_principal
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, accounts, interventions


def reader() -> Principal:
    """Who reads: `intervention:read` in the perimeter, or `intervention:act` for one's own. Raises Forbidden with neither."""
    who = current_principal.get()
    if who is None:
        raise NotSignedIn(_("Personne n’est connecté, ou la session est finie : connectez-vous."))
    return require("intervention:read" if who.may("intervention:read") else "intervention:act", principal=who)


def listed(uow: UnitOfWork, filters: dict[str, Any], limit: int, *, is_live: bool | None = True) -> list[Any]:
    """(shape, requested_at, id), newest first; filters as in store.interventions.VIEW. Without `intervention:read`, one's own alone."""
    who = reader()
    if who.may("intervention:read"):
        return interventions.listed(uow, who.layers, who.communes, is_live=is_live, filters=filters, limit=limit)
    return interventions.listed(uow, None, None, is_live=is_live, filters=filters | {"agent": who.name}, limit=limit)


def one(uow: UnitOfWork, intervention_id: int) -> dict[str, Any]:
    """The intervention with its log and its photographs' facts. Raises NotFound, also for a stranger to it."""
    who = reader()
    shape = interventions.shape_of(uow, intervention_id, who.layers, who.communes) if who.may("intervention:read") else None
    if shape is None and interventions.was_asked(uow, intervention_id, who.name):
        shape = interventions.shape_of(uow, intervention_id, None, None)
    if shape is None:
        raise reach.unseen(
            who,
            "intervention:read",
            f"intervention:{intervention_id}",
            _("L’intervention {id} n’existe pas, ou n’est pas dans votre périmètre.", id=intervention_id),
        )
    return shape | {"log": interventions.log_of(uow, intervention_id), "photographs": interventions.photos_of(uow, intervention_id)}


def photo(uow: UnitOfWork, intervention_id: int, photo_id: int) -> bytes:
    """A photograph (JPEG). Raises NotFound as `one` does."""
    one(uow, intervention_id)
    image = interventions.photo(uow, intervention_id, photo_id)
    if image is None:
        raise NotFound(_("Cette photo n’existe pas, ou a été effacée au terme de sa conservation."))
    return image


def agents(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Who may be sent, by name: username, display_name, layers, and how many interventions each has in hand."""
    who = require("intervention:dispatch")
    busy = interventions.in_hand(uow)
    live = (account for account in accounts.listed(uow) if not account["disabled_at"] and "intervention:act" in PERMISSIONS[Role(account["role"])])
    return [
        {"username": each["username"], "display_name": each["display_name"], "layers": each["layers"], "in_hand": busy.get(each["username"], 0)}
        for each in sorted(live, key=lambda account: account["display_name"])
        if who.layers is None or each["layers"] is None or who.layers & set(each["layers"])
    ]


def reporting() -> str:
    """The right by which this person reports: his own interventions, or those that he dispatches."""
    who = current_principal.get()
    return "intervention:act" if who is None or who.may("intervention:act") else "intervention:dispatch"
