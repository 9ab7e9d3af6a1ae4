"""A wall signs in without a keyboard: it shows a code, a person who may approve types it in /admin, the wall gets a session of a year."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, NotFound, Unavailable
from hypervisor.i18n import _
from hypervisor.security import audit, sessions
from hypervisor.security.require import require
from hypervisor.security.sessions import Opened, digest
from hypervisor.settings import Settings
from hypervisor.store import Database, UnitOfWork, accounts
from hypervisor.store import pairing as rows
from hypervisor.store import sessions as session_rows

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: read aloud across a room
CODE_LENGTH = 6
CODE_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(days=365)
WALL_ACCOUNT = "mur"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A wall that waits: `secret` is its cookie, `code` what it shows."""

    secret: str
    code: str
    expires_at: datetime


def ask(database: Database, at: datetime, address: str) -> Request:
    """A new code for a wall that has none."""
    secret = secrets.token_urlsafe(32)
    for _attempt in range(5):
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        with database.unit_of_work(None) as uow:
            if rows.ask(uow, code, digest(secret), at, at + CODE_LIFE, address):
                return Request(secret=secret, code=code, expires_at=at + CODE_LIFE)
    raise Unavailable(_("Aucun code d’appairage n’est libre : réessayez dans une minute."))


def waiting(database: Database, secret: str, at: datetime) -> Request | None:
    """The request of a wall's cookie while its code may still be typed."""
    with database.unit_of_work(None) as uow:
        row = rows.by_secret(uow, digest(secret))
    if row is None or row.tenant is not None or row.expires_at <= at:
        return None
    return Request(secret=secret, code=row.code, expires_at=row.expires_at)


def approve(uow: UnitOfWork, code: str, label: str, by: Principal, at: datetime) -> None:
    """Lets the wall that shows this code in. Raises NotFound when no waiting wall shows it."""
    require("wall:approve", principal=by)
    code = code.strip().upper().replace(" ", "").replace("-", "")
    label = label.strip()
    if not label:
        raise InvalidRequest(_("Le mur n’a pas de nom : donnez-lui celui de sa salle."))
    if not rows.approve(uow, code, by.name, at, label[:80]):
        raise NotFound(_("Aucun mur n’affiche le code {code} : relisez-le, il change toutes les dix minutes.", code=code[:12]))
    audit.done(uow, by, "operator:wall:approve", at, about=label[:80])


def collect(database: Database, secret: str, at: datetime, address: str) -> Opened | None:
    """The session of an approved wall, once; None while nobody has approved."""
    key = digest(secret)
    with database.unit_of_work(None) as uow:
        row = rows.by_secret(uow, key)
    if row is None or row.tenant is None:
        return None
    with database.unit_of_work(row.tenant) as uow:
        account = accounts.shown(uow, WALL_ACCOUNT)
        if account is None or account["role"] != "display":
            raise Unavailable(_("Le compte « mur » n’existe pas : l’administrateur doit le créer avec le rôle d’affichage."))
        rows.end(uow, key)
        return sessions.open_session(uow, account["id"], at, SESSION_LIFE, kind=sessions.WALL, label=row.label, address=address)


def revoke(uow: UnitOfWork, session_id: str, by: Principal, at: datetime) -> None:
    """Signs a wall out: it shows a code again. Raises NotFound when there is no such wall."""
    require("wall:approve", principal=by)
    known = {wall["id"]: wall["label"] for wall in session_rows.walls(uow, at)}
    if session_id not in known:
        raise NotFound(_("Ce mur n’existe pas, ou n’est plus appairé."))
    sessions.close(uow, session_id, at)
    audit.done(uow, by, "operator:wall:revoke", at, about=known[session_id])


def cookie_name(settings: Settings) -> str:
    """Name of the cookie that a wall keeps while it waits."""
    return f"vigie_{sessions.cookie_port(settings)}_pairing"
