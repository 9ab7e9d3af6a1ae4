"""The past looked at again: the map of each minute is what the wall showed then, the story holds every step, and nobody sees beyond their perimeter."""

import asyncio
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta

import pypdf
import pytest
import redis

from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import FixedClock
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden, InvalidRequest
from hypervisor.exports import dossier
from hypervisor.feed.hub import Hub
from hypervisor.feed.mirror import Mirror
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms, replay
from hypervisor.queries import replay as queries
from hypervisor.security.context import current_principal
from tests import ingest_world as world
from tests.ingest_world import NOON, observation, send, soon
from tests.integration import desk, feed
from tests.matterhorn import failures

MINUTE = timedelta(minutes=1)


@pytest.fixture
def h(own_database_urls: DatabaseUrls, redis_url: str, tmp_path) -> Iterator[Hypervisor]:
    world.settle(own_database_urls)
    built = feed.build(own_database_urls, redis_url, tmp_path / "var")
    object.__setattr__(built, "layers", world.LAYERS)
    object.__setattr__(built, "clock", FixedClock(NOON))
    yield built
    built.close()


@pytest.fixture
def chief() -> Iterator[None]:
    token = current_principal.set(desk.principal(Role.CHIEF))
    yield
    current_principal.reset(token)


def map_of(h: Hypervisor) -> Mirror:
    async def asked() -> Mirror:
        hub = Hub(h)
        await hub.start()
        try:
            return await hub.map(1)
        finally:
            await hub.stop()

    return asyncio.run(asked())


