"""API tokens in PostgreSQL, by their hash."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.store.unit_of_work import UnitOfWork


def by_hash(uow: UnitOfWork, token_hash: bytes) -> Row[Any] | None:
    """tenant, id, name, scope, layers, expires_at of a live token; asked before the tenant is known."""
    return uow.connection.execute(text("SELECT * FROM token_by_hash(:h)"), {"h": token_hash}).one_or_none()


def save(uow: UnitOfWork, name: str, token_hash: bytes, scope: str, layers: list[str] | None, at: datetime, expires_at: datetime | None) -> int:
    """Adds a token, or gives a new secret to the one of that name: the old secret ends. Gives its id."""
    made: int = uow.connection.execute(
        text("""INSERT INTO api_token (tenant, name, token_hash, scope, layers, created_at, expires_at) VALUES (:tenant, :name, :hash, :scope, :layers, :at, :expires_at)
                ON CONFLICT (tenant, name) DO UPDATE SET token_hash = excluded.token_hash, scope = excluded.scope, layers = excluded.layers,
                    created_at = excluded.created_at, expires_at = excluded.expires_at, revoked_at = NULL
                RETURNING id"""),
        {"tenant": uow.tenant, "name": name, "hash": token_hash, "scope": scope, "layers": layers, "at": at, "expires_at": expires_at},
    ).scalar_one()
    return made


def listed(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Tokens of the tenant by name, without anything that opens."""
    rows = uow.connection.execute(
        text("""SELECT id, name, scope, layers, iso(created_at) AS created_at, iso(expires_at) AS expires_at, iso(revoked_at) AS revoked_at
                FROM api_token WHERE tenant = :t ORDER BY name"""),
        {"t": uow.tenant},
    )
    return [dict(row) for row in rows.mappings()]


def revoke(uow: UnitOfWork, token_id: int, at: datetime) -> Row[Any] | None:
    """Ends a token; gives its token_hash and name, None when there is no such live token."""
    return uow.connection.execute(
        text("UPDATE api_token SET revoked_at = :at WHERE tenant = :t AND id = :id AND revoked_at IS NULL RETURNING token_hash, name"),
        {"t": uow.tenant, "id": token_id, "at": at},
    ).one_or_none()


def live_by_name(uow: UnitOfWork, name: str, at: datetime) -> Row[Any] | None:
    """Scope and layers of a token of this tenant that is neither revoked nor over."""
    return uow.connection.execute(
        text("SELECT scope, layers FROM api_token WHERE tenant = :t AND name = :name AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :at)"),
        {"t": uow.tenant, "name": name, "at": at},
    ).one_or_none()
