"""Events as lists and one by one, inside the reader's perimeter; those that look like one, now and in the past."""

from datetime import datetime
from typing import Any

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.operations.event_types import BY_KEY, TYPES
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, event_search, events


def listed(uow: UnitOfWork, filters: dict[str, Any], limit: int, *, is_live: bool | None = True) -> list[Any]:
    """(shape, opened_at, id), newest first; filters as in store.events.VIEW."""
    who = require("event:read")
    return events.listed(uow, who.layers, who.communes, is_live=is_live, filters=filters, limit=limit)


def one(uow: UnitOfWork, event_id: int) -> dict[str, Any]:
    """The event, and for those who act on it who called. Raises NotFound, also outside the perimeter."""
    who = require("event:read")
    shape = events.shape_of(uow, event_id, who.layers, who.communes)
    if shape is None:
        raise reach.unseen(who, "event:read", f"event:{event_id}", _("L’événement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=event_id))
    return shape | {"caller": event_search.caller_of(uow, event_id)} if who.may("event:act") else shape


def log(uow: UnitOfWork, event_id: int) -> list[dict[str, Any]]:
    """The event's own log, oldest first. Raises NotFound, also outside the perimeter."""
    one(uow, event_id)
    return events.log_of(uow, event_id)


def duplicates(uow: UnitOfWork, event_id: int) -> list[dict[str, Any]]:
    """Live events near this one in space, time and type. Raises NotFound, also outside the perimeter."""
    who = require("event:read")
    return event_search.duplicates(uow, _likeness(uow, event_id), who.layers, who.communes)


def duplicates_of_report(uow: UnitOfWork, type_key: str, lon: float, lat: float, at: datetime) -> list[dict[str, Any]]:
    """Live events near what somebody reports now. Raises InvalidRequest for a type that does not exist."""
    who = require("event:read")
    if type_key not in BY_KEY:
        raise InvalidRequest(_("Le type {type} n’existe pas : choisissez-en un dans la liste.", type=type_key))
    like = event_search.Likeness(type=type_key, layer=BY_KEY[type_key].layer, lon=lon, lat=lat, at=at)
    return event_search.duplicates(uow, like, who.layers, who.communes)


def similar(uow: UnitOfWork, event_id: int) -> list[dict[str, Any]]:
    """Closed events like this one in the last year, with their cause and what was done. Raises NotFound, also outside the perimeter."""
    who = require("event:read")
    return event_search.similar(uow, _likeness(uow, event_id), who.layers, who.communes)


def similar_to_alarm(uow: UnitOfWork, alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The same for an alarm's shape, whose event may not exist yet."""
    who = require("event:read")
    like = event_search.Likeness(
        type=alarm["cause"], layer=alarm["layer"], lon=alarm["lon"], lat=alarm["lat"], at=datetime.fromisoformat(alarm["raised_at"]),
        own_id=alarm["event_id"] or 0, asset_ids=(alarm["asset_id"],),
    )  # fmt: skip
    return event_search.similar(uow, like, who.layers, who.communes)


def types() -> list[dict[str, Any]]:
    """The types that this reader may open, with what each proposes."""
    who = require("event:read")
    return [
        {"key": each.key, "label": _(each.label), "layer": each.layer, "priority": each.priority.word, "decide_within_s": int(each.decide_within.total_seconds())}
        for each in TYPES
        if who.may("event:read", each.layer)
    ]  # fmt: skip


def _likeness(uow: UnitOfWork, event_id: int) -> event_search.Likeness:
    one(uow, event_id)
    found = event_search.likeness(uow, event_id)
    assert found is not None, "the event was read by this transaction"
    return found
