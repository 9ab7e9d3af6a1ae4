"""Alarms as lists and one by one, inside the reader's perimeter."""

from typing import Any

from hypervisor.i18n import _
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, alarms


def listed(uow: UnitOfWork, filters: dict[str, Any], limit: int, *, is_open: bool | None = True) -> list[Any]:
    """(shape, raised_at, id), newest first; filters as in store.alarms.VIEW."""
    who = require("alarm:read")
    return alarms.listed(uow, who.layers, who.communes, is_open=is_open, filters=filters, limit=limit)


def one(uow: UnitOfWork, alarm_id: int) -> dict[str, Any]:
    """The alarm with its own log. Raises NotFound, also outside the perimeter."""
    who = require("alarm:read")
    shape = alarms.shape_of(uow, alarm_id, who.layers, who.communes)
    if shape is None:
        raise reach.unseen(who, "alarm:read", f"alarm:{alarm_id}", _("L’alarme {id} n’existe pas, ou n’est pas dans votre périmètre.", id=alarm_id))
    return shape | {"transitions": alarms.transitions(uow, alarm_id)}
