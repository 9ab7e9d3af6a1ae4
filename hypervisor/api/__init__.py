"""The REST API: one router per noun, thin. Read `verbs.py` for how a POST becomes an operation."""

from fastapi import APIRouter

from hypervisor.api import alarms, events, logbook, session, walls
from hypervisor.api.problems import HANDLERS
from hypervisor.bootstrap import Hypervisor

PARTS = (session, alarms, events, logbook, walls)

__all__ = ["HANDLERS", "routers"]


def routers(h: Hypervisor) -> list[APIRouter]:
    """Every router of the web process but the feed's."""
    return [part.router(h) for part in PARTS]
