"""What people do to events. Each function is one transaction's work and gives the event's new shape.

An event has one owner. `hold`, `resolve`, `close` and `false_positive` are the owner's, or those of someone who may assign; `take` from another
owner needs a reason, so that nothing is taken by accident.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain import event as law
from hypervisor.domain.event import LIVE, OPEN, Status
from hypervisor.domain.operator import Principal, Role, may_own_events
from hypervisor.errors import Conflict, Forbidden, InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.operations import alarms as alarm_operations
from hypervisor.operations import procedure_runs
from hypervisor.operations.alarms import LONGEST_COMMENT
from hypervisor.operations.wording import day_and_hour, hour, with_comment
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, accounts, alarms, events, interventions, logbook
from hypervisor.store.events import Found

LONGEST_HOLD = timedelta(days=20)  # Genetec Mission Control's limit for an incident on hold (events.md 5.9)
STATUS_WORDS = {
    Status.NEW: N_("à qualifier"), Status.IN_PROGRESS: N_("pris en charge"), Status.ON_HOLD: N_("en attente"), Status.RESOLVED: N_("résolu"),
    Status.CLOSED: N_("clos"), Status.MERGED: N_("fusionné"), Status.FALSE_POSITIVE: N_("classé fausse alerte"),
}  # fmt: skip


def take(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, comment: str = "", version: int | None = None) -> dict[str, Any]:
    """« Je m’en occupe ». Raises Conflict with `by` and `at` when another owns it and no reason is given for taking it over."""
    event = lock(uow, event_id, by, version)
    to = after(uow, "take", event)
    if event.owner == by.name and event.status is to:
        shape = events.shape_of(uow, event_id, None, None)
        assert shape is not None, "the event was locked by this transaction"
        return shape
    if event.owner not in (None, by.name) and not comment.strip():
        raise _taken(uow, event)
    events.change(uow, event_id, status=to, owner=by.name, owner_name=by.display_name, hold_until=None)
    return record(uow, event, to, by, at, "take", "Événement pris en charge", comment)


def take_if_free(uow: UnitOfWork, event_id: int, by: Principal, at: datetime) -> dict[str, Any]:
    """The event's shape; one that is open and nobody's is taken first, for whoever acts on it answers for it."""
    event = lock(uow, event_id, by, None)
    if event.owner is None and event.status in OPEN:
        return take(uow, event_id, by, at)
    shape = events.shape_of(uow, event_id, None, None)
    assert shape is not None, "the event was locked by this transaction"
    return shape


def release(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, comment: str = "", version: int | None = None) -> dict[str, Any]:
    """The owner gives the event back to the room."""
    event = owned(uow, event_id, by, version)
    to = after(uow, "release", event)
    events.change(uow, event_id, status=to, owner=None, owner_name=None, hold_until=None)
    return record(uow, event, to, by, at, "release", "Événement rendu à la salle", comment)


def assign(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, to_username: str, comment: str = "", version: int | None = None) -> dict[str, Any]:
    """Gives the event to someone who may own it: its owner hands it over, a chief gives it to anyone. From one owner to another it needs a reason.

    Raises InvalidRequest when nobody of that name may, or without a reason.
    """
    event = lock(uow, event_id, by, version)
    if event.owner != by.name:
        require("event:assign", principal=by)
    to = after(uow, "assign", event)
    # Taken a moment ago in this same act, it has not been anybody's yet.
    if event.owner is not None and events.owned_since(uow, event_id) != at and not comment.strip():
        raise InvalidRequest(_("Le motif est vide : dites pourquoi l’événement change de responsable."))
    account = accounts.shown(uow, to_username.strip().lower())
    if account is None or account["disabled_at"] or not _may_own(account, event):
        raise InvalidRequest(_("{name} ne peut pas recevoir cet événement : compte absent, sans droit ou hors périmètre.", name=to_username))
    events.change(uow, event_id, status=to, owner=account["username"], owner_name=account["display_name"])
    return record(uow, event, to, by, at, "assign", f"Événement affecté à {account['display_name']}", comment)


def hold(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, until: datetime, comment: str = "", version: int | None = None) -> dict[str, Any]:
    """Puts the event aside until a time, in twenty days at most."""
    event = owned(uow, event_id, by, version)
    to = after(uow, "hold", event)
    if not at < until <= at + LONGEST_HOLD:
        raise InvalidRequest(_("L’échéance doit être à venir, dans {days} jours au plus.", days=LONGEST_HOLD.days))
    events.change(uow, event_id, status=to, hold_until=until)
    return record(uow, event, to, by, at, "hold", f"Événement mis en attente jusqu’au {day_and_hour(until)}", comment)


def resolve(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, comment: str = "", version: int | None = None) -> dict[str, Any]:
    """The trouble is over; the account of it remains to be written."""
    event = owned(uow, event_id, by, version)
    to = after(uow, "resolve", event)
    events.change(uow, event_id, status=to, resolved_at=at, hold_until=None)
    return record(uow, event, to, by, at, "resolve", "Événement résolu", comment)


def close(
    uow: UnitOfWork, event_id: int, by: Principal, at: datetime, outcome: str, version: int | None = None, cause: str = "", motive: str = ""
) -> dict[str, Any]:
    """Ends a resolved event with its account: what was done, which is compulsory, and what it came from, which the next ones like it will show.

    motive: why mandatory steps of its procedure stay open; Conflict with `open_steps` when some do and none is given.
    """
    event = owned(uow, event_id, by, version)
    to = after(uow, "close", event)
    if not outcome.strip():
        raise InvalidRequest(_("Le compte rendu est vide : écrivez la cause et ce qui a été fait."))
    left = procedure_runs.require_finished(uow, event, by, at, motive)
    events.change(uow, event_id, status=to, closed_at=at, outcome=outcome.strip(), cause=cause.strip() or None)
    return record(uow, event, to, by, at, "close", "Événement clos", " — ".join(part.strip() for part in (cause, outcome, left) if part.strip()))


def reopen(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, comment: str = "", version: int | None = None) -> dict[str, Any]:
    """Starts a finished event again; who reopens it owns it. The former outcome stays in its log."""
    event = lock(uow, event_id, by, version)
    to = after(uow, "reopen", event)
    events.change(uow, event_id, status=to, owner=by.name, owner_name=by.display_name, resolved_at=None, closed_at=None, outcome=None, cause=None)
    shape = record(uow, event, to, by, at, "reopen", "Événement rouvert", comment)
    interventions.tell_done(uow, event_id, at)
    return shape


def false_positive(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, comment: str, version: int | None = None) -> dict[str, Any]:
    """Classes the event as a false alert, with the reason."""
    event = owned(uow, event_id, by, version)
    to = after(uow, "false-positive", event)
    if not comment.strip():
        raise InvalidRequest(_("Le motif est vide : dites pourquoi c’est une fausse alerte."))
    events.change(uow, event_id, status=to, closed_at=at, hold_until=None)
    return record(uow, event, to, by, at, "false-positive", "Événement classé fausse alerte", comment)


def comment(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, comment: str, version: int | None = None) -> dict[str, Any]:
    """Adds a remark to the event's log and to the logbook."""
    event = lock(uow, event_id, by, version)
    if not comment.strip():
        raise InvalidRequest(_("Le commentaire est vide : écrivez-le."))
    return record(uow, event, event.status, by, at, "comment", "Commentaire", comment)


