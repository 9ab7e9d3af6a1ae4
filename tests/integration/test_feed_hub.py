"""The hub on a real PostgreSQL and Valkey: what a screen gets, in which order, and within its rights."""

import asyncio
import json
import threading
from collections.abc import Iterator

import psycopg
import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.feed import hub as module
from hypervisor.feed.opening import opening
from hypervisor.hot import keys
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import audit
from hypervisor.store.snapshot import ALARMS
from tests import services
from tests.integration import desk, feed
from tests.integration.feed import Screen, hub_of, operator, watching

NEVER = 4 << 3


@pytest.fixture
def h(own_database_urls: DatabaseUrls, redis_url: str, tmp_path) -> Iterator[Hypervisor]:
    with feed.hypervisor_of(own_database_urls, redis_url, tmp_path) as built:
        yield built


@pytest.fixture
def urls(own_database_urls: DatabaseUrls) -> DatabaseUrls:
    return own_database_urls


def test_a_screen_gets_hello_then_the_map_then_the_lists(h, urls):
    alarm = feed.raise_alarm(urls, 1)

    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            kinds = [kind for kind in screen.order if kind not in ("hb", "DELTA")]
            assert kinds[:3] == ["hello", "FULL", "snapshot"]
            hello, snapshot = screen.of("hello")[0], screen.of("snapshot")[0]
            assert (hello["layout"], hello["assets"], hello["channels"]) == (1, 5, [0, 1, 2, 3])
            assert [found["id"] for found in snapshot["alarms"]] == [alarm]
            assert snapshot["counts"] == {"major": {"unacknowledged": 1}}
            assert (snapshot["total"], snapshot["missed"]) == (1, 0)

    asyncio.run(scene())


def test_screens_that_were_told_more_alarms_than_they_hold_are_told_the_exact_counts(h, urls):
    feed.raise_alarm(urls, 1)

    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            tenant = hub._tenants[1]
            for number in range(ALARMS):
                assert not any(group.is_capped for group in tenant.groups.values())
                hub._on_facts(tenant, [{b"k": b"alarm", b"i": str(1000 + number).encode(), b"b": b"{}", b"l": b"lighting", b"c": b"1"}])
                await asyncio.sleep(0)
            await screen.until(lambda: screen.of("counts"), "counts")
            assert screen.of("counts")[-1]["counts"] == {"major": {"unacknowledged": 1}}

    asyncio.run(scene())


def test_the_map_of_a_screen_converges_to_what_redis_holds(h):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            for appearance in range(1, 8):
                feed.look(h.redis, "lighting", 2, appearance)
            held: dict[int, dict[int, int]] = {}

            def converged() -> bool:
                for _kind, _seq, sections in screen.frames:
                    for channel, looks in sections.items():
                        held.setdefault(channel, {}).update(looks)
                return held.get(1) == {0: 7} and held.get(0) == {0: 0, 1: 0}  # slot 2 of lighting is slot 0 of its channel in commune 2

            await screen.until(converged, "the new look")
            numbers = [seq for kind, seq, _sections in screen.frames if kind == 1]
            assert numbers == list(range(1, len(numbers) + 1))

    asyncio.run(scene())


def test_a_fact_reaches_at_once_those_who_may_see_it_and_nobody_else(h, urls):
    async def scene():
        async with (
            hub_of(h) as hub,
            watching(hub, Screen(operator())) as everyone,
            watching(hub, Screen(operator(name="eau", layers=frozenset({"water"})))) as water,
            watching(hub, Screen(operator(name="deux", communes=frozenset({2})))) as second,
        ):
            alarm = feed.raise_alarm(urls, 11, layer="water")
            feed.relay(urls, h.redis)
            await everyone.until(lambda: everyone.of("alarm"), "the alarm")
            await water.until(lambda: water.of("alarm"), "the alarm")
            assert everyone.of("alarm")[0]["body"]["id"] == alarm
            last = feed.raise_alarm(urls, 12, layer="water")
            feed.relay(urls, h.redis)
            await second.until(lambda: second.of("alarm"), "the alarm of its commune")
            assert [message["body"]["id"] for message in second.of("alarm")] == [last]
            assert water.of("hello")[0]["channels"] == [2, 3]
            assert {layer["key"] for layer in water.of("hello")[0]["layers"]} == {"water"}
            assert {source["layer"] for source in water.of("hb")[-1]["sources"]} == {"water"}

    asyncio.run(scene())


