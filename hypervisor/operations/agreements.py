"""What a service agrees for its figures: a factor, a target, a declared volume, from a day on. Each act is a line of their history and of the audit."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.queries import officials
from hypervisor.queries.agreements import domain_of, unit_of
from hypervisor.security import audit
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, agreements
from hypervisor.store.agreements import Change

Kind = Literal["factor", "target", "declared"]
LONGEST_SOURCE = 200
YEARS = (2000, 2100)


def set_factor(h: Hypervisor, uow: UnitOfWork, key: str, since: date, value: float, source: str, by: Principal, at: datetime) -> dict[str, Any]:
    """A price, an emission, a distance, from a day on; the unit is the declaration's. Raises InvalidRequest, NotFound, Forbidden."""
    _number(value)
    return _write(h, uow, "factor", key, since, {"value": value, "unit": unit_of(h, "factor", key), "source": _source(source)}, by, at)


def set_target(
    h: Hypervisor, uow: UnitOfWork, indicator: str, since: date, low: float | None, high: float | None, source: str, by: Principal, at: datetime
) -> dict[str, Any]:
    """At least `low`, at most `high`, or a band, from a day on; for what adds up, of one year. Raises InvalidRequest, NotFound, Forbidden."""
    if low is None and high is None:
        raise InvalidRequest(_("Une cible a un minimum, un maximum, ou les deux."))
    for side in (low, high):
        if side is not None and not math.isfinite(side):
            raise InvalidRequest(_("La valeur n’est pas un nombre."))
    if low is not None and high is not None and low > high:
        raise InvalidRequest(_("Le minimum dépasse le maximum : corrigez l’un des deux."))
    return _write(h, uow, "target", indicator, since, {"low": low, "high": high, "source": _source(source)}, by, at)


def declare(h: Hypervisor, uow: UnitOfWork, key: str, since: date, until: date, amount: float, source: str, by: Principal, at: datetime) -> dict[str, Any]:
    """A volume over [since, until). A declaration of the same first day gives way; days declared otherwise are refused, since they would count twice."""
    _number(amount)
    if not since < until:
        raise InvalidRequest(_("La fin de la période vient après son début."))
    other = agreements.overlaps(uow, key, since, until)
    if other is not None:
        raise Conflict(
            _(
                "Une déclaration couvre déjà du {debut} au {fin} exclu : retirez-la d’abord, ses jours compteraient deux fois.",
                debut=_day(other[0]),
                fin=_day(other[1]),
            )
        )
    values = {"until": until.isoformat(), "amount": amount, "unit": unit_of(h, "declared", key), "source": _source(source)}
    return _write(h, uow, "declared", key, since, values, by, at)


def withdraw(h: Hypervisor, uow: UnitOfWork, kind: Kind, key: str, since: date, by: Principal, at: datetime) -> dict[str, Any]:
    """Takes away what was written from that day on; what was in force before is again. Raises NotFound, Forbidden."""
    domain = _domain(h, kind, key, by)
    before = agreements.found(uow, kind, key, since)
    if before is None:
        raise NotFound(_("Rien n’est écrit à partir du {jour} : rien n’a changé.", jour=_day(since)))
    agreements.take(uow, kind, key, since)
    return _remember(uow, domain, kind, key, since, before, None, by, at)


def _write(h: Hypervisor, uow: UnitOfWork, kind: Kind, key: str, since: date, values: Mapping[str, Any], by: Principal, at: datetime) -> dict[str, Any]:
    domain = _domain(h, kind, key, by)
    if not YEARS[0] <= since.year < YEARS[1]:
        raise InvalidRequest(_("Le jour est hors du possible : choisissez-le dans le calendrier."))
    before = agreements.found(uow, kind, key, since)
    agreements.put(uow, kind, key, since, values)
    return _remember(uow, domain, kind, key, since, before, values, by, at)


def _remember(
    uow: UnitOfWork,
    domain: str,
    kind: Kind,
    key: str,
    since: date,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    by: Principal,
    at: datetime,
) -> dict[str, Any]:
    agreements.remember(uow, Change(at=at, by=by.name, by_name=by.display_name, layer=domain, kind=kind, key=key, since=since, before=before, after=after))
    audit.done(
        uow,
        by,
        f"official:{kind}:set" if after is not None else f"official:{kind}:withdraw",
        at,
        about=key,
        since=since.isoformat(),
        before=before,
        after=after,
    )
    officials.forget()
    return {"kind": kind, "key": key, "since": since.isoformat(), "before": before, "after": after}


def _domain(h: Hypervisor, kind: Kind, key: str, by: Principal) -> str:
    """Whose it is. A figure of the whole territory is not for who answers for a part of it."""
    require("indicator:agree", principal=by)
    domain = domain_of(h, kind, key)
    if domain is None:
        raise NotFound(_("Aucun facteur, indicateur ou volume ne s’appelle « {cle} ».", cle=key[:40]))
    require("indicator:agree", domain, principal=by)
    if by.communes is not None:
        audit.refused(by, "indicator:agree", domain, about=f"{kind}:{key[:40]}")
        raise Forbidden(_("Ces chiffres valent pour tout le territoire : votre périmètre en est une partie."), permission="indicator:agree")
    return domain


def _number(value: float) -> None:
    if not math.isfinite(value) or value < 0:
        raise InvalidRequest(_("La valeur est un nombre positif ou nul."))


def _source(text: str) -> str:
    said = " ".join(text.split())
    if not 0 < len(said) <= LONGEST_SOURCE:
        raise InvalidRequest(_("Dites d’où vient le chiffre, en {n} caractères au plus : contrat, délibération, rapport, avec sa date.", n=LONGEST_SOURCE))
    return said


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
