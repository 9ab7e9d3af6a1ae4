"""The REST API: one router per noun, thin. Read `verbs.py` for how a POST becomes an operation."""

from collections.abc import Callable

from fastapi import APIRouter

from hypervisor.api import (
    agreements,
    alarm_health,
    alarms,
    assets,
    disclosures,
    docs,
    events,
    exploration,
    field,
    health,
    indicators,
    interventions,
    layers,
    logbook,
    messages,
    motivated,
    observations,
    on_call,
    posture,
    presence,
    procedures,
    replay,
    reports,
    rule_proposals,
    rules,
    search,
    session,
    shifts,
    sources,
    supervisors,
    tokens,
    walls,
    works,
)
from hypervisor.api.problems import HANDLERS
from hypervisor.bootstrap import Hypervisor

PARTS = (
    session,
    alarms,
    alarm_health,
    supervisors,
    works,
    events,
    field,
    interventions,
    presence,
    logbook,
    messages,
    procedures,
    on_call,
    posture,
    shifts,
    assets,
    layers,
    observations,
    exploration,
    replay,
    disclosures,
    motivated,
    reports,
    rules,
    search,
    walls,
    tokens,
    sources,
    rule_proposals,
    indicators,
    agreements,
    docs,
)

__all__ = ["HANDLERS", "routers"]


def routers(h: Hypervisor, feed_clients: Callable[[], int] | None = None) -> list[APIRouter]:
    """Every router of the web process but the feed's. feed_clients counts the screens connected to this process, for /metrics."""
    return [*(part.router(h) for part in PARTS), health.router(h, feed_clients)]
