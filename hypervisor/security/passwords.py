"""Passwords are kept as argon2id (argon2-cffi's defaults, RFC 9106 low-memory profile), and checked at most two at a time."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _

LEAST_LENGTH = 12  # ANSSI, « Recommandations relatives à l’authentification multifacteur et aux mots de passe » (2021), R21.

_hasher = PasswordHasher()
# One check takes 64 MiB: a burst of sign-ins queues here instead of filling the memory.
_at_a_time = threading.BoundedSemaphore(2)


def make_hash(password: str) -> str:
    """The argon2id hash to store."""
    with _at_a_time:
        return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password is the hash's. Without a hash the same work is done, so that the time tells nothing, and the answer is False."""
    with _at_a_time:
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


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
