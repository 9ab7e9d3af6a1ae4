"""Events as lists and one by one, inside the reader's perimeter."""

from typing import Any

from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, events


def listed(uow: UnitOfWork, filters: dict[str, Any], limit: int, *, is_live: bool | None = True) -> list[Any]:
    """(shape, opened_at, id), newest first; filters as in store.events.FILTERS."""
    who = require("event:read")
    return events.listed(uow, who.layers, who.communes, is_live=is_live, filters=filters, limit=limit)


def one(uow: UnitOfWork, event_id: int) -> dict[str, Any]:
    """The event. Raises NotFound, also outside the perimeter."""
    who = require("event:read")
    shape = events.shape_of(uow, event_id, who.layers, who.communes)
    if shape is None:
        raise NotFound(_("L’événement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=event_id))
    return shape


def log(uow: UnitOfWork, event_id: int) -> list[dict[str, Any]]:
    """The event's own log, oldest first. Raises NotFound, also outside the perimeter."""
    one(uow, event_id)
    return events.log_of(uow, event_id)
