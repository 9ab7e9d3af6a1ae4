"""What people do to alarms. Each function is one transaction's work and gives the alarm's new shape."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hypervisor.domain.alarm import VERBS, Facts, Impossible, Priority
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.operations.wording import hour, with_comment
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, alarms, logbook
from hypervisor.store.alarms import Found

LONGEST_COMMENT = 2000


def acknowledge(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "", origin: str = "desk") -> dict[str, Any]:
    """« Je l’ai vu » : the first one wins. Raises Conflict with `by` and `at` when someone else was first."""
    alarm = lock(uow, alarm_id, by)
    after = _law("acknowledge", alarm, _already_acknowledged)
    alarms.set_acknowledgement(uow, alarm_id, at, by.name, by.display_name, origin)
    return _record(uow, alarm, after, by, at, "acknowledge", "Alarme acquittée", comment)


def unacknowledge(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "", origin: str = "desk") -> dict[str, Any]:
    """Gives an acknowledged active alarm back to the room."""
    alarm = lock(uow, alarm_id, by)
    after = _law("unacknowledge", alarm, _not_acknowledged)
    alarms.set_acknowledgement(uow, alarm_id, None, None, None, None)
    return _record(uow, alarm, after, by, at, "unacknowledge", "Acquittement retiré", comment)


def comment(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str, origin: str = "desk") -> dict[str, Any]:
    """Adds a remark to the alarm's log and to the logbook; the alarm itself does not change."""
    alarm = lock(uow, alarm_id, by)
    if not comment.strip():
        raise InvalidRequest(_("Le commentaire est vide : écrivez-le."))
    return _record(uow, alarm, alarm.facts, by, at, "comment", "Commentaire", comment)


def lock(uow: UnitOfWork, alarm_id: int, by: Principal) -> Found:
    """The alarm, locked, when this person may act on it. Raises NotFound outside the perimeter, as if it did not exist."""
    require("alarm:act", principal=by)
    alarm = alarms.lock(uow, alarm_id)
    if alarm is None or not by.may("alarm:read", alarm.layer, alarm.commune_id):
        raise NotFound(_("L’alarme {id} n’existe pas, ou n’est pas dans votre périmètre.", id=alarm_id))
    return alarm


def _law(verb: str, alarm: Found, refusal: Callable[[Found], Conflict]) -> Facts:
    try:
        return VERBS[verb](alarm.facts)
    except Impossible:
        raise refusal(alarm) from None


def _already_acknowledged(alarm: Found) -> Conflict:
    if alarm.acknowledged_at is None:
        return Conflict(_("Cette alarme est une information : elle ne demande pas d’acquittement."))
    at, name = alarm.acknowledged_at, alarm.acknowledged_name or ""
    return Conflict(_("Acquittée par {name} à {hour}", name=name, hour=hour(at)), by=name, at=at.isoformat())


def _not_acknowledged(alarm: Found) -> Conflict:
    if alarm.facts.priority is Priority.INFO or not alarm.facts.active:
        return Conflict(_("L’acquittement ne se retire que d’une alarme encore active."))
    return Conflict(_("Cette alarme n’est pas acquittée."))


def _record(uow: UnitOfWork, alarm: Found, after: Facts, by: Principal, at: datetime, action: str, sentence: str, comment: str) -> dict[str, Any]:
    """The alarm's log, its fact, then the logbook, whose head stays locked until the commit."""
    comment = comment.strip()
    if len(comment) > LONGEST_COMMENT:
        raise InvalidRequest(_("Le commentaire dépasse {count} caractères : raccourcissez-le.", count=LONGEST_COMMENT))
    before_state, after_state = alarm.facts.state.value, after.state.value
    alarms.add_transition(uow, alarm.id, at, by.name, by.display_name, action, before_state, after_state, comment)
    shape = alarms.tell(uow, alarm.id, at)
    logbook.append(
        uow,
        logbook.Line(
            at=at, actor=by.name, actor_name=by.display_name, kind="action", text=with_comment(f"{sentence} : {alarm.title} — {alarm.asset_name}", comment),
            layer=alarm.layer, commune_id=alarm.commune_id, alarm_id=alarm.id, event_id=alarm.event_id, asset_id=alarm.asset_id,
            action=action, from_state=before_state, to_state=after_state,
        ),
    )  # fmt: skip
    return shape
