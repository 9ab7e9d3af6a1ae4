"""Webhooks: a secret for each supervisor, derived from the platform's key, and the signature of a body made with it."""

import hashlib
import hmac

PREFIX = "vigie_hook_"


def secret_of(key: bytes, tenant: int, source: str) -> str:
    """The secret of a supervisor's webhook. It is derived, so that nothing is stored; revoking its token closes it."""
    return PREFIX + hmac.new(key, f"webhook:{tenant}:{source}".encode(), hashlib.sha256).hexdigest()


def is_proved(secret: str, body: bytes, signature: str, given: str, prefix: str = "sha256=") -> bool:
    """Whether a request proves that it knows the secret: HMAC-SHA256 of its raw body, in hexadecimal after the prefix, or for senders that cannot sign the secret itself.

    In constant time. A signature that is there and wrong is not made good by the secret beside it.
    """
    expected = prefix + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if signature:
        return hmac.compare_digest(expected.encode(), signature.encode())
    return bool(given) and hmac.compare_digest(secret.encode(), given.encode())
