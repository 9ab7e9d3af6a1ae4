"""What walls were ordered, for those that open."""

from typing import Any

from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, walls


def orders(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The orders in force, by screen; 0 is every wall's."""
    require("screen:mur")
    return walls.orders(uow)
