"""What the room sees when a part dies, and that nothing is lost, doubled or missed when it comes back."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import psutil
import pytest
from playwright.sync_api import expect

from tests.e2e.alarms import FIRE, end_fire, iso, report, waiting_alarm
from tests.e2e.pages import live, until
from tests.e2e.platform import Door, Platform, wait_until

BAND_S = 3.0

FAULTS = {
    "redis": ("valkey-server", "redis-server"),
    "postgresql": ("/bin/postgres",),
}


@pytest.mark.parametrize(("name", "expected"), [("redis", ["base", "perdue"]), ("postgresql", ["base"])])
def test_a_dead_store_is_said_in_three_seconds_and_recovers_with_what_happened_meanwhile(
    open_as, platform: Platform, door: Door, containers: list[dict], name: str, expected: list[str]
):
    container = containers[7 if name == "redis" else 8]
    with platform.session("operateur") as client, open_as("mur", "/mur", base=platform.wall_url) as wall:
        live(wall)
        end_fire(door, client, container)
        # Stopped rather than killed: the supervisor would bring it back before anyone could look.
        pids = _with_children(platform, FAULTS[name])
        _signal(pids, signal.SIGSTOP)
        meanwhile = threading.Thread(target=_insist, args=(door, container))
        try:
            began = time.monotonic()
            until(wall, "states => states.includes(window.__hv.liaison)", expected, 10)
            said_in = time.monotonic() - began
            expect(wall.locator("[data-testid=bandeau-liaison]")).to_be_visible(timeout=1_000)
            assert wall.locator("[data-valeur][data-live=true]").count() == 0
            meanwhile.start()
        finally:
            _signal(pids, signal.SIGCONT)
        meanwhile.join(60)
        assert said_in < BAND_S
        live(wall)
        wait_until(lambda: waiting_alarm(client, container), 30, "what was measured meanwhile did not become an alarm")
        until(wall, "id => window.Vigie.alarms.has(id)", waiting_alarm(client, container)["id"], 10)
        end_fire(door, client, container)


def test_a_killed_redis_loses_nothing_that_was_acknowledged(platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client:
        counted = Counter(client, door, containers[0])
        counted.send(40)
        platform.signal(signal.SIGKILL, "valkey-server")
        counted.send(40)
        counted.check()


def test_a_frozen_web_process_is_said_in_three_seconds_and_nothing_old_looks_live(open_as, platform: Platform):
    with open_as("operateur", "/console") as console:
        live(console)
        pids = platform.signal(signal.SIGSTOP, "app:server", str(platform.ports["web"]))
        try:
            began = time.monotonic()
            until(console, "() => window.__hv.liaison === 'perdue'", limit_s=10)
            said_in = time.monotonic() - began
            expect(console.locator("[data-testid=bandeau-liaison]")).to_be_visible(timeout=1_000)
            assert console.locator("[data-valeur][data-live=true]").count() == 0
        finally:
            _signal(pids, signal.SIGCONT)
        assert said_in < BAND_S
        live(console)


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
