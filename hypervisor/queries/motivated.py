"""A person's accesses to the past by motive; and the story of a window without what came after it or before."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.motivated import Access
from hypervisor.domain.operator import Principal
from hypervisor.security.motivated import OPEN
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork
from hypervisor.store import motivated as store

MOST = 20
ALARM = frozenset(
    {"id", "asset_id", "asset_name", "asset_code", "address", "layer", "commune_id", "kind", "cause", "title", "source", "rule", "threshold", "priority", "raised_at", "lon", "lat"}
)  # fmt: skip
EVENT = frozenset({"id", "number", "title", "type", "asset_id", "layer", "commune_id", "priority", "opened_at", "address", "location"})
"""What an alarm or an event has been since it began; the rest of its shape is of today."""
LISTS = frozenset({"masks", "explains", "alarms"})
OVER = frozenset({"normal", "closed", "merged"})
"""States of what asks for nothing any more: what was so throughout the window was not in it."""


def listed(uow: UnitOfWork, now: datetime) -> list[dict[str, Any]]:
    """One's own accesses, newest first."""
    who = require(OPEN)
    return [shape(one, now) for one in store.of_person(uow, who.name, MOST)]


def last(h: Hypervisor, who: Principal) -> Access | None:
    """The person's last access, open or not; None for who has none, or does not read the past by motive."""
    if not who.may(OPEN):
        return None
    with h.database.unit_of_work(who.tenant) as uow:
        return next(iter(store.of_person(uow, who.name, 1)), None)


def shape(one: Access, now: datetime) -> dict[str, Any]:
    """What the API says of an access."""
    return {
        "id": one.id, "since": one.since.isoformat(), "until": one.until.isoformat(), "motive": one.motive, "opened_at": one.opened_at.isoformat(), "by_name": one.by_name,
        "open_until": one.open_until.isoformat(), "closed_at": None if one.closed_at is None else one.closed_at.isoformat(), "is_open": one.is_open(now),
    }  # fmt: skip


def alarms(found: Iterable[Mapping[str, Any]], since: datetime) -> list[dict[str, Any]]:
    """Alarms of a story as the window knew them: of their steps the one that holds when it begins and those inside, of their shape what does not change."""
    return _narrowed(found, since, ALARM, "state")


def events(found: Iterable[Mapping[str, Any]], since: datetime) -> list[dict[str, Any]]:
    """Events of a story likewise, with the status of their last step."""
    return [{**event, "status": event["steps"][-1]["status"]} for event in _narrowed(found, since, EVENT, "status")]


def _narrowed(found: Iterable[Mapping[str, Any]], since: datetime, kept: frozenset[str], state: str) -> list[dict[str, Any]]:
    told = []
    for thing in found:
        steps = _steps(thing["steps"], since, lambda step: datetime.fromisoformat(step["at"]))
        if not steps or (steps[-1][state] in OVER and datetime.fromisoformat(steps[-1]["at"]) < since):
            continue
        told.append({key: value if key in kept else [] if key in LISTS else None for key, value in thing.items()} | {"steps": steps})
    return told


def _steps(steps: list[dict[str, Any]], since: datetime, at: Callable[[dict[str, Any]], datetime]) -> list[dict[str, Any]]:
    before = [step for step in steps if at(step) < since]
    return before[-1:] + [step for step in steps if at(step) >= since]
