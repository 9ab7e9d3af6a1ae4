"""The logbook's lines, inside the reader's perimeter; whole for a file; and the proofs of its chain."""

from datetime import datetime
from typing import Any

from hypervisor.security import audit
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook


def listed(uow: UnitOfWork, filters: dict[str, Any], limit: int) -> list[tuple[dict[str, Any], int]]:
    """(shape, seq), newest first; filters as in store.logbook.FILTERS. A shape says which lines correct it, and the number of its event."""
    who = require("logbook:read")
    rows = logbook.listed(uow, who.layers, who.communes, filters, limit)
    shapes = _told(uow, [row[0] for row in rows])
    return [(shape, shape["seq"]) for shape in shapes]


def whole(uow: UnitOfWork, filters: dict[str, Any], most: int, at: datetime) -> list[dict[str, Any]]:
    """The same lines for a file, by number, with what is hashed and their hashes; `most` + 1 of them says that there are more. The export is audited."""
    who = require("logbook:read")
    lines = _told(uow, logbook.whole(uow, who.layers, who.communes, filters, most + 1))
    audit.done(uow, who, "operator:logbook:export", at, lines=len(lines))
    return lines


def seals(uow: UnitOfWork, limit: int) -> list[dict[str, Any]]:
    """What the last nights found of the chain, newest first."""
    require("logbook:read")
    return logbook.seals(uow, limit)


def hash_of(uow: UnitOfWork, seq: int) -> str | None:
    """Hash of a line in hexadecimal; None when there is no such line."""
    require("logbook:read")
    return logbook.hash_of(uow, seq)


def _told(uow: UnitOfWork, shapes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    corrected = logbook.corrections(uow, [shape["seq"] for shape in shapes])
    numbers = logbook.numbers(uow, sorted({shape["event_id"] for shape in shapes if shape["event_id"]}))
    return [shape | {"corrected_by": corrected.get(shape["seq"], []), "event_number": numbers.get(shape["event_id"])} for shape in shapes]
