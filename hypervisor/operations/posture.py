"""The posture's level: one person proposes it with a reason, another decides (screens.md 1.2). In an exercise it is played: it ends with the exercise, and the real one stays."""

from datetime import datetime
from typing import Any

from hypervisor.domain.on_call import Kind, answering
from hypervisor.domain.operator import Principal
from hypervisor.domain.posture import WORDS, Level
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.notifications import Draft, queue
from hypervisor.operations.wording import with_comment
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook, on_call, posture

LONGEST_REASON = 500


def propose(uow: UnitOfWork, level: int, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Proposes a level; gives the situation. Raises Conflict while another proposal waits, or at that level already."""
    require("posture:propose", principal=by)
    reason = reason_given(reason, _("Le motif est vide : dites pourquoi la posture doit changer."))
    if level not in WORDS:
        raise InvalidRequest(_("Ce niveau de posture n’existe pas : choisissez de 0 à 3."))
    posture.lock(uow)
    now = posture.situation(uow)
    if now["pending"] is not None:
        raise Conflict(_("{name} a déjà proposé un niveau : il attend sa décision.", name=now["pending"]["by_name"]))
    if now["level"] == level:
        raise Conflict(_("La posture est déjà à ce niveau."))
    exercise = now["exercise"]
    posture.propose(uow, level, reason, exercise["id"] if exercise else None, by.name, by.display_name, at)
    who = _call_who_decides(uow, level, reason, by, at)
    asked = f"{who} en est averti par SMS" if who else "personne d’astreinte de décision n’a pu être averti"
    return told(uow, by, at, "posture-propose", f"Posture {said(level)} proposée, {asked}", reason)


def accept(uow: UnitOfWork, number: int, by: Principal, at: datetime) -> dict[str, Any]:
    """The second person's word: the level is in force on every screen. Raises Forbidden for whoever proposed it."""
    require("posture:decide", principal=by)
    waiting = _waiting(uow, number)
    if waiting["by"] == by.name:
        raise Forbidden(_("Vous avez proposé ce niveau : une autre personne le valide."))
    posture.decide(uow, number, "accepted", "", by.name, by.display_name, at)
    return told(uow, by, at, "posture-accept", f"Posture {said(waiting['level'])} en vigueur, proposée par {waiting['by_name']}", waiting["reason"])


def refuse(uow: UnitOfWork, number: int, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """The second person refuses, with a reason."""
    require("posture:decide", principal=by)
    waiting = _waiting(uow, number)
    if waiting["by"] == by.name:
        raise Forbidden(_("Vous avez proposé ce niveau : retirez la proposition, ou laissez une autre personne décider."))
    reason = reason_given(reason, _("Le motif est vide : dites pourquoi vous refusez ce niveau."))
    posture.decide(uow, number, "refused", reason, by.name, by.display_name, at)
    return told(uow, by, at, "posture-refuse", f"Posture {said(waiting['level'])} refusée, proposée par {waiting['by_name']}", reason)


def withdraw(uow: UnitOfWork, number: int, by: Principal, at: datetime) -> dict[str, Any]:
    """Whoever proposed takes it back."""
    require("posture:propose", principal=by)
    waiting = _waiting(uow, number)
    if waiting["by"] != by.name:
        raise Forbidden(_("{name} a proposé ce niveau, et peut seul le retirer.", name=waiting["by_name"]))
    posture.decide(uow, number, "withdrawn", "", by.name, by.display_name, at)
    return told(uow, by, at, "posture-withdraw", f"Proposition de posture {said(waiting['level'])} retirée", "")


def told(uow: UnitOfWork, by: Principal, at: datetime, action: str, sentence: str, comment: str) -> dict[str, Any]:
    """Tells the screens, writes the line, and gives the situation."""
    posture.tell(uow, at)
    now = posture.situation(uow)
    line = logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="decision", text=with_comment(sentence, comment), action=action)
    logbook.append(uow, line)
    return now


def said(level: int) -> str:
    """« 2 · Alerte »."""
    return f"« {level} · {WORDS[Level(level)]} »"


def reason_given(reason: str, empty: str) -> str:
    """The reason without its edges. Raises InvalidRequest when it is empty or too long."""
    reason = reason.strip()
    if not reason:
        raise InvalidRequest(empty)
    if len(reason) > LONGEST_REASON:
        raise InvalidRequest(_("Le texte est vide ou dépasse {count} caractères.", count=LONGEST_REASON))
    return reason


def _waiting(uow: UnitOfWork, number: int) -> dict[str, Any]:
    posture.lock(uow)
    pending: dict[str, Any] | None = posture.situation(uow)["pending"]
    if pending is None or pending["id"] != number:
        raise NotFound(_("Cette proposition n’attend plus : elle a été décidée ou retirée."))
    return pending


def _call_who_decides(uow: UnitOfWork, level: int, reason: str, by: Principal, at: datetime) -> str:
    """Queues an SMS to the first on call to decide who has a number; gives the name, "" when there is nobody. In an exercise it is held as any other."""
    ids = [duty.contact_id for duty in answering(on_call.duties_of(uow, at), Kind.DECISION, None, None)]
    people = {person["id"]: person for person in on_call.contacts(uow, ids)}
    person = next((people[number] for number in ids if people[number]["phone"]), None)
    if person is None:
        return ""
    text = _(
        "VIGIE {name} propose la posture {level} — {reason} — Décidez dans Vigie, en tête de page.", name=by.display_name, level=said(level), reason=reason
    )
    draft = Draft(
        channel="sms", recipient=person["phone"], recipient_name=person["name"], subject=f"Posture {said(level)}", body=text, purpose="posture", by=by.name
    )
    queue(uow, draft, at)
    name: str = person["name"]
    return name
