"""Events in PostgreSQL: locked, changed, listed. What is given to readers is always the `shape` of event_shape."""

from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.domain.alarm import Priority
from hypervisor.domain.event import Status
from hypervisor.store import outbox
from hypervisor.store.shapes import View
from hypervisor.store.unit_of_work import UnitOfWork

NUMBERING = 0x45564E54  # "EVNT": the advisory lock under which one transaction at a time takes the next number of a tenant
VIEW = View(
    name="event_shape",
    at="opened_at",
    filters={
        "status": "v.status = :status",
        "layer": "v.layer = :layer",
        "priority": "v.priority = :priority",
        "owner": "v.owner = :owner",
        "since": "v.opened_at >= :since",
        "after": "(v.opened_at, v.id) < (:after_at, :after_id)",
    },
)
CHANGEABLE = ("status", "owner", "owner_name", "hold_until", "resolved_at", "closed_at", "outcome", "cause", "merged_into", "priority", "decide_before")


@dataclass(frozen=True, kw_only=True)
class Found:
    """An event locked by this transaction."""

    id: int
    number: str
    title: str
    layer: str
    commune_id: int
    status: Status
    owner: str | None
    owner_name: str | None
    version: int
    type: str
    priority: Priority
    opened_at: datetime
    decide_before: datetime | None
    lon: float | None
    lat: float | None


def lock(uow: UnitOfWork, event_id: int) -> Found | None:
    """The event, locked until the transaction ends; None when the tenant has none of this id."""
    row: Row[Any] | None = uow.connection.execute(
        text("""SELECT id, number, title, layer, commune_id, status, owner, owner_name, version, type, priority, opened_at, decide_before, lon, lat
                FROM event WHERE tenant = :t AND id = :id FOR UPDATE"""),
        {"t": uow.tenant, "id": event_id},
    ).one_or_none()
    return None if row is None else Found(**(dict(row._mapping) | {"status": Status(row.status), "priority": Priority(row.priority)}))


@dataclass(frozen=True, kw_only=True)
class New:
    """An event to add. type: cause of the alarm that it is opened from, or a type of operations/event_types.py."""

    title: str
    type: str
    layer: str
    commune_id: int
    priority: int
    opened_at: datetime
    decide_before: datetime | None
    lon: float | None
    lat: float | None
    address: str | None = None
    description: str | None = None
    caller: str | None = None
    asset_id: int | None = None


def add(uow: UnitOfWork, new: New) -> int:
    """Adds a new event with the next number of its year, EV-2026-000042; gives its id."""
    uow.later("SELECT pg_advisory_xact_lock(:n, :t)", {"n": NUMBERING, "t": uow.tenant})
    prefix = f"EV-{new.opened_at.year}-"
    last = uow.connection.execute(
        text("SELECT max(number) FROM event WHERE tenant = :t AND number >= :prefix AND number < :prefix || ':'"), {"t": uow.tenant, "prefix": prefix}
    ).scalar_one()
    made: int = uow.connection.execute(
        text("""INSERT INTO event (tenant, number, title, type, layer, commune_id, priority, opened_at, decide_before, lon, lat, address, description, caller, asset_id)
                VALUES (:t, :number, :title, :type, :layer, :commune_id, :priority, :opened_at, :decide_before, :lon, :lat, :address, :description, :caller, :asset_id)
                RETURNING id"""),
        {"t": uow.tenant, "number": f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:06d}", **asdict(new)},
    ).scalar_one()
    return made


def change(uow: UnitOfWork, event_id: int, **values: Any) -> None:
    """Writes some of CHANGEABLE and raises the version."""
    assert set(values) <= set(CHANGEABLE), f"not columns that an operation changes: {set(values) - set(CHANGEABLE)}"
    sets = "".join(f"{name} = :{name}, " for name in values)
    uow.later(
        f"UPDATE event SET {sets}version = version + 1 WHERE tenant = :t AND id = :id",  # noqa: S608 - CHANGEABLE
        {"t": uow.tenant, "id": event_id, **values},
    )


def add_log(
    uow: UnitOfWork, event_id: int, at: datetime, actor: str, actor_name: str, action: str, from_status: str | None, to_status: str, comment: str
) -> None:
    """Adds a line to the event's own log."""
    uow.later(
        """INSERT INTO event_log (tenant, event_id, at, actor, actor_name, action, from_status, to_status, comment)
                VALUES (:t, :id, :at, :actor, :actor_name, :action, :from_status, :to_status, nullif(:comment, ''))""",
        {
            "t": uow.tenant, "id": event_id, "at": at, "actor": actor, "actor_name": actor_name, "action": action, "from_status": from_status,
            "to_status": to_status, "comment": comment,
        },
    )  # fmt: skip


