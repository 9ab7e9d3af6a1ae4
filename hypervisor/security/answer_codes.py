"""Codes by which a person on call answers: six digits for a reply from their own phone, a long word for an address. Only their HMAC is kept."""

import hashlib
import hmac
import secrets
from datetime import timedelta

CODE_LIFE = timedelta(minutes=30)
DIGITS, WORD_BYTES = 6, 12
"""Six digits are guessed once in a million, from one phone, a dozen tries a quarter of an hour; 96 bits are not guessed."""


def new() -> tuple[str, str]:
    """(six digits, long word), by the system's chance."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", secrets.token_urlsafe(WORD_BYTES)


def digest(key: bytes, tenant: int, said: str) -> bytes:
    """What is kept of a code, and compared."""
    return hmac.new(key, f"on-call:{tenant}:{said}".encode(), hashlib.sha256).digest()


def same(one: bytes, other: bytes) -> bool:
    """Whether two digests are one, in constant time."""
    return hmac.compare_digest(one, other)
