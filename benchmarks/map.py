"""The wall's map against its floor: the same page without points, in the same run, in Chromium without GPU at 1920x1080; and 200 screens on one web process.

`make bench NAME=map` takes about five minutes and writes docs/benchmark-map.md. Figures are medians of runs that alternate with the floor's; a run is a new page.
"""

import argparse
import base64
import json
import os
import platform as machine
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks import _map_clients
from benchmarks._map_server import LATTICE_PX

ROOT = Path(__file__).parents[1]
SCRIPT = (Path(__file__).parent / "_map_page.js").read_text()
REPORT = ROOT / "docs" / "benchmark-map.md"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
STEPS = 120
REST_MS = 1500
"""After a drag, before memory is read: the map rests by then."""
TARGETS = {
    "pan_cpu": (1.3, 1.4), "pan_p50": (1.2, 1.4), "pan_p95": (1.5, 1.8), "offset_300": (0.5, 0.5), "offset_1000": (0.5, 0.5), "gaps": (0, 0), "updates_cpu": (10, 10),
    "latency_p95": (250, 350), "first": (1.4, 1.8), "wire_kb": (250, 5000), "memory_mb": (60, 140), "hub_cpu": (35, 35), "hub_p95": (150, 150),
}  # fmt: skip
WORDS = {
    "pan_cpu": "main-thread CPU per pan frame ÷ floor", "pan_p50": "pan frame ÷ floor, p50", "pan_p95": "pan frame ÷ floor, p95",
    "offset_300": "points to base map while dragging at 300 px/s, p95, px", "offset_1000": "the same at 1,000 px/s, p95, px", "gaps": "marks of the base map without their point, all frames of both drags",
    "updates_cpu": "1,000 changes/s: main-thread CPU above the floor, ms/s", "latency_p95": "50,000 changes/s: hub stamp to painted, p95, ms", "first": "first paint ÷ floor",
    "wire_kb": "snapshot on the wire, kB", "memory_mb": "browser memory above the floor, MB", "hub_cpu": "200 screens, 10 Hz, 1,000 changes/s: web process, % of a core", "hub_p95": "the same: stamp to received, p95, ms",
}  # fmt: skip


