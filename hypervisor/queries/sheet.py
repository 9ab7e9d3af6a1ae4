"""What the console shows beside the selected alarm, in one reading."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.domain.rule import Rule
from hypervisor.i18n import _
from hypervisor.queries import events, on_call
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import sheet as store
from hypervisor.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """An alarm with everything that helps to decide.

    alarm: its shape; asset: its columns; kind, measured, rule: what the layer declares of it (None when the layer no longer does);
    neighbours: assets of the perimeter tied by the graph, the first of them; neighbour_count: how many there are; lines: logbook, oldest first;
    similar: closed events like it (queries.events.similar); on_call: who is phoned for it now, first to last, None when the reader may not know.
    """

    alarm: dict[str, Any]
    asset: dict[str, Any]
    layer: Layer | None
    kind: Kind | None
    rule: Rule | None
    measured: Property | None
    neighbours: list[dict[str, Any]]
    neighbour_count: int
    lines: list[dict[str, Any]]
    similar: list[dict[str, Any]] = field(default_factory=list)
    on_call: list[dict[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class EventSheet:
    """An event that has no alarm: its shape with its caller, closed events like it, its logbook lines, oldest first."""

    event: dict[str, Any]
    similar: list[dict[str, Any]]
    lines: list[dict[str, Any]]


def sheet(uow: UnitOfWork, layers: Mapping[str, Layer], alarm_id: int, at: datetime | None = None) -> Sheet:
    """The sheet of an alarm. Raises NotFound when there is none, or none in the reader's perimeter."""
    principal = require("alarm:read")
    alarm = store.alarm(uow, alarm_id)
    if alarm is None or not principal.may("alarm:read", alarm["layer"], alarm["commune_id"]):
        raise reach.unseen(principal, "alarm:read", f"alarm:{alarm_id}", _("L’alarme {id} n’existe pas, ou n’est pas dans votre périmètre.", id=alarm_id))
    layer = layers.get(alarm["layer"])
    rule = next((rule for rule in layer.rules if rule.key == alarm["rule"]), None) if layer else None
    tied = store.neighbours(uow, alarm["asset_id"], principal.layers, principal.communes) if principal.may("asset:read") else []
    return Sheet(
        alarm=alarm,
        asset=store.asset(uow, alarm["asset_id"]),
        layer=layer,
        kind=next((kind for kind in layer.kinds if kind.key == alarm["kind"]), None) if layer else None,
        rule=rule,
        measured=next((prop for prop in layer.properties if rule and prop.key == rule.property), None) if layer else None,
        neighbours=tied,
        neighbour_count=tied[0]["total"] if tied else 0,
        lines=store.lines(uow, alarm_id, alarm["event_id"], principal.layers, principal.communes) if principal.may("logbook:read") else [],
        similar=events.similar_to_alarm(uow, alarm) if principal.may("event:read") else [],
        on_call=on_call.for_alarm(uow, at, alarm["layer"], alarm["commune_id"]) if at is not None and principal.may(on_call.READ) else None,
    )


def event_sheet(uow: UnitOfWork, event_id: int) -> EventSheet:
    """The sheet of an event. Raises NotFound, also outside the perimeter."""
    principal = require("event:read")
    event = events.one(uow, event_id)
    lines = store.lines(uow, None, event_id, principal.layers, principal.communes) if principal.may("logbook:read") else []
    return EventSheet(event=event, similar=events.similar(uow, event_id), lines=lines)
