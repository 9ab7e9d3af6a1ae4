"""The hub: one per web process. One reader of Redis, one copy of the map per tenant, and the same bytes to every screen of a perimeter.

    intake     delta:* → mirror (dirty slots) · fact:* → groups at once · new layout → everything again
    flusher    8 times a second: what is dirty → sections, once per channel → frames, once per group
    heart      once a second and at each change of a dependency: hb
    figures    every 5 s: headlines

A screen gets hello, FULL, snapshot, then whatever happens. After Redis or PostgreSQL was away, everybody gets FULL and snapshot again.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from hypervisor import __version__
from hypervisor.clock import FileClock
from hypervisor.domain.operator import Principal
from hypervisor.ending import end
from hypervisor.errors import Unavailable
from hypervisor.feed import asking, encode
from hypervisor.feed.clients import Client, Group, Signature, Socket
from hypervisor.feed.intake import Intake
from hypervisor.feed.lasting import for_ever
from hypervisor.feed.mirror import Mirror
from hypervisor.feed.opening import counts, opening
from hypervisor.feed.snapshots import Snapshots
from hypervisor.feed.tenants import Tenant
from hypervisor.feed.vitals import Vitals
from hypervisor.hot.live import Live
from hypervisor.launcher import sentinel
from hypervisor.queries import headlines
from hypervisor.security import sessions, tokens
from hypervisor.store.vital import Vital

if TYPE_CHECKING:
    from hypervisor.bootstrap import Hypervisor

logger = logging.getLogger(__name__)

FLUSH_HZ = 8.0
HEARTBEAT_S = 1.0
REVALIDATE_S = 30.0
HEADLINES_S = 5.0
GATHER_S = 0.02
RETRY_S = 0.5
RESYNC_S = 1.0
OPENING_S = 5.0
ENDED, REFUSED, GOING_AWAY = 4401, 4403, 1001


class Hub:
    """The feed of a web process. `start` and `stop` frame its life; `serve` is one screen's."""

    def __init__(self, h: "Hypervisor", flush_hz: float = FLUSH_HZ) -> None:
        self._h = h
        self._flush_s = 1 / flush_hz
        self._tenants: dict[int, Tenant] = {}
        self._tasks: set[asyncio.Future[Any]] = set()
        self._database_was_down = False
        self._given_up: list[str] = []
        # A heartbeat waits for nothing that a frozen PostgreSQL holds: the loop's own threads draw tiles and read snapshots.
        self._beating = ThreadPoolExecutor(1, thread_name_prefix="beat")
        self.snapshots = Snapshots()

    async def start(self) -> None:
        """Connects and begins to read. Nothing needs to be up yet."""
        self._live = Live(self._h.addresses.redis)
        self._vitals = Vitals(Vital(self._h.addresses.database.app), self._live, self._dependency_changed)
        self._vitals.start(lambda: list(self._tenants))
        intake = Intake(self._h, self._live, self._tenants, self._on_layout, self._refresh_all, self._on_facts)
        for part in (intake.run, self._flush, self._beat, self._figure, self._hear_revocations):
            self._spawn(for_ever(part))

    async def stop(self) -> None:
        """Tells the screens that the server goes away, and lets go of everything."""
        await end(self._tasks)
        await self._vitals.stop()
        self._beating.shutdown(wait=False, cancel_futures=True)
        await asyncio.gather(*(_close(client, GOING_AWAY) for client in self._clients()))
        await self._live.close()

    async def serve(
        self,
        socket: Socket,
        principal: Principal,
        revalidate: Callable[[], Awaitable[bool]],
        receive: Callable[[], Awaitable[str]],
        since: int = 0,
        gathers: bool = False,
    ) -> None:
        """One accepted socket until it closes.

        receive gives its next text message and raises when it is gone; revalidate says whether the session still stands; since is the last fact that the screen saw;
        gathers: whether it takes facts that come together as one message.
        """
        tenant = self._tenants.setdefault(principal.tenant, Tenant(principal.tenant))
        client = Client(socket, principal, revalidate, since, gathers)
        if tenant.mirror is None:
            tenant.unplaced.add(client)
            client.put(self._heartbeat(tenant, None))
        else:
            self._welcome(tenant, client)
        tasks = [
            asyncio.create_task(client.send_for_ever(lambda each: self._restart(tenant, each))),
            asyncio.create_task(self._listen(tenant, client, receive)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tenant.remove(client)
            await end(tasks)

    async def map(self, tenant_id: int) -> Mirror:
        """The tenant's map, opened when no screen has asked for it yet. Raises Unavailable when it cannot be read within 5 s."""
        tenant = self._tenants.setdefault(tenant_id, Tenant(tenant_id))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(tenant.opened.wait(), OPENING_S)
        return tenant.map

    async def state_frame(self, principal: Principal) -> bytes:
        """One FULL frame of a principal's perimeter."""
        mirror = await self.map(principal.tenant)
        return Group(Signature.of(principal, mirror.layout.perimeter(principal))).full(mirror, self._h.clock.epoch_ms())

    def clients(self) -> int:
        """How many screens are connected, for /metrics."""
        return len(self._clients())

    # Screens -----------------------------------------------------------------------------------------------------------

    def _welcome(self, tenant: Tenant, client: Client) -> None:
        group = tenant.place(client)
        client.put(self._hello(tenant, group))
        self._refresh(tenant, group, client)

    def _refresh(self, tenant: Tenant, group: Group, client: Client) -> None:
        """FULL at once, a snapshot as soon as it is read."""
        if group.signature.channels:
            client.put(group.full(tenant.map, self._h.clock.epoch_ms()))
        client.put(self._heartbeat(tenant, group))
        self._ask_snapshot(tenant, group, client)

    def _refresh_all(self, tenant: Tenant) -> None:
        for group in tenant.groups.values():
            for client in group.clients:
                self._refresh(tenant, group, client)

    def _restart(self, tenant: Tenant, client: Client) -> None:
        group = tenant.group_of(client)
        if group is not None:
            logger.info("a screen of %s had stopped reading and starts anew", client.principal.name)
            self._refresh(tenant, group, client)

    async def _listen(self, tenant: Tenant, client: Client, receive: Callable[[], Awaitable[str]]) -> None:
        asked_at = 0.0
        while True:
            asked = asking.read(await receive())
            group = tenant.group_of(client)
            if asked is None or group is None:
                continue
            if asked.channels and asking.elsewhere(tenant.map.layout, client.principal, asked.channels):
                return await _close(client, REFUSED)
            if asked.t != "resync" or time.monotonic() - asked_at < RESYNC_S:
                continue
            asked_at = time.monotonic()
            client.seq = min(client.seq, asked.since) if asked.since else client.seq
            self._refresh(tenant, group, client)

    def _hello(self, tenant: Tenant, group: Group) -> str:
        layout, signature = tenant.map.layout, group.signature
        fields = {
            "protocol": encode.PROTOCOL,
            "version": __version__,
            "layout": layout.version,
            "channels": list(signature.channels),
            "assets": sum(layout.channels[number].size for number in signature.channels),
            "layers": layout.dictionary([layer.key for layer in layout.layers if signature.sees_layer(layer.key)]),
            "now": self._h.clock.epoch_ms(),
            "clock": self._shift(),
        }
        return encode.message("hello", **fields)

    # Snapshots ---------------------------------------------------------------------------------------------------------

    def _ask_snapshot(self, tenant: Tenant, group: Group, client: Client) -> None:
        """A snapshot for the client. Those who ask together share one reading that begins after all of them asked, so that no fact falls between."""
        client.held = []
        group.waiting.add(client)
        if group.reading is None or group.reading.done():
            group.reading = self._spawn(self._read_snapshots(tenant, group))

    async def _read_snapshots(self, tenant: Tenant, group: Group) -> None:
        while group.waiting:
            await asyncio.sleep(GATHER_S)
            waiting, group.waiting = group.waiting, set()
            try:
                found = await asyncio.to_thread(opening, self._h.database, group.signature, {client.seq for client in waiting})
            except Unavailable:
                group.waiting |= waiting & group.clients
                await asyncio.sleep(RETRY_S)
                continue
            group.open_told = found.total
            tenant.seq = max(tenant.seq, found.seq)
            shown = tenant.headlines(group.signature)
            # Who asked again meanwhile gets the reading that follows: a second snapshot would wipe out the facts sent since this one.
            for client in (waiting & group.clients) - group.waiting:
                client.put_snapshot(found.message(client.seq, shown), found.seq)

    # What the intake brings --------------------------------------------------------------------------------------------

    def _on_layout(self, tenant: Tenant) -> None:
        self.snapshots.warm(tenant.map.layout)
        newcomers = set(tenant.unplaced)
        for client in tenant.empty():
            if client not in newcomers:
                client.put(encode.message("layout", layout=tenant.map.layout.version))
            self._welcome(tenant, client)

    def _on_facts(self, tenant: Tenant, relayed: Sequence[Mapping[bytes, bytes]]) -> None:
        told: dict[Group, list[tuple[str, int]]] = {}
        for fields in relayed:
            kind, seq, body = fields[b"k"].decode(), int(fields[b"i"]), fields[b"b"]
            tenant.seq = max(tenant.seq, seq)
            if kind == "layout":
                tenant.wants_layout = True
            elif kind == "session":
                self._end_session(tenant, str(msgspec.json.decode(body)["session_id"]))
            else:
                layer, commune = fields.get(b"l", b"").decode() or None, fields.get(b"c", b"").decode()
                payload = encode.fact(kind, seq, body)
                for group in tenant.groups.values():
                    if group.signature.may_see(kind, layer, int(commune) if commune else None):
                        told.setdefault(group, []).append((payload, seq))
                        group.open_told += kind == "alarm"
        for group, facts in told.items():
            group.put_facts(facts)

    def _end_session(self, tenant: Tenant, session_id: str) -> None:
        sessions.forget(session_id)
        for client in tenant.clients():
            if client.principal.session_id == session_id:
                self._spawn(_close(client, ENDED))

    async def _hear_revocations(self) -> None:
        await self._live.hear_revocations(self._look_up_again)

    def _look_up_again(self) -> None:
        sessions.look_up_again()
        tokens.look_up_again()
        for client in self._clients():
            # A person's or a wall's socket is closed by its own fact.
            if client.principal.role is None:
                self._spawn(self._revalidate(client))

    # Clockwork ---------------------------------------------------------------------------------------------------------

    async def _flush(self) -> None:
        due = time.monotonic()
        while True:
            due = max(due + self._flush_s, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            for tenant in self._tenants.values():
                if tenant.mirror is None:
                    continue
                sections, oldest_ms = tenant.mirror.take()
                if sections:
                    now = self._h.clock.epoch_ms()
                    for group in tenant.groups.values():
                        group.put_delta(sections, tenant.mirror.layout.version, now, oldest_ms)

    async def _beat(self) -> None:
        loop, revalidated_at = asyncio.get_running_loop(), time.monotonic()
        while True:
            self._given_up = await loop.run_in_executor(self._beating, sentinel.given_up, self._h.settings.data_dir, time.time())
            self._beat_all()
            if time.monotonic() - revalidated_at >= REVALIDATE_S:
                revalidated_at = time.monotonic()
                for client in self._clients():
                    self._spawn(self._revalidate(client))
            await asyncio.sleep(HEARTBEAT_S)

    def _beat_all(self) -> None:
        for tenant in self._tenants.values():
            for client in tenant.unplaced:
                client.put(self._heartbeat(tenant, None))
            for group in tenant.groups.values():
                group.put(self._heartbeat(tenant, group))

    def _heartbeat(self, tenant: Tenant, group: Group | None) -> str:
        silent = tenant.map.silent(group.signature.communes) if group else {}
        fields = {
            "now": self._h.clock.epoch_ms(),
            "last_ingest": self._vitals.pulse(tenant.id).get("last_ingest") or None,
            "seq": tenant.seq,
            "map_seq": group.map_seq if group else 0,
            "deps": self._vitals.deps(tenant.id),
            "sources": [
                {"layer": layer, "fresh": not is_silent, "since": _iso(tenant.newest_ms(group.signature, layer))}
                for layer, is_silent in silent.items()
                if group and group.signature.sees_layer(layer)
            ],
            "programs": self._given_up,
            "clock": self._shift(),
        }
        return encode.message("hb", **fields)

    def _dependency_changed(self) -> None:
        self._beat_all()
        for tenant in self._tenants.values():
            is_down = self._vitals.deps(tenant.id)["database"] == "down"
            if self._database_was_down and not is_down:
                logger.info("postgresql back: every screen of tenant %d gets a snapshot", tenant.id)
                self._refresh_all(tenant)
        self._database_was_down = self._vitals.is_down("database")

    async def _figure(self) -> None:
        while True:
            began = time.monotonic()
            for tenant in [tenant for tenant in self._tenants.values() if tenant.groups]:
                try:
                    await self._figure_one(tenant)
                except Unavailable:
                    continue  # The heartbeat says which dependency is down; the figures' own `as_of` says how old they are.
            # Never more than a tenth of the time: a million assets are counted less often.
            await asyncio.sleep(max(HEADLINES_S, 9 * (time.monotonic() - began)))

    async def _figure_one(self, tenant: Tenant) -> None:
        # None, all communes, is computed whoever looks: it keeps the history that the next to come will see.
        perimeters = {None, *(signature.communes for signature in tenant.groups)}
        tenant.figures = {communes: await asyncio.to_thread(headlines.compute, self._h, tenant.map, communes) for communes in perimeters}
        for group in list(tenant.groups.values()):
            group.put(encode.message("headlines", items=tenant.headlines(group.signature)))
            if group.is_capped:
                group.put(encode.message("counts", **await asyncio.to_thread(counts, self._h.database, group.signature)))

    # Small parts -------------------------------------------------------------------------------------------------------

    async def _revalidate(self, client: Client) -> None:
        try:
            stands = await client.revalidate()
        except Unavailable:
            return  # Nobody can be asked; nothing can be written either.
        if not stands:
            await _close(client, ENDED)

    def _spawn(self, work: Any) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _clients(self) -> list[Client]:
        return [client for tenant in self._tenants.values() for client in tenant.clients()]

    def _shift(self) -> dict[str, float]:
        clock = self._h.clock
        return clock.shift() if isinstance(clock, FileClock) else {"offset_s": 0.0, "speed": 1.0, "origin": 0.0}


async def _close(client: Client, code: int) -> None:
    with contextlib.suppress(RuntimeError):  # It was closed from the other side at the same moment.
        await client.socket.close(code)


def _iso(at_ms: float | None) -> str | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).isoformat().replace("+00:00", "Z")
