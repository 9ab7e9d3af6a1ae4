"""Alarms in PostgreSQL: locked, changed, listed. What is given to readers is always the `shape` of alarm_shape."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.domain.alarm import Facts, Priority
from hypervisor.store import outbox
from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork

FILTERS = {
    "layer": "v.layer = :layer",
    "priority": "v.priority = :priority",
    "acknowledged": "v.acknowledged = :acknowledged",
    "active": "v.active = :active",
    "event_id": "v.event_id = :event_id",
    "asset_id": "v.asset_id = :asset_id",
    "since": "v.raised_at >= :since",
    "state": "v.shape->>'state' = :state",
    # Only names of ours are formatted into the statement; values are parameters.
    "bbox": "EXISTS (SELECT FROM asset s WHERE s.tenant = v.tenant AND s.id = v.asset_id AND s.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326))",
    "after": "(v.raised_at, v.id) < (:after_at, :after_id)",
}


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
        id=row.id, facts=Facts(active=row.active, acknowledged=row.acknowledged, priority=Priority(row.priority), masks=frozenset(row.masks)),
        layer=row.layer, commune_id=row.commune_id, title=row.title, asset_id=row.asset_id, asset_name=row.asset_name, lon=row.lon, lat=row.lat,
        event_id=row.event_id, decide_before=row.decide_before, acknowledged_name=row.acknowledged_name, acknowledged_at=row.acknowledged_at,
    )  # fmt: skip


def set_acknowledgement(uow: UnitOfWork, alarm_id: int, at: datetime | None, username: str | None, name: str | None, origin: str | None) -> None:
    """Writes who acknowledged, when and from where; all None takes the acknowledgement back."""
    uow.connection.execute(
        text("""UPDATE alarm SET acknowledged = :is_on, acknowledged_at = :at, acknowledged_by = :username, acknowledged_name = :name, acknowledged_from = :origin,
                    version = version + 1 WHERE tenant = :t AND id = :id"""),
        {"t": uow.tenant, "id": alarm_id, "is_on": at is not None, "at": at, "username": username, "name": name, "origin": origin},
    )


def join_event(uow: UnitOfWork, alarm_id: int, event_id: int) -> None:
    """Puts the alarm in an event."""
    uow.connection.execute(
        text("UPDATE alarm SET event_id = :event, version = version + 1 WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": alarm_id, "event": event_id}
    )


def add_transition(
    uow: UnitOfWork, alarm_id: int, at: datetime, actor: str, actor_name: str, action: str, from_state: str, to_state: str, comment: str
) -> None:
    """Adds a line to the alarm's own log."""
    uow.connection.execute(
        text("""INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, from_state, to_state, comment)
                VALUES (:t, :id, :at, :actor, :actor_name, :action, :from_state, :to_state, nullif(:comment, ''))"""),
        {
            "t": uow.tenant, "id": alarm_id, "at": at, "actor": actor, "actor_name": actor_name, "action": action, "from_state": from_state, "to_state": to_state,
            "comment": comment,
        },
    )  # fmt: skip


def tell(uow: UnitOfWork, alarm_id: int, at: datetime) -> dict[str, Any]:
    """Leaves the alarm's fact in the outbox, and gives its shape."""
    outbox.changed(uow, "alarm", [alarm_id], at)
    shape = shape_of(uow, alarm_id, None, None)
    assert shape is not None, "the alarm was locked by this transaction"
    return shape


def shape_of(uow: UnitOfWork, alarm_id: int, layers: Set[str] | None, communes: Set[int] | None) -> dict[str, Any] | None:
    """One alarm as everyone reads it, None outside the perimeter."""
    return uow.connection.execute(
        text(f"SELECT v.shape FROM alarm_shape v WHERE v.tenant = :t AND v.id = :id AND {INSIDE}"),  # noqa: S608 - a constant of ours
        {"t": uow.tenant, "id": alarm_id, "layers": array(layers), "communes": array(communes)},
    ).scalar_one_or_none()


def transitions(uow: UnitOfWork, alarm_id: int) -> list[dict[str, Any]]:
    """The alarm's own log, oldest first."""
    rows = uow.connection.execute(
        text("""SELECT iso(at) AS at, actor, actor_name, action, from_state, to_state, value, comment FROM alarm_transition
                WHERE tenant = :t AND alarm_id = :id ORDER BY id"""),
        {"t": uow.tenant, "id": alarm_id},
    )
    return [dict(row) for row in rows.mappings()]


def listed(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, *, is_open: bool | None, filters: dict[str, Any], limit: int) -> list[Row[Any]]:
    """(shape, raised_at, id), newest first. is_open None is all of them.

    filters: names of FILTERS with their parameters; `bbox` takes west, south, east, north, and `after` takes after_at and after_id.
    """
    conditions = [FILTERS[name] for name in filters if name in FILTERS]
    if is_open is not None:
        conditions.append("v.is_open" if is_open else "NOT v.is_open")
    where = " AND ".join(["v.tenant = :t", INSIDE, *conditions])
    return list(
        uow.connection.execute(
            text(f"SELECT v.shape, v.raised_at, v.id FROM alarm_shape v WHERE {where} ORDER BY v.raised_at DESC, v.id DESC LIMIT :limit"),  # noqa: S608 - FILTERS
            {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "limit": limit, **_parameters(filters)},
        )
    )


def _parameters(filters: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in filters.items():
        found.update(value if isinstance(value, dict) else {name: value})
    return found
