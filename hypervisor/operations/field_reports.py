"""What the field reports on interventions, from a phone that may have been off-line.

A fact may come hours late. It carries its own time, is set right on ours, and is never lost: when the control post has gone on meanwhile, the fact is
kept beside the state, without effect (`applied` false), and everybody sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain import intervention as law
from hypervisor.domain.intervention import NEEDS_REASON, Status
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.operations.interventions import LONGEST, LONGEST_NAME, STATUS_WORDS, after, named, reason_of, record, short
from hypervisor.operations.wording import day_and_hour, hour, with_comment
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, interventions
from hypervisor.store.interventions import Found, Line

MOST_PARTS = 50
OLDEST = timedelta(days=31)
"""Older than this a fact is no report of an intervention any more."""
SKEW = timedelta(seconds=60)
"""A phone's clock within a minute of ours is taken at its word; further, its times are moved by the difference."""
SENTENCES = {
    "accept": "Intervention acceptée", "refuse": "Intervention refusée", "en-route": "Agent en route", "on-site": "Agent sur place", "done": "Intervention terminée",
    "impossible": "Intervention impossible", "help": "Renfort demandé", "note": "Note du terrain", "parts": "Pièces posées", "photo": "Photo du terrain",
}  # fmt: skip
"""Lines of the logbook, in its language."""
TIMES = {
    "accept": "accepted_at",
    "en-route": "departed_at",
    "on-site": "arrived_at",
    "done": "ended_at",
    "impossible": "ended_at",
    "refuse": "ended_at",
    "help": "help_at",
}
"""verb of the field → the time that it writes."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the field says with a verb. done_at and sent_at are the phone's own times, key its own name of the act; position (degrees, metres) only when given."""

    done_at: datetime | None = None
    sent_at: datetime | None = None
    key: str | None = None
    comment: str = ""
    cause: str = ""
    parts: Sequence[tuple[str, float]] = ()
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    photo_id: int | None = None


def report(uow: UnitOfWork, intervention_id: int, verb: str, by: Principal, at: datetime, said: Report = Report()) -> dict[str, Any]:
    """One verb of domain.intervention.FIELD, from the phone of who was asked, or from the control post on behalf of who telephones.

    Gives the shape with `applied`, and `why` when it is false. The same key twice is one act. Raises Forbidden and NotFound for strangers to the
    intervention, InvalidRequest for a missing reason, Conflict when the control post itself asks for what cannot be.
    """
    found, is_agents = for_field(uow, intervention_id, by)
    earlier = None if said.key is None else interventions.by_key(uow, by.name, said.key)
    if earlier is not None:
        return _again(uow, found, applied=earlier)
    done_at = set_right(said.done_at, said.sent_at, at)
    comment = reason_of(verb, said.comment) if verb in NEEDS_REASON else short(said.comment, LONGEST)
    parts = _parts(said.parts)
    if verb == "done" and not comment:
        raise InvalidRequest(_("Le compte rendu est vide : dites ce qui a été fait."))
    if verb == "note" and not comment:
        raise InvalidRequest(_("La note est vide : écrivez-la."))
    to, why = _effect(uow, verb, found, by, is_agents)
    applied = not why
    if applied:
        interventions.change(uow, intervention_id, parts=parts, status=to, **_written(verb, done_at, comment, said.cause))
    position = {} if said.lon is None else {"lon": said.lon, "lat": said.lat, "accuracy_m": said.accuracy_m}
    detail = {name: value for name, value in {"parts": parts, "position": position, "photo_id": said.photo_id, "cause": said.cause.strip()}.items() if value}
    line = Line(
        at=done_at, source_at=said.done_at, received_at=at, actor=by.name, actor_name=by.display_name, action=verb, from_status=found.status, to_status=to, applied=applied,
        comment=comment, detail=detail, key=said.key,
    )  # fmt: skip
    told = [SENTENCES[verb]]
    if at - done_at > SKEW:
        told.append(f"fait à {hour(done_at)}, reçu à {hour(at)}")
    if not applied:
        told.append("sans effet, l’intervention avait changé entre-temps")
    if parts:
        comment = with_comment(", ".join(f"{part['name']} × {part['quantity']:g}" for part in parts), comment)
    shape = record(uow, found, line, ", ".join(told), comment)
    return shape | {"applied": applied, "why": why}


def set_right(done_at: datetime | None, sent_at: datetime | None, at: datetime) -> datetime:
    """When the act was done, on our clock: the phone's time moved by what its clock differs from ours at the sending, never after now.

    Raises InvalidRequest for an act of another month.
    """
    if done_at is None:
        return at
    skew = at - sent_at if sent_at is not None else timedelta()
    right = min(at, done_at + skew if abs(skew) > SKEW else done_at)
    if at - right > OLDEST:
        raise InvalidRequest(
            _("L’action date du {time} : elle est trop ancienne pour être enregistrée. Dites-la au poste de contrôle.", time=day_and_hour(right))
        )
    return right


def _again(uow: UnitOfWork, found: Found, *, applied: bool) -> dict[str, Any]:
    shape = interventions.shape_of(uow, found.id, None, None)
    assert shape is not None, "the intervention was locked by this transaction"
    return shape | {"applied": applied, "why": "" if applied else _("Déjà reçu, gardé sans effet.")}


def _effect(uow: UnitOfWork, verb: str, found: Found, by: Principal, is_agents: bool) -> tuple[Status, str]:
    """(status after, why the act has no effect)."""
    if not is_agents:
        return after(uow, verb, found), ""
    if found.agent != by.name:
        return found.status, _(
            "L’intervention a été confiée à {name} : ce que vous avez fait est gardé et transmis au poste.", name=named(found.agent_name, found.contractor)
        )
    try:
        return law.after(verb, found.status), ""
    except law.Impossible:
        return found.status, _("L’intervention est déjà {status} : ce que vous avez fait est gardé et transmis au poste.", status=_(STATUS_WORDS[found.status]))


def _written(verb: str, done_at: datetime, comment: str, cause: str) -> dict[str, Any]:
    values: dict[str, Any] = {TIMES[verb]: done_at} if verb in TIMES else {}
    if verb in ("refuse", "impossible"):
        values["reason"] = comment
    if verb == "done":
        values |= {"outcome": comment, "cause": cause.strip() or None, "help_at": None}
    return values


def for_field(uow: UnitOfWork, intervention_id: int, by: Principal) -> tuple[Found, bool]:
    """The intervention, locked, and whether this person reports as the agent rather than on behalf of one."""
    if not by.may("intervention:dispatch"):
        require("intervention:act", principal=by)
    found = interventions.lock(uow, intervention_id)
    if found is not None and by.may("intervention:act") and interventions.was_asked(uow, intervention_id, by.name):
        return found, True
    if found is None or not by.may("intervention:dispatch", found.layer, found.commune_id):
        raise reach.unseen(
            by, "intervention:act", f"intervention:{intervention_id}", _("L’intervention {id} n’existe pas, ou ne vous est pas confiée.", id=intervention_id)
        )
    return found, False


def _parts(parts: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    if len(parts) > MOST_PARTS:
        raise InvalidRequest(_("Plus de {count} pièces : groupez-les.", count=MOST_PARTS))
    named = [(short(name, LONGEST_NAME), quantity) for name, quantity in parts]
    return [{"name": name, "quantity": quantity} for name, quantity in named if name and quantity > 0]
