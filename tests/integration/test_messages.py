"""Messages against a real SMTP server and a real HTTP gateway: nothing is lost, and what comes twice carries the same id and was counted. The servers' own record is the proof."""

import hashlib
import hmac
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from hypervisor.clock import FixedClock, SystemClock
from hypervisor.errors import InvalidRequest
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.launcher.processes import free_port
from hypervisor.notifications import Draft, queue_in
from hypervisor.notifications.channels.email import Email
from hypervisor.notifications.channels.gateway import Gateway
from hypervisor.notifications.channels.webhook import Webhook
from hypervisor.notifications.delivery import Deliveries
from hypervisor.notifications.message import Attachment
from hypervisor.security import audit
from hypervisor.security.webhooks import secret_of
from hypervisor.store.engine import Engine
from tests.ingest_world import rows, soon
from tests.integration import desk
from tests.receivers import MailServer, SmsGateway, mail_server, sms_gateway

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 2, 11, 17, 5, 2, tzinfo=UTC)
PROGRAM = """
import os, signal, sys
from hypervisor.clock import SystemClock
from hypervisor.notifications.channels.email import Email
from hypervisor.notifications.channels.gateway import Gateway
from hypervisor.notifications.delivery import Deliveries
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    url, port, address = line.split()
    child = os.fork()
    if child == 0:
        gateway = Gateway(address)
        Deliveries(url, {"email": Email(f"smtp://127.0.0.1:{port}", "vigie@metropole.test"), "sms": gateway, "call": gateway}, SystemClock()).run()
        os._exit(0)
    print(child, flush=True)
"""
"""Delivering processes are forked from one that has imported everything: a kill at each step then costs no start."""


def mail(to: str = "astreinte@metropole.test", **changes: object) -> Draft:
    return Draft(**({"channel": "email", "recipient": to, "subject": "Essai é", "body": "Bonjour", "purpose": "test"} | changes))


def sms(to: str = "+33 6 12 34 56 78", **changes: object) -> Draft:
    return Draft(**({"channel": "sms", "recipient": to, "body": "Répondez 1", "purpose": "test", "recipient_name": "M. Petit"} | changes))


def queued(urls: DatabaseUrls, *drafts: Draft, at: datetime | None = None) -> list[int]:
    engine = Engine(urls.worker, "test")
    with engine.transaction() as cursor:
        numbers = [queue_in(cursor, 1, draft, at or datetime.now(UTC)) for draft in drafts]
    engine.close()
    return numbers


def states(urls: DatabaseUrls) -> list[tuple]:
    return rows(urls, "SELECT state, attempts, doubts FROM message ORDER BY id")


def all_sent(urls: DatabaseUrls) -> bool:
    return {state for state, _attempts, _doubts in states(urls)} == {"sent"}


@pytest.fixture
def urls(own_database_urls: DatabaseUrls) -> DatabaseUrls:
    with desk.as_owner(own_database_urls) as uow:
        desk.run(uow, "INSERT INTO tenant (id, key, label) VALUES (1, 'a', 'A') ON CONFLICT DO NOTHING")
    return own_database_urls


@contextmanager
def delivering(urls: DatabaseUrls, channels: dict, clock=None) -> Iterator[Deliveries]:
    thread = Deliveries(urls.worker, channels, clock or SystemClock())
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    ran = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    yield ran
    ran.kill()
    ran.wait(timeout=10)


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def kill(pid: int) -> None:
    if is_alive(pid):
        os.kill(pid, signal.SIGKILL)
    soon(lambda: not is_alive(pid))


@contextmanager
def process(nursery: subprocess.Popen[str], urls: DatabaseUrls, server: MailServer, gateway: SmsGateway) -> Iterator[int]:
    """A delivering process; killed with SIGKILL at the end of the block, if it still lives."""
    assert nursery.stdin
    assert nursery.stdout
    nursery.stdin.write(f"{urls.worker} {server.port} {gateway.url}\n")
    nursery.stdin.flush()
    pid = int(nursery.stdout.readline())
    try:
        yield pid
    finally:
        kill(pid)


def test_what_a_transaction_takes_back_was_never_queued(urls: DatabaseUrls) -> None:
    engine = Engine(urls.worker, "test")
    with engine.transaction(is_trial=True) as cursor:
        queue_in(cursor, 1, mail(), NOW)
    assert states(urls) == []
    queued(urls, mail())
    assert states(urls) == [("waiting", 0, 0)]


def test_an_e_mail_arrives_whole_with_its_stable_id(urls: DatabaseUrls) -> None:
    with mail_server(account=("vigie", "p@ss")) as server:
        queued(urls, mail(attachments=(Attachment(name="sceau.txt", type="text/plain", text="é12\n"),)))
        with delivering(urls, {"email": Email(f"smtp://vigie:p%40ss@127.0.0.1:{server.port}", "vigie@metropole.test")}):
            soon(lambda: all_sent(urls))
    [(ref,)] = rows(urls, "SELECT ref::text FROM message")
    [got] = server.accepted
    assert (got["message-id"], got["subject"], got["to"], got["auto-submitted"]) == (
        f"<{ref}@metropole.test>",
        "Essai é",
        "astreinte@metropole.test",
        "auto-generated",
    )
    assert got.get_body().get_content().strip() == "Bonjour"
    assert [file.get_content() for file in got.iter_attachments()] == ["é12\n"]


