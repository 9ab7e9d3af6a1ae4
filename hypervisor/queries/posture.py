"""The posture now, and its history."""

from datetime import datetime
from typing import Any

from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, posture

READ, READ_HISTORY = "posture:read", "logbook:read"
"""The frame of every screen says the posture, an official's too; reasons and names of the past are the logbook's readers'."""


def situation(uow: UnitOfWork) -> dict[str, Any]:
    """What every screen says (store.posture.situation)."""
    require(READ)
    return posture.situation(uow)


def history(uow: UnitOfWork, since: datetime, until: datetime) -> dict[str, list[dict[str, Any]]]:
    """{"levels", "exercises"} that touch the period (store.posture.levels and exercises)."""
    require(READ_HISTORY)
    return {"levels": posture.levels(uow, since, until), "exercises": posture.exercises(uow, since, until)}
