"""What the control post does about interventions: asks, reassigns, cancels. Each function is one transaction's work. field_reports.py is the agent's side."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypervisor.domain import intervention as law
from hypervisor.domain.alarm import Priority
from hypervisor.domain.event import LIVE as LIVE_EVENT
from hypervisor.domain.intervention import NEEDS_REASON, Status
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.errors import Conflict, InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.operations import events as event_operations
from hypervisor.operations.wording import hour, with_comment
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, accounts, alarms, assets, interventions, logbook, works
from hypervisor.store.interventions import Found, Line, New

LONGEST = 2000
LONGEST_NAME = 200
STATUS_WORDS = {
    Status.REQUESTED: N_("demandée"), Status.ACCEPTED: N_("acceptée"), Status.EN_ROUTE: N_("en route"), Status.ON_SITE: N_("sur place"), Status.DONE: N_("terminée"),
    Status.IMPOSSIBLE: N_("impossible"), Status.REFUSED: N_("refusée"), Status.CANCELLED: N_("annulée"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Order:
    """Who is asked to do what: an agent of ours by username, or a contractor by name; about an alarm, an event, works or an asset."""

    agent: str = ""
    contractor: str = ""
    alarm_id: int | None = None
    event_id: int | None = None
    asset_id: int | None = None
    works_id: int | None = None
    title: str = ""
    instructions: str = ""
    due_at: datetime | None = None


def request(uow: UnitOfWork, order: Order, by: Principal, at: datetime) -> dict[str, Any]:
    """Asks somebody to go; gives the intervention's shape. An alarm without a live event gets one, taken by who asks, and so does an event that is nobody's.

    Raises InvalidRequest when the order names nothing or nobody that can go, NotFound outside the perimeter, Conflict when the event is over.
    """
    require("intervention:dispatch", principal=by)
    subject = _subject(uow, order, by, at)
    require("intervention:dispatch", subject["layer"], subject["commune_id"], principal=by)
    agent, contractor = _who(uow, order.agent, order.contractor, subject["layer"], subject["commune_id"])
    instructions = short(order.instructions, LONGEST)
    if order.due_at is not None and order.due_at <= at:
        raise InvalidRequest(_("L’échéance doit être à venir."))
    new = New(
        **subject, at=at, by=by.name, by_name=by.display_name, instructions=instructions, agent=agent["username"] if agent else None,
        agent_name=agent["display_name"] if agent else None,
        contractor=contractor or None, due_at=order.due_at, works_id=order.works_id,
    )  # fmt: skip
    intervention_id = interventions.add(uow, new)
    found = _locked(uow, intervention_id)
    line = Line(
        at=at,
        received_at=at,
        actor=by.name,
        actor_name=by.display_name,
        action="request",
        from_status=Status.REQUESTED,
        to_status=Status.REQUESTED,
        agent=new.agent,
        comment=instructions,
    )
    return record(uow, found, line, f"Intervention demandée à {named(new.agent_name, new.contractor)}", instructions)  # fmt: skip


def reassign(
    uow: UnitOfWork, intervention_id: int, by: Principal, at: datetime, agent: str = "", contractor: str = "", comment: str = "", version: int | None = None
) -> dict[str, Any]:
    """Asks somebody else, with a reason. What the former one did stays in the log; what that phone still sends is kept without effect."""
    found = _dispatched(uow, intervention_id, by, version)
    to = after(uow, "reassign", found)
    if not comment.strip():
        raise InvalidRequest(_("Le motif est vide : dites pourquoi l’intervention change de mains."))
    who, company = _who(uow, agent, contractor, found.layer, found.commune_id)
    username = who["username"] if who else None
    if username == found.agent and (company or None) == found.contractor and found.status in law.LIVE:
        raise InvalidRequest(_("L’intervention est déjà entre ces mains : choisissez quelqu’un d’autre."))
    interventions.change(
        uow, intervention_id, status=to, agent=username, agent_name=who["display_name"] if who else None, contractor=company or None, assigned_at=at, accepted_at=None,
        departed_at=None, arrived_at=None, ended_at=None, help_at=None, reason=None,
    )  # fmt: skip
    line = Line(
        at=at,
        received_at=at,
        actor=by.name,
        actor_name=by.display_name,
        action="reassign",
        from_status=found.status,
        to_status=to,
        agent=username,
        comment=comment.strip(),
    )
    return record(uow, found, line, f"Intervention confiée à {named(who['display_name'] if who else None, company)}", comment)  # fmt: skip


def cancel(uow: UnitOfWork, intervention_id: int, by: Principal, at: datetime, comment: str, version: int | None = None) -> dict[str, Any]:
    """Nobody needs to go any more, with the reason."""
    found = _dispatched(uow, intervention_id, by, version)
    to = after(uow, "cancel", found)
    reason = reason_of("cancel", comment)
    interventions.change(uow, intervention_id, status=to, ended_at=at, reason=reason, help_at=None)
    line = Line(at=at, received_at=at, actor=by.name, actor_name=by.display_name, action="cancel", from_status=found.status, to_status=to, comment=reason)
    return record(uow, found, line, "Intervention annulée", reason)


def answer_help(uow: UnitOfWork, intervention_id: int, by: Principal, at: datetime, comment: str = "", version: int | None = None) -> dict[str, Any]:
    """The call for help has been answered: what was sent, in words."""
    found = _dispatched(uow, intervention_id, by, version)
    if found.help_at is None:
        raise Conflict(_("Aucun renfort n’est attendu pour cette intervention."))
    to = after(uow, "help-answered", found)
    interventions.change(uow, intervention_id, help_at=None)
    line = Line(
        at=at,
        received_at=at,
        actor=by.name,
        actor_name=by.display_name,
        action="help-answered",
        from_status=found.status,
        to_status=to,
        comment=comment.strip(),
    )
    return record(uow, found, line, "Renfort traité", comment)


# What field_reports.py shares ------------------------------------------------------------------------------------------


def _dispatched(uow: UnitOfWork, intervention_id: int, by: Principal, version: int | None) -> Found:
    require("intervention:dispatch", principal=by)
    found = interventions.lock(uow, intervention_id)
    if found is None or not by.may("intervention:dispatch", found.layer, found.commune_id):
        raise reach.unseen(
            by,
            "intervention:dispatch",
            f"intervention:{intervention_id}",
            _("L’intervention {id} n’existe pas, ou n’est pas dans votre périmètre.", id=intervention_id),
        )
    if version is not None and version != found.version:
        raise Conflict(_("L’intervention a changé depuis que vous l’avez lue : relisez-la."), version=found.version)
    return found


def after(uow: UnitOfWork, verb: str, found: Found) -> Status:
    """The status after a verb. Raises Conflict, with who brought the intervention where it is and when, when the law has no such line."""
    try:
        return law.after(verb, found.status)
    except law.Impossible:
        last = interventions.last_change(uow, found.id)
        said = _("L’intervention est {status} : cette action n’y est pas possible.", status=_(STATUS_WORDS[found.status]))
        by_whom = _("Dernière action : {name} à {hour}.", name=last.actor_name, hour=hour(last.received_at))
        raise Conflict(f"{said} {by_whom}", status_now=found.status, by=last.actor_name, at=last.received_at.isoformat()) from None


def _subject(uow: UnitOfWork, order: Order, by: Principal, at: datetime) -> dict[str, Any]:
    """What the intervention is about: title, place, priority, and the numbers that it is linked to."""
    if order.alarm_id is not None:
        alarm = alarms.shape_of(uow, order.alarm_id, by.layers, by.communes)
        if alarm is None:
            raise reach.unseen(
                by, "intervention:dispatch", f"alarm:{order.alarm_id}", _("L’alarme {id} n’existe pas, ou n’est pas dans votre périmètre.", id=order.alarm_id)
            )
        event = event_operations.take_if_free(uow, alarm["event_id"], by, at) if alarm["event_id"] else None
        if event is None or event["status"] not in LIVE_EVENT:
            event = event_operations.create_from_alarm(uow, order.alarm_id, by, at)
        words = {"title": order.title or f"{alarm['title']} — {alarm['asset_name']}", "address": alarm["address"], "asset_id": alarm["asset_id"]}
        return _of(alarm, words) | {"alarm_id": order.alarm_id, "event_id": event["id"]}
    if order.event_id is not None:
        event = event_operations.take_if_free(uow, order.event_id, by, at)
        if event["status"] not in LIVE_EVENT:
            raise Conflict(_("L’événement {number} est terminé : rouvrez-le d’abord.", number=event["number"]))
        first = alarms.shape_of(uow, event["alarms"][0], by.layers, by.communes) if event["alarms"] else None
        address = event["address"] or (first["address"] if first else None)
        words = {
            "title": order.title or event["title"],
            "address": address,
            "asset_id": event["asset_id"],
            "alarm_id": event["alarms"][0] if event["alarms"] else None,
        }
        return _of(event | event["location"], words) | {"event_id": order.event_id}
    if order.asset_id is not None:
        asset = assets.one(uow, order.asset_id, by.layers, by.communes)
        if asset is None:
            raise reach.unseen(
                by,
                "intervention:dispatch",
                f"asset:{order.asset_id}",
                _("L’équipement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=order.asset_id),
            )
        title = order.title or works_title(uow, order, by) or asset["name"]
        return _of(asset | {"priority": "minor"}, {"title": title, "address": asset["address"], "asset_id": order.asset_id})
    if order.works_id is not None:
        place = works.place_of(uow, order.works_id, by.layers, by.communes)
        if place is None:
            raise reach.unseen(
                by,
                "intervention:dispatch",
                f"works:{order.works_id}",
                _("Les travaux {id} n’existent pas, ou ne sont pas dans votre périmètre.", id=order.works_id),
            )
        return _of(place | {"priority": "minor"}, {"title": order.title or place["title"], "asset_id": place["asset_id"]})
    raise InvalidRequest(_("L’intervention ne concerne rien : nommez une alarme, un événement, un équipement ou des travaux."))


def works_title(uow: UnitOfWork, order: Order, by: Principal) -> str:
    """The title of the works that the order belongs to, when it names some."""
    place = works.place_of(uow, order.works_id, by.layers, by.communes) if order.works_id is not None else None
    return place["title"] if place else ""


def _of(thing: dict[str, Any], words: dict[str, Any]) -> dict[str, Any]:
    place = {name: thing[name] for name in ("layer", "commune_id", "lon", "lat")}
    return place | words | {"title": words["title"][:LONGEST_NAME], "priority": int(Priority.of(thing["priority"]))}


def _who(uow: UnitOfWork, agent: str, contractor: str, layer: str, commune_id: int) -> tuple[dict[str, Any] | None, str]:
    """(account of the agent, name of the contractor): at least one of them."""
    company = short(contractor, LONGEST_NAME)
    if not agent.strip():
        if not company:
            raise InvalidRequest(_("L’intervention n’est confiée à personne : choisissez un agent, ou nommez une entreprise."))
        return None, company
    account = accounts.shown(uow, agent.strip().lower())
    if account is None or account["disabled_at"] or not _may_go(account, layer, commune_id):
        raise InvalidRequest(_("{name} ne peut pas recevoir cette intervention : compte absent, sans droit ou hors périmètre.", name=agent))
    return account, company


def _may_go(account: dict[str, Any], layer: str, commune_id: int) -> bool:
    inside = (account["layers"] is None or layer in account["layers"]) and (account["communes"] is None or commune_id in account["communes"])
    return inside and "intervention:act" in PERMISSIONS[Role(account["role"])]


def _locked(uow: UnitOfWork, intervention_id: int) -> Found:
    found = interventions.lock(uow, intervention_id)
    assert found is not None, "the intervention was added by this transaction"
    return found


def named(agent_name: str | None, contractor: str | None) -> str:
    """Who goes, in words."""
    return ", ".join(part for part in (agent_name, contractor) if part)


def reason_of(verb: str, comment: str) -> str:
    """The reason, trimmed. Raises InvalidRequest when the verb needs one and it is empty."""
    reason = short(comment, LONGEST)
    if verb in NEEDS_REASON and not reason:
        raise InvalidRequest(_("Le motif est vide : dites pourquoi."))
    return reason


def short(text: str, longest: int) -> str:
    """The text, trimmed. Raises InvalidRequest when it is too long."""
    text = text.strip()
    if len(text) > longest:
        raise InvalidRequest(_("Un champ dépasse {count} caractères : raccourcissez-le.", count=longest))
    return text


def record(uow: UnitOfWork, found: Found, line: Line, sentence: str, comment: str) -> dict[str, Any]:
    """The intervention's log, its fact, then the logbook, whose head stays locked until the commit."""
    interventions.add_line(uow, found.id, line)
    shape = interventions.tell(uow, found.id, line.received_at)
    logbook.append(
        uow,
        logbook.Line(
            at=line.received_at, actor=line.actor, actor_name=line.actor_name, kind="action",
            text=with_comment(f"{sentence} : {found.number} {found.title}", comment.strip()), layer=found.layer, commune_id=found.commune_id, alarm_id=found.alarm_id,
            event_id=found.event_id, asset_id=found.asset_id, action=f"intervention-{line.action}", from_state=line.from_status.value, to_state=line.to_status.value,
        ),
    )  # fmt: skip
    return shape
