"""What an access by motive lends: the one guard of the past for who has no right of their own to read it. Everybody else meets `require`, as everywhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from hypervisor import fmt
from hypervisor.domain.motivated import LENT, Access
from hypervisor.domain.operator import Principal
from hypervisor.errors import Forbidden
from hypervisor.i18n import _
from hypervisor.security import audit
from hypervisor.security.require import require, signed_in
from hypervisor.store import Database, UnitOfWork
from hypervisor.store import motivated as store

OPEN = "access:open"


def reader(uow: UnitOfWork, needs: Sequence[str], now: datetime) -> tuple[Principal, Access | None]:
    """Who reads the past, and by what access: None for who has the rights themselves; otherwise the person with what is lent, which holds in its window alone.

    Raises Forbidden (audited) with the sentence of what is missing: a right, a motive, or an access that has ended.
    """
    who = signed_in()
    if all(who.may(need) for need in needs) or not who.may(OPEN):
        for need in needs:
            require(need)
        return who, None
    access = _last(uow, who)
    if access is None or not access.is_open(now):
        audit.refused(who, "access:read", about=f"access:{access.id}" if access else None)
        raise Forbidden(_said(access), permission=needs[0])
    return replace(who, permissions=who.permissions | LENT), access


def hold(uow: UnitOfWork, access: Access, who: Principal, since: datetime, until: datetime, now: datetime, what: str = "story", **more: object) -> None:
    """Writes in the audit what is read of a period. Raises Forbidden (audited) when part of it is outside the window."""
    if not access.holds(since, until):
        raise outside(access, who)
    _read(uow, access, who, since, until, now, what, **more)


def cut(uow: UnitOfWork, access: Access, who: Principal, at: datetime, minutes: int, now: datetime) -> tuple[datetime, int]:
    """The minutes of a run that are inside the window, written in the audit as read. Raises Forbidden (audited) when none is."""
    found = access.cut(at, minutes)
    if found is None:
        raise outside(access, who)
    _read(uow, access, who, found[0], found[0], now, "map", minutes=found[1])
    return found


def outside(access: Access, who: Principal) -> Forbidden:
    """The refusal of what the window does not hold."""
    audit.refused(who, "access:read", about=f"access:{access.id}")
    since, until = fmt.moment(access.since), fmt.moment(access.until)
    return Forbidden(_("Votre accès motivé va du {since} au {until} : rien n’est montré en dehors.", since=since, until=until), permission="alarm:read")


def of_map(database: Database, now: datetime) -> Principal:
    """Who draws the map's ground and the places of its equipment, which are of no moment: by right, or while an access is open."""
    who = signed_in()
    if who.may("map:read") or not who.may(OPEN):
        return require("map:read")
    with database.unit_of_work(who.tenant) as uow:
        return reader(uow, ("map:read",), now)[0]


def _last(uow: UnitOfWork, who: Principal) -> Access | None:
    return next(iter(store.of_person(uow, who.name, 1)), None)


def _said(access: Access | None) -> str:
    if access is None:
        return _("Votre rôle n’ouvre le rejeu que sur motif : dites pourquoi, et quelle période, dans Rejeu.")
    return _("Votre accès motivé a pris fin le {end} : rien n’est plus montré. Donnez un nouveau motif dans Rejeu.", end=fmt.moment(access.ends_at))


def _read(uow: UnitOfWork, access: Access, who: Principal, since: datetime, until: datetime, now: datetime, what: str, **more: object) -> None:
    audit.done(
        uow,
        who,
        "operator:access:read",
        now,
        about=f"access:{access.id}",
        motive=access.motive,
        what=what,
        since=since.isoformat(),
        until=until.isoformat(),
        **more,
    )
