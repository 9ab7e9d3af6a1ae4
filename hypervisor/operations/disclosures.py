"""Four eyes over the complete incident file: one person asks for it with a motive, another decides, and the asker alone takes it, for what was asked, while it is open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.disclosure import LEAST_MOTIVE, LONGEST_TEXT, OPEN, Impossible, NotTheirs, Status, after
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, Forbidden, InvalidRequest
from hypervisor.exports import dossier
from hypervisor.i18n import _
from hypervisor.operations.wording import day_and_hour
from hypervisor.queries import replay as past
from hypervisor.queries.disclosures import ASK, DECIDE, is_seen, sentence, shape
from hypervisor.security import audit, reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, events, logbook
from hypervisor.store import disclosures as store
from hypervisor.store.disclosures import Disclosure

ALIVE = (Status.WAITING, Status.APPROVED)


def ask(uow: UnitOfWork, since: datetime, until: datetime, motive: str, by: Principal, at: datetime, event_id: int | None = None) -> dict[str, Any]:
    """Asks for the complete file of a period, or of one event in it; gives the request. What is still to come is not asked for: the period ends now at the latest.

    Raises InvalidRequest for a motive or a period that does not do, NotFound for an event outside the perimeter, Conflict when the same request stands already.
    """
    require(ASK, principal=by)
    motive = _reason(motive, LEAST_MOTIVE, _("La version complète montre des noms : écrivez le motif, en {count} caractères au moins.", count=LEAST_MOTIVE))
    past.check(since, until, at)
    until = min(until, at)
    if event_id is not None and events.shape_of(uow, event_id, by.layers, by.communes) is None:
        raise reach.unseen(by, ASK, f"event:{event_id}", _("L’événement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=event_id))
    for one in store.listed(uow):
        if one.asked_by == by.name and (one.since, one.until, one.event_id) == (since, until, event_id) and one.status_at(at) in ALIVE:
            raise Conflict(_("Vous avez déjà fait cette demande : c’est la n° {id}.", id=one.id))
    number = store.add(uow, since, until, event_id, by.layers, by.communes, motive, by.name, by.display_name, at)
    made = _found(uow, number, by, ASK)
    return _told(uow, made, by, at, "ask", f"Dossier complet demandé, n° {number} : {_about(made)}. Une autre personne en décide", motive=motive)


def approve(uow: UnitOfWork, number: int, remark: str, by: Principal, at: datetime) -> dict[str, Any]:
    """The second person agrees: who asked may take the file for a day. Raises Forbidden for who asked, NotFound outside the perimeter, Conflict when it is too late."""
    require(DECIDE, principal=by)
    one = _ready(uow, number, "approve", by, at)
    remark, until = _reason(remark, 0, ""), at + OPEN
    store.decide(uow, number, Status.APPROVED, remark, until, by.name, by.display_name, at)
    said = f"Dossier complet n° {number} accordé à {one.asked_name} jusqu’au {day_and_hour(until)} : {_about(one)}"
    return _told(uow, one, by, at, "approve", said, motive=one.motive, remark=remark, until=until.isoformat())


def refuse(uow: UnitOfWork, number: int, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """The second person refuses, and says why."""
    require(DECIDE, principal=by)
    one = _ready(uow, number, "refuse", by, at)
    reason = _reason(reason, 1, _("Dites pourquoi : celui qui demande doit le comprendre."))
    store.decide(uow, number, Status.REFUSED, reason, None, by.name, by.display_name, at)
    return _told(uow, one, by, at, "refuse", f"Dossier complet n° {number} refusé à {one.asked_name}", reason=reason)


def revoke(uow: UnitOfWork, number: int, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Whoever may decide takes an agreement back, and says why: no copy can be taken from then on."""
    require(DECIDE, principal=by)
    one = _ready(uow, number, "revoke", by, at)
    reason = _reason(reason, 1, _("Dites pourquoi : celui qui demande doit le comprendre."))
    store.end(uow, number, Status.REVOKED, reason, by.name, by.display_name, at)
    return _told(uow, one, by, at, "revoke", f"Dossier complet n° {number} : accord retiré à {one.asked_name}", reason=reason)


def withdraw(uow: UnitOfWork, number: int, by: Principal, at: datetime) -> dict[str, Any]:
    """Who asked gives it up."""
    require(ASK, principal=by)
    one = _ready(uow, number, "withdraw", by, at)
    store.end(uow, number, Status.WITHDRAWN, "", by.name, by.display_name, at)
    return _told(uow, one, by, at, "withdraw", f"Demande de dossier complet n° {number} retirée")


