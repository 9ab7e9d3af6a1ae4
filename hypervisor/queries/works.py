"""Works inside the reader's perimeter."""

from datetime import datetime
from typing import Any

from hypervisor.i18n import _
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, works


def listed(uow: UnitOfWork, at: datetime, limit: int, *, over: bool = False, asset_id: int | None = None) -> list[dict[str, Any]]:
    """Works planned and running, by start, newest first; those that are over too when asked; asset_id: those that cover it."""
    who = require("alarm:read")
    return works.listed(uow, who.layers, who.communes, at, over=over, limit=limit, asset_id=asset_id)


def one(uow: UnitOfWork, work_id: int) -> dict[str, Any]:
    """Works by their number. Raises NotFound, also outside the perimeter."""
    who = require("alarm:read")
    shape = works.shape_of(uow, work_id, who.layers, who.communes)
    if shape is None:
        raise reach.unseen(who, "alarm:read", f"works:{work_id}", _("Les travaux {id} n’existent pas, ou ne sont pas dans votre périmètre.", id=work_id))
    return shape
