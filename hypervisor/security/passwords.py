"""Passwords are kept as argon2id (argon2-cffi's defaults, RFC 9106 low-memory profile), and checked at most two at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hypervisor.errors import InvalidRequest, TooManyAttempts
from hypervisor.i18n import _

LEAST_LENGTH = 12  # ANSSI, « Recommandations relatives à l’authentification multifacteur et aux mots de passe » (2021), R21.

_hasher = PasswordHasher()
# One check takes 64 MiB: a burst of sign-ins queues here instead of filling the memory.
_at_a_time = threading.BoundedSemaphore(2)
# Each of those who queue holds one of the web process's forty threads: beyond a few seconds of queue, people are asked to come back.
_in_line = threading.BoundedSemaphore(12)
BUSY_S = 2


def make_hash(password: str) -> str:
    """The argon2id hash to store."""
    with _turn():
        return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password is the hash's. Without a hash the same work is done, so that the time tells nothing, and the answer is False.

    Raises TooManyAttempts when a dozen others are already being checked or wait.
    """
    with _turn():
        try:
            _hasher.verify(password_hash or _nobody(), password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def needs_new_hash(password_hash: str) -> bool:
    """Whether the hash was made with older parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_strength(password: str, username: str) -> None:
    """Raises InvalidRequest with the rule that a new password breaks."""
    if len(password) < LEAST_LENGTH:
        raise InvalidRequest(_("Le mot de passe a moins de {count} caractères : allongez-le.", count=LEAST_LENGTH))
    if username.lower() in password.lower():
        raise InvalidRequest(_("Le mot de passe contient l’identifiant : choisissez-en un autre."))


@contextmanager
def _turn() -> Iterator[None]:
    if not _in_line.acquire(blocking=False):
        raise TooManyAttempts(_("Trop de personnes se connectent à la fois : réessayez dans {seconds} s.", seconds=BUSY_S), retry_after_s=BUSY_S)
    try:
        with _at_a_time:
            yield
    finally:
        _in_line.release()


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
