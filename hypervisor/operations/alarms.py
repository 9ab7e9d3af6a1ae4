"""What people do to alarms. Each function is one transaction's work and gives the alarm's new shape.

Acknowledge (seen), confirm (proof from the field) and take (an event's owner, operations/events.py) are three facts. Shelve, suppress and out of
service are masks: they hide the truth with a reason and a limit, and leaving them shows it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.alarm import VERBS, Facts, Impossible, Mask, Priority, masked, unmasked
from hypervisor.domain.masking import LONGEST_OUT_OF_SERVICE, LONGEST_SHELVING, LONGEST_SUPPRESSION
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, Forbidden, InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.operations.wording import day_and_hour, hour, with_comment
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, alarms, logbook
from hypervisor.store.alarms import Found
from hypervisor.store.causes import parent_of

LONGEST_COMMENT = 2000
LONGEST_REASON = 200
PERSON = "person"
REASONS = {
    "nuisance": N_("Alarme intempestive"),
    "known_fault": N_("Défaut connu, intervention prévue"),
    "works": N_("Travaux en cours"),
    "sensor_in_doubt": N_("Capteur suspect"),
    "test": N_("Essai"),
}
"""Reasons that screens propose for a mask; any other sentence is accepted."""
MASK_WORDS = {"shelved": N_("mise de côté"), "suppressed": N_("inhibée"), "out_of_service": N_("hors service")}


def acknowledge(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "", origin: str = "desk") -> dict[str, Any]:
    """« Je l’ai vu » : the first one wins. Raises Conflict with `by` and `at` when someone else was first."""
    alarm = lock(uow, alarm_id, by)
    after = _law("acknowledge", alarm, _already_acknowledged)
    alarms.write(uow, alarm, after, at, (by.name, by.display_name, origin))
    return _record(uow, alarm, after, by, at, "acknowledge", "Alarme acquittée", comment)


def unacknowledge(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "", origin: str = "desk") -> dict[str, Any]:
    """Gives an acknowledged active alarm back to the room."""
    alarm = lock(uow, alarm_id, by)
    after = _law("unacknowledge", alarm, _not_acknowledged)
    alarms.write(uow, alarm, after, at)
    return _record(uow, alarm, after, by, at, "unacknowledge", "Acquittement retiré", comment)


def reset(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "", origin: str = "desk") -> dict[str, Any]:
    """Releases a latched alarm whose condition has ended."""
    alarm = lock(uow, alarm_id, by, "alarm:mask")
    after = _law("reset", alarm, _not_latched)
    alarms.write(uow, alarm, after, at)
    return _record(uow, alarm, after, by, at, "reset", "Alarme réarmée", comment)


def confirm(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str, origin: str = "desk") -> dict[str, Any]:
    """« Confirmé sur le terrain » : what was found there, written. Raises Conflict with `by` and `at` when someone has confirmed it."""
    alarm = lock(uow, alarm_id, by)
    if alarm.confirmed_at is not None:
        at_, name = alarm.confirmed_at, alarm.confirmed_name or ""
        raise Conflict(_("Confirmée sur le terrain par {name} à {hour}", name=name, hour=hour(at_)), by=name, at=at_.isoformat())
    finding = _short(comment, LONGEST_COMMENT)
    if not finding:
        raise InvalidRequest(_("La confirmation est vide : écrivez ce qui a été constaté sur place."))
    alarms.set_confirmation(uow, alarm_id, at, by.name, by.display_name, origin, finding)
    return _record(uow, alarm, alarm.facts, by, at, "confirm", "Alarme confirmée sur le terrain", finding)


def shelve(
    uow: UnitOfWork,
    alarm_id: int,
    by: Principal,
    at: datetime,
    reason: str,
    until: datetime | None = None,
    once: bool = False,
    comment: str = "",
    origin: str = "desk",
) -> dict[str, Any]:
    """Puts the alarm aside with a reason, until a time or once, until its condition ends; never longer than its priority allows.

    Raises Forbidden for a highly managed alarm, InvalidRequest past the longest, Conflict with `by` and `at` when another has put it aside.
    """
    alarm = lock(uow, alarm_id, by, "alarm:mask")
    if alarm.highly_managed:
        raise Forbidden(_("Cette alarme est hautement gérée : elle ne se met pas de côté. Demandez une mise hors service au chef de salle."))
    if until is None and not once:
        raise InvalidRequest(_("Dites jusqu’à quand mettre l’alarme de côté, ou « une fois »."))
    longest = LONGEST_SHELVING[alarm.facts.priority]
    mask = _person_mask("shelved", by, at, reason, until or at + longest, longest, comment, once=once)
    ends = _("jusqu’à son retour à la normale") if until is None else _("jusqu’au {time}", time=day_and_hour(until))
    return _mask(uow, alarm, mask, by, at, "shelve", f"Alarme mise de côté {ends}")


def suppress(
    uow: UnitOfWork,
    alarm_id: int,
    by: Principal,
    at: datetime,
    reason: str,
    until: datetime | None = None,
    parent_id: int | None = None,
    comment: str = "",
    origin: str = "desk",
) -> dict[str, Any]:
    """Hides the alarm by design, with a reason: under its cause `parent_id` until the condition ends, or until a time, a week at most."""
    alarm = _for_design(uow, alarm_id, by)
    mask = _person_mask("suppressed", by, at, reason, until or at + LONGEST_SUPPRESSION, LONGEST_SUPPRESSION, comment)
    if parent_id is not None:
        parent = lock(uow, parent_id, by, "alarm:mask")
        if parent.id == alarm.id or parent.parent_id == alarm.id:
            raise InvalidRequest(_("Une alarme ne peut pas être sa propre cause : choisissez-en une autre."))
        mask = Mask(
            kind="suppressed",
            source=f"alarm:{parent_id}",
            at=at,
            until=mask.until,
            once=True,
            by=mask.by,
            name=mask.name,
            reason=mask.reason,
            comment=mask.comment,
        )
    return _mask(uow, alarm, mask, by, at, "suppress", "Alarme inhibée")


def out_of_service(
    uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, reason: str, until: datetime | None = None, comment: str = "", origin: str = "desk"
) -> dict[str, Any]:
    """Puts the alarm out of service with a reason, until a time, thirty days at most."""
    alarm = _for_design(uow, alarm_id, by)
    mask = _person_mask("out_of_service", by, at, reason, until or at + LONGEST_OUT_OF_SERVICE, LONGEST_OUT_OF_SERVICE, comment)
    return _mask(uow, alarm, mask, by, at, "out-of-service", "Alarme mise hors service")


def unshelve(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "", origin: str = "desk") -> dict[str, Any]:
    """Takes the alarm back: the truth of this moment shows, a previous acknowledgement too."""
    return _unmask(uow, alarm_id, by, at, "shelved", "unshelve", "Alarme reprise", comment)


def unsuppress(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "", origin: str = "desk") -> dict[str, Any]:
    """Ends every suppression of the alarm, its cause's too."""
    return _unmask(uow, alarm_id, by, at, "suppressed", "unsuppress", "Inhibition levée", comment)


