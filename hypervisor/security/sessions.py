"""Sessions: a random cookie, its SHA-256 in PostgreSQL, and what it gives for 30 s in this process."""

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.errors import Unavailable
from hypervisor.settings import Settings
from hypervisor.store import Database, UnitOfWork
from hypervisor.store import sessions as rows

REMEMBERED_S = 30.0  # Architecture §5: a revocation that no fact announces is seen after this at the latest.
MOST_REMEMBERED = 10_000
PERSON, WALL = "person", "wall"


@dataclass(frozen=True, kw_only=True)
class Session:
    """A signed-in person or a paired wall, with what its screens need."""

    principal: Principal
    kind: str
    label: str | None
    locale: str
    theme: str
    must_change_password: bool
    is_locked: bool
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A session just made: the only moment when the cookie is known."""

    cookie: str
    csrf: str
    expires_at: datetime


_remembered: dict[bytes, tuple[float, Session | None]] = {}
_lock = threading.Lock()


def open_session(
    uow: UnitOfWork, account_id: int, at: datetime, length: timedelta, *, kind: str = PERSON, label: str | None = None, address: str = ""
) -> Opened:
    """Makes a session for an account of the unit of work's tenant."""
    opened = Opened(cookie=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(24), expires_at=at + length)
    rows.add(uow, digest(opened.cookie), account_id, kind, label, opened.csrf, at, opened.expires_at, address)
    return opened


def by_cookie(database: Database, cookie: str, at: datetime) -> Session | None:
    """The session of a cookie, None when it is unknown, ended or revoked. Remembered for 30 s, a refusal too."""
    key = digest(cookie)
    with _lock:
        kept = _remembered.get(key)
    if kept and time.monotonic() - kept[0] < REMEMBERED_S:
        session = kept[1]
    else:
        try:
            session = _look_up(database, key)
        except Unavailable:
            # With PostgreSQL down, who was signed in keeps the screen that says so; nothing can be written anyway.
            if kept is None:
                raise
            session = kept[1]
    return session if session and session.expires_at > at else None


def close(uow: UnitOfWork, session_id: str, at: datetime) -> bool:
    """Revokes one session of the tenant; the fact tells every process. False when there is none."""
    ended = rows.revoke(uow, session_id, at)
    for each in ended:
        forget(each)
    return bool(ended)


def lock(uow: UnitOfWork, session_id: str, at: datetime) -> bool:
    """Holds a session's hands until its password is given again. False when it was locked already."""
    return rows.set_lock(uow, session_id, at, at)


def unlock(uow: UnitOfWork, session_id: str, at: datetime) -> bool:
    """Frees a session's hands. False when it was not locked."""
    return rows.set_lock(uow, session_id, None, at)


def close_others(uow: UnitOfWork, account_id: int, kept_session_id: str, at: datetime) -> None:
    """Revokes every session of an account but one: a new password ends what the old one opened."""
    for each in rows.revoke_account(uow, account_id, kept_session_id, at):
        forget(each)


def forget(session_id: str) -> None:
    """Drops a session from this process's memory. Called here at once, and by whoever reads the fact `session` in other processes."""
    with _lock:
        for key in [key for key in _remembered if public_id(key) == session_id]:
            del _remembered[key]


def look_up_again() -> None:
    """Makes every session be asked of PostgreSQL when it comes next; what is known still serves while PostgreSQL is away."""
    with _lock:
        for key, (_at, session) in _remembered.items():
            _remembered[key] = -REMEMBERED_S, session


def digest(cookie: str) -> bytes:
    """What is kept of a cookie, a token or a pairing secret. They are 32 random bytes, so a fast hash is enough."""
    return hashlib.sha256(cookie.encode()).digest()


def public_id(token_hash: bytes) -> str:
    """The session's name in lists, facts and addresses: half of its hash, which opens nothing."""
    return token_hash[:16].hex()


def cookie_port(settings: Settings) -> int:
    """The port that this process serves, which its cookies carry."""
    return settings.wall_port if settings.screens == "mur" else settings.port


def cookie_name(settings: Settings, kind: str = PERSON) -> str:
    """Name of the cookie that this process sets for a person or a wall."""
    return f"vigie_{cookie_port(settings)}_{'wall' if kind == WALL else 'session'}"


def cookie_names(settings: Settings) -> tuple[str, ...]:
    """Names under which a session may come, first wins: this port's person, this port's wall, then a person signed in on the installation's other port."""
    other = settings.port if settings.screens == "mur" else settings.wall_port
    return cookie_name(settings), cookie_name(settings, WALL), f"vigie_{other}_session"


def _look_up(database: Database, key: bytes) -> Session | None:
    with database.unit_of_work(None) as uow:
        row = rows.by_hash(uow, key)
    session = _session(key, row) if row else None
    with _lock:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = (time.monotonic(), session)
    return session


def _session(key: bytes, row: rows.Row) -> Session:
    role = Role(row.role)
    principal = Principal(
        tenant=row.tenant,
        account_id=row.account_id,
        name=row.username,
        display_name=row.label if row.kind == WALL and row.label else row.display_name,
        role=role,
        permissions=PERMISSIONS[role],
        layers=None if row.layers is None else frozenset(row.layers),
        communes=None if row.communes is None else frozenset(row.communes),
        session_id=public_id(key),
        csrf=row.csrf,
    )
    return Session(
        principal=principal,
        kind=row.kind,
        label=row.label,
        locale=row.locale,
        theme=row.theme,
        must_change_password=row.must_change_password,
        is_locked=row.locked_at is not None,
        expires_at=row.expires_at,
    )
