"""Sensor to paint: how long a value takes from the door to the pixels of a wall, at 300, 1,000 and 5,000 observations a second.

Starts a whole platform of 40,000 assets in its own folder, opens a wall in Chromium, keeps the load up with observations of the territory's own containers and
luminaires, and sets a container on fire, again and again. Printed per rate: p50, p95 and p99 from just before the request to the painted
shape, the rate really sent, and CPU and memory of each process. The floor is the same request's own answer time (204), measured in the same run.
"""

import argparse
import platform as machine
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from tests.e2e.alarms import FIRE, end_fire, iso, painted_at, report, waiting_alarm
from tests.e2e.conftest import CHROMIUM, FLAGS, visit
from tests.e2e.inventory import import_containers
from tests.e2e.pages import live, until
from tests.e2e.platform import Door, Platform, wait_until

BATCH = 100
PROCESSES = {
    "web": ("app:server",),
    "ingest": ("hypervisor", "ingest"),
    "worker": ("hypervisor", "worker"),
    "jobs": ("hypervisor", "jobs"),
    "simulator": ("hypervisor", "simulate"),
    "redis": ("valkey-server",),
    "postgresql": ("postgres",),
}


def main() -> None:
    """Runs the three rates and prints one table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rates", type=int, nargs="+", default=[300, 1_000, 5_000])
    arguments.add_argument("--alarms", type=int, default=40)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigie-latency-") as folder:
        platform = Platform(Path(folder) / "var")
        Path(folder).chmod(0o755)
        try:
            platform.start()
            with platform.session("operateur") as client:
                containers = import_containers(platform, client, Path(folder))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                wall = visit(browser.new_context(viewport={"width": 1920, "height": 1080}), platform, "mur", "/mur", [], platform.wall_url)
                live(wall)
                until(wall, "() => window.__hv.map.n > 0")
                print(f"{machine.platform()}, {psutil.cpu_count()} cores, Chromium {browser.version}, {wall.evaluate('window.__hv.map.n')} assets")
                for rate in given.rates:
                    measure(platform, wall, containers, rate, given.alarms)
                browser.close()
        finally:
            platform.stop()


def measure(platform: Platform, wall, containers: list[dict], rate: int, alarms: int) -> None:
    """One rate: the load runs for the whole measurement."""
    door, sent_total, stop = Door(platform), [0], threading.Event()
    with platform.session("operateur") as client:
        loader = threading.Thread(target=_load, args=(Door(platform), _targets(client), rate, stop, sent_total))
        began = time.monotonic()
        loader.start()
        delays, answers = [], []
        time.sleep(3)  # The load settles before the first measurement.
        before, since = _cpu(platform), time.monotonic()
        try:
            for turn in range(alarms):
                container = containers[turn % len(containers)]
                end_fire(door, client, container)
                sent = report(door, container, FIRE)
                answers.append(time.time() * 1000 - sent)
                wait_until(lambda container=container: waiting_alarm(client, container), 15, "no alarm")
                delays.append(painted_at(wall, waiting_alarm(client, container)["id"], sent, 15) - sent)
                end_fire(door, client, container)
            after, length = _cpu(platform), time.monotonic() - since
        finally:
            stop.set()
            loader.join()
        real = sent_total[0] / (time.monotonic() - began)
    print(
        f"\n{rate} obs/s asked, {real:.0f} sent beside the simulator: sensor to paint p50 {_q(delays, 50):.0f} ms, p95 {_q(delays, 95):.0f} ms, p99 {_q(delays, 99):.0f} ms "
        f"(n {len(delays)}); floor, the door's own answer: p50 {_q(answers, 50):.0f} ms, p95 {_q(answers, 95):.0f} ms"
    )
    for name in PROCESSES:
        used, memory = after[name][0] - before[name][0], after[name][1]
        print(f"  {name:11} {100 * used / length:5.1f} % of a core   {memory / 2**20:7.0f} MiB")


def _load(door: Door, targets: list[tuple[str, str, str, object]], rate: int, stop: threading.Event, sent: list[int]) -> None:
    began, turn = time.monotonic(), 0
    while not stop.is_set():
        at = iso(datetime.now(UTC))
        part = [targets[(turn * BATCH + i) % len(targets)] for i in range(BATCH)]
        door.send(*({"id": urn, "type": kind, name: {"type": "Property", "value": value, "observedAt": at}} for urn, kind, name, value in part))
        sent[0] += BATCH
        turn += 1
        stop.wait(max(0.0, began + turn * BATCH / rate - time.monotonic()))


def _targets(client) -> list[tuple[str, str, str, object]]:
    found: list[tuple[str, str, str, object]] = []
    cursor = None
    while len(found) < 5_000:
        page = client.get("/api/v1/assets", params={"layer": "lighting", "kind": "luminaire", "limit": 500, **({"cursor": cursor} if cursor else {})}).json()
        found += [(item["urn"], "Streetlight", "powerState", "on") for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    return found


def _cpu(platform: Platform) -> dict[str, tuple[float, int]]:
    used: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for name, words in PROCESSES.items():
        # PostgreSQL's backends are its children, and hide their environment.
        for process in [each for pid in platform.pids(*words) for each in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))]:
            try:
                times, memory = process.cpu_times(), process.memory_full_info().pss
            except psutil.Error:
                continue
            used[name] = (used[name][0] + times.user + times.system, used[name][1] + memory)
    return used


def _q(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main()
