"""What the room sees when a part dies, and that nothing is lost, doubled or missed when it comes back."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import httpx
import psutil
from playwright.sync_api import Page, expect

from tests.e2e.alarms import FIRE, end_fire, iso, raise_fire, report, select_alarm, waiting_alarm
from tests.e2e.pages import live, until
from tests.e2e.platform import Door, Platform, wait_until

BAND_S = 3.0

FAULTS = {
    "redis": ("valkey-server", "redis-server"),
    "postgresql": ("/bin/postgres",),
}


NOTHING_LIVE = """() => Array.from(document.querySelectorAll('[data-valeur]')).filter(e => e.getClientRects().length && !['', '–'].includes(e.dataset.valeur) && e.querySelector('.number-stale'))
  .filter(e => e.dataset.live === 'true' || !e.innerText.includes('périmé')).map(e => e.outerHTML.slice(0, 160))"""


def test_checks_5_and_6_a_dead_redis_is_said_everywhere_in_three_seconds_and_comes_back_with_what_happened_meanwhile(
    open_as, platform: Platform, door: Door, containers: list[dict]
):
    container = containers[7]
    with (
        platform.session("operateur") as client,
        open_as("mur", "/mur", base=platform.wall_url) as wall,
        open_as("operateur", "/console") as console,
        open_as("chef", "/sante") as health,
    ):
        pages = (wall, console, health)
        for page in pages:
            live(page)
            page.evaluate(WATCH)
        end_fire(door, client, container)
        sounds = wall.evaluate("() => window.__hv.sounds.length")
        meanwhile = threading.Thread(target=_insist, args=(door, container))
        with _stopped(platform, "redis") as began:
            _said_by_all(pages, ["base", "perdue"], began)
            until(
                wall, "from => window.__hv.sounds.slice(from).some(s => s.code === 'S0')", sounds, 11
            )  # It repeats every ten seconds, and may have begun with a loss just before.
            meanwhile.start()
        meanwhile.join(60)
        for page in pages:
            live(page)
            expect(page.locator("[data-testid=bandeau-liaison]")).to_be_hidden(timeout=5_000)
        wait_until(lambda: waiting_alarm(client, container), 30, "what was measured meanwhile did not become an alarm")
        for page in (wall, console):
            until(page, "id => window.Vigie.alarms.has(id)", waiting_alarm(client, container)["id"], 10)
            expect(page.locator("[data-testid=bandeau-reprise]")).to_contain_text("événement", timeout=5_000)
        end_fire(door, client, container)


def test_check_7_a_dead_postgresql_is_said_disables_what_writes_and_keeps_a_note_that_is_written_once(
    open_as, platform: Platform, door: Door, containers: list[dict]
):
    container, words = containers[8], f"note pendant la panne {time.time_ns()}"
    with (
        platform.session("operateur") as client,
        open_as("mur", "/mur", base=platform.wall_url) as wall,
        open_as("operateur", "/console") as console,
    ):
        for page in (wall, console):
            live(page)
            page.evaluate(WATCH)
        end_fire(door, client, container)
        alarm = raise_fire(door, client, containers[9])
        select_alarm(console, alarm["id"])
        meanwhile = threading.Thread(target=_insist, args=(door, container))
        with _stopped(platform, "postgresql") as began:
            _said_by_all((wall, console), ["base"], began)
            meanwhile.start()
            until(console, "() => document.getElementById('btn-acquitter').disabled && document.getElementById('btn-acquitter').dataset.raison")
            console.keyboard.press("n")
            console.keyboard.type(words)
            console.keyboard.press("Control+Enter")
            until(console, "words => document.getElementById('main-courante-lignes').innerText.includes(words)", words, 10)
        meanwhile.join(60)
        for page in (wall, console):
            live(page)
        wait_until(lambda: waiting_alarm(client, container), 30, "what was measured meanwhile did not become an alarm")
        until(wall, "id => window.Vigie.alarms.has(id)", waiting_alarm(client, container)["id"], 10)

        def written() -> int:
            return sum(line["text"] == words for line in client.get("/api/v1/logbook", params={"limit": 200}).json()["items"])

        wait_until(written, 30, "the note was not written")
        until(console, "() => document.querySelectorAll('.log-line--waiting').length === 0")
        assert written() == 1
        for one in (container, containers[9]):
            end_fire(door, client, one)


def test_a_killed_redis_loses_nothing_that_was_acknowledged(platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client:
        counted = Counter(client, door, containers[0])
        counted.send(40)
        platform.signal(signal.SIGKILL, "valkey-server")
        counted.send(40)
        counted.check()


def test_check_8_a_frozen_web_process_is_said_in_three_seconds_and_nothing_old_looks_live(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client, open_as("operateur", "/console") as console:
        live(console)
        alarm = raise_fire(door, client, containers[10])
        row = console.locator(f'.ag-row[row-id="a{alarm["id"]}"]').first
        row.wait_for(timeout=5_000)
        pids = platform.signal(signal.SIGSTOP, "app:server", str(platform.ports["web"]))
        try:
            began = time.monotonic()
            until(console, "() => window.__hv.liaison === 'perdue'", limit_s=10)
            said_in = time.monotonic() - began
            expect(console.locator("[data-testid=bandeau-liaison]")).to_be_visible(timeout=1_000)
            assert console.evaluate(NOTHING_LIVE) == []
            # The alarm is still there, its shape dashed: what was known last, not what is.
            expect(row.locator(".shape--stale").first).to_be_visible(timeout=1_000)
            assert row.locator(".shape--stale .shape-body").first.evaluate("e => getComputedStyle(e).strokeDasharray") != "none"
        finally:
            _signal(pids, signal.SIGCONT)
        assert said_in < BAND_S
        live(console)
        end_fire(door, client, containers[10])


def test_check_9_a_cut_at_one_console_is_said_there_alone_and_its_acknowledgement_is_not_shown_as_done(
    open_as, platform: Platform, door: Door, containers: list[dict]
):
    with contextlib.ExitStack() as kept:
        cable, client = kept.enter_context(Cable(platform.ports["web"])), kept.enter_context(platform.session("chef"))
        cut, other = kept.enter_context(open_as("operateur", "/console", base=cable.url)), kept.enter_context(open_as("chef", "/console"))
        for page in (cut, other):
            live(page)
        alarm = raise_fire(door, client, containers[11])
        select_alarm(cut, alarm["id"])
        cut.evaluate(WATCH)
        began = time.time()
        cable.unplug()
        assert _said_after(cut, ["perdue"], began) < BAND_S
        cut.keyboard.press("a")
        expect(cut.locator(".toast").last).to_contain_text("liaison", timeout=5_000)
        assert cut.evaluate("id => window.Vigie.alarms.get(id).acknowledged", alarm["id"]) is False
        assert other.evaluate("() => window.__hv.liaison") == "direct"
        assert waiting_alarm(client, containers[11])["id"] == alarm["id"]
        cable.plug()
        live(cut)
        # A machine that slept, then woke without a network, must not show what it had as live.
        session = cut.context.new_cdp_session(cut)
        session.send("Page.setWebLifecycleState", {"state": "frozen"})
        cable.unplug()
        time.sleep(3.5)
        session.send("Page.setWebLifecycleState", {"state": "active"})
        until(cut, "() => window.__hv.liaison === 'perdue'", limit_s=3)
        assert cut.evaluate(NOTHING_LIVE) == []
        end_fire(door, client, containers[11])


class Cable:
    """The network between one console and the server: a forwarder that can be unplugged."""

    def __init__(self, port: int) -> None:
        self._port, self._is_plugged, self._ends = port, True, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Cable":
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.close()
        self.unplug()

    def plug(self) -> None:
        """Lets new connections through again."""
        self._is_plugged = True

    def unplug(self) -> None:
        """Cuts every connection, and those that come."""
        self._is_plugged = False
        for end in self._ends:
            _shut(end)
        self._ends.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            if not self._is_plugged:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._port))
            self._ends += [near, far]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
    except OSError:
        pass  # It was unplugged.
    for end in (source, sink):
        _shut(end)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # The other side was first.
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def test_a_killed_worker_loses_nothing_doubles_nothing_and_misses_no_alarm(platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client:
        counted = Counter(client, door, containers[1])
        watched = containers[2:10]
        for turn, container in enumerate(watched):
            counted.send(25)
            report(door, container, FIRE)
            if turn % 2 == 0:
                platform.signal(signal.SIGKILL, "hypervisor", "worker")
        counted.check()
        for container in watched:
            wait_until(lambda container=container: waiting_alarm(client, container), 30, f"the alarm of {container['urn']} was missed")
            alarm = waiting_alarm(client, container)
            raised = [
                line for line in client.get("/api/v1/logbook", params={"alarm_id": alarm["id"], "limit": 50}).json()["items"] if line["action"] == "raise"
            ]
            assert len(raised) == 1
            end_fire(door, client, container)


class Counter:
    """Sends numbered fill levels to one container at distinct past instants, and counts them in history."""

    def __init__(self, client: httpx.Client, door: Door, container: dict) -> None:
        self._client, self._door, self._bin = client, door, container
        self._since = datetime.now(UTC) - timedelta(minutes=4)
        self._next = self._since
        self._sent = 0

    def send(self, batches: int) -> None:
        """Ten observations a batch, each at its own millisecond; a refused batch is sent again, as a sender does."""
        for _ in range(batches):
            entities = []
            for _ in range(10):
                self._next += timedelta(milliseconds=20)
                entities.append(
                    {"id": self._bin["urn"], "type": "WasteContainer", "fillingLevel": {"type": "Property", "value": 0.4, "observedAt": iso(self._next)}}
                )
            key = f"essai-{self._since.timestamp()}-{self._sent}"
            wait_until(lambda entities=entities, key=key: self._accepted(entities, key), 60, "the door refused a batch for a minute")
            self._sent += 10

    def check(self) -> None:
        """Exactly what was acknowledged is in history."""
        count = -1

        def counted() -> bool:
            nonlocal count
            answer = self._client.get(
                "/api/v1/observations",
                params={
                    "asset_id": self._bin["id"],
                    "property": "filling",
                    "since": iso(self._since),
                    "until": iso(self._next + timedelta(milliseconds=1)),
                    "limit": 10_000,
                },
            )
            count = len(answer.json()["items"]) if answer.status_code == 200 else -1
            return count >= self._sent

        wait_until(counted, 60, lambda: f"{count} observations in history for {self._sent} acknowledged")
        assert count == self._sent

    def _accepted(self, entities: list[dict], key: str) -> bool:
        try:
            return self._door.send(*entities, **{"Idempotency-Key": key}).status_code == 204
        except httpx.HTTPError:
            return False


@contextlib.contextmanager
def _stopped(platform: Platform, name: str) -> Iterator[float]:
    """A store that answers nothing for the length of the block, since the time given (epoch s).

    Stopped rather than killed: the supervisor would bring it back before anyone could look.
    """
    pids = _with_children(platform, FAULTS[name])
    began = time.time()
    _signal(pids, signal.SIGSTOP)
    try:
        yield began
    finally:
        _signal(pids, signal.SIGCONT)


WATCH = """() => { window.__turned = []; new MutationObserver(() => { const state = document.documentElement.dataset.liaison;
  requestAnimationFrame(() => __turned.push([state, Date.now()])) }).observe(document.documentElement, {attributes: true, attributeFilter: ['data-liaison']}) }"""
"""The page notes itself when it says what: a test's own questions take their time on a busy machine."""