def create_from_alarm(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "") -> dict[str, Any]:
    """Takes the alarm's event, made now when it has none that lives. Raises Conflict with `by` and `at` when another has taken it."""
    require("event:act", principal=by)
    alarm = alarm_operations.lock(uow, alarm_id, by)
    if alarm.event_id is not None:
        event = events.lock(uow, alarm.event_id)
        if event is not None and event.status in LIVE:
            return take(uow, event.id, by, at, comment)
    title = f"{alarm.title} — {alarm.asset_name}"
    new = events.New(
        title=title, type=events.cause_of(uow, alarm_id), layer=alarm.layer, commune_id=alarm.commune_id, priority=alarm.facts.priority, opened_at=at,
        decide_before=alarm.decide_before, lon=alarm.lon, lat=alarm.lat, asset_id=alarm.asset_id,
    )  # fmt: skip
    event_id = events.add(uow, new)
    alarms.join_event(uow, alarm_id, event_id)
    state = alarm.facts.state.value
    alarms.add_transition(uow, alarm_id, at, by.name, by.display_name, "take", state, state, comment)
    alarms.tell(uow, alarm_id, at)
    events.change(uow, event_id, status=Status.IN_PROGRESS, owner=by.name, owner_name=by.display_name)
    made = events.lock(uow, event_id)
    assert made is not None, "the event was added by this transaction"
    return record(
        uow, replace(made, status=Status.NEW), Status.IN_PROGRESS, by, at, "take", "Événement ouvert et pris en charge", comment, alarm_id, alarm.asset_id
    )


