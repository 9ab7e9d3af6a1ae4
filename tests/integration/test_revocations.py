"""A session or a token that another process revoked opens nothing any more, although this one remembers it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hypervisor.clock import FixedClock
from hypervisor.hot.client import connect_async
from hypervisor.hot.stream import Intake
from hypervisor.hot.wire import Wire
from hypervisor.ingest import server
from hypervisor.ingest import tokens as door
from hypervisor.ingest.supervision import Supervision
from hypervisor.security import accounts, sessions, tokens
from hypervisor.store import sessions as rows
from hypervisor.store.accounts import by_username
from hypervisor.store.engine import Engine
from tests.integration import desk, feed

HOUR_S = 3600.0


@pytest.fixture
def h(database_urls, redis_url, tmp_path, monkeypatch):
    # Remembered for an hour: only the revocation itself can make them forgotten during the test.
    for module in (sessions, tokens, door):
        monkeypatch.setattr(module, "REMEMBERED_S", HOUR_S)
    built = feed.build(database_urls, redis_url, tmp_path)
    yield built
    built.close()


def made(urls, name):
    with desk.as_owner(urls) as uow:
        return tokens.add_token(uow, name, "ingest", datetime.now(UTC))


def revoked_elsewhere(urls, h, name):
    desk.rows(urls, "UPDATE api_token SET revoked_at = now() WHERE name = :name RETURNING id", name=name)
    desk.rows(urls, "INSERT INTO outbox (tenant, kind, body) VALUES (1, 'token', '{}') RETURNING id")
    feed.relay(urls, h.redis)


async def ended(holder):
    while True:
        if await asyncio.to_thread(holder) is None:
            return
        await asyncio.sleep(0.05)


def test_a_token_revoked_elsewhere_opens_the_web_process_no_more_and_its_socket_closes(h, database_urls):
    secret = made(database_urls, "ailleurs")

    def holder():
        return tokens.by_token(h.database, secret, datetime.now(UTC))

    async def scene():
        program = replace(feed.operator(), role=None)
        async with feed.hub_of(h) as hub, feed.watching(hub, feed.Screen(program)) as screen, feed.watching(hub, feed.Screen(feed.operator())) as person:
            assert await asyncio.to_thread(holder) is not None
            screen.stands = person.stands = False
            await asyncio.to_thread(revoked_elsewhere, database_urls, h, "ailleurs")
            await ended(holder)
            await feed.until(lambda: screen.closed == 4401)
            assert person.closed is None

    asyncio.run(asyncio.wait_for(scene(), 60))


@pytest.mark.parametrize("ending", ["revoked", "renewed"])
def test_a_token_that_ended_elsewhere_opens_the_door_no_more(h, database_urls, redis_url, ending):
    secret = made(database_urls, ending)
    digest = door.digest_of(f"Bearer {secret}")

    def end():
        if ending == "revoked":
            revoked_elsewhere(database_urls, h, ending)
        else:
            made(database_urls, ending)
            feed.relay(database_urls, h.redis)

    async def scene():
        client, engine = connect_async(redis_url), Engine(database_urls.worker, "door")
        admission = door.Tokens(engine, FixedClock(desk.NOW))
        wire, clock = Wire(redis_url), FixedClock(desk.NOW)
        pulse, supervision = Engine(database_urls.worker, "pulse"), Supervision(database_urls.app, clock)
        async with server._living(client, wire, Intake(wire), supervision, pulse, clock, admission)(None):
            assert await admission.find(digest) is not None
            await asyncio.to_thread(end)
            while True:
                is_known, _holder = admission.known(digest)
                if not is_known and await admission.find(digest) is None:
                    break
                await asyncio.sleep(0.05)
        engine.close()

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_a_session_locked_elsewhere_is_locked_here_and_its_screen_keeps_its_picture(h, database_urls):
    with desk.as_owner(database_urls) as uow:
        accounts.add_user(uow, "operateur", "donné-par-admin-1", "operator", "Mme Petit")
        opened = sessions.open_session(uow, by_username(uow, "operateur").id, datetime.now(UTC), timedelta(hours=1))

    def session():
        return sessions.by_cookie(h.database, opened.cookie, datetime.now(UTC))

    def locked_elsewhere():
        with h.database.unit_of_work(1) as uow:
            assert rows.set_lock(uow, session().principal.session_id, datetime.now(UTC), datetime.now(UTC))
        feed.relay(database_urls, h.redis)

    async def scene():
        person = await asyncio.to_thread(session)
        assert person.is_locked is False
        async with feed.hub_of(h) as hub, feed.watching(hub, feed.Screen(person.principal)) as screen:
            await asyncio.to_thread(locked_elsewhere)
            await feed.until(lambda: session().is_locked)
            assert screen.closed is None

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_a_session_asked_again_still_serves_while_postgresql_is_away(h, database_urls, monkeypatch):
    kept = sessions.Session(
        principal=feed.operator(),
        kind="person",
        label=None,
        locale="fr",
        theme="nuit",
        must_change_password=False,
        is_locked=False,
        expires_at=datetime.max.replace(tzinfo=UTC),
    )
    monkeypatch.setattr(sessions, "_remembered", {sessions.digest("biscuit"): (0.0, kept)})
    monkeypatch.setattr(sessions, "_look_up", lambda *_asked: (_ for _ in ()).throw(sessions.Unavailable("PostgreSQL est absent")))
    sessions.look_up_again()
    assert sessions.by_cookie(h.database, "biscuit", datetime.now(UTC)) == kept