def owned_since(uow: UnitOfWork, event_id: int) -> datetime | None:
    """When the present owner took it or was given it."""
    found: datetime | None = uow.connection.execute(
        text("SELECT max(at) FROM event_log WHERE tenant = :t AND event_id = :id AND action IN ('take', 'assign', 'reopen')"), {"t": uow.tenant, "id": event_id}
    ).scalar_one()
    return found


def last_change(uow: UnitOfWork, event_id: int) -> Row[Any] | None:
    """at and actor_name of the last line that changed the event's status."""
    return uow.connection.execute(
        text(
            """SELECT at, actor_name FROM event_log WHERE tenant = :t AND event_id = :id AND from_status IS DISTINCT FROM to_status ORDER BY id DESC LIMIT 1"""
        ),
        {"t": uow.tenant, "id": event_id},
    ).one_or_none()


def tell(uow: UnitOfWork, event_id: int, at: datetime) -> dict[str, Any]:
    """Leaves the event's fact in the outbox, and gives its shape."""
    return outbox.changed(uow, "event", [event_id], at)[event_id]


def shape_of(uow: UnitOfWork, event_id: int, layers: Set[str] | None, communes: Set[int] | None) -> dict[str, Any] | None:
    """One event as everyone reads it, None outside the perimeter."""
    return VIEW.one(uow, event_id, layers, communes)


def log_of(uow: UnitOfWork, event_id: int) -> list[dict[str, Any]]:
    """The event's own log, oldest first."""
    rows = uow.connection.execute(
        text("""SELECT id, iso(at) AS at, actor, actor_name, action, from_status, to_status, comment FROM event_log
                WHERE tenant = :t AND event_id = :id ORDER BY id"""),
        {"t": uow.tenant, "id": event_id},
    )
    return [dict(row) for row in rows.mappings()]


def listed(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, *, is_live: bool | None, filters: dict[str, Any], limit: int) -> list[Row[Any]]:
    """(shape, opened_at, id), newest first. is_live None is all of them; filters: names of VIEW."""
    also = [] if is_live is None else [f"v.status {'' if is_live else 'NOT '}IN ('new', 'in_progress', 'on_hold', 'resolved')"]
    return VIEW.listed(uow, layers, communes, filters=filters, limit=limit, also=also)


def alarms_of(uow: UnitOfWork, event_id: int) -> list[int]:
    """Ids of the event's alarms, in order; they are locked until the transaction ends."""
    found = uow.connection.execute(text("SELECT id FROM alarm WHERE tenant = :t AND event_id = :id ORDER BY id FOR UPDATE"), {"t": uow.tenant, "id": event_id})
    return list(found.scalars())


def move_alarms(uow: UnitOfWork, alarm_ids: Sequence[int], event_id: int) -> None:
    """Puts alarms in an event."""
    uow.later(
        "UPDATE alarm SET event_id = :event, version = version + 1 WHERE tenant = :t AND id = ANY(:ids)",
        {"t": uow.tenant, "event": event_id, "ids": list(alarm_ids)},
    )


def follow_alarms(uow: UnitOfWork, event_id: int) -> None:
    """Gives the event the title, type, place, priority and deadline of its most urgent alarm, the oldest of them first."""
    uow.later(
        """UPDATE event e SET title = w.title || ' — ' || w.asset_name, type = w.cause, priority = w.priority, decide_before = w.decide_before,
                    lon = w.lon, lat = w.lat, asset_id = w.asset_id, layer = w.layer, commune_id = w.commune_id
                FROM (SELECT a.title, s.name AS asset_name, a.cause, a.priority, a.decide_before, s.lon, s.lat, a.layer, a.commune_id, a.asset_id
                      FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id
                      WHERE a.tenant = :t AND a.event_id = :id ORDER BY a.priority, a.raised_at, a.id LIMIT 1) w
                WHERE e.tenant = :t AND e.id = :id""",
        {"t": uow.tenant, "id": event_id},
    )


def cause_of(uow: UnitOfWork, alarm_id: int) -> str:
    """The cause code of an alarm, which becomes its event's type."""
    return str(uow.connection.execute(text("SELECT cause FROM alarm WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": alarm_id}).scalar_one())
