"""What the frame of every screen says about the territory: its name, where it lies, its posture."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.errors import Unavailable
from hypervisor.store import posture
from hypervisor.store import territory as store

logger = logging.getLogger(__name__)

CENTRE_OF_FRANCE = {"lon": 2.5, "lat": 46.6, "zoom": 6}
"""Where the map opens when nothing says better: the country, so that the mistake is plain."""

CALM = {"level": 0, "real_level": 0, "since": None, "reason": None, "by": None, "exercise": None, "pending": None}
"""The situation of a territory of which nothing else is known."""


@dataclass(frozen=True, kw_only=True)
class Territory:
    """One tenant's territory. view: {"lon", "lat", "zoom", "bounds": [west, south, east, north]}; situation: its posture, as store.posture.situation says it."""

    label: str
    view: dict[str, float | list[float]] = field(default_factory=lambda: dict(CENTRE_OF_FRANCE))
    situation: Mapping[str, Any] = field(default_factory=lambda: dict(CALM))


_last_known: dict[int, Territory] = {}


def territory(h: Hypervisor, principal: Principal) -> Territory:
    """The territory of the principal's tenant; with the database down, as it was last read, so that a screen still opens and says what is down."""
    try:
        with h.database.unit_of_work(principal.tenant) as uow:
            label, view = store.read(uow)
            situation = posture.situation(uow)
    except Unavailable:
        logger.warning("territory of tenant %s not read: shown as last known", principal.tenant)
        return _last_known.get(principal.tenant, Territory(label="Vigie"))
    found = Territory(label=label, view=view or dict(CENTRE_OF_FRANCE), situation=situation)
    _last_known[principal.tenant] = found
    return found


def communes(h: Hypervisor, principal: Principal) -> dict[int, str]:
    """id → name of the communes of the principal's perimeter, by name; empty while the database is down."""
    try:
        with h.database.unit_of_work(principal.tenant) as uow:
            found = store.communes(uow)
    except Unavailable:
        logger.warning("communes of tenant %s not read: they cannot be chosen", principal.tenant)
        return {}
    return {number: name for number, name in found if principal.may("asset:read", commune=number)}
