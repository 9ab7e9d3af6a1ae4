"""Interventions in PostgreSQL: locked, changed, listed. What is given to readers is always the `shape` of intervention_shape."""

import json
from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.domain.intervention import LIVE, UNDECIDED, Status
from hypervisor.store import outbox
from hypervisor.store.shapes import View
from hypervisor.store.unit_of_work import UnitOfWork

NUMBERING = 0x494E5456  # "INTV": the advisory lock under which one transaction at a time takes the next number of a tenant
VIEW = View(
    name="intervention_shape",
    at="requested_at",
    filters={
        "status": "v.status = :status",
        "event_id": "v.event_id = :event_id",
        "alarm_id": "v.alarm_id = :alarm_id",
        "asset_id": "v.asset_id = :asset_id",
        "works_id": "v.works_id = :works_id",
        "agent": "v.agent = :agent",
        "since": "v.requested_at >= :since",
        "after": "(v.requested_at, v.id) < (:after_at, :after_id)",
    },
)
CHANGEABLE = (
    "status", "agent", "agent_name", "contractor", "assigned_at", "accepted_at", "departed_at", "arrived_at", "ended_at", "help_at", "reason", "outcome", "cause",
    "due_at", "instructions",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Found:
    """An intervention locked by this transaction."""

    id: int
    number: str
    title: str
    layer: str
    commune_id: int
    status: Status
    alarm_id: int | None
    event_id: int | None
    asset_id: int | None
    agent: str | None
    agent_name: str | None
    contractor: str | None
    help_at: datetime | None
    version: int


@dataclass(frozen=True, kw_only=True)
class New:
    """An intervention to add. at: when it is asked for."""

    title: str
    layer: str
    commune_id: int
    priority: int
    at: datetime
    by: str
    by_name: str
    instructions: str = ""
    alarm_id: int | None = None
    event_id: int | None = None
    asset_id: int | None = None
    works_id: int | None = None
    agent: str | None = None
    agent_name: str | None = None
    contractor: str | None = None
    address: str | None = None
    lon: float | None = None
    lat: float | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of an intervention's log. source_at: what the phone said; at: the same, set right; applied False: kept beside a state that had changed."""

    at: datetime
    received_at: datetime
    actor: str
    actor_name: str
    action: str
    from_status: Status
    to_status: Status
    source_at: datetime | None = None
    applied: bool = True
    agent: str | None = None
    comment: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    key: str | None = None


def lock(uow: UnitOfWork, intervention_id: int) -> Found | None:
    """The intervention, locked until the transaction ends; None when the tenant has none of this id."""
    row: Row[Any] | None = uow.connection.execute(
        text("""SELECT id, number, title, layer, commune_id, status, alarm_id, event_id, asset_id, agent, agent_name, contractor, help_at, version
                FROM intervention WHERE tenant = :t AND id = :id FOR UPDATE"""),
        {"t": uow.tenant, "id": intervention_id},
    ).one_or_none()
    return None if row is None else Found(**(dict(row._mapping) | {"status": Status(row.status)}))


def add(uow: UnitOfWork, new: New) -> int:
    """Adds an intervention with the next number of its year, IN-2026-000042; gives its id."""
    uow.later("SELECT pg_advisory_xact_lock(:n, :t)", {"n": NUMBERING, "t": uow.tenant})
    prefix = f"IN-{new.at.year}-"
    last = uow.connection.execute(
        text("SELECT max(number) FROM intervention WHERE tenant = :t AND number >= :prefix AND number < :prefix || ':'"), {"t": uow.tenant, "prefix": prefix}
    ).scalar_one()
    made: int = uow.connection.execute(
        text("""INSERT INTO intervention (tenant, number, title, instructions, layer, commune_id, priority, alarm_id, event_id, asset_id, works_id, agent, agent_name, contractor,
                    address, lon, lat, requested_at, requested_by, requested_name, assigned_at, due_at)
                VALUES (:t, :number, :title, :instructions, :layer, :commune_id, :priority, :alarm_id, :event_id, :asset_id, :works_id, :agent, :agent_name, :contractor,
                    :address, :lon, :lat, :at, :by, :by_name, :at, :due_at) RETURNING id"""),
        {"t": uow.tenant, "number": f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:06d}", **asdict(new)},
    ).scalar_one()
    return made


def change(uow: UnitOfWork, intervention_id: int, parts: Sequence[dict[str, Any]] = (), **values: Any) -> None:
    """Writes some of CHANGEABLE, adds parts, and raises the version."""
    assert set(values) <= set(CHANGEABLE), f"not columns that an operation changes: {set(values) - set(CHANGEABLE)}"
    sets = "".join(f"{name} = :{name}, " for name in values)
    uow.later(
        f"UPDATE intervention SET {sets}parts = parts || cast(:parts AS jsonb), version = version + 1 WHERE tenant = :t AND id = :id",  # noqa: S608 - CHANGEABLE
        {"t": uow.tenant, "id": intervention_id, "parts": json.dumps(list(parts)), **values},
    )


def add_line(uow: UnitOfWork, intervention_id: int, line: Line) -> None:
    """Adds a line to the intervention's log."""
    uow.later(
        """INSERT INTO intervention_log (tenant, intervention_id, at, source_at, received_at, actor, actor_name, action, from_status, to_status, applied, agent, comment, detail, key)
                VALUES (:t, :id, :at, :source_at, :received_at, :actor, :actor_name, :action, :from_status, :to_status, :applied, :agent, nullif(:comment, ''),
                    cast(:detail AS jsonb), :key)""",
        {"t": uow.tenant, "id": intervention_id, **asdict(line), "detail": json.dumps(line.detail)},
    )


def by_key(uow: UnitOfWork, actor: str, key: str) -> bool | None:
    """Whether the act of that key had its effect when it first came, None when it is new. The key is locked until the transaction ends."""
    uow.later("SELECT pg_advisory_xact_lock(hashtextextended(:k, :t))", {"k": f"act {actor} {key}", "t": uow.tenant})
    return uow.connection.execute(
        text("SELECT applied FROM intervention_log WHERE tenant = :t AND actor = :actor AND key = :key"), {"t": uow.tenant, "actor": actor, "key": key}
    ).scalar_one_or_none()


def was_asked(uow: UnitOfWork, intervention_id: int, username: str) -> bool:
    """Whether this person is, or has been, who was asked."""
    return bool(
        uow.connection.execute(
            text("SELECT EXISTS (SELECT FROM intervention_log WHERE tenant = :t AND intervention_id = :id AND agent = :agent)"),
            {"t": uow.tenant, "id": intervention_id, "agent": username},
        ).scalar_one()
    )


def last_change(uow: UnitOfWork, intervention_id: int) -> Row[Any]:
    """actor_name, action and received_at of the last line that had an effect on who or where."""
    return uow.connection.execute(
        text("""SELECT actor_name, action, received_at FROM intervention_log WHERE tenant = :t AND intervention_id = :id AND applied
                AND (from_status <> to_status OR action IN ('request', 'reassign')) ORDER BY id DESC LIMIT 1"""),
        {"t": uow.tenant, "id": intervention_id},
    ).one()


def tell(uow: UnitOfWork, intervention_id: int, at: datetime) -> dict[str, Any]:
    """Leaves the intervention's fact in the outbox, and gives its shape."""
    return outbox.changed(uow, "intervention", [intervention_id], at)[intervention_id]


def tell_done(uow: UnitOfWork, event_id: int, at: datetime) -> None:
    """Says again what was done for an event that lives anew: screens let go of it when the event ended."""
    done = uow.connection.execute(
        text("SELECT id FROM intervention WHERE tenant = :t AND event_id = :event AND status = 'done' ORDER BY id"), {"t": uow.tenant, "event": event_id}
    ).scalars()
    outbox.changed(uow, "intervention", list(done), at)


def move(uow: UnitOfWork, event_id: int, into_id: int, at: datetime) -> None:
    """Gives the interventions of an event to another one, and says so: what was asked of the field outlives the event that it was asked for."""
    moved = uow.connection.execute(
        text("UPDATE intervention SET event_id = :into, version = version + 1 WHERE tenant = :t AND event_id = :event RETURNING id"),
        {"t": uow.tenant, "event": event_id, "into": into_id},
    ).scalars()
    outbox.changed(uow, "intervention", sorted(moved), at)


def shape_of(uow: UnitOfWork, intervention_id: int, layers: Set[str] | None, communes: Set[int] | None) -> dict[str, Any] | None:
    """One intervention as everyone reads it, None outside the perimeter."""
    return VIEW.one(uow, intervention_id, layers, communes)


def log_of(uow: UnitOfWork, intervention_id: int) -> list[dict[str, Any]]:
    """The intervention's own log in the order received; `at` is when each act was done."""
    rows = uow.connection.execute(
        text("""SELECT id, iso(at) AS at, iso(source_at) AS source_at, iso(received_at) AS received_at, actor, actor_name, action, from_status, to_status, applied, agent, comment, detail
                FROM intervention_log WHERE tenant = :t AND intervention_id = :id ORDER BY id"""),
        {"t": uow.tenant, "id": intervention_id},
    )
    return [dict(row) for row in rows.mappings()]


def listed(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, *, is_live: bool | None, filters: dict[str, Any], limit: int) -> list[Row[Any]]:
    """(shape, requested_at, id), newest first. is_live None is all; filters: names of VIEW."""
    also = [] if is_live is None else [f"{'' if is_live else 'NOT '}v.status = ANY (:live)"]
    return VIEW.listed(uow, layers, communes, filters=filters, limit=limit, also=also, live=sorted(UNDECIDED))


def day_of(uow: UnitOfWork, username: str, since: datetime) -> list[dict[str, Any]]:
    """What an agent's phone keeps: live interventions asked of this person, those ended or taken back since, worst then oldest first."""
    return list(
        uow.connection.execute(
            text("""SELECT v.shape FROM intervention_shape v JOIN intervention i ON i.tenant = v.tenant AND i.id = v.id
                    WHERE v.tenant = :t AND (
                        (v.agent = :me AND (v.status = ANY (:live) OR coalesce(i.ended_at, i.assigned_at) >= :since))
                        OR (v.agent IS DISTINCT FROM :me AND i.assigned_at >= :since AND EXISTS (
                            SELECT FROM intervention_log g WHERE g.tenant = v.tenant AND g.intervention_id = v.id AND g.agent = :me)))
                    ORDER BY v.priority, v.requested_at LIMIT 100"""),
            {"t": uow.tenant, "me": username, "live": sorted(LIVE), "since": since},
        ).scalars()
    )


def add_photo(uow: UnitOfWork, intervention_id: int, image: bytes, width: int, height: int, at: datetime, received_at: datetime, by: str, by_name: str) -> int:
    """Keeps a photograph, already cleaned; gives its id."""
    made: int = uow.connection.execute(
        text("""INSERT INTO intervention_photo (tenant, intervention_id, taken_at, received_at, by, by_name, width, height, image)
                VALUES (:t, :id, :at, :received_at, :by, :by_name, :width, :height, :image) RETURNING id"""),
        {
            "t": uow.tenant,
            "id": intervention_id,
            "at": at,
            "received_at": received_at,
            "by": by,
            "by_name": by_name,
            "width": width,
            "height": height,
            "image": image,
        },
    ).scalar_one()
    return made


def photos_of(uow: UnitOfWork, intervention_id: int) -> list[dict[str, Any]]:
    """The photographs' facts, oldest first, without their bytes."""
    rows = uow.connection.execute(
        text("""SELECT id, iso(taken_at) AS taken_at, iso(received_at) AS received_at, by_name, width, height, length(image) AS bytes
                FROM intervention_photo WHERE tenant = :t AND intervention_id = :id ORDER BY id"""),
        {"t": uow.tenant, "id": intervention_id},
    )
    return [dict(row) for row in rows.mappings()]


def photo(uow: UnitOfWork, intervention_id: int, photo_id: int) -> bytes | None:
    """A photograph's bytes."""
    found = uow.connection.execute(
        text("SELECT image FROM intervention_photo WHERE tenant = :t AND intervention_id = :id AND id = :photo"),
        {"t": uow.tenant, "id": intervention_id, "photo": photo_id},
    ).scalar_one_or_none()
    return None if found is None else bytes(found)


def in_hand(uow: UnitOfWork) -> dict[str, int]:
    """username → number of live interventions."""
    rows = uow.connection.execute(
        text("SELECT agent, count(*) AS n FROM intervention WHERE tenant = :t AND agent IS NOT NULL AND status = ANY (:live) GROUP BY agent"),
        {"t": uow.tenant, "live": sorted(LIVE)},
    )
    return {row.agent: row.n for row in rows}
