"""Who is at the door: bearer tokens, remembered for 30 s, and for an hour while PostgreSQL is away."""

import hashlib
import logging
import threading
import time

from hypervisor.clock import Clock
from hypervisor.errors import Forbidden, NotSignedIn, Unavailable
from hypervisor.store import door
from hypervisor.store.door import TokenHolder
from hypervisor.store.engine import Engine

logger = logging.getLogger(__name__)

SCOPE = "ingest"
REMEMBERED_S = 30.0
REMEMBERED_WHEN_AWAY_S = 3600.0
MOST_REMEMBERED = 10_000
UNKNOWN = "the token is unknown, revoked or expired: nothing was accepted; make one with `python -m hypervisor token add NAME --scope ingest`"
NO_TOKEN = "the request carries no bearer token: nothing was accepted; send `Authorization: Bearer …`"  # noqa: S105 - a sentence


class Tokens:
    """See the module. `known` never waits; `look_up` asks PostgreSQL and belongs in a thread."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[float, TokenHolder | None]] = {}

    def known(self, digest: bytes) -> tuple[bool, TokenHolder | None]:
        """Whether the token was looked up less than 30 s ago, and its holder."""
        at, holder = self._remembered.get(digest, (-REMEMBERED_WHEN_AWAY_S, None))
        return time.monotonic() - at < REMEMBERED_S, holder

    def look_up(self, digest: bytes) -> TokenHolder | None:
        """The holder. Raises Unavailable when PostgreSQL is away and the token was not seen within the hour."""
        with self._lock:
            is_known, holder = self.known(digest)
            if is_known:
                return holder
            try:
                with self._engine.reading() as cursor:
                    holder = door.holder(cursor, digest)
            except Unavailable:
                at, holder = self._remembered.get(digest, (-REMEMBERED_WHEN_AWAY_S, None))
                if holder is None or time.monotonic() - at > REMEMBERED_WHEN_AWAY_S:
                    raise
                return holder
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[digest] = (time.monotonic(), holder)
            return holder

    def admitted(self, holder: TokenHolder | None, tenant: str | None) -> TokenHolder:
        """The holder, if it may send to the tenant that the request names. Raises NotSignedIn or Forbidden."""
        if holder is None or (holder.expires_at is not None and holder.expires_at <= self._clock.now()):
            raise NotSignedIn(UNKNOWN)
        if holder.scope != SCOPE:
            raise Forbidden(f"token {holder.name} has scope {holder.scope}, and the door asks for ingest: nothing was accepted; make a token of that scope")
        if tenant is not None and tenant != holder.tenant_key:
            raise Forbidden(f"token {holder.name} is not of tenant {tenant[:80]!r}: nothing was accepted; correct NGSILD-Tenant or use that tenant's token")
        return holder


def digest_of(authorization: str | None) -> bytes:
    """SHA-256 of the secret in an Authorization header: what is kept and compared is never the secret, so that timing tells nothing of it. Raises NotSignedIn."""
    scheme, _, secret = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotSignedIn(NO_TOKEN)
    return hashlib.sha256(secret.strip().encode()).digest()
