"""Pairing of walls: before a person approves there is no tenant, so only the functions of 0002_roles.sql reach the table."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from hypervisor.store.unit_of_work import UnitOfWork


def ask(uow: UnitOfWork, code: str, secret_hash: bytes, at: datetime, until: datetime, address: str) -> bool:
    """Keeps a request; False when the code is already shown on another wall."""
    try:
        with uow.connection.begin_nested():
            uow.connection.execute(text("SELECT pairing_ask(:c, :h, :at, :until, :a)"), {"c": code, "h": secret_hash, "at": at, "until": until, "a": address})
    except IntegrityError:
        return False
    return True


def by_secret(uow: UnitOfWork, secret_hash: bytes) -> Row[Any] | None:
    """code, expires_at, tenant (None until approved), approved_by, label."""
    return uow.connection.execute(text("SELECT * FROM pairing_by_secret(:h)"), {"h": secret_hash}).one_or_none()


def approve(uow: UnitOfWork, code: str, who: str, at: datetime, label: str) -> bool:
    """Gives the wall that shows this code to the tenant; False when no waiting wall shows it."""
    is_done: bool = uow.connection.execute(
        text("SELECT pairing_approve(:c, cast(:t AS smallint), :who, :at, :label)"), {"c": code, "t": uow.tenant, "who": who, "at": at, "label": label}
    ).scalar_one()
    return is_done


def approved(uow: UnitOfWork) -> list[dict[str, Any]]:
    """label, address and approved_at (ISO) of the tenant's walls that were approved and have not opened yet, oldest first."""
    rows = uow.connection.execute(text("SELECT label, address, iso(approved_at) AS approved_at FROM pairing_approved()"))
    return [dict(row) for row in rows.mappings()]


def end(uow: UnitOfWork, secret_hash: bytes) -> None:
    """Forgets a request."""
    uow.connection.execute(text("SELECT pairing_end(:h)"), {"h": secret_hash})
