"""The territory's own row."""

from typing import Any

from sqlalchemy import text

from hypervisor.errors import NotFound
from hypervisor.store.unit_of_work import UnitOfWork


def read(uow: UnitOfWork) -> tuple[str, dict[str, Any]]:
    """Label and view of the tenant. Raises NotFound when it has been removed under a session."""
    row = uow.connection.execute(text("SELECT label, view FROM tenant WHERE id = :tenant"), {"tenant": uow.tenant}).one_or_none()
    if row is None:
        raise NotFound("this territory no longer exists: sign in again")
    return row.label, row.view


def communes(uow: UnitOfWork) -> list[tuple[int, str]]:
    """(id, name) of every commune, by name; « Hors territoire », which is none, comes last."""
    rows = uow.connection.execute(text("SELECT id, name FROM commune WHERE tenant = :tenant ORDER BY id = 0, name"), {"tenant": uow.tenant})
    return [(row.id, row.name) for row in rows]