def main() -> None:
    """Measures the asked sizes, prints and writes the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[40_000, 1_000_000])
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--screens", type=int, default=200)
    arguments.add_argument("--port", type=int, default=18950)
    arguments.add_argument("--no-report", action="store_true", help="print alone, leave docs/benchmark-map.md as it is")
    given = arguments.parse_args()
    began, columns = time.monotonic(), {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        about = f"{machine.system()} {machine.release().partition('-')[0]}, {psutil.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, Chromium {browser.version} without GPU, Python {machine.python_version()}"
        print(about, flush=True)
        for size in given.sizes:
            columns[size] = measure(browser, size, given.runs, given.port, given.screens)
        browser.close()
    table = report(about, columns, given.runs, time.monotonic() - began)
    print(table)
    if not given.no_report:
        REPORT.write_text(table)


def measure(browser: Browser, size: int, runs: int, port: int, screens: int) -> dict[str, float]:
    """One size, every figure."""
    with server(size, port, 8.0) as base:
        found = {True: [], False: []}
        for _run in range(runs):
            for with_points in (False, True):
                found[with_points].append(one_page(browser, base, with_points))
        floor, points = ({key: statistics.median(run[key] for run in found[kind]) for key in found[kind][0]} for kind in (False, True))
        drags = {speed: drag(browser, base, speed) for speed in (300, 1000)}
        with urllib.request.urlopen(urllib.request.Request(f"{base}/api/v1/map/snapshot", headers={"Accept-Encoding": "gzip"})) as answer:
            wire_kb = len(answer.read()) / 1000
    with server(size, port, 10.0) as base:
        hub_cpu, hub_p95 = watched(base, port, screens)
    return {
        "pan_cpu": points["pan_cpu"] / floor["pan_cpu"], "pan_p50": points["pan_p50"] / floor["pan_p50"], "pan_p95": points["pan_p95"] / floor["pan_p95"],
        "offset_300": drags[300][0], "offset_1000": drags[1000][0], "gaps": drags[300][1] + drags[1000][1],
        "updates_cpu": points["updates_cpu"] - floor["updates_cpu"], "latency_p95": points["latency_p95"], "first": points["first"] / floor["first"],
        "wire_kb": wire_kb, "memory_mb": points["memory_mb"] - floor["memory_mb"], "hub_cpu": hub_cpu, "hub_p95": hub_p95,
        "floor": floor, "points": points, "frames": drags[300][2] + drags[1000][2],
    }  # fmt: skip


def one_page(browser: Browser, base: str, with_points: bool) -> dict[str, float]:
    """A new page: first paint, a pan, a second of each load, its memory."""
    with opened(browser, base, with_points) as (page, cdp):
        first = page.evaluate("window.__bench.first || window.__bench.ready") if with_points else page.evaluate("window.__bench.ready")
        page.wait_for_timeout(1500)
        before = cpu_s(cdp)
        lengths = page.evaluate(f"window.__bench.pan({STEPS})")
        pan_cpu = 1000 * (cpu_s(cdp) - before) / STEPS
        page.wait_for_timeout(REST_MS)
        memory = memory_mb(cdp)
        ask(f"{base}/rate/1000")
        page.wait_for_timeout(1000)
        before, since = cpu_s(cdp), time.monotonic()
        page.wait_for_timeout(3000)
        updates = 1000 * (cpu_s(cdp) - before) / (time.monotonic() - since)
        delays = []
        if with_points:
            ask(f"{base}/rate/50000")
            page.wait_for_timeout(1000)
            page.evaluate("window.__bench.listen()")
            page.wait_for_timeout(3000)
            delays = page.evaluate("window.__bench.delays")
        ask(f"{base}/rate/0")
    cuts = statistics.quantiles(lengths, n=20, method="inclusive")
    latency = statistics.quantiles(delays, n=20, method="inclusive")[18] if len(delays) > 1 else 0.0
    return {
        "first": first, "pan_cpu": pan_cpu, "pan_p50": cuts[9], "pan_p95": cuts[18], "updates_cpu": updates, "latency_p95": latency, "memory_mb": memory,
        "paint_ms": 0.0 if not with_points else statistics.median(delays) if delays else 0.0,
    }  # fmt: skip


@contextmanager
def opened(browser: Browser, base: str, with_points: bool, width: int = 1920, height: int = 1080) -> Iterator[tuple[Page, CDPSession]]:
    """The page, its map ready; without points its painter is an empty script and the rest is the same."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.add_init_script(SCRIPT)
    if not with_points:
        page.route("**/assets/js/10-map.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    cdp = context.new_cdp_session(page)
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(base, wait_until="domcontentloaded")
    wanted = "window.__bench.first" if with_points else "window.__bench.ready"
    end = time.monotonic() + 90
    while not page.evaluate(wanted):
        if time.monotonic() > end:
            raise TimeoutError("the map was not painted within 90 s")
        page.wait_for_timeout(20)
    yield page, cdp
    context.close()


def drag(browser: Browser, base: str, speed: int) -> tuple[float, int, int]:
    """A mouse drags the map out and back for 1.5 s; (p95 of distances in px, marks without their point, frames read)."""
    with opened(browser, base, True, 1280, 800) as (page, cdp):
        page.evaluate(f"window.__bench.lattice({LATTICE_PX})")
        page.wait_for_timeout(1500)
        frames: list[str] = []

        def keep(event: dict) -> None:
            frames.append(event["data"])
            cdp.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

        page.mouse.move(640, 400)
        still = page.evaluate("given => window.__bench.read(given)", [[base64.b64encode(page.screenshot()).decode()], None])[0]["errors"]
        rest = [statistics.median(axis) for axis in zip(*still, strict=True)]
        page.mouse.down()
        cdp.on("Page.screencastFrame", keep)
        cdp.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})
        began = time.monotonic()
        while (past := time.monotonic() - began) < 1.5:
            way = speed * (past if past < 0.75 else 1.5 - past)
            page.mouse.move(640 + way * 0.8, 400 + way * 0.6)
        cdp.send("Page.stopScreencast")
        page.mouse.up()
        page.wait_for_timeout(300)
        read = page.evaluate("given => window.__bench.read(given)", [frames, rest])
    errors = [error for frame in read for error in frame["errors"]]
    if len(errors) < 20:
        raise RuntimeError(f"only {len(errors)} points could be compared in {len(read)} frames: the drag was not seen")
    return statistics.quantiles(errors, n=20, method="inclusive")[18], sum(frame["missing"] for frame in read), len(read)


