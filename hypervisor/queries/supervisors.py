"""What each external supervisor's link is worth."""

from datetime import datetime
from typing import Any

from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, supervisors


def contracts(uow: UnitOfWork, at: datetime) -> list[dict[str, Any]]:
    """By name: last message, lag, errors, silence, availability over thirty days."""
    require("health:read")
    return supervisors.contracts(uow, at)