def in_service(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str = "", origin: str = "desk") -> dict[str, Any]:
    """Puts the alarm back in service, works or not."""
    return _unmask(uow, alarm_id, by, at, "out_of_service", "in-service", "Alarme remise en service", comment)


def comment(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, comment: str, origin: str = "desk") -> dict[str, Any]:
    """Adds a remark to the alarm's log and to the logbook; the alarm itself does not change."""
    alarm = lock(uow, alarm_id, by)
    if not comment.strip():
        raise InvalidRequest(_("Le commentaire est vide : écrivez-le."))
    return _record(uow, alarm, alarm.facts, by, at, "comment", "Commentaire", comment)


def lock(uow: UnitOfWork, alarm_id: int, by: Principal, permission: str = "alarm:act") -> Found:
    """The alarm, locked, when this person may act on it. Raises NotFound outside the perimeter, as if it did not exist."""
    require(permission, principal=by)
    alarm = alarms.lock(uow, alarm_id)
    if alarm is None or not by.may("alarm:read", alarm.layer, alarm.commune_id):
        raise reach.unseen(by, permission, f"alarm:{alarm_id}", _("L’alarme {id} n’existe pas, ou n’est pas dans votre périmètre.", id=alarm_id))
    return alarm


def _for_design(uow: UnitOfWork, alarm_id: int, by: Principal) -> Found:
    alarm = lock(uow, alarm_id, by, "alarm:mask")
    if alarm.highly_managed:
        require("alarm:manage", alarm.layer, principal=by)
    return alarm


def _person_mask(kind: str, by: Principal, at: datetime, reason: str, until: datetime, longest: timedelta, comment: str, *, once: bool = False) -> Mask:
    written = _short(reason, LONGEST_REASON)
    if not written:
        raise InvalidRequest(_("Le motif est vide : dites pourquoi l’alarme est masquée."))
    if not at < until <= at + longest:
        raise InvalidRequest(
            _("L’échéance doit être à venir, dans {duration} au plus pour cette alarme.", duration=_spoken(longest)), longest_s=int(longest.total_seconds())
        )
    return Mask(
        kind=kind, source=PERSON, at=at, until=until, once=once, by=by.name, name=by.display_name, reason=written, comment=_short(comment, LONGEST_COMMENT)
    )