def test_an_e_mail_travels_in_short_lines_of_ascii_that_end_with_cr_lf(urls: DatabaseUrls) -> None:
    picture = bytes(range(256)) * 40
    with mail_server() as server:
        queued(urls, mail(body="é" * 3000, attachments=(Attachment.of("image.bin", "application/octet-stream", picture),)))
        with delivering(urls, {"email": Email(f"smtp://127.0.0.1:{server.port}", "vigie@metropole.test")}):
            soon(lambda: all_sent(urls))
    [content], [got] = server.contents, server.accepted
    assert content.isascii() and content.count(b"\n") == content.count(b"\r\n") and max(map(len, content.split(b"\r\n"))) <= 998
    assert got.get_body().get_content().strip() == "é" * 3000
    assert [file.get_content() for file in got.iter_attachments()] == [picture]


def test_an_sms_and_a_webhook_carry_their_id_and_signature(urls: DatabaseUrls) -> None:
    with sms_gateway() as gateway, sms_gateway() as other:
        queued(urls, sms(), Draft(channel="webhook", recipient="escalation", body="Alarme", purpose="escalation", alarm_id=12))
        with delivering(urls, {"sms": Gateway(gateway.url), "webhook": Webhook(other.url, b"k" * 32)}):
            soon(lambda: all_sent(urls))
    refs = [ref for (ref,) in rows(urls, "SELECT ref::text FROM message ORDER BY id")]
    assert gateway.accepted[0][1] == {"id": refs[0], "to": "+33612345678", "text": "Répondez 1", "kind": "sms"}
    assert gateway.accepted[0][0]["idempotency-key"] == refs[0]
    headers, said = other.accepted[0]
    assert (said["id"], said["alarm_id"], headers["idempotency-key"]) == (refs[1], 12, refs[1])
    expected = hmac.new(secret_of(b"k" * 32, 1, "notifications").encode(), headers["body"].encode(), hashlib.sha256).hexdigest()
    assert headers["x-vigie-signature"] == f"sha256={expected}"


def test_without_an_address_messages_are_kept_and_nothing_fails(urls: DatabaseUrls) -> None:
    queued(urls, mail(), sms())
    with delivering(urls, {}):
        soon(lambda: {state for state, *_ in states(urls)} == {"kept"})


def test_a_down_server_loses_nothing_and_a_slow_one_holds_its_own_channel_alone(urls: DatabaseUrls) -> None:
    """Nothing listens at the mail server's port for a second, then a server that takes half a second per message."""
    port = free_port()
    with sms_gateway() as gateway:
        queued(urls, *(mail(f"a{n}@metropole.test") for n in range(6)), sms())
        channels = {"email": Email(f"smtp://127.0.0.1:{port}", "vigie@metropole.test"), "sms": Gateway(gateway.url)}
        clock = FixedClock(datetime.now(UTC))
        with delivering(urls, channels, clock):
            soon(lambda: len(gateway.accepted) == 1 and all(attempts for _state, attempts, _doubts in states(urls)))
            assert "sent" not in {state for (state,) in rows(urls, "SELECT state FROM message WHERE channel = 'email'")}
            with mail_server(port=port) as server:
                server.delay_s = 0.5
                clock.at = datetime.now(UTC).replace(year=2027)  # their next attempt is due
                queued(urls, sms(), at=clock.at)
                soon(lambda: len(gateway.accepted) == 2, patience_s=3)
                assert len(server.accepted) < 6, "the SMS did not wait for the slow mail"
                soon(lambda: all_sent(urls), patience_s=20)
    assert sorted(got["to"] for got in server.accepted) == [f"a{n}@metropole.test" for n in range(6)], "each once"
    assert {doubts for _state, _attempts, doubts in states(urls)} == {0}


def test_a_refusal_is_final_and_the_logbook_says_who_without_the_number(urls: DatabaseUrls) -> None:
    with sms_gateway() as gateway:
        gateway.status = 422
        queued(urls, sms())
        with delivering(urls, {"sms": Gateway(gateway.url)}):
            soon(lambda: states(urls) == [("refused", 1, 0)])
    [(text,)] = rows(urls, "SELECT text FROM logbook")
    assert "M. Petit" in text
    assert "612345678" not in text.replace(" ", "")


def test_a_gateway_in_trouble_is_tried_again(urls: DatabaseUrls) -> None:
    with sms_gateway() as gateway:
        gateway.status = 503
        queued(urls, sms())
        clock = FixedClock(datetime.now(UTC))
        with delivering(urls, {"sms": Gateway(gateway.url)}, clock):
            soon(lambda: states(urls) == [("waiting", 1, 0)])
            gateway.status = 202
            clock.at = clock.at.replace(year=2027)
            soon(lambda: all_sent(urls))
    assert len(gateway.accepted) == 1