def watched(base: str, port: int, screens: int) -> tuple[float, float]:
    """(% of a core of the web process, p95 in ms of stamp to received) with that many protocol clients reading."""
    process = next(psutil.Process(c.pid) for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.status == "LISTEN" and c.pid)
    clients = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._map_clients", "--url", base.replace("http", "ws") + "/live", "--screens", str(screens), "--seconds", "10"],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        if clients.stdout is None or not clients.stdout.readline().startswith("connected"):
            raise RuntimeError("the protocol clients did not connect")
        ask(f"{base}/rate/1000")
        before, since = sum(process.cpu_times()[:2]), time.monotonic()
        time.sleep(_map_clients.SETTLE_S + 8)
        used = 100 * (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - since)
        answer = json.loads(clients.communicate(timeout=60)[0].strip().splitlines()[-1])
    finally:
        clients.kill()
        ask(f"{base}/rate/0")
    return used, answer["p95"]


@contextmanager
def server(size: int, port: int, hz: float) -> Iterator[str]:
    """The made-up web process."""
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-m", "benchmarks._map_server", "--assets", str(size), "--port", str(port), "--hz", str(hz)], cwd=ROOT)
    try:
        end = time.monotonic() + 120
        while True:
            try:
                ask(f"{base}/rate/0")
                break
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise
                time.sleep(0.2)
        yield base
    finally:
        process.terminate()
        process.wait(20)


def ask(url: str) -> None:
    """A GET whose answer does not matter."""
    urllib.request.urlopen(url, timeout=20).read()


def cpu_s(cdp: CDPSession) -> float:
    """Seconds of processor that the page's main thread has used for its tasks."""
    return next(metric["value"] for metric in cdp.send("Performance.getMetrics")["metrics"] if metric["name"] == "TaskDuration")


def memory_mb(cdp: CDPSession) -> float:
    """Proportional memory of the page's renderer after a collection."""
    cdp.send("HeapProfiler.collectGarbage")
    # One page is open: another renderer of ours, smaller, is the one that Chromium keeps ready for the next page.
    renderers = [process for process in psutil.process_iter(["cmdline"]) if "--type=renderer" in (process.info["cmdline"] or []) and _is_ours(process)]
    return max(process.memory_full_info().pss for process in renderers) / 1e6


def _is_ours(process: psutil.Process) -> bool:
    return any(parent.pid == os.getpid() for parent in process.parents())


def report(about: str, columns: dict[int, dict[str, float]], runs: int, length_s: float) -> str:
    """The page of docs/."""
    head = ["figure", *(f"{size:,} (target)" for size in columns)]
    lines = [
        "# The map, measured",
        "",
        "Written by `make bench NAME=map` (`benchmarks/map.py`); do not edit.",
        "",
        f"{about}; {runs} runs of each page, alternating with the floor; {length_s / 60:.1f} minutes.",
        "",
    ]
    lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for key, words in WORDS.items():
        cells = []
        for rank, found in enumerate(columns.values()):
            target = TARGETS[key][min(rank, 1)]
            cells.append(f"{found[key]:.2f} (≤ {target})" + ("" if found[key] <= target else " **missed**"))
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Floor and page with points, medians:",
        "",
        "| | " + " | ".join(f"{size:,} floor | {size:,} points" for size in columns) + " |",
        "|---|" + "---|---|" * len(columns),
    ]
    for key, words in (
        ("first", "first paint, ms"),
        ("pan_cpu", "CPU per pan frame, ms"),
        ("pan_p50", "pan frame p50, ms"),
        ("pan_p95", "pan frame p95, ms"),
        ("updates_cpu", "CPU at 1,000 changes/s, ms/s"),
        ("memory_mb", "renderer, MB"),
    ):
        lines.append(f"| {words} | " + " | ".join(f"{found['floor'][key]:.1f} | {found['points'][key]:.1f}" for found in columns.values()) + " |")
    lines += [
        "",
        "The territory is made up: luminaires in a normal cloud over 40 × 29 km, 1.6 % in alarm, 24 communes, and a lattice of containers in alarm whose marks in the base map's tiles tell the distance in composited frames",
        "(CDP screencast, 1280×800, a mouse's drag out and back). The floor is the same page, the same feed in its worker, without `assets/js/10-map.js`. Memory is the proportional size of the page's renderer process, 1.5 s after a drag.",
        "The hub, its frames, groups and queues are the product's; PostgreSQL and Redis are left out, changes are injected into the hub's copy of the map. Latency is from the stamp of the oldest change in a picture to the frame after its commit.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