def _mask(uow: UnitOfWork, alarm: Found, mask: Mask, by: Principal, at: datetime, action: str, sentence: str) -> dict[str, Any]:
    if not alarm.facts.is_open:
        raise Conflict(_("Cette alarme est close : il n’y a rien à masquer."))
    worn = next((one for one in alarm.facts.masks if one.kind == mask.kind and one.by), None)
    if worn is not None:
        raise Conflict(
            _("Déjà {word} par {name} à {hour}", word=_(MASK_WORDS[mask.kind]), name=worn.name, hour=hour(worn.at)), by=worn.name, at=worn.at.isoformat()
        )
    after = masked(alarm.facts, mask)
    alarms.write(uow, alarm, after, at)
    reason = _(REASONS[mask.reason]) if mask.reason in REASONS else mask.reason
    return _record(uow, alarm, after, by, at, action, f"{sentence} ({reason})", mask.comment)


def _unmask(uow: UnitOfWork, alarm_id: int, by: Principal, at: datetime, kind: str, action: str, sentence: str, comment: str) -> dict[str, Any]:
    alarm = lock(uow, alarm_id, by, "alarm:mask")
    if kind not in alarm.facts.mask_names:
        raise Conflict(_("Cette alarme n’est pas {word}.", word=_(MASK_WORDS[kind])))
    after = unmasked(alarm.facts, kind)
    alarms.write(uow, alarm, after, at)
    return _record(uow, alarm, after, by, at, action, sentence, comment)


def _law(verb: str, alarm: Found, refusal: Callable[[Found], Conflict]) -> Facts:
    try:
        return VERBS[verb](alarm.facts)
    except Impossible:
        raise refusal(alarm) from None


def _already_acknowledged(alarm: Found) -> Conflict:
    if alarm.facts.priority is Priority.INFO:
        return Conflict(_("Cette alarme est une information : elle ne demande pas d’acquittement."))
    if alarm.acknowledged_at is None:
        return Conflict(_("Cette alarme ne demande pas d’acquittement."))
    at, name = alarm.acknowledged_at, alarm.acknowledged_name or ""
    return Conflict(_("Acquittée par {name} à {hour}", name=name, hour=hour(at)), by=name, at=at.isoformat())


def _not_acknowledged(alarm: Found) -> Conflict:
    if alarm.facts.priority is Priority.INFO or not alarm.facts.active:
        return Conflict(_("L’acquittement ne se retire que d’une alarme encore active."))
    return Conflict(_("Cette alarme n’est pas acquittée."))


def _not_latched(alarm: Found) -> Conflict:
    if alarm.facts.latched:
        return Conflict(_("La cause dure encore : l’alarme se réarme quand elle a cessé."))
    return Conflict(_("Cette alarme n’est pas verrouillée : elle ne se réarme pas."))


def _short(text: str, longest: int) -> str:
    text = text.strip()
    if len(text) > longest:
        raise InvalidRequest(_("Le texte dépasse {count} caractères : raccourcissez-le.", count=longest))
    return text


def _spoken(duration: timedelta) -> str:
    minutes = int(duration.total_seconds() // 60)
    if minutes < 120:
        return _("{count} min", count=minutes)
    return _("{count} h", count=minutes // 60) if minutes < 48 * 60 else _("{count} jours", count=minutes // 1440)


def _record(uow: UnitOfWork, alarm: Found, after: Facts, by: Principal, at: datetime, action: str, sentence: str, comment: str) -> dict[str, Any]:
    """The alarm's log, its fact, then the logbook, whose head stays locked until the commit."""
    comment = comment.strip()
    if len(comment) > LONGEST_COMMENT:
        raise InvalidRequest(_("Le commentaire dépasse {count} caractères : raccourcissez-le.", count=LONGEST_COMMENT))
    before_state, after_state = alarm.facts.state.value, after.state.value
    alarms.add_transition(uow, alarm.id, at, by.name, by.display_name, action, before_state, after_state, comment)
    causes = {cause for cause in (alarm.parent_id, parent_of(after.masks)) if cause is not None}
    shape = alarms.tell(uow, alarm.id, at, causes)
    logbook.append(
        uow,
        logbook.Line(
            at=at, actor=by.name, actor_name=by.display_name, kind="action", text=with_comment(f"{sentence} : {alarm.title} — {alarm.asset_name}", comment),
            layer=alarm.layer, commune_id=alarm.commune_id, alarm_id=alarm.id, event_id=alarm.event_id, asset_id=alarm.asset_id,
            action=action, from_state=before_state, to_state=after_state,
        ),
    )  # fmt: skip
    return shape
