"""Signing in and out with a password."""

import logging
from datetime import datetime, timedelta

from hypervisor.errors import InvalidRequest, NotSignedIn
from hypervisor.i18n import _
from hypervisor.security import passwords, sessions, throttle
from hypervisor.security.sessions import Opened, Session
from hypervisor.store import Database, accounts, audit

logger = logging.getLogger(__name__)

LONGEST = 1000  # characters of a username or a password: argon2 would hash a megabyte just as patiently


def sign_in(database: Database, username: str, password: str, at: datetime, length: timedelta, address: str = "") -> Opened:
    """A new session. Raises NotSignedIn when the pair is wrong (the same way, and as slowly, for an unknown username), TooManyAttempts when throttled."""
    if len(username) > LONGEST or len(password) > LONGEST or "\0" in username:
        raise InvalidRequest(_("L’identifiant ou le mot de passe est trop long."))
    username = username.strip().lower()
    with database.unit_of_work(None) as uow:
        throttle.check(uow, username, address, at)
        account = accounts.by_username(uow, username)
    known = account is not None and account.disabled_at is None and account.password_hash is not None
    # Outside a transaction: hashing takes a tenth of a second of processor.
    right = passwords.is_right(account.password_hash if account is not None and known else None, password)
    if account is None or not right:
        with database.unit_of_work(account.tenant if account else None) as uow:
            accounts.failed(uow, username, address, at)
            if account:
                audit.write(uow, audit.now(uow), username, "operator:session:sign-in", "refused", address=address)
        logger.warning("sign-in refused from %s", address)
        raise NotSignedIn(_("L’identifiant ou le mot de passe est faux."))
    with database.unit_of_work(account.tenant) as uow:
        accounts.succeeded(uow, username)
        if passwords.needs_new_hash(account.password_hash):
            accounts.set_password(uow, account.id, passwords.make_hash(password))
        audit.write(uow, audit.now(uow), username, "operator:session:sign-in", "done", address=address)
        return sessions.open_session(uow, account.id, at, length, address=address)


def sign_out(database: Database, session: Session, at: datetime) -> None:
    """Ends the session everywhere."""
    with database.unit_of_work(session.principal.tenant) as uow:
        sessions.close(uow, session.principal.session_id, at)
        audit.write(uow, audit.now(uow), session.principal.name, "operator:session:sign-out", "done")


def change_password(database: Database, session: Session, old: str, new: str, at: datetime, address: str = "") -> None:
    """Replaces the password and ends the account's other sessions. Raises InvalidRequest with the reason, TooManyAttempts when throttled."""
    who = session.principal
    if who.account_id is None or session.kind == sessions.WALL:
        raise InvalidRequest(_("Ce compte n’a pas de mot de passe."))
    if max(len(old), len(new)) > LONGEST:
        raise InvalidRequest(_("L’identifiant ou le mot de passe est trop long."))
    passwords.check_strength(new, who.name)
    with database.unit_of_work(who.tenant) as uow:
        throttle.check(uow, who.name, address, at)
        kept = accounts.password_hash_of(uow, who.account_id)
    if not passwords.is_right(kept, old):
        with database.unit_of_work(who.tenant) as uow:
            accounts.failed(uow, who.name, address, at)
        raise InvalidRequest(_("Le mot de passe actuel est faux."))
    if old == new:
        raise InvalidRequest(_("Le nouveau mot de passe est l’ancien : choisissez-en un autre."))
    made = passwords.make_hash(new)
    with database.unit_of_work(who.tenant) as uow:
        accounts.set_password(uow, who.account_id, made, must_change=False)
        sessions.close_others(uow, who.account_id, who.session_id, at)
        audit.write(uow, audit.now(uow), who.name, "operator:password:change", "done")
    sessions.forget(who.session_id)


def lock(database: Database, session: Session, at: datetime, address: str = "") -> None:
    """Holds the session's hands until its password is given again. Raises InvalidRequest for a wall, which has no password."""
    who = session.principal
    if who.account_id is None or session.kind == sessions.WALL:
        raise InvalidRequest(_("Ce compte n’a pas de mot de passe : sa session ne se verrouille pas."))
    with database.unit_of_work(who.tenant) as uow:
        if sessions.lock(uow, who.session_id, at):
            audit.write(uow, audit.now(uow), who.name, "operator:session:lock", "done", address=address)
    sessions.forget(who.session_id)


def unlock(database: Database, session: Session, password: str, at: datetime, address: str = "") -> None:
    """The person of this session gives their password again, which frees its hands. Raises NotSignedIn when it is wrong, TooManyAttempts when throttled."""
    who = session.principal
    if who.account_id is None or session.kind == sessions.WALL or len(password) > LONGEST:
        raise NotSignedIn(_("Ce compte n’a pas de mot de passe."))
    with database.unit_of_work(who.tenant) as uow:
        throttle.check(uow, who.name, address, at)
        kept = accounts.password_hash_of(uow, who.account_id)
    # Outside a transaction: hashing takes a tenth of a second of processor.
    right = passwords.is_right(kept, password)
    with database.unit_of_work(who.tenant) as uow:
        if right:
            accounts.succeeded(uow, who.name)
            if sessions.unlock(uow, who.session_id, at):
                audit.write(uow, audit.now(uow), who.name, "operator:session:unlock", "done", address=address)
        else:
            accounts.failed(uow, who.name, address, at)
            audit.write(uow, audit.now(uow), who.name, "operator:session:unlock", "refused", address=address)
    sessions.forget(who.session_id)
    if not right:
        raise NotSignedIn(_("Le mot de passe est faux : l’écran reste verrouillé."))