def test_facts_relayed_together_reach_a_screen_that_gathers_as_one_message_and_the_others_one_by_one(h, urls):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator(), gathers=True)) as gathering, watching(hub, Screen(operator())) as alone:
            raised = [feed.raise_alarm(urls, asset) for asset in (1, 2, 3)]
            feed.relay(urls, h.redis)
            await alone.until(lambda: len(alone.of("alarm")) == 3, "three alarms")
            await gathering.until(lambda: _facts(gathering) == _facts(alone), "the same facts")
            assert [body["id"] for kind, _seq, body in _facts(gathering) if kind == "alarm"] == raised
            assert len(gathering.of("facts")) < len(_facts(alone))
            assert all(message["seq"] == max(item["seq"] for item in message["items"]) for message in gathering.of("facts"))

    asyncio.run(scene())


def _facts(screen: Screen) -> list[tuple[str, int, dict]]:
    """What it was told, one by one."""
    messages = [item for message in screen.messages for item in message.get("items", [message])]
    return [(message["t"], message["seq"], message["body"]) for message in messages if "body" in message]


def test_a_screen_that_comes_back_is_told_how_much_it_missed(h, urls):
    async def scene():
        async with hub_of(h) as hub:
            async with watching(hub, Screen(operator())) as before:
                seen = before.of("snapshot")[0]["seq"]
            twice = feed.raise_alarm(urls, 1)
            with psycopg.connect(services.plain(urls.owner)) as connection:  # the same alarm changes again: it is still one
                connection.execute(
                    "INSERT INTO outbox (tenant, kind, layer, commune_id, body) SELECT 1, 'alarm', layer, commune_id, shape FROM alarm_shape WHERE id = %s",
                    (twice,),
                )
            feed.raise_alarm(urls, 11, layer="water")
            feed.relay(urls, h.redis)
            async with watching(hub, Screen(operator(), since=seen)) as after:
                assert after.of("snapshot")[0]["missed"] == 2
            async with watching(hub, Screen(operator(layers=frozenset({"water"})), since=seen)) as narrow:
                assert narrow.of("snapshot")[0]["missed"] == 1

    asyncio.run(scene())


def test_a_screen_may_ask_for_everything_again(h, urls):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            seen = screen.of("snapshot")[0]["seq"]
            feed.raise_alarm(urls, 1)
            feed.relay(urls, h.redis)
            await screen.until(lambda: screen.of("alarm"), "the alarm")
            screen.said.put_nowait("what?")
            screen.said.put_nowait(json.dumps({"t": "resync", "since": seen}))
            await screen.until(lambda: len(screen.of("snapshot")) == 2, "the second snapshot")
            assert screen.of("snapshot")[1]["missed"] == 1
            assert [kind for kind, _seq, _sections in screen.frames].count(2) == 2

    asyncio.run(scene())


def test_a_screen_that_names_a_channel_elsewhere_is_closed_and_one_of_its_own_changes_nothing(h, urls, monkeypatch):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator(layers=frozenset({"water"})))) as screen:
            screen.said.put_nowait(json.dumps({"t": "subscribe", "channels": ["water:2"]}))
            screen.said.put_nowait(json.dumps({"t": "subscribe", "channels": ["water:2", "lighting:1"]}))
            await screen.until(lambda: screen.closed, "the refusal")
            assert screen.closed == 4403
            feed.raise_alarm(urls, 1)
            feed.relay(urls, h.redis)
            assert screen.of("alarm") == []

    monkeypatch.setattr(audit, "_database", h.database)
    asyncio.run(scene())
    audit.wait()
    with psycopg.connect(services.plain(urls.owner)) as connection:
        assert connection.execute("SELECT object FROM audit WHERE outcome = 'refused'").fetchall() == [("channel:lighting:1",)]


def test_a_screen_that_asks_twice_keeps_the_fact_that_comes_during_the_second_reading(h, urls, monkeypatch):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            tenant = hub._tenants[1]
            group = next(iter(tenant.groups.values()))
            client = next(iter(group.clients))
            gates, read = [threading.Event(), threading.Event()], []

            def slowly(*args):
                found = opening(*args)
                read.append(found)
                gates[len(read) - 1].wait(5)
                return found

            monkeypatch.setattr(module, "opening", slowly)
            hub._ask_snapshot(tenant, group, client)
            await screen.until(lambda: len(read) == 1)
            hub._ask_snapshot(tenant, group, client)
            gates[0].set()
            await screen.until(lambda: len(read) == 2)
            # Committed after the second reading: it must come after the second snapshot, which does not hold it.
            feed.raise_alarm(urls, 1)
            feed.relay(urls, h.redis)
            seen = tenant.seq
            await screen.until(lambda: tenant.seq > seen)
            gates[1].set()
            await screen.until(lambda: group.reading.done() and screen.of("alarm"), "the alarm")
            told = [kind for kind in screen.order if kind in ("snapshot", "alarm")]
            assert told[-2:] == ["snapshot", "alarm"], told

    asyncio.run(scene())


