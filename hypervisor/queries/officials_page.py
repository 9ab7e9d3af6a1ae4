"""An officials' page as screens open it: its figures, its outlines and the name of the territory; or the sentence that says why it cannot be read."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, NotFound, Unavailable
from hypervisor.queries import officials
from hypervisor.queries.territory import territory
from hypervisor.security.require import require
from hypervisor.store import indicators

logger = logging.getLogger(__name__)

Outlines = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The page, the outlines of its communes, and what the territory is called."""

    page: officials.Dashboard
    outlines: Outlines
    label: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why the page cannot be read."""

    sentence: str


_outlines: dict[int, Outlines] = {}


def opened(h: Hypervisor, choice: officials.Choice) -> Opened:
    """The page. Raises Forbidden, InvalidRequest, NotFound, Unavailable."""
    who = require("indicator:read")
    page = officials.dashboard(h, choice)
    return Opened(page=page, outlines=outlines(h, who), label=territory(h, who).label)


def attempt(h: Hypervisor, choice: officials.Choice) -> Opened | Refused:
    """The page, or the sentence that a reader can act on. Raises Forbidden: what is not one's own is no state of the page."""
    try:
        return opened(h, choice)
    except (InvalidRequest, NotFound, Unavailable) as error:
        return Refused(sentence=error.sentence)


def outlines(h: Hypervisor, who: Principal) -> Outlines:
    """The communes' outlines inside the perimeter, simplified for a screen. They change with the territory alone: kept by database."""
    kept = _outlines.get(id(h) * 1000 + who.tenant)
    if kept is None:
        with h.database.unit_of_work(who.tenant) as uow:
            kept = indicators.shapes(uow, officials.OUTLINE_TOLERANCE_DEG)
        if kept:
            _outlines[id(h) * 1000 + who.tenant] = kept
    return [row for row in kept if row["id"] and (who.communes is None or row["id"] in who.communes)]
