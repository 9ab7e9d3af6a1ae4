"""Steering a wall from a console: scene, place, rotation, visit mode, theme, test pattern."""

from datetime import datetime
from typing import Any

from hypervisor.domain.operator import Principal
from hypervisor.security import audit
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, walls


def steer(uow: UnitOfWork, screen: int, order: dict[str, Any], by: Principal, at: datetime) -> dict[str, Any]:
    """Replaces what screen `screen` (0: every wall) was ordered. An empty order gives the wall back to its address. Gives the order's shape."""
    require("wall:steer", principal=by)
    shape = walls.steer(uow, screen, order, by.display_name, at)
    audit.done(uow, by, "operator:wall:steer", at, about=f"mur {screen}" if screen else "tous les murs", **order)
    return shape