# What the operations on several events (event_groups.py) share with those above ------------------------------------------


def lock(uow: UnitOfWork, event_id: int, by: Principal, version: int | None) -> Found:
    """The event, locked, when this person may act on it. Raises NotFound outside the perimeter, Conflict when it is not at the version that was read."""
    require("event:act", principal=by)
    event = events.lock(uow, event_id)
    if event is None or not by.may("event:read", event.layer, event.commune_id):
        raise reach.unseen(by, "event:act", f"event:{event_id}", _("L’événement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=event_id))
    if version is not None and version != event.version:
        raise Conflict(_("L’événement a changé depuis que vous l’avez lu : relisez-le."), version=event.version)
    return event


def owned(uow: UnitOfWork, event_id: int, by: Principal, version: int | None) -> Found:
    """The event, locked, when it is this person's or nobody's, or when this person may assign. Raises Forbidden otherwise."""
    event = lock(uow, event_id, by, version)
    if event.owner not in (None, by.name) and not by.may("event:assign"):
        raise Forbidden(_("{name} a pris cet événement en charge : prenez-le d’abord, avec un motif.", name=event.owner_name or ""), by=event.owner_name)
    return event


def after(uow: UnitOfWork, verb: str, event: Found) -> Status:
    """The status after a verb. Raises Conflict, with who brought the event where it is and when, when the law has no such line."""
    try:
        return law.after(verb, event.status)
    except law.Impossible:
        last = events.last_change(uow, event.id)
        said = _("L’événement est {status} : cette action n’y est pas possible.", status=_(STATUS_WORDS[event.status]))
        if last is None:
            raise Conflict(said, status_now=event.status) from None
        by_whom = _("Dernière action : {name} à {hour}.", name=last.actor_name, hour=hour(last.at))
        raise Conflict(f"{said} {by_whom}", status_now=event.status, by=last.actor_name, at=last.at.isoformat()) from None


def _taken(uow: UnitOfWork, event: Found) -> Conflict:
    at, name = events.owned_since(uow, event.id), event.owner_name or ""
    if at is None:
        return Conflict(_("Pris en charge par {name}", name=name), by=name)
    return Conflict(_("Pris en charge par {name} à {hour}", name=name, hour=hour(at)), by=name, at=at.isoformat())


def _may_own(account: dict[str, Any], event: Found) -> bool:
    inside = (account["layers"] is None or event.layer in account["layers"]) and (account["communes"] is None or event.commune_id in account["communes"])
    return inside and may_own_events(Role(account["role"]))


def record(
    uow: UnitOfWork,
    event: Found,
    to: Status,
    by: Principal,
    at: datetime,
    action: str,
    sentence: str,
    comment: str,
    alarm_id: int | None = None,
    asset_id: int | None = None,
    kind: str = "action",
) -> dict[str, Any]:
    """The event's log, its fact, then the logbook, whose head stays locked until the commit."""
    comment = comment.strip()
    if len(comment) > LONGEST_COMMENT:
        raise InvalidRequest(_("Le commentaire dépasse {count} caractères : raccourcissez-le.", count=LONGEST_COMMENT))
    events.add_log(uow, event.id, at, by.name, by.display_name, action, event.status.value, to.value, comment)
    shape = events.tell(uow, event.id, at)
    logbook.append(
        uow,
        logbook.Line(
            at=at, actor=by.name, actor_name=by.display_name, kind=kind, text=with_comment(f"{sentence} : {event.number} {event.title}", comment),
            layer=event.layer, commune_id=event.commune_id, event_id=event.id, alarm_id=alarm_id, asset_id=asset_id,
            action=action, from_state=event.status.value, to_state=to.value,
        ),
    )  # fmt: skip
    return shape
