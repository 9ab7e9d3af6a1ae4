"""« Agent en difficulté »: a critical alarm where the agent is, so that it sounds, shows and climbs like any other, and an event that waits for an owner.

The alarm stands on a piece of equipment, as all do: that of the intervention, else the nearest to the position. Only without any of them is there an event alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.alarm import Priority
from hypervisor.domain.operator import Principal
from hypervisor.domain.rule import Rule
from hypervisor.errors import Conflict
from hypervisor.i18n import N_, _
from hypervisor.operations import events as event_operations
from hypervisor.operations.field_reports import set_right
from hypervisor.operations.wording import day_and_second
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, alarms, event_search, events, field, interventions, verdicts
from hypervisor.store.verdicts import Decision, Origin

CAUSE = "agent_distress"
TITLE = N_("Agent en difficulté")
SOURCE = "agent"
DECIDE_WITHIN = timedelta(minutes=2)  # as an intrusion: somebody is in danger (operations/event_types.py)
DEFAULT_LAYER = "security"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What the phone says. Position in degrees (WGS84) and metres, when it has one; intervention_id when one was open."""

    intervention_id: int | None = None
    done_at: datetime | None = None
    sent_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


def call(uow: UnitOfWork, said: Call, by: Principal, at: datetime) -> dict[str, Any]:
    """Raises the alarm and opens its event, or adds to the one that this agent's call has already opened; gives the event's shape."""
    require("intervention:act", principal=by)
    done_at = set_right(said.done_at, said.sent_at, at)
    words = f"{by.display_name}, appel de {day_and_second(done_at)}, {_where(said)}"
    earlier = field.live_call(uow, CAUSE, by.name)
    if earlier is not None:
        event = events.lock(uow, earlier)
        assert event is not None, "the event was found by this transaction"
        return event_operations.record(uow, event, event.status, by, at, "comment", "Nouvel appel de l’agent", words)
    asked = interventions.lock(uow, said.intervention_id) if said.intervention_id is not None else None
    mine = asked if asked is not None and interventions.was_asked(uow, asked.id, by.name) else None
    asset = field.place_of_call(uow, mine.asset_id if mine else None, said.lon, said.lat, by.layers)
    layer = asset["layer"] if asset else mine.layer if mine else min(by.layers or {DEFAULT_LAYER})
    here = event_search.commune_at(uow, said.lon, said.lat) if said.lon is not None and said.lat is not None else 0
    commune_id = asset["commune_id"] if asset else here
    lon, lat = (said.lon, said.lat) if said.lon is not None else (asset["lon"], asset["lat"]) if asset else (None, None)
    new = events.New(
        title=_(TITLE), type=CAUSE, layer=layer, commune_id=commune_id, priority=Priority.CRITICAL, opened_at=at, decide_before=at + DECIDE_WITHIN,
        lon=lon, lat=lat,
        address=asset["address"] if asset else None, description=words + (f", {mine.number}" if mine else ""), caller=by.name, asset_id=asset["id"] if asset else None,
    )  # fmt: skip
    event_id = events.add(uow, new)
    alarm_id = _raise(uow, asset, by, at, done_at) if asset else None
    if alarm_id is not None:
        alarms.join_event(uow, alarm_id, event_id)
        alarms.tell(uow, alarm_id, at)
    made = events.lock(uow, event_id)
    assert made is not None, "the event was added by this transaction"
    return event_operations.record(uow, made, made.status, by, at, "create", "AGENT EN DIFFICULTÉ", new.description or "", alarm_id, new.asset_id)


def end(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, comment: str = "") -> dict[str, Any]:
    """The agent is out of danger, by his own word or by the room's: the alarm ends, the event waits for its account."""
    if not by.may("event:act"):
        require("intervention:act", principal=by)
    event = events.lock(uow, event_id)
    is_mine = event is not None and event_search.caller_of(uow, event_id) == by.name
    if event is None or event.type != CAUSE or not (is_mine or by.may("event:act", event.layer, event.commune_id)):
        raise reach.unseen(by, "event:act", f"event:{event_id}", _("L’événement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=event_id))
    held = field.alarms_of_call(uow, event_id)
    if held and not held[0]["active"]:
        raise Conflict(_("L’alarme de cet appel est déjà terminée."))
    shape = event_operations.record(
        uow, event, event.status, by, at, "comment", "Agent hors de danger", comment, held[0]["id"] if held else None, held[0]["asset_id"] if held else None
    )
    for alarm in (one for one in held if one["active"]):
        _decide(uow, alarm | {"id": alarm["asset_id"]}, by, at, at, holds=False, source_actor=event_search.caller_of(uow, event_id) or by.name)
    return shape


def _raise(uow: UnitOfWork, asset: dict[str, Any], by: Principal, at: datetime, done_at: datetime) -> int | None:
    return _decide(uow, asset, by, at, done_at, holds=True, source_actor=by.name)


def _decide(uow: UnitOfWork, asset: dict[str, Any], by: Principal, at: datetime, done_at: datetime, *, holds: bool, source_actor: str) -> int | None:
    """Raises or ends the alarm of one agent on an asset: its cause names him, so that two agents at one place are two alarms."""
    rule = Rule(
        key=f"{CAUSE}:{source_actor}",
        kind=asset["kind"],
        property="",
        title=TITLE,
        priority=Priority.CRITICAL,
        decide_within=DECIDE_WITHIN,
        highly_managed=True,
    )
    decision = Decision(
        asset_id=asset["id"], layer=asset["layer"], kind=asset["kind"], commune_id=asset["commune_id"], rule=rule, unit="", threshold=None, holds=holds, value=None,
        observed_at=done_at, received_at=at,
    )  # fmt: skip
    with uow.cursor() as cursor:
        written, lines = verdicts.apply(cursor, uow.tenant, [decision], at, Origin(source=SOURCE, actor=by.name, name=by.display_name))
        verdicts.append_lines(cursor, uow.tenant, lines)
    return written[0].id if written else None


def _where(said: Call) -> str:
    if said.lon is None or said.lat is None:
        return "position inconnue"
    return f"position {said.lat:.5f}, {said.lon:.5f}" + (f" à {said.accuracy_m:.0f} m près" if said.accuracy_m is not None else "")
