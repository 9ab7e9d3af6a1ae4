"""API tokens: made once, shown once, kept as a SHA-256."""

import secrets
import threading
import time
from collections.abc import Sequence
from datetime import datetime

from hypervisor.domain.operator import SCOPES, Principal
from hypervisor.errors import InvalidRequest
from hypervisor.security.sessions import REMEMBERED_S, digest
from hypervisor.store import Database, UnitOfWork, outbox
from hypervisor.store import tokens as rows

PREFIX = "vigie_"  # so that secret scanners, and people, recognise one in a file
MOST_REMEMBERED = 10_000

_remembered: dict[bytes, tuple[float, tuple[Principal, datetime | None] | None]] = {}
_lock = threading.Lock()


def add_token(uow: UnitOfWork, name: str, scope: str, at: datetime, layers: Sequence[str] | None = None, expires_at: datetime | None = None) -> str:
    """The secret of a new token, which nothing can show again. The same name gets a new secret and the old one ends.

    scope is one of domain.operator.SCOPES; layers None is every layer. Raises InvalidRequest for another scope.
    """
    if scope not in SCOPES:
        raise InvalidRequest(f"scope {scope!r} does not exist: choose one of {', '.join(SCOPES)}")
    secret = PREFIX + secrets.token_urlsafe(32)
    rows.save(uow, name, digest(secret), scope, list(layers) if layers is not None else None, at, expires_at)
    outbox.token_ended(uow, name, at)
    return secret


def by_token(database: Database, secret: str, at: datetime) -> Principal | None:
    """The program that holds this token, None when it is unknown, ended or revoked. Remembered for 30 s."""
    key = digest(secret)
    with _lock:
        kept = _remembered.get(key)
    if kept and time.monotonic() - kept[0] < REMEMBERED_S:
        found = kept[1]
    else:
        found = _look_up(database, key)
        with _lock:
            if len(_remembered) >= MOST_REMEMBERED:
                _remembered.clear()
            _remembered[key] = (time.monotonic(), found)
    if found is None or (found[1] is not None and found[1] <= at):
        return None
    return found[0]


def revoke(uow: UnitOfWork, token_id: int, at: datetime) -> bool:
    """Ends a token: at once here; elsewhere as soon as the fact is relayed, within 30 s should Redis be away. False when there is none."""
    ended = rows.revoke(uow, token_id, at)
    if ended is None:
        return False
    with _lock:
        _remembered.pop(bytes(ended.token_hash), None)
    outbox.token_ended(uow, ended.name, at)
    return True


def look_up_again() -> None:
    """Makes every token be asked of PostgreSQL when it comes next."""
    with _lock:
        _remembered.clear()


def _look_up(database: Database, key: bytes) -> tuple[Principal, datetime | None] | None:
    with database.unit_of_work(None) as uow:
        row = rows.by_hash(uow, key)
    if row is None:
        return None
    layers = None if row.layers is None else frozenset(row.layers)
    name = f"token:{row.name}"
    principal = Principal(tenant=row.tenant, account_id=None, name=name, display_name=row.name, role=None, permissions=SCOPES[row.scope], layers=layers)
    return principal, row.expires_at
