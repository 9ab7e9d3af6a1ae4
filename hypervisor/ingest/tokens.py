"""Who is at the door: bearer tokens, remembered for 30 s or until one is revoked, and for an hour while PostgreSQL is away or silent."""

import asyncio
import hashlib
import time
from typing import NamedTuple

import anyio
import anyio.to_thread

from hypervisor.clock import Clock
from hypervisor.errors import Forbidden, NotSignedIn, Unavailable
from hypervisor.store import door
from hypervisor.store.door import TokenHolder
from hypervisor.store.engine import Engine

SCOPES = ("ingest", "connect")
Key = bytes | tuple[int, str]
"""What a holder is asked by: the digest of its token, or its tenant and name, for a source that proved itself in another way."""
REMEMBERED_S = 30.0
REMEMBERED_WHEN_AWAY_S = 3600.0
MOST_REMEMBERED = 10_000
MOST_ASKED = 1000
"""Look-ups that may wait for a silent PostgreSQL."""
PATIENCE_S = 2.0
AWAY = "PostgreSQL does not answer and this token was not seen within the hour: nothing was accepted; send the same request again in 2 s"
UNKNOWN = "the token is unknown, revoked or expired: nothing was accepted; make one with `python -m hypervisor token add NAME --scope ingest`"
NO_TOKEN = "the request carries no bearer token: nothing was accepted; send `Authorization: Bearer …`"  # noqa: S105 - a sentence


class Found(NamedTuple):
    """PostgreSQL's answer; holder None: nobody holds the token."""

    holder: TokenHolder | None


class Tokens:
    """See the module. `known` never waits; `find` waits for PostgreSQL, not for long."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._one_at_a_time = anyio.CapacityLimiter(1)  # The engine is not for several threads.
        self._asking: dict[Key, tuple[float, asyncio.Task[Found | None]]] = {}
        self._remembered: dict[Key, tuple[float, TokenHolder | None]] = {}

    def known(self, key: Key) -> tuple[bool, TokenHolder | None]:
        """Whether the token was looked up less than 30 s ago, and its holder."""
        at, holder = self._remembered.get(key, (-REMEMBERED_WHEN_AWAY_S, None))
        return time.monotonic() - at < REMEMBERED_S, holder

    def look_up_again(self) -> None:
        """Makes every token be asked of PostgreSQL when it comes next; what is known still serves while PostgreSQL is away."""
        due = time.monotonic() - REMEMBERED_S
        self._remembered = {key: (min(at, due), holder) for key, (at, holder) in self._remembered.items()}

    async def find(self, key: Key) -> TokenHolder | None:
        """The holder. Raises Unavailable when PostgreSQL is away, or silent for 2 s, and the token was not seen within the hour."""
        if key not in self._asking:
            if len(self._asking) >= MOST_ASKED:
                return self._seen_within_the_hour(key)
            self._asking[key] = (time.monotonic(), asyncio.create_task(self._ask(key)))
        since, asking = self._asking[key]
        # Patience is counted from the question: who comes when it is spent does not wait at all.
        await asyncio.wait([asking], timeout=max(0.0, since + PATIENCE_S - time.monotonic()))
        found = asking.result() if asking.done() else None
        return found.holder if found else self._seen_within_the_hour(key)

    def _seen_within_the_hour(self, key: Key) -> TokenHolder:
        at, holder = self._remembered.get(key, (-REMEMBERED_WHEN_AWAY_S, None))
        if holder is None or time.monotonic() - at > REMEMBERED_WHEN_AWAY_S:
            raise Unavailable(AWAY)
        return holder

    async def _ask(self, key: Key) -> Found | None:
        """None when PostgreSQL is away. Outlives the requests that wait for it: a frozen PostgreSQL may still answer, or its connection break."""
        try:
            # Abandoned at the end of the process, which a frozen PostgreSQL must not prevent.
            holder = await anyio.to_thread.run_sync(self._look_up, key, abandon_on_cancel=True, limiter=self._one_at_a_time)
        except Unavailable:
            return None
        finally:
            del self._asking[key]
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = (time.monotonic(), holder)
        return Found(holder)

    def _look_up(self, key: Key) -> TokenHolder | None:
        with self._engine.reading() as cursor:
            return door.holder(cursor, key) if isinstance(key, bytes) else door.holder_named(cursor, *key)

    def admitted(self, holder: TokenHolder | None, tenant: str | None) -> TokenHolder:
        """The holder, if it may send to the tenant that the request names. Raises NotSignedIn or Forbidden."""
        if holder is None or (holder.expires_at is not None and holder.expires_at <= self._clock.now()):
            raise NotSignedIn(UNKNOWN)
        if holder.scope not in SCOPES:
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
