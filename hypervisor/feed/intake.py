"""Reads Redis for the hub: deltas into the mirrors, facts to the hub, the whole present at first and after an absence."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hypervisor.errors import Unavailable
from hypervisor.feed.channels import arrange
from hypervisor.feed.mirror import Mirror
from hypervisor.feed.tenants import Tenant
from hypervisor.hot import keys
from hypervisor.hot.live import Entry, Live
from hypervisor.store import layout as layouts

if TYPE_CHECKING:
    from hypervisor.bootstrap import Hypervisor

logger = logging.getLogger(__name__)

RECONCILE_S = 10.0
RETRY_S = 0.5
IDLE_S = 0.05
TRIMMED_S = 5.0
"""A reader held up longer than this may find its streams trimmed behind it: it reads the whole present again."""


class Intake:
    """The one reader of Redis of a web process.

    on_layout: a tenant has a new map. on_return: Redis was away and its present was read again. on_facts: fields of the facts that were relayed together.
    """

    def __init__(
        self,
        h: "Hypervisor",
        live: Live,
        tenants: Mapping[int, Tenant],
        on_layout: Callable[[Tenant], None],
        on_return: Callable[[Tenant], None],
        on_facts: Callable[[Tenant, Sequence[Mapping[bytes, bytes]]], None],
    ) -> None:
        self._h, self._live, self._tenants = h, live, tenants
        self._on_layout, self._on_return, self._on_facts = on_layout, on_return, on_facts

    async def run(self) -> None:
        """Reads for ever. What Redis or PostgreSQL cannot give now is asked again half a second later."""
        was_down, read_at = False, time.monotonic()
        while True:
            for tenant in [tenant for tenant in self._tenants.values() if tenant.wants_layout]:
                await self._read_layout(tenant)
            opened = [tenant for tenant in self._tenants.values() if tenant.mirror is not None]
            try:
                for tenant in opened:
                    await self._read_present(tenant, was_down or time.monotonic() - read_at > TRIMMED_S)
                was_down, read_at = False, time.monotonic()
                await self._read_streams(opened)
            except Unavailable:
                if not was_down:
                    logger.warning("redis lost: screens are told, the map waits")
                was_down = True
                await asyncio.sleep(RETRY_S)

    async def _read_layout(self, tenant: Tenant) -> None:
        try:
            rows = await asyncio.to_thread(self._rows, tenant.id)
        except Unavailable:
            await asyncio.sleep(RETRY_S)
            return
        # A second of processor for a million assets: heartbeats go on meanwhile.
        layout = await asyncio.to_thread(arrange, tenant.id, rows.version, self._h.layers, rows.channels, rows.assets)
        tenant.mirror = Mirror(layout)
        tenant.wants_layout, tenant.wants_present = False, True
        # Facts go on where they were, or begin before the first snapshot is read; the streams of deltas begin with the present that is read next.
        facts = keys.facts(tenant.id)
        tenant.cursors = {facts: tenant.cursors[facts]} if facts in tenant.cursors else await self._first_facts(facts)
        logger.info("layout %d of tenant %d read: %d channels", layout.version, tenant.id, len(layout.channels))
        self._on_layout(tenant)

    async def _first_facts(self, stream: str) -> dict[str, str]:
        try:
            return {stream: await self._live.last_id(stream)}
        except Unavailable:
            return {}  # Screens open all the same; they get everything anew when Redis is there (`_read_present`).

    def _rows(self, tenant: int) -> layouts.Rows:
        with self._h.database.unit_of_work(tenant) as uow:
            return layouts.load(uow)

    async def _read_present(self, tenant: Tenant, is_lost: bool) -> None:
        """Brings the mirror to what Redis holds: at first, after an absence, and every 10 s in case something was missed.

        Positions in the streams are taken before the bytes: what comes between is applied twice, which is harmless, and never missed.
        """
        mirror, facts = tenant.map, keys.facts(tenant.id)
        is_lost = is_lost or facts not in tenant.cursors
        is_anew = tenant.wants_present or is_lost
        if not is_anew and time.monotonic() - tenant.reconciled_at < RECONCILE_S:
            return
        layers = list(mirror.layout.columns)
        if is_anew:
            for stream in (keys.delta(tenant.id, layer) for layer in layers):
                tenant.cursors[stream] = await self._live.last_id(stream)
            if facts not in tenant.cursors:
                tenant.cursors[facts] = await self._live.last_id(facts)
        for layer in layers:
            mirror.reconcile(layer, await self._live.snap(tenant.id, layer))
        tenant.reconciled_at, tenant.wants_present = time.monotonic(), False
        tenant.opened.set()
        if is_lost:
            logger.info("redis back: every screen of tenant %d gets everything anew", tenant.id)
            self._on_return(tenant)

    async def _read_streams(self, opened: list[Tenant]) -> None:
        owner = {stream: tenant for tenant in opened for stream in tenant.cursors}
        if not owner:
            await asyncio.sleep(IDLE_S)
            return
        found = await self._live.read({stream: tenant.cursors[stream] for stream, tenant in owner.items()})
        for stream, entries in found.items():
            self._take(owner[stream], stream, entries)

    def _take(self, tenant: Tenant, stream: str, entries: list[Entry]) -> None:
        mirror = tenant.map
        tenant.cursors[stream] = entries[-1][0]
        if stream == keys.facts(tenant.id):
            self._on_facts(tenant, [fields for _id, fields in entries])
            return
        layer = next(layer for layer in mirror.layout.columns if keys.delta(tenant.id, layer) == stream)
        for _id, fields in entries:
            mirror.apply(layer, fields[b"d"], float(fields.get(b"o", 0)))
