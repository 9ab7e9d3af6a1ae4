"""Alarms in PostgreSQL: locked, changed, listed. What is given to readers is always the `shape` of alarm_shape."""

import json
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.domain.alarm import Facts
from hypervisor.store import masking, outbox
from hypervisor.store.causes import parent_of
from hypervisor.store.shapes import View
from hypervisor.store.unit_of_work import UnitOfWork

VIEW = View(
    name="alarm_shape",
    at="raised_at",
    filters={
        "layer": "v.layer = :layer",
        "priority": "v.priority = :priority",
        "acknowledged": "v.acknowledged = :acknowledged",
        "active": "v.active = :active",
        "event_id": "v.event_id = :event_id",
        "asset_id": "v.asset_id = :asset_id",
        "since": "v.raised_at >= :since",
        "state": "v.state = :state",
        "mask": ":mask = ANY (v.masks)",
        "parent_id": "v.parent_id = :parent_id",
        "source": "v.source = :source",
        # Only names of ours are formatted into the statement; values are parameters.
        "bbox": "EXISTS (SELECT FROM asset s WHERE s.tenant = v.tenant AND s.id = v.asset_id AND s.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326))",
        "after": "(v.raised_at, v.id) < (:after_at, :after_id)",
    },
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """An alarm locked by this transaction: its law's facts, and what an operation needs to name it."""

    id: int
    facts: Facts
    layer: str
    commune_id: int
    title: str
    asset_id: int
    asset_name: str
    lon: float
    lat: float
    event_id: int | None
    decide_before: datetime | None
    acknowledged_name: str | None
    acknowledged_at: datetime | None
    highly_managed: bool = False
    confirmed_name: str | None = None
    confirmed_at: datetime | None = None
    parent_id: int | None = None


def lock(uow: UnitOfWork, alarm_id: int) -> Found | None:
    """The alarm, locked until the transaction ends; None when the tenant has none of this id."""
    row: Row[Any] | None = uow.connection.execute(
        text("""SELECT a.*, s.name AS asset_name, s.lon, s.lat FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id
                WHERE a.tenant = :t AND a.id = :id FOR UPDATE OF a"""),
        {"t": uow.tenant, "id": alarm_id},
    ).one_or_none()
    if row is None:
        return None
    return Found(
        id=row.id, facts=masking.facts(row.active, row.acknowledged, row.priority, row.latched, row.announced_at, row.repeats, row.masking),
        layer=row.layer, commune_id=row.commune_id, title=row.title, asset_id=row.asset_id, asset_name=row.asset_name, lon=row.lon, lat=row.lat,
        event_id=row.event_id, decide_before=row.decide_before, acknowledged_name=row.acknowledged_name, acknowledged_at=row.acknowledged_at,
        highly_managed=row.highly_managed, confirmed_name=row.confirmed_name, confirmed_at=row.confirmed_at, parent_id=row.parent_id,
    )  # fmt: skip


def write(uow: UnitOfWork, alarm: Found, after: Facts, at: datetime, acknowledgement: tuple[str, str, str] | None = None) -> None:
    """Writes an alarm's facts after a verb. acknowledgement: (username, name, origin) of who acknowledges; who did before is forgotten when it asks again."""
    is_kept = after.acknowledged and acknowledgement is None
    username, name, origin = acknowledgement or (None, None, None)
    acknowledged_at = at if acknowledgement else alarm.acknowledged_at if is_kept else None
    parent_id = parent_of(after.masks)
    uow.later(
        """UPDATE alarm SET active = :active, acknowledged = :acknowledged, priority = :priority, latched = :latched, repeats = :repeats,
                    masks = :masks, masking = cast(:masking AS jsonb), parent_id = :parent_id, wake_at = :wake_at,
                    announced_at = CASE WHEN :announced THEN coalesce(announced_at, :at) END, acknowledged_at = :acknowledged_at,
                    acknowledged_by = CASE WHEN :is_kept THEN acknowledged_by ELSE :username END,
                    acknowledged_name = CASE WHEN :is_kept THEN acknowledged_name ELSE :name END,
                    acknowledged_from = CASE WHEN :is_kept THEN acknowledged_from ELSE :origin END,
                    version = version + 1 WHERE tenant = :t AND id = :id""",
        {
            "t": uow.tenant, "id": alarm.id, "active": after.active, "acknowledged": after.acknowledged, "priority": after.priority, "latched": after.latched,
            "repeats": after.repeats, "masks": list(after.mask_names), "masking": json.dumps(masking.entries(after.masks)), "parent_id": parent_id,
            "wake_at": masking.wake_at(after, acknowledged_at), "announced": after.announced, "at": at, "acknowledged_at": acknowledged_at,
            "is_kept": is_kept, "username": username, "name": name, "origin": origin,
        },
    )  # fmt: skip


def set_confirmation(uow: UnitOfWork, alarm_id: int, at: datetime, username: str, name: str, origin: str, finding: str) -> None:
    """Writes who confirmed it in the field, and what was found there."""
    uow.later(
        """UPDATE alarm SET confirmed_at = :at, confirmed_by = :username, confirmed_name = :name, confirmed_from = :origin, confirmation = :finding,
                    version = version + 1 WHERE tenant = :t AND id = :id""",
        {"t": uow.tenant, "id": alarm_id, "at": at, "username": username, "name": name, "origin": origin, "finding": finding},
    )


def join_event(uow: UnitOfWork, alarm_id: int, event_id: int) -> None:
    """Puts the alarm in an event."""
    uow.later("UPDATE alarm SET event_id = :event, version = version + 1 WHERE tenant = :t AND id = :id", {"t": uow.tenant, "id": alarm_id, "event": event_id})


def add_transition(
    uow: UnitOfWork, alarm_id: int, at: datetime, actor: str, actor_name: str, action: str, from_state: str, to_state: str, comment: str
) -> None:
    """Adds a line to the alarm's own log."""
    uow.later(
        """INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, from_state, to_state, comment)
                VALUES (:t, :id, :at, :actor, :actor_name, :action, :from_state, :to_state, nullif(:comment, ''))""",
        {
            "t": uow.tenant, "id": alarm_id, "at": at, "actor": actor, "actor_name": actor_name, "action": action, "from_state": from_state, "to_state": to_state,
            "comment": comment,
        },
    )  # fmt: skip


def tell(uow: UnitOfWork, alarm_id: int, at: datetime, causes: Set[int] = frozenset()) -> dict[str, Any]:
    """Leaves the alarm's fact in the outbox, and those of its causes, whose count of effects has changed; gives its shape."""
    if causes:
        uow.later("UPDATE alarm SET version = version + 1 WHERE tenant = :t AND id = ANY(:ids)", {"t": uow.tenant, "ids": sorted(causes)})
    return outbox.changed(uow, "alarm", [alarm_id, *sorted(causes)], at)[alarm_id]


def shape_of(uow: UnitOfWork, alarm_id: int, layers: Set[str] | None, communes: Set[int] | None) -> dict[str, Any] | None:
    """One alarm as everyone reads it, None outside the perimeter."""
    return VIEW.one(uow, alarm_id, layers, communes)


def transitions(uow: UnitOfWork, alarm_id: int) -> list[dict[str, Any]]:
    """The alarm's own log, oldest first."""
    rows = uow.connection.execute(
        text("""SELECT iso(at) AS at, actor, actor_name, action, from_state, to_state, value, comment FROM alarm_transition
                WHERE tenant = :t AND alarm_id = :id ORDER BY id"""),
        {"t": uow.tenant, "id": alarm_id},
    )
    return [dict(row) for row in rows.mappings()]


def listed(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, *, is_open: bool | None, filters: dict[str, Any], limit: int) -> list[Row[Any]]:
    """(shape, raised_at, id), newest first. is_open None is all of them; filters: names of VIEW; `bbox` takes west, south, east, north."""
    also = [] if is_open is None else ["v.is_open" if is_open else "NOT v.is_open"]
    return VIEW.listed(uow, layers, communes, filters=filters, limit=limit, also=also)