def test_a_new_layout_brings_hello_and_the_whole_map_again(h, urls):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            desk.add_asset(urls, 4, "lighting", "luminaire")
            assert feed.arrange(urls) == 2
            h.redis.set(keys.snap(1, "lighting"), bytes(4))
            feed.relay(urls, h.redis)
            await screen.until(lambda: len(screen.of("hello")) == 2, "the second hello")
            assert [message["layout"] for message in (*screen.of("layout"), *screen.of("hello"))] == [2, 1, 2]
            assert screen.of("hello")[1]["assets"] == 6

    asyncio.run(scene())


def test_a_revoked_session_is_closed_at_once_and_others_stay(h, urls):
    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator(session_id="aa"))) as ended, watching(hub, Screen(operator(session_id="bb"))) as kept:
            with psycopg.connect(services.plain(urls.owner)) as connection:
                connection.execute("""INSERT INTO outbox (tenant, kind, body) VALUES (1, 'session', '{"session_id": "aa"}')""")
            feed.relay(urls, h.redis)
            await feed.until(lambda: ended.closed == 4401)
            assert kept.closed is None

    asyncio.run(scene())


def test_a_session_that_no_longer_stands_is_closed_at_the_next_check(h, monkeypatch):
    monkeypatch.setattr(module, "REVALIDATE_S", 0.0)

    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            assert screen.closed is None
            screen.stands = False
            await feed.until(lambda: screen.closed == 4401)

    asyncio.run(scene())


def test_a_wall_reads_no_logbook_and_an_official_no_map(h, urls):
    with psycopg.connect(services.plain(urls.owner)) as connection:
        line = [{"at": desk.NOW.isoformat(), "actor": "operateur", "actor_name": "Mme Petit", "kind": "observation", "text": "Ronde faite."}]
        connection.execute("SELECT logbook_append(1::smallint, %s::jsonb)", (json.dumps(line),))
    feed.raise_alarm(urls, 1)

    async def scene():
        async with (
            hub_of(h) as hub,
            watching(hub, Screen(operator())) as room,
            watching(hub, Screen(desk.principal(desk.Role.DISPLAY))) as wall,
            watching(hub, Screen(desk.principal(desk.Role.OFFICIAL))) as official,
        ):
            assert [line["text"] for line in room.of("snapshot")[0]["logbook"]] == ["Ronde faite."]
            assert wall.of("snapshot")[0]["logbook"] == []
            assert len(wall.of("snapshot")[0]["alarms"]) == 1
            assert official.of("hello")[0]["channels"] == []
            assert official.frames == []
            assert official.of("snapshot")[0]["alarms"] == []
            assert official.of("snapshot")[0]["total"] == 0

    asyncio.run(scene())


def test_the_figures_come_and_name_their_formula(h, urls, monkeypatch):
    monkeypatch.setattr(module, "HEADLINES_S", 0.1)
    feed.raise_alarm(urls, 1)
    with psycopg.connect(services.plain(urls.owner)) as connection:
        connection.execute("UPDATE alarm SET acknowledged = true, acknowledged_at = raised_at + interval '252 seconds'")

    async def scene():
        async with hub_of(h) as hub, watching(hub, Screen(operator())) as screen:
            await screen.until(lambda: screen.of("headlines"), "the figures")
            items = {item["key"]: item for item in screen.of("headlines")[-1]["items"]}
            assert items["acknowledgement"]["value"] == 252.0  # 4 min 12 s
            assert items["reachable"]["value"] == 100.0  # five assets heard, all fresh
            assert all(item["formula"] for item in items.values())

    asyncio.run(scene())


def test_figures_and_sources_are_those_of_the_communes_that_a_session_may_see(h, urls, monkeypatch):
    monkeypatch.setattr(module, "HEADLINES_S", 0.1)
    rows = {row.id: row for row in desk.rows(urls, "SELECT id, slot FROM asset WHERE layer = 'water'")}

    async def scene():
        one, two = (Screen(operator(communes=frozenset({commune}))) for commune in (1, 2))
        async with hub_of(h) as hub, watching(hub, one), watching(hub, two):
            # Valve 12, the only one of commune 2, goes silent.
            feed.look(h.redis, "water", rows[12].slot, 2 << 3)

            def said(screen):
                sources = {source["layer"]: source["fresh"] for source in screen.of("hb")[-1]["sources"]}
                figures = {item["key"]: item["value"] for item in (screen.of("headlines") or [{"items": []}])[-1]["items"]}
                return sources.get("water"), figures.get("reachable")

            await two.until(lambda: said(two) == (False, 50.0), "what commune 2 knows")
            await one.until(lambda: said(one) == (True, 100.0), "what commune 1 knows")

    asyncio.run(scene())