def test_two_processes_deliver_each_message_once(urls: DatabaseUrls) -> None:
    with mail_server() as server, sms_gateway() as gateway:
        queued(urls, *(mail(f"a{n}@metropole.test") for n in range(40)))
        channels = {"email": Email(f"smtp://127.0.0.1:{server.port}", "v@m.test"), "sms": Gateway(gateway.url)}
        with delivering(urls, channels), delivering(urls, channels):
            soon(lambda: all_sent(urls), patience_s=30)
    assert max(Counter(got["message-id"] for got in server.accepted).values()) == 1
    assert len(server.accepted) == 40


STEPS = [("email", step) for step in ("connected", "sender", "recipient", "content", "accepted")] + [
    ("sms", step) for step in ("connected", "content", "accepted")
]


def test_killed_at_every_step_every_message_arrives_and_copies_are_counted(urls: DatabaseUrls, nursery) -> None:
    """For each step that the servers see, the process is killed there, with SIGKILL; then one that lives delivers what is left."""
    with mail_server() as server, sms_gateway() as gateway:
        for channel, step in STEPS:
            receiver = server if channel == "email" else gateway
            queued(urls, mail() if channel == "email" else sms())
            with process(nursery, urls, server, gateway) as pid:
                receiver.on_step = lambda seen, pid=pid, step=step: kill(pid) if seen == step else None
                soon(lambda pid=pid: not is_alive(pid), patience_s=30)
                receiver.on_step = lambda _step: None
            with process(nursery, urls, server, gateway):
                soon(lambda: all_sent(urls), patience_s=30)
    told = rows(urls, "SELECT ref::text, doubts FROM message ORDER BY id")
    copies = Counter(got["message-id"].strip("<>").partition("@")[0] for got in server.accepted) + Counter(
        str(said["id"]) for _headers, said in gateway.accepted
    )
    assert len(told) == len(STEPS)
    for (ref, doubts), step in zip(told, STEPS, strict=True):
        assert doubts == 1, "each kill is a doubt"
        # A request is small: once the server reads it, its content has left; at the connection it may have, or not yet. The SMTP conversation has steps before the content.
        possible = {1, 2} if step == ("sms", "connected") else {2} if step[0] == "sms" or step[1] in ("content", "accepted") else {1}
        assert copies[ref] in possible, step


def test_killed_between_the_server_s_answer_and_our_commit_a_second_copy_comes_under_the_same_id(urls: DatabaseUrls, nursery) -> None:
    """The commit is held back by a lock on the row, so that the answer has surely come."""
    with mail_server() as server, sms_gateway() as gateway:
        [number] = queued(urls, sms())
        held = psycopg.connect(urls.owner.replace("postgresql+psycopg://", "postgresql://", 1))

        def hold(step: str) -> None:
            if step == "content":
                held.execute("SELECT FROM message WHERE id = %s FOR UPDATE", (number,))

        gateway.on_step = hold
        with process(nursery, urls, server, gateway):
            soon(lambda: rows(urls, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vigie-deliveries' AND wait_event_type = 'Lock'") == [(1,)])
        gateway.on_step = lambda _step: None
        held.rollback()
        held.close()
        with process(nursery, urls, server, gateway):
            soon(lambda: all_sent(urls), patience_s=30)
    first, second = gateway.accepted
    assert first[0]["idempotency-key"] == second[0]["idempotency-key"]
    assert states(urls) == [("sent", 2, 1)]


def test_addresses_that_no_channel_reaches_are_refused_when_they_are_queued(urls: DatabaseUrls) -> None:
    for draft in (mail("a@b\r\nBcc: c@d"), mail("nobody"), mail("a,b@c.d"), sms("06 12 x"), sms(""), mail(channel="pigeon")):
        with pytest.raises(InvalidRequest):
            queued(urls, draft)
    assert states(urls) == []


def test_the_outbox_shows_addresses_to_the_chief_alone_and_sends_again(urls: DatabaseUrls, redis_url: str, tmp_path: Path) -> None:
    h = desk.build(urls, redis_url, tmp_path / "var")
    server = desk.app(h)
    [number] = queued(urls, sms())
    with delivering(urls, {}):
        soon(lambda: states(urls)[0][0] == "kept")
    chief, admin = desk.signed_in(server, "chef"), desk.signed_in(server, "admin")
    assert chief.get("/api/v1/messages").json()["items"][0]["recipient"] == "+33612345678"
    assert "recipient" not in admin.get("/api/v1/messages", params={"state": "kept"}).json()["items"][0]
    assert desk.signed_in(server, "operateur").get("/api/v1/messages").status_code == 403
    assert chief.post(f"/api/v1/messages/{number}/send-again").json() == {"id": number, "state": "waiting"}
    assert [chief.post(f"/api/v1/messages/{each}/send-again").status_code for each in (number, 2_000_000)] == [404, 404]
    audit.wait()
    refused = desk.rows(urls, "SELECT object FROM audit WHERE outcome = 'refused' AND object LIKE 'message:%'")
    assert [line.object for line in refused] == ["message:2000000"], "one that has left is no refusal"
    h.close()
