"""Accounts in PostgreSQL."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.store.unit_of_work import UnitOfWork

SHOWN = "id, username, display_name, role, layers, communes, locale, theme, must_change_password, iso(disabled_at) AS disabled_at"


def by_username(uow: UnitOfWork, username: str) -> Row[Any] | None:
    """tenant, id, password_hash, disabled_at of a username, in whatever tenant it is: asked before the tenant is known."""
    return uow.connection.execute(text("SELECT * FROM account_by_username(:u)"), {"u": username}).one_or_none()


def shown(uow: UnitOfWork, username: str) -> dict[str, Any] | None:
    """An account of the tenant, without its password."""
    row = uow.connection.execute(text(f"SELECT {SHOWN} FROM account WHERE tenant = :t AND username = :u"), {"t": uow.tenant, "u": username})  # noqa: S608
    found = row.mappings().one_or_none()
    return dict(found) if found else None


def listed(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Accounts of the tenant by username, without passwords."""
    rows = uow.connection.execute(text(f"SELECT {SHOWN} FROM account WHERE tenant = :t ORDER BY username"), {"t": uow.tenant})  # noqa: S608
    return [dict(row) for row in rows.mappings()]


def save(
    uow: UnitOfWork,
    username: str,
    display_name: str,
    role: str,
    password_hash: str | None,
    layers: list[str] | None,
    communes: list[int] | None,
    *,
    must_change: bool,
) -> int:
    """Adds an account, or replaces one of this tenant that has this username. Gives its id."""
    made: int = uow.connection.execute(
        text("""INSERT INTO account (tenant, username, display_name, role, password_hash, layers, communes, must_change_password)
                VALUES (:tenant, :username, :display_name, :role, :password_hash, :layers, :communes, :must_change)
                ON CONFLICT (username) DO UPDATE SET display_name = excluded.display_name, role = excluded.role, password_hash = excluded.password_hash,
                    layers = excluded.layers, communes = excluded.communes, must_change_password = excluded.must_change_password, disabled_at = NULL
                WHERE account.tenant = excluded.tenant
                RETURNING id"""),
        {
            "tenant": uow.tenant, "username": username, "display_name": display_name, "role": role, "password_hash": password_hash, "layers": layers,
            "communes": communes, "must_change": must_change,
        },
    ).scalar_one()  # fmt: skip
    return made


def password_hash_of(uow: UnitOfWork, account_id: int) -> str | None:
    """The hash kept for an account of the tenant."""
    return uow.connection.execute(
        text("SELECT password_hash FROM account WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": account_id}
    ).scalar_one_or_none()


def set_password(uow: UnitOfWork, account_id: int, password_hash: str, *, must_change: bool | None = None) -> None:
    """Replaces the hash; must_change None leaves the flag as it is."""
    uow.connection.execute(
        text("UPDATE account SET password_hash = :h, must_change_password = coalesce(:m, must_change_password) WHERE tenant = :t AND id = :id"),
        {"t": uow.tenant, "id": account_id, "h": password_hash, "m": must_change},
    )


def set_preferences(uow: UnitOfWork, account_id: int, locale: str | None, theme: str | None, keys: dict[str, str] | None = None) -> None:
    """Keeps the language, the theme and the keyboard's keys of a person; None leaves one as it is."""
    uow.connection.execute(
        text("""UPDATE account SET locale = coalesce(:locale, locale), theme = coalesce(:theme, theme), keys = coalesce(cast(:keys AS jsonb), keys)
                WHERE tenant = :t AND id = :id"""),
        {"t": uow.tenant, "id": account_id, "locale": locale, "theme": theme, "keys": None if keys is None else json.dumps(keys)},
    )


def keys_of(uow: UnitOfWork, account_id: int) -> dict[str, str]:
    """A person's own keys: action → key."""
    found = uow.connection.execute(text("SELECT keys FROM account WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": account_id}).scalar()
    return dict(found or {})


def failures(uow: UnitOfWork, username: str, since: datetime) -> tuple[int, datetime | None]:
    """Failed sign-ins of a username since a time, and the last one's time."""
    count, last_at = uow.connection.execute(text("SELECT * FROM signin_failures(:u, :since)"), {"u": username, "since": since}).one()
    return count, last_at


def failures_from(uow: UnitOfWork, address: str, since: datetime) -> tuple[int, datetime | None]:
    """Failed sign-ins from an address since a time, whatever the username, and the last one's time."""
    count, last_at = uow.connection.execute(text("SELECT * FROM signin_failures_from(:a, :since)"), {"a": address, "since": since}).one()
    return count, last_at


def failed(uow: UnitOfWork, username: str, address: str, at: datetime) -> None:
    """Counts one failed sign-in."""
    uow.connection.execute(text("SELECT signin_failed(:u, :a, :at)"), {"u": username, "a": address, "at": at})


def succeeded(uow: UnitOfWork, username: str) -> None:
    """Forgets the failures of a username."""
    uow.connection.execute(text("SELECT signin_succeeded(:u)"), {"u": username})
