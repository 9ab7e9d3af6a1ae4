"""Sessions in PostgreSQL: looked up by hash before the tenant is known, listed and revoked inside it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import text

from hypervisor.store import outbox
from hypervisor.store.unit_of_work import UnitOfWork

Row = SqlRow[Any]


def add(
    uow: UnitOfWork, token_hash: bytes, account_id: int, kind: str, label: str | None, csrf: str, created_at: datetime, expires_at: datetime, address: str
) -> None:
    """Adds a session."""
    uow.connection.execute(
        text("""INSERT INTO session (token_hash, tenant, account_id, kind, label, csrf, created_at, expires_at, address)
                VALUES (:token_hash, :tenant, :account_id, :kind, :label, :csrf, :created_at, :expires_at, :address)"""),
        {
            "token_hash": token_hash, "tenant": uow.tenant, "account_id": account_id, "kind": kind, "label": label, "csrf": csrf, "created_at": created_at,
            "expires_at": expires_at, "address": address,
        },
    )  # fmt: skip


def by_hash(uow: UnitOfWork, token_hash: bytes) -> Row | None:
    """The session and its account, unless either was ended. Expiry is the caller's to judge."""
    return uow.connection.execute(text("SELECT * FROM session_by_hash(:h)"), {"h": token_hash}).one_or_none()


def revoke(uow: UnitOfWork, session_id: str, at: datetime) -> list[str]:
    """Ends the session of that public id; gives the ids ended, and tells it to every process."""
    return _revoke(uow, "substring(token_hash, 1, 16) = decode(:id, 'hex')", {"id": session_id, "at": at})


def revoke_account(uow: UnitOfWork, account_id: int, kept: str, at: datetime) -> list[str]:
    """Ends every session of an account except `kept`."""
    return _revoke(uow, "account_id = :account AND substring(token_hash, 1, 16) <> decode(:id, 'hex')", {"account": account_id, "id": kept, "at": at})


def set_lock(uow: UnitOfWork, session_id: str, locked_at: datetime | None, at: datetime) -> bool:
    """Locks the session of that public id, or unlocks it (None), and tells it to every process. False when it was so already."""
    changed = uow.connection.execute(
        text("""UPDATE session SET locked_at = :locked_at WHERE tenant = :tenant AND revoked_at IS NULL AND substring(token_hash, 1, 16) = decode(:id, 'hex')
                AND (locked_at IS NULL) <> (cast(:locked_at AS timestamptz) IS NULL)"""),
        {"tenant": uow.tenant, "id": session_id, "locked_at": locked_at},
    ).rowcount
    if changed:
        outbox.session_locked(uow, session_id, at)
    return bool(changed)


def walls(uow: UnitOfWork, at: datetime) -> list[dict[str, Any]]:
    """Paired walls that may still open, oldest first."""
    rows = uow.connection.execute(
        text("""SELECT encode(substring(token_hash, 1, 16), 'hex') AS id, label, iso(created_at) AS created_at, iso(expires_at) AS expires_at, address
                FROM session WHERE tenant = :tenant AND kind = 'wall' AND revoked_at IS NULL AND expires_at > :at ORDER BY created_at"""),
        {"tenant": uow.tenant, "at": at},
    )
    return [dict(row) for row in rows.mappings()]


def _revoke(uow: UnitOfWork, condition: str, values: dict[str, Any]) -> list[str]:
    ended = uow.connection.execute(
        text(f"""UPDATE session SET revoked_at = :at WHERE tenant = :tenant AND revoked_at IS NULL AND {condition}
                 RETURNING encode(substring(token_hash, 1, 16), 'hex')"""),  # noqa: S608 - the conditions are the two above
        {"tenant": uow.tenant, **values},
    ).scalars()
    found = list(ended)
    outbox.sessions_ended(uow, found, values["at"])
    return found
