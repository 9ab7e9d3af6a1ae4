"""The logbook's lines, inside the reader's perimeter."""

from typing import Any

from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook


def listed(uow: UnitOfWork, filters: dict[str, Any], limit: int) -> list[Any]:
    """(shape, seq), newest first; filters as in store.logbook.FILTERS."""
    who = require("logbook:read")
    return list(logbook.listed(uow, who.layers, who.communes, filters, limit))
