"""Alarms that come by the door, written in PostgreSQL before their sender is answered. What it needs is imported when the first one comes: few doors hear any."""

import hashlib
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import anyio.to_thread

from hypervisor import layers
from hypervisor.clock import Clock
from hypervisor.domain.operator import SCOPES, Principal
from hypervisor.domain.supervised import Message
from hypervisor.store.door import TokenHolder

if TYPE_CHECKING:
    from hypervisor.store import Database


class Supervision:
    """See the module. app_url: PostgreSQL as vigie_app, under row-level security."""

    def __init__(self, app_url: str, clock: Clock) -> None:
        self._app_url = app_url
        self._clock = clock
        self._database: Database | None = None
        self._opening = threading.Lock()

    async def deliver(self, holder: TokenHolder, messages: Sequence[Message], body: bytes) -> None:
        """Returns once they are committed; the same body again within 24 h changes nothing. Raises Unavailable."""
        await anyio.to_thread.run_sync(self._deliver, holder, messages, body)

    def close(self) -> None:
        """Gives the connections back."""
        if self._database is not None:
            self._database.close()

    def _deliver(self, holder: TokenHolder, messages: Sequence[Message], body: bytes) -> None:
        from hypervisor.operations import supervisors
        from hypervisor.store import Database, idempotency

        with self._opening:
            self._database = self._database or Database(self._app_url, pool_size=2)
        at, digest = self._clock.now(), hashlib.sha256(body)
        layer_keys = None if holder.layers is None else frozenset(holder.layers)
        by = Principal(
            tenant=holder.tenant, account_id=None, name=f"token:{holder.name}", display_name=holder.name, role=None, permissions=SCOPES[holder.scope], layers=layer_keys
        )  # fmt: skip
        with self._database.unit_of_work(holder.tenant) as uow:
            if idempotency.given(uow, by.name, digest.hexdigest(), at) is not None:
                return
            parts = [messages[i : i + supervisors.MOST_MESSAGES] for i in range(0, len(messages), supervisors.MOST_MESSAGES)]
            answers = [supervisors.deliver(uow, layers.all_layers(), part, by, at) for part in parts]
            idempotency.remember(uow, by.name, digest.hexdigest(), digest.digest(), 204, {"alarms": sum(len(answer["alarms"]) for answer in answers)}, at)
