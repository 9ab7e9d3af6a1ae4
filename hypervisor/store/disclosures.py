"""Requests for the complete incident file in PostgreSQL: what was asked is never rewritten, only what became of it."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.domain.disclosure import Status, status_at
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

MOST = 200
COLUMNS = """d.id, d.since, d.until, d.event_id, (SELECT e.number FROM event e WHERE e.tenant = d.tenant AND e.id = d.event_id) AS event_number, d.layers, d.communes, d.motive,
    d.asked_at, d.asked_by, d.asked_name, d.status, d.decided_at, d.decided_by, d.decided_name, d.decided_reason, d.open_until, d.ended_at, d.ended_name, d.ended_reason,
    d.exports, d.exported_at"""


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """A request as it is kept. layers, communes: its perimeter, None everywhere; status: the one kept, before the clock."""

    id: int
    since: datetime
    until: datetime
    event_id: int | None
    event_number: str | None
    layers: frozenset[str] | None
    communes: frozenset[int] | None
    motive: str
    asked_at: datetime
    asked_by: str
    asked_name: str
    status: Status
    decided_at: datetime | None
    decided_by: str | None
    decided_name: str | None
    decided_reason: str | None
    open_until: datetime | None
    ended_at: datetime | None
    ended_name: str | None
    ended_reason: str | None
    exports: int
    exported_at: datetime | None

    def status_at(self, now: datetime) -> Status:
        """Where it stands, the clock included."""
        return status_at(self.status, self.asked_at, self.open_until, now)


def add(
    uow: UnitOfWork, since: datetime, until: datetime, event_id: int | None, layers: Set[str] | None, communes: Set[int] | None, motive: str,
    by: str, name: str, at: datetime,
) -> int:  # fmt: skip
    """Writes a request; gives its number."""
    row = uow.connection.execute(
        text("""INSERT INTO disclosure (tenant, since, until, event_id, layers, communes, motive, asked_at, asked_by, asked_name)
                VALUES (:t, :since, :until, :event, :layers, :communes, :motive, :at, :by, :name) RETURNING id"""),
        {"t": uow.tenant, "since": since, "until": until, "event": event_id, "layers": array(layers), "communes": array(communes), "motive": motive, "at": at, "by": by, "name": name},
    )  # fmt: skip
    return int(row.scalar_one())


def lock(uow: UnitOfWork, number: int) -> Disclosure | None:
    """A request, locked until the transaction ends; None when the tenant has none of this number."""
    query = f"SELECT {COLUMNS} FROM disclosure d WHERE d.tenant = :t AND d.id = :id FOR UPDATE OF d"  # noqa: S608 - a constant
    row = uow.connection.execute(text(query), {"t": uow.tenant, "id": number}).one_or_none()
    return None if row is None else _of(row)


def decide(uow: UnitOfWork, number: int, status: Status, reason: str, open_until: datetime | None, by: str, name: str, at: datetime) -> None:
    """Writes the second person's word, approved or refused."""
    uow.connection.execute(
        text("""UPDATE disclosure SET status = :status, decided_at = :at, decided_by = :by, decided_name = :name, decided_reason = nullif(:reason, ''), open_until = :open
                WHERE tenant = :t AND id = :id"""),
        {"t": uow.tenant, "id": number, "status": status.value, "at": at, "by": by, "name": name, "reason": reason, "open": open_until},
    )


def end(uow: UnitOfWork, number: int, status: Status, reason: str, by: str, name: str, at: datetime) -> None:
    """Writes that it was withdrawn or revoked."""
    uow.connection.execute(
        text("""UPDATE disclosure SET status = :status, ended_at = :at, ended_by = :by, ended_name = :name, ended_reason = nullif(:reason, '')
                WHERE tenant = :t AND id = :id"""),
        {"t": uow.tenant, "id": number, "status": status.value, "at": at, "by": by, "name": name, "reason": reason},
    )


def exported(uow: UnitOfWork, number: int, at: datetime) -> None:
    """Counts one more copy of the file."""
    uow.connection.execute(
        text("UPDATE disclosure SET exports = exports + 1, exported_at = :at WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": number, "at": at}
    )


def listed(uow: UnitOfWork) -> list[Disclosure]:
    """The tenant's last requests, newest first; who may read which is the query's."""
    query = f"SELECT {COLUMNS} FROM disclosure d WHERE d.tenant = :t ORDER BY d.id DESC LIMIT :most"  # noqa: S608 - a constant
    return [_of(row) for row in uow.connection.execute(text(query), {"t": uow.tenant, "most": MOST})]


def _of(row: Row[Any]) -> Disclosure:
    kept = dict(row._mapping)
    halves = {half: None if kept[half] is None else frozenset(kept[half]) for half in ("layers", "communes")}
    return Disclosure(**{**kept, **halves, "status": Status(kept["status"])})