def played(body: bytes, slots: int = 20) -> list[bytes]:
    """The looks of the layer's slots at each minute of a chapter, as the page's worker would have them."""
    at, pieces = 0, []
    while at < len(body):
        size = int.from_bytes(body[at : at + 8], "little")
        pieces.append(body[at + 8 : at + 8 + size])
        at += 8 + size + -size % 8
    first, looks, minutes = {1: 0, 2: 0}, bytearray(slots), []
    offset = 0
    for frame in pieces[1:]:
        kind, _protocol, sections, _layout, _seq = struct.unpack_from("<BBHII", frame)
        at = 32
        for _ in range(sections):
            channel, _zero, count = struct.unpack_from("<HHI", frame, at)
            if kind == 2:
                first[channel], offset = offset, offset + count
            given = struct.unpack_from(f"<{count}I", frame, at + 8) if kind == 1 else range(count)
            body_at = at + 8 + (4 * count if kind == 1 else 0)
            for slot, look in zip(given, frame[body_at : body_at + count], strict=True):
                looks[first[channel] + slot] = look
            at += 8 + -(-(body_at - at - 8 + count) // 8) * 8
        minutes.append(bytes(looks))
    return minutes


def test_each_minute_of_the_past_is_what_the_wall_showed_then(h, own_database_urls, redis_url, chief):
    clock: FixedClock = h.clock
    shown: dict[datetime, bytes] = {}
    with redis.Redis.from_url(redis_url) as client, world.working(own_database_urls, redis_url, clock):
        soon(lambda: len(world.looks(client)) == 20)

        def minute(*said: tuple) -> None:
            """What comes in the middle of a minute; then the wall at its end, which the replay must say too."""
            clock.at += MINUTE / 2
            if said:
                send(client, *(observation(*one, at_ms=clock.epoch_ms()) for one in said))
                soon(lambda: world.nothing_waits(client))
            clock.at += MINUTE / 2
            mirror = map_of(h)
            soon(lambda: played(queries.chapter(h, mirror, clock.at, 0))[0] == world.looks(client))
            shown[clock.at] = world.looks(client)

        minute((1, 50), (2, 95), (3, 10), (3, 1, "lid"), (4, 5))
        minute()
        minute((3, 0, "lid"), (4, 99))
        # 2 is acknowledged by a person, then comes back to normal; 1 grows late after 15 min and stale after 30.
        clock.at += MINUTE / 2
        with h.database.unit_of_work(1) as uow:
            alarms.acknowledge(uow, 1, desk.principal(Role.OPERATOR), clock.now(), "")
        clock.at += MINUTE / 2
        minute()
        minute((2, 20))
        clock.at += timedelta(minutes=11)
        minute()
        clock.at += timedelta(minutes=16)
        minute((2, 30))
        mirror = map_of(h)
    assert len(set(shown.values())) >= 6, "the wall changed at almost every minute that was noted"
    first = min(shown)
    later = played(queries.chapter(h, mirror, first, 30))
    for at, wall in shown.items():
        if at <= first + 30 * MINUTE:
            assert later[(at - first) // MINUTE] == wall, at - first


def test_the_story_says_who_knew_what_when(h, own_database_urls, chief):
    desk.add_asset(own_database_urls, 101)
    alarm_id = desk.add_alarm(own_database_urls, 101)
    desk.rows(
        own_database_urls,
        "INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, from_state, to_state) "
        "VALUES (1, :id, :at, 'rule', 'Moteur', 'raise', 'normal', 'unacknowledged') RETURNING id",
        id=alarm_id,
        at=desk.NOW.replace(minute=4),
    )
    with h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, desk.principal(Role.OPERATOR), desk.NOW, "vu")
    object.__setattr__(h, "clock", FixedClock(desk.NOW + 10 * MINUTE))
    with h.database.unit_of_work(1) as uow:
        replay.note(uow, desk.NOW, "lesson", "Appeler plus tôt", desk.principal(Role.CHIEF), h.clock.now())
        told = queries.story(h, uow, desk.NOW - 5 * MINUTE, desk.NOW + 5 * MINUTE, h.clock.now())
    assert [(step["action"], step["state"], step["actor_name"]) for step in told["alarms"][0]["steps"]] == [
        ("raise", "unacknowledged", "Moteur"),
        ("acknowledge", "acknowledged", "Mme Operator"),
    ]
    assert [(tone["code"], tone["alarm_id"], tone["at"][:19]) for tone in told["tones"]] == [("S2", alarm_id, "2026-02-11T17:04:02")]
    assert [line["alarm_id"] for line in told["logbook"]] == [alarm_id]
    assert [(note["kind"], note["text"], note["author_name"]) for note in told["notes"]] == [("lesson", "Appeler plus tôt", "Mme Chief")]
    assert told["earliest"] is not None and not told["is_cut"]
    # Before it was raised, and after the period, there is nothing of it.
    with h.database.unit_of_work(1) as uow:
        assert queries.story(h, uow, desk.NOW - 30 * MINUTE, desk.NOW - 20 * MINUTE, h.clock.now())["alarms"] == []


@pytest.mark.parametrize(("since", "until"), [(0, 0), (5, 1), (-3000, 0), (20, 30)])
def test_a_period_that_is_empty_too_long_or_to_come_is_refused(h, chief, since, until):
    with h.database.unit_of_work(1) as uow, pytest.raises(InvalidRequest):
        queries.story(h, uow, NOON + since * MINUTE, NOON + until * MINUTE, NOON)


def test_another_domain_another_commune_and_another_tenant_see_nothing_of_it(h, own_database_urls):
    desk.add_asset(own_database_urls, 101)
    alarm_id = desk.add_alarm(own_database_urls, 101)
    desk.rows(
        own_database_urls,
        "INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, to_state) VALUES (1, :id, :at, 'r', 'R', 'raise', 'unacknowledged') RETURNING id",
        id=alarm_id,
        at=desk.NOW.replace(minute=4),
    )
    later = desk.NOW + 10 * MINUTE
    for who, tenant in (
        (desk.principal(Role.CHIEF, layers=frozenset({"water"})), 1),
        (desk.principal(Role.CHIEF, communes=frozenset({7})), 1),
        (desk.principal(Role.CHIEF, tenant=2), 2),
    ):
        token = current_principal.set(who)
        with h.database.unit_of_work(tenant) as uow:
            told = queries.story(h, uow, desk.NOW - 5 * MINUTE, desk.NOW + 5 * MINUTE, later)
        current_principal.reset(token)
        assert told["alarms"] == told["tones"] == []


def test_a_display_an_agent_and_an_official_do_not_look_back(h):
    for role in (Role.DISPLAY, Role.AGENT, Role.OFFICIAL):
        token = current_principal.set(desk.principal(role))
        with h.database.unit_of_work(1) as uow, pytest.raises(Forbidden):
            queries.story(h, uow, NOON - MINUTE, NOON, NOON)
        with h.database.unit_of_work(1) as uow, pytest.raises(Forbidden):
            replay.note(uow, NOON, "bookmark", "", desk.principal(role), NOON)
        current_principal.reset(token)


def test_the_incident_file_opens_is_tagged_names_nobody_and_its_digests_hold(h, own_database_urls, chief):
    desk.add_asset(own_database_urls, 101, name="=1+1")
    alarm_id = desk.add_alarm(own_database_urls, 101)
    with h.database.unit_of_work(1) as uow:
        alarms.acknowledge(uow, alarm_id, desk.principal(Role.OPERATOR), desk.NOW, "vu par Mme Operator")
        replay.note(uow, desk.NOW - MINUTE, "lesson", "Prévenir Mme Operator plus tôt", desk.principal(Role.CHIEF), desk.NOW)
    now = desk.NOW + 5 * MINUTE
    packed = zipfile.ZipFile(io.BytesIO(replay.export(h, desk.NOW - 5 * MINUTE, now, desk.principal(Role.CHIEF), now)))
    files = {name: packed.read(name) for name in packed.namelist()}
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    assert failures(files["dossier.pdf"]) == []
    assert pypdf.PdfReader(io.BytesIO(files["dossier.pdf"])).trailer["/Root"]["/Lang"] == "fr"
    said = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files["dossier.pdf"])).pages)
    assert "Armoire hors tension" in said
    assert "plus tôt" in said
    assert "Operator" not in said
    for name in ("transitions.csv", "main-courante.csv", "enseignements.csv", "alarmes.geojson"):
        assert b"Operator" not in files[name], name
    assert files["alarmes.csv"].startswith(b"\xef\xbb\xbfid;priority;")
    assert b"'=1+1" in files["alarmes.csv"], "a cell never begins a formula"
    assert json.loads(files["alarmes.geojson"])["features"][0]["geometry"]["coordinates"] == [5.0, 47.0]
    assert desk.rows(own_database_urls, "SELECT outcome, detail ->> 'complete' FROM audit WHERE action = 'operator:replay:export'") == [("done", "false")]


def test_a_file_is_laid_out_while_nothing_of_the_database_is_held(h, chief, monkeypatch):
    # PostgreSQL ends a transaction that idles for 30 s; a PDF may wait for its turn four times as long (docs/limits.md).
    held = []
    monkeypatch.setattr(dossier, "archive", lambda *_given, **_named: held.append(h.database._engine.pool.checkedout()) or b"")
    replay.export(h, NOON - MINUTE, NOON, desk.principal(Role.CHIEF), NOON)
    assert held == [0]


def test_a_note_is_added_to_and_never_rewritten_by_the_application(h, own_database_urls, chief):
    with h.database.unit_of_work(1) as uow:
        replay.note(uow, NOON, "bookmark", "", desk.principal(Role.CHIEF), NOON)
    for statement in ("UPDATE replay_note SET text = 'x'", "DELETE FROM replay_note"):
        with pytest.raises(Exception, match="permission denied"), h.database.unit_of_work(1) as uow:
            desk.run(uow, statement)
