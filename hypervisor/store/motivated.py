"""Accesses to the past by motive in PostgreSQL: opened, closed, never rewritten."""

from datetime import datetime

from sqlalchemy import text

from hypervisor.domain.motivated import Access
from hypervisor.store.unit_of_work import UnitOfWork

COLUMNS = "id, since, until, motive, opened_at, by, by_name, open_until, closed_at"


def lock(uow: UnitOfWork, by: str) -> None:
    """Until the commit, this person opens and closes nothing elsewhere."""
    uow.connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('motivated:' || cast(:by AS text)), :t)"), {"by": by, "t": uow.tenant})


def add(uow: UnitOfWork, since: datetime, until: datetime, motive: str, by: str, name: str, at: datetime, open_until: datetime) -> Access:
    """Writes an access that opens."""
    row = uow.connection.execute(
        text(f"""INSERT INTO motivated_access (tenant, since, until, motive, opened_at, by, by_name, open_until)
                 VALUES (:t, :since, :until, :motive, :at, :by, :name, :open) RETURNING {COLUMNS}"""),  # noqa: S608 - a constant
        {"t": uow.tenant, "since": since, "until": until, "motive": motive, "at": at, "by": by, "name": name, "open": open_until},
    )
    return Access(**row.mappings().one())


def close(uow: UnitOfWork, number: int, at: datetime) -> None:
    """Writes that it was closed."""
    uow.connection.execute(
        text("UPDATE motivated_access SET closed_at = :at WHERE tenant = :t AND id = :id AND closed_at IS NULL"), {"t": uow.tenant, "id": number, "at": at}
    )


def of_person(uow: UnitOfWork, by: str, most: int) -> list[Access]:
    """A person's accesses, newest first."""
    query = f"SELECT {COLUMNS} FROM motivated_access WHERE tenant = :t AND by = :by ORDER BY id DESC LIMIT :most"  # noqa: S608 - a constant
    return [Access(**row) for row in uow.connection.execute(text(query), {"t": uow.tenant, "by": by, "most": most}).mappings()]
