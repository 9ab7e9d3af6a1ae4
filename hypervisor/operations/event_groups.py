"""Events made by hand, merged, parted: what people do to several of them at once. Each function is one transaction's work.

Events are locked in the order of their ids, so that two people who join the same two wait for one another instead of failing.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hypervisor.domain.alarm import Priority
from hypervisor.domain.event import Status
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, Forbidden, InvalidRequest
from hypervisor.i18n import _
from hypervisor.operations import alarms as alarm_operations
from hypervisor.operations import events as event_operations
from hypervisor.operations.event_types import BY_KEY
from hypervisor.operations.events import after, lock, owned, record
from hypervisor.operations.field_reports import set_right
from hypervisor.operations.wording import hour
from hypervisor.security import audit
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, alarms, event_search, events, interventions
from hypervisor.store.events import Found

LONGEST = {"title": 200, "address": 200, "description": 2000, "caller": 200}
MOST_ALARMS = 500


@dataclass(frozen=True, kw_only=True)
class Report:
    """The five fields of an event made by hand, with a place in degrees (WGS 84). caller is personal data: kept apart from what screens are told."""

    type: str
    lon: float
    lat: float
    address: str = ""
    priority: Priority | None = None
    description: str = ""
    caller: str = ""


def signal(uow: UnitOfWork, report: Report, by: Principal, at: datetime, done_at: datetime | None = None, sent_at: datetime | None = None) -> dict[str, Any]:
    """Opens the event of what an agent has seen, and leaves it to the room: whoever is in the street answers for nothing there.

    Events like it may be open near by: the room merges them, because the phone may have been off-line.
    """
    seen_at = set_right(done_at, sent_at, at)
    made = create(uow, report, by, at, is_new=True)
    return event_operations.release(uow, made["id"], by, at, f"signalé du terrain, vu à {hour(seen_at)}")


def create(uow: UnitOfWork, report: Report, by: Principal, at: datetime, *, is_new: bool = False) -> dict[str, Any]:
    """Opens an event from a call or from what is seen, and takes it.

    Raises Conflict with `duplicates` when events like it live near it, unless is_new says that it is another one.
    """
    require("event:act", principal=by)
    type_ = BY_KEY.get(report.type)
    if type_ is None:
        raise InvalidRequest(_("Le type {type} n’existe pas : choisissez-en un dans la liste.", type=report.type))
    if not (-180 <= report.lon <= 180 and -85 <= report.lat <= 85):
        raise InvalidRequest(_("Le lieu est hors de la carte : cherchez une adresse, ou cliquez sur la carte."))
    for name, longest in LONGEST.items():
        if len(getattr(report, name, "")) > longest:
            raise InvalidRequest(_("Un champ dépasse {count} caractères : raccourcissez-le.", count=longest))
    commune_id = event_search.commune_at(uow, report.lon, report.lat)
    if not by.may("event:act", type_.layer, commune_id):
        audit.refused(by, "event:act", type_.layer, commune_id)
        raise Forbidden(_("Ce type d’événement, ou ce lieu, n’est pas dans votre périmètre."))
    like_it = event_search.Likeness(type=type_.key, layer=type_.layer, lon=report.lon, lat=report.lat, at=at)
    found = [] if is_new else event_search.duplicates(uow, like_it, by.layers, by.communes)
    if found:
        raise Conflict(_("Un événement semblable est déjà ouvert tout près : rejoignez-le, ou confirmez qu’il s’agit d’un autre."), duplicates=found)
    title = f"{_(type_.label)} — {report.address.strip()}" if report.address.strip() else _(type_.label)
    event_id = events.add(
        uow,
        events.New(
            title=title, type=type_.key, layer=type_.layer, commune_id=commune_id, priority=report.priority or type_.priority, opened_at=at,
            decide_before=at + type_.decide_within, lon=report.lon, lat=report.lat, address=report.address.strip() or None,
            description=report.description.strip() or None, caller=report.caller.strip() or None,
        ),
    )  # fmt: skip
    made = events.lock(uow, event_id)
    assert made is not None, "the event was added by this transaction"
    to = after(uow, "take", made)
    events.change(uow, event_id, status=to, owner=by.name, owner_name=by.display_name)
    return record(uow, made, to, by, at, "create", "Événement ouvert à la main", report.description)


def merge(uow: UnitOfWork, event_id: int, into_id: int, by: Principal, at: datetime, comment: str = "", version: int | None = None) -> dict[str, Any]:
    """Ends an event in another, which takes its alarms, its interventions and the worse of the two priorities. Gives the one that remains."""
    if event_id == into_id:
        raise InvalidRequest(_("Un événement ne se fusionne pas avec lui-même : choisissez-en un autre."))
    first, second = sorted((event_id, into_id))
    held = {each: lock(uow, each, by, version if each == event_id else None) for each in (first, second)}
    event, into = held[event_id], held[into_id]
    owned(uow, event_id, by, None)
    to, stays = after(uow, "merge", event), after(uow, "absorb", into)
    moved = events.alarms_of(uow, event_id)
    events.move_alarms(uow, moved, into_id)
    interventions.move(uow, event_id, into_id, at)
    events.change(uow, event_id, status=to, merged_into=into_id, hold_until=None)
    events.change(uow, into_id, priority=min(event.priority, into.priority), decide_before=_soonest(event, into))
    _tell_alarms(uow, moved, at)
    record(uow, event, to, by, at, "merge", f"Événement fusionné dans {into.number}", comment)
    return record(uow, into, stays, by, at, "absorb", f"{event.number} fusionné dans l’événement", comment)


def attach(uow: UnitOfWork, event_id: int, alarm_ids: Collection[int], by: Principal, at: datetime, comment: str = "") -> dict[str, Any]:
    """Puts alarms that have no live event of another in this one."""
    event = owned(uow, event_id, by, None)
    to = after(uow, "attach", event)
    ids = _some(alarm_ids)
    for alarm_id in ids:
        alarm = alarm_operations.lock(uow, alarm_id, by)
        if alarm.event_id not in (None, event_id) and event_search.is_live(uow, alarm.event_id):
            raise Conflict(_("Cette alarme est déjà dans un autre événement : fusionnez les deux événements."), event_id=alarm.event_id)
        event = replace(event, priority=min(event.priority, alarm.facts.priority))
    events.move_alarms(uow, ids, event_id)
    events.change(uow, event_id, priority=event.priority)
    _tell_alarms(uow, ids, at)
    return record(uow, event, to, by, at, "attach", f"Alarmes jointes ({len(ids)}) à l’événement", comment)


def split(
    uow: UnitOfWork, event_id: int, alarm_ids: Collection[int], by: Principal, at: datetime, comment: str = "", version: int | None = None
) -> dict[str, Any]:
    """Parts some alarms of an event into a new one, which nobody owns yet. Gives the new one."""
    event = owned(uow, event_id, by, version)
    stays = after(uow, "split", event)
    ids, inside = _some(alarm_ids), events.alarms_of(uow, event_id)
    if not set(ids) <= set(inside):
        raise InvalidRequest(_("Une de ces alarmes n’est pas dans l’événement : relisez-le."))
    if len(ids) == len(inside):
        raise InvalidRequest(_("Il ne resterait aucune alarme dans l’événement : laissez-en une au moins."))
    new_id = events.add(
        uow,
        events.New(
            title=event.title, type=event.type, layer=event.layer, commune_id=event.commune_id, priority=event.priority, opened_at=at, decide_before=None,
            lon=event.lon, lat=event.lat,
        ),
    )  # fmt: skip
    events.move_alarms(uow, ids, new_id)
    events.follow_alarms(uow, new_id)
    events.change(uow, event_id)
    _tell_alarms(uow, ids, at)
    made = events.lock(uow, new_id)
    assert made is not None, "the event was added by this transaction"
    record(uow, event, stays, by, at, "split", f"Événement scindé : {made.number} en est sorti", comment)
    return record(uow, made, Status.NEW, by, at, "create", f"Événement scindé de {event.number}", comment)


def _some(alarm_ids: Collection[int]) -> list[int]:
    ids = sorted(set(alarm_ids))
    if not 0 < len(ids) <= MOST_ALARMS:
        raise InvalidRequest(_("Choisissez au moins une alarme, et {count} au plus.", count=MOST_ALARMS))
    return ids


def _soonest(*found: Found) -> datetime | None:
    return min((event.decide_before for event in found if event.decide_before), default=None)


def _tell_alarms(uow: UnitOfWork, alarm_ids: Collection[int], at: datetime) -> None:
    for alarm_id in alarm_ids:
        alarms.tell(uow, alarm_id, at)