def _said_after(page: Page, states: list[str], began: float) -> float:
    """Seconds from `began` (machine's epoch s) to the frame in which the page said one of the states, in its band."""
    said_at = until(page, "([states, from]) => (__turned.find(([state, at]) => at >= from && states.includes(state)) || [])[1]", [states, began * 1000], 10)
    expect(page.locator("[data-testid=bandeau-liaison]")).to_be_visible(timeout=1_000)
    return said_at / 1000 - began


def _said_by_all(pages: Sequence[Page], states: list[str], began: float) -> None:
    """Every page said one of these states within three seconds of `began`, in its band, and shows no number as live."""
    delays = [_said_after(page, states, began) for page in pages]
    assert max(delays) < BAND_S, delays
    for page in pages:
        assert page.locator("[data-valeur][data-live=true]").count() == 0
        assert page.evaluate(NOTHING_LIVE) == []


def _with_children(platform: Platform, names: tuple[str, ...]) -> list[int]:
    """The processes of those names and their children: PostgreSQL's backends answer without their postmaster."""
    found = [pid for name in names for pid in platform.pids(name)]
    assert found, f"none of {names} runs"
    return found + [child.pid for pid in found for child in psutil.Process(pid).children(recursive=True)]


def _insist(door: Door, container: dict) -> None:
    """Sends until it is accepted, as a sender must when the door answers 503 or nothing."""

    def accepted() -> bool:
        try:
            report(door, container, FIRE)
        except (AssertionError, httpx.HTTPError):
            return False
        return True

    wait_until(accepted, 60, "the door refused for a minute")


def _signal(pids: list[int], name: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, name)
        except ProcessLookupError:
            continue
