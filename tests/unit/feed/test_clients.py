"""A screen gets what it may see, in an order that never takes it back in time, and one that does not read costs a bounded memory."""

import asyncio
import contextlib
import json

import pytest

from hypervisor.domain.operator import Role
from hypervisor.feed import clients, encode
from hypervisor.feed.clients import Client, Group, Signature
from hypervisor.feed.mirror import Mirror
from tests.unit.feed import world


class Socket:
    """Keeps what it is given; `gate` closed, it does not read."""

    def __init__(self) -> None:
        self.sent: list[str | bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send_text(self, data: str) -> None:
        await self.gate.wait()
        self.sent.append(data)

    send_bytes = send_text

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self.sent.append(f"closed {code}")


async def true() -> bool:
    return True


@contextlib.asynccontextmanager
async def connected(restart=lambda client: None):
    socket = Socket()
    client = Client(socket, world.principal(), true)
    task = asyncio.create_task(client.send_for_ever(restart))
    yield socket, client
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def quiet() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_messages_leave_in_order_and_the_highest_fact_sent_is_remembered():
    async def scene():
        async with connected() as (socket, client):
            client.put("a")
            client.put_fact("b", 12)
            client.put_fact("c", 11)
            await quiet()
            assert socket.sent == ["a", "b", "c"]
            assert client.seq == 12

    asyncio.run(scene())


def test_facts_that_come_while_a_snapshot_is_read_follow_it():
    async def scene():
        async with connected() as (socket, client):
            client.held = []
            client.put_fact("newer fact", 5)
            client.put("heartbeat")
            await quiet()
            client.put_snapshot("snapshot", 4)
            client.put_fact("last", 6)
            await quiet()
            assert socket.sent == ["heartbeat", "snapshot", "newer fact", "last"]

    asyncio.run(scene())


def test_facts_that_come_together_are_one_message_for_the_screens_that_ask_so_and_many_for_the_others():
    first, second = encode.fact("alarm", 8, b'{"id":1}'), encode.fact("logbook", 7, b'{"seq":3}')
    group = Group(signature())

    async def scene():
        alone, gathering = Client(Socket(), world.principal(), true), [Client(Socket(), world.principal(), true, gathers=True) for _ in range(2)]
        group.clients |= {alone, *gathering}
        group.put_facts([(first, 8), (second, 7)])
        group.put_facts([(first, 9)])
        assert [(payload, seq) for payload, seq, _at in alone._queue] == [(first, 8), (second, 7), (first, 9)]
        one, other = (client._queue for client in gathering)
        assert json.loads(one[0][0]) == {"t": "facts", "seq": 8, "items": [json.loads(first), json.loads(second)]}
        assert one[0][0].startswith('{"t":"facts","seq":8,'), "the page's worker (link.js) knows them by these first letters, without reading the rest"
        assert [seq for _payload, seq, _at in one] == [8, 9]
        assert one[1][0] == first  # alone, a fact stays itself
        assert one[0][0] is other[0][0]  # encoded once

    asyncio.run(scene())


@pytest.mark.parametrize("payload", ["x", "x" * 100_000])
def test_a_screen_that_stops_reading_is_bounded_then_starts_anew(payload):
    async def scene():
        restarted = []
        async with connected(restarted.append) as (socket, client):
            socket.gate.clear()
            for seq in range(3 * clients.QUEUE_MESSAGES):
                client.put_fact(payload, seq)
                assert len(client._queue) <= clients.QUEUE_MESSAGES
                assert client._bytes <= clients.QUEUE_BYTES
                await asyncio.sleep(0)
            assert client.is_slow
            assert len(client._queue) == 0
            assert restarted == []
            socket.gate.set()
            await quiet()
            assert restarted == [client]
            assert len(socket.sent) <= 1
            client.put("again")
            await quiet()
            assert socket.sent[-1] == "again"

    asyncio.run(scene())


def signature(**changes: object) -> Signature:
    who = world.principal(**changes)
    return Signature.of(who, world.layout().perimeter(who))


def test_a_perimeter_is_the_channels_of_the_layers_and_communes():
    assert signature().channels == (0, 1, 2, 3, 4)
    assert signature(layers=frozenset({"water"})).channels == (3, 4)
    assert signature(communes=frozenset({1, 3})).channels == (0, 2, 3, 4)
    assert signature(layers=frozenset({"light"}), communes=frozenset({2})).channels == (1,)
    assert signature(role=Role.OFFICIAL, permissions=frozenset({"indicator:read"})).channels == ()


@pytest.mark.parametrize(
    ("changes", "kind", "layer", "commune", "seen"),
    [
        ({}, "alarm", "light", 1, True),
        ({"layers": frozenset({"water"})}, "alarm", "light", 1, False),
        ({"layers": frozenset({"water"})}, "alarm", "water", 1, True),
        ({"communes": frozenset({2})}, "event", "light", 1, False),
        ({"communes": frozenset({2})}, "event", "light", 2, True),
        ({"layers": frozenset({"water"})}, "logbook", None, None, True),
        ({"role": Role.DISPLAY, "permissions": frozenset({"alarm:read"})}, "logbook", None, None, False),
        ({"role": Role.DISPLAY, "permissions": frozenset({"alarm:read"})}, "event", "light", 1, False),
        ({}, "account", "light", 1, False),
    ],
)
def test_a_fact_reaches_only_who_may_read_it(changes, kind, layer, commune, seen):
    assert signature(**changes).may_see(kind, layer, commune) is seen


def test_sessions_of_the_same_rights_share_the_same_bytes():
    mirror = Mirror(world.layout())
    group = Group(signature(layers=frozenset({"water"})))

    async def scene():
        group.clients |= {Client(Socket(), world.principal(), true) for _ in range(3)}
        mirror.apply("water", bytes([0, 0, 0, 0, 9]))
        mirror.apply("light", bytes([0, 0, 0, 0, 9]))
        group.put_delta(mirror.take()[0], 7, 1.0, 0.0)
        payloads = [client._queue[0][0] for client in group.clients]
        assert len({id(payload) for payload in payloads}) == 1
        assert payloads[0][2] == 1  # the light section stayed out
        mirror.apply("light", bytes([0, 0, 0, 0, 8]))
        group.put_delta(mirror.take()[0], 7, 2.0, 0.0)
        assert group.map_seq == 1  # nothing of theirs changed: no frame, no number

    asyncio.run(scene())
