"""Opening and closing an access to the past by motive. Reading by it is guarded in security/motivated.py."""

from datetime import datetime
from typing import Any

from hypervisor import fmt
from hypervisor.domain.motivated import LASTS, LEAST_MOTIVE, LONGEST_MOTIVE, Access, whole_minutes
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, InvalidRequest
from hypervisor.i18n import _
from hypervisor.operations.wording import day_and_hour
from hypervisor.queries import replay
from hypervisor.queries.motivated import MOST, shape
from hypervisor.security import audit, reach
from hypervisor.security.motivated import OPEN
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook
from hypervisor.store import motivated as store


def open_access(uow: UnitOfWork, since: datetime, until: datetime, motive: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Opens a window of the past for an hour, whole minutes, what is still to come left out; gives it.

    Raises InvalidRequest for a motive or a period that does not do, Conflict while another is open.
    """
    require(OPEN, principal=by)
    motive = motive.strip()
    if not LEAST_MOTIVE <= len(motive) <= LONGEST_MOTIVE:
        raise InvalidRequest(_("Écrivez le motif, de {least} à {most} caractères : il reste dans l’audit.", least=LEAST_MOTIVE, most=LONGEST_MOTIVE))
    replay.check(since, until, at)
    since, until = whole_minutes(since, until, at)
    replay.check(since, until, at)
    store.lock(uow, by.name)
    for one in store.of_person(uow, by.name, 1):
        if one.is_open(at):
            raise Conflict(_("Votre accès n° {id} est ouvert jusqu’au {end} : fermez-le d’abord.", id=one.id, end=fmt.moment(one.open_until)), id=one.id)
    made = store.add(uow, since, until, motive, by.name, by.display_name, at, at + LASTS)
    period = f"du {day_and_hour(since)} au {day_and_hour(until)}"
    _told(uow, made, by, at, "open", f"Accès motivé n° {made.id} au rejeu, {period}, ouvert jusqu’au {day_and_hour(made.open_until)}")
    return shape(made, at)


def close_access(uow: UnitOfWork, number: int, by: Principal, at: datetime) -> dict[str, Any]:
    """Closes one's own access before its time. Raises NotFound for another's, Conflict for one that has ended."""
    require(OPEN, principal=by)
    store.lock(uow, by.name)
    one = next((each for each in store.of_person(uow, by.name, MOST) if each.id == number), None)
    if one is None:
        raise reach.unseen(by, OPEN, f"access:{number}", _("L’accès {id} n’existe pas, ou n’est pas le vôtre.", id=number))
    if not one.is_open(at):
        raise Conflict(_("Cet accès a déjà pris fin le {end}.", end=fmt.moment(one.ends_at)))
    store.close(uow, number, at)
    _told(uow, one, by, at, "close", f"Accès motivé n° {number} au rejeu fermé")
    return shape(next(each for each in store.of_person(uow, by.name, MOST) if each.id == number), at)


def _told(uow: UnitOfWork, one: Access, by: Principal, at: datetime, act: str, said: str) -> None:
    """Audits it with its motive; writes the line without it, since the whole room reads it."""
    audit.done(uow, by, f"operator:access:{act}", at, about=f"access:{one.id}", motive=one.motive, since=one.since.isoformat(), until=one.until.isoformat())
    logbook.append(uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="decision", text=said, action=f"access-{act}"))