def export(h: Hypervisor, number: int, by: Principal) -> tuple[str, bytes]:
    """(name, archive) of the complete file that was agreed, for who asked, for exactly what was asked. Each copy is counted, audited, and a line of the logbook.

    Raises NotFound for another's request, Forbidden with the sentence of its end when it is not open, Conflict when the asker's perimeter is no longer the one agreed.
    """
    require(ASK, principal=by)
    at = h.clock.now()
    with h.database.unit_of_work(by.tenant) as uow:
        one = _open(uow, number, by, at)
        told = past.story(h, uow, one.since, one.until, at)
    if one.event_id is not None:
        told = dossier.of_event(told, one.event_id)
    # Laid out between two transactions: the PDF may wait for its turn longer than PostgreSQL lets one idle. What was taken back meanwhile is not handed over.
    body = dossier.archive(told, at, by.display_name, agreed=dossier.Agreed(number, one.motive, one.asked_name, one.decided_name or "", one.decided_at or at))
    with h.database.unit_of_work(by.tenant) as uow:
        one = _open(uow, number, by, h.clock.now())
        store.exported(uow, number, at)
        _told(uow, one, by, at, "export", f"Dossier complet n° {number} exporté : {_about(one)}", motive=one.motive)
    return dossier.file_name(one.since, is_complete=True), body


def _open(uow: UnitOfWork, number: int, by: Principal, at: datetime) -> Disclosure:
    one = _found(uow, number, by, ASK)
    if one.asked_by != by.name:
        audit.refused(by, "disclosure:export", about=f"disclosure:{number}")
        raise Forbidden(_("{name} a demandé ce dossier, et peut seul l’exporter.", name=one.asked_name))
    if one.status_at(at) is not Status.APPROVED:
        audit.refused(by, "disclosure:export", about=f"disclosure:{number}")
        raise Forbidden(_("Dossier complet n° {id} non exporté. {why}", id=number, why=sentence(one, at)))
    if (one.layers, one.communes) != (by.layers, by.communes):
        audit.refused(by, "disclosure:export", about=f"disclosure:{number}")
        raise Conflict(_("Votre périmètre a changé depuis cette demande : elle ne vaut plus. Demandez de nouveau."))
    return one


def _found(uow: UnitOfWork, number: int, by: Principal, permission: str) -> Disclosure:
    """The request, locked. Raises NotFound for one that the person neither made nor may decide."""
    one = store.lock(uow, number)
    if one is None or not is_seen(one, by):
        raise reach.unseen(by, permission, f"disclosure:{number}", _("La demande {id} n’existe pas, ou n’est pas dans votre périmètre.", id=number))
    return one


def _ready(uow: UnitOfWork, number: int, verb: str, by: Principal, at: datetime) -> Disclosure:
    one = _found(uow, number, by, DECIDE if verb != "withdraw" else ASK)
    try:
        after(verb, one.status_at(at), is_asker=one.asked_by == by.name)
    except NotTheirs:
        audit.refused(by, f"disclosure:{verb}", about=f"disclosure:{number}")
        theirs = verb == "withdraw"
        raise Forbidden(
            _("{name} a fait cette demande, et peut seul la retirer.", name=one.asked_name)
            if theirs
            else _("Vous avez fait cette demande : une autre personne en décide.")
        ) from None
    except Impossible:
        raise Conflict(_("La demande n° {id} n’en est plus là. {why}", id=number, why=sentence(one, at)), status=one.status_at(at).value) from None
    return one


def _told(uow: UnitOfWork, one: Disclosure, by: Principal, at: datetime, act: str, said: str, **detail: object) -> dict[str, Any]:
    """Audits it, with motives and reasons; writes the line, without them since the whole room reads it; gives the request."""
    scope: Mapping[str, object] = {"since": one.since.isoformat(), "until": one.until.isoformat(), "event_id": one.event_id}
    audit.done(uow, by, f"operator:disclosure:{act}", at, about=f"disclosure:{one.id}", **{**scope, **detail})
    place: Mapping[str, Any] = (events.shape_of(uow, one.event_id, None, None) if one.event_id is not None else None) or {}
    line = logbook.Line(
        at=at, actor=by.name, actor_name=by.display_name, kind="decision", text=said, action=f"disclosure-{act}",
        event_id=one.event_id, layer=place.get("layer"), commune_id=place.get("commune_id"),
    )  # fmt: skip
    now = shape(store.lock(uow, one.id) or one, by, at)
    logbook.append(uow, line)
    return now


def _about(one: Disclosure) -> str:
    period = f"du {day_and_hour(one.since)} au {day_and_hour(one.until)}"
    return f"{one.event_number}, {period}" if one.event_number else period


def _reason(said: str, least: int, short: str) -> str:
    said = said.strip()
    if len(said) < least:
        raise InvalidRequest(short)
    if len(said) > LONGEST_TEXT:
        raise InvalidRequest(_("Le texte est vide ou dépasse {count} caractères.", count=LONGEST_TEXT))
    return said
