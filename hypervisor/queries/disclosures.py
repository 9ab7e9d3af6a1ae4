"""Requests for the complete incident file: those of the reader, and those that the reader may decide; each with the sentence that says where it stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypervisor import fmt
from hypervisor.domain.disclosure import ACTS, WAITS, Status, within
from hypervisor.domain.operator import Principal
from hypervisor.errors import Forbidden
from hypervisor.i18n import N_, _
from hypervisor.security import audit
from hypervisor.store import UnitOfWork
from hypervisor.store import disclosures as store
from hypervisor.store.disclosures import Disclosure

ASK, DECIDE = "disclosure:ask", "disclosure:decide"
SENTENCES: Mapping[Status, str] = {
    Status.WAITING: N_("Attend l’accord d’une autre personne, jusqu’au {end}."),
    Status.APPROVED: N_("Accordée par {decider} : le dossier s’exporte jusqu’au {end}."),
    Status.REFUSED: N_("Refusée par {decider} : {reason}"),
    Status.WITHDRAWN: N_("Retirée par {name}."),
    Status.REVOKED: N_("Accord retiré par {ender} : {reason}"),
    Status.LAPSED: N_("Personne n’en a décidé avant le {end} : elle n’est plus valable. Demandez de nouveau si le motif tient."),
    Status.EXPIRED: N_("L’accord a pris fin le {end} : demandez de nouveau si le motif tient."),
}
"""status → what the screen says, and what whoever asks too late is answered."""


def may_read(who: Principal) -> bool:
    """Whether the person asks for complete files, or decides of them."""
    return who.may(ASK) or who.may(DECIDE)


def listed(uow: UnitOfWork, who: Principal, at: datetime) -> list[dict[str, Any]]:
    """Their own, and those that they may decide or have decided, newest first. Raises Forbidden when they neither ask nor decide."""
    if not may_read(who):
        audit.refused(who, ASK)
        raise Forbidden(_("Votre rôle ou votre périmètre ne permet pas cette action : demandez-la à un responsable."), permission=ASK)
    return [shape(one, who, at) for one in store.listed(uow) if is_seen(one, who)]


def is_seen(one: Disclosure, who: Principal) -> bool:
    """Their own, or one whose whole perimeter is inside that of a person who decides."""
    return one.asked_by == who.name or (who.may(DECIDE) and within(one.layers, who.layers) and within(one.communes, who.communes))


def shape(one: Disclosure, who: Principal, at: datetime) -> dict[str, Any]:
    """What the API says of a request; `acts` are the verbs that the reader may use on it now."""
    status, is_mine = one.status_at(at), one.asked_by == who.name
    acts = [verb for verb, act in ACTS.items() if status in act.of and act.is_askers is is_mine and who.may(ASK if act.is_askers else DECIDE)]
    return {
        "id": one.id, "since": one.since.isoformat(), "until": one.until.isoformat(), "event_id": one.event_id, "event_number": one.event_number,
        "layers": None if one.layers is None else sorted(one.layers), "communes": None if one.communes is None else sorted(one.communes),
        "motive": one.motive, "asked_at": one.asked_at.isoformat(), "asked_by": one.asked_by, "asked_name": one.asked_name,
        "status": status.value, "sentence": sentence(one, at), "decided_at": _iso(one.decided_at), "decided_name": one.decided_name, "decided_reason": one.decided_reason,
        "open_until": _iso(one.open_until), "ended_at": _iso(one.ended_at), "ended_name": one.ended_name, "ended_reason": one.ended_reason,
        "exports": one.exports, "exported_at": _iso(one.exported_at), "is_mine": is_mine, "acts": acts,
        "may_export": is_mine and status is Status.APPROVED and who.may(ASK),
    }  # fmt: skip


def sentence(one: Disclosure, at: datetime) -> str:
    """Where it stands, for people."""
    status = one.status_at(at)
    end = one.asked_at + WAITS if status in (Status.WAITING, Status.LAPSED) else one.open_until
    reason = one.ended_reason if status is Status.REVOKED else one.decided_reason
    return _(
        SENTENCES[status],
        end="" if end is None else fmt.moment(end),
        decider=one.decided_name or "",
        ender=one.ended_name or "",
        name=one.asked_name,
        reason=reason or "",
    )


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
