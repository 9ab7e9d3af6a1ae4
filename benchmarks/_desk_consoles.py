"""The consoles of `make bench NAME=desk`: two in Chromium whose keys are timed, and protocol clients that read `/live` as a console does."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import websockets
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import visit
from tests.e2e.pages import KEY_TO_PAINT, live
from tests.e2e.platform import Platform

KEY_EVERY_MS = 100


class Clients:
    """That many sockets of one operator. `seqs`: of each, the highest fact it has; `held`: its exact counts as it knows them, {priority: {state: n}}."""

    def __init__(self, platform: Platform, count: int) -> None:
        self.seqs = [0] * count
        self.held: list[dict[str, dict[str, int]]] = [{} for _ in range(count)]
        self.openings = [0] * count
        self._platform, self._count = platform, count
        self._ending = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    @contextmanager
    def reading(self) -> Iterator["Clients"]:
        """Connected, from here to the end of the block."""
        self._thread.start()
        try:
            until(lambda: all(self.openings), 60, "protocol clients without a snapshot")
            yield self
        finally:
            self._ending.set()
            self._thread.join()

    async def _run(self) -> None:
        with self._platform.session("operateur") as signed:
            cookie = "; ".join(f"{name}={value}" for name, value in signed.cookies.items())
        url = self._platform.url.replace("http", "ws", 1) + "/live"
        tasks = [asyncio.create_task(self._read(number, url, {"Cookie": cookie, "Origin": self._platform.url})) for number in range(self._count)]
        await asyncio.to_thread(self._ending.wait)
        for task in tasks:
            task.cancel()

    async def _read(self, number: int, url: str, headers: dict[str, str]) -> None:
        async with websockets.connect(url, max_size=None, compression=None, additional_headers=headers) as socket:
            async for message in socket:
                if isinstance(message, str):
                    self._take(number, json.loads(message))

    def _take(self, number: int, message: dict[str, Any]) -> None:
        if message["t"] in ("snapshot", "counts"):
            self.held[number] = message["counts"]
        self.openings[number] += message["t"] == "snapshot"
        self.seqs[number] = max(self.seqs[number], message.get("seq", 0) if message["t"] != "hb" else 0)


class Keys:
    """Two consoles in Chromium, each typing in turn; milliseconds from key to paint come out."""

    def __init__(self, browser: Browser, platform: Platform) -> None:
        self.pages: list[Page] = []
        for username in ("operateur", "chef"):
            context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="fr-FR", timezone_id="Europe/Paris")
            page = visit(context, platform, username, "/console", [])
            live(page)
            page.evaluate(KEY_TO_PAINT)
            self.pages.append(page)

    def press(self, while_: Callable[[], bool]) -> list[float]:
        """Keys down and up the queue, a pair each tenth of a second, while the condition holds."""
        turn = 0
        while while_():
            due = time.monotonic() + KEY_EVERY_MS / 1000
            for page in self.pages:
                page.keyboard.press("k" if turn % 4 == 3 else "j")
            turn += 1
            self.pages[0].wait_for_timeout(max(1.0, 1000 * (due - time.monotonic())))
        self.pages[0].wait_for_timeout(500)
        return sorted(delay for page in self.pages for delay in page.evaluate("() => __keys.splice(0)"))

    def mount(self) -> None:
        """Loads both pages again: each asks a fresh snapshot."""
        for page in self.pages:
            page.reload(wait_until="domcontentloaded")
            live(page)
            page.wait_for_selector(".ag-row")
            page.evaluate(KEY_TO_PAINT)

    def held(self) -> list[tuple[int, dict[str, dict[str, int]], int]]:
        """Of each console: its highest fact, its counts and how many alarms it holds."""
        return [page.evaluate("() => [window.__hv.seq, window.Vigie.counts, window.Vigie.alarms.size]") for page in self.pages]


def until(condition: Callable[[], bool], limit_s: float, complaint: str) -> float:
    """Asks each tenth of a second; gives the seconds it took. Raises TimeoutError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > limit_s:
            raise TimeoutError(complaint)
        time.sleep(0.1)
    return time.monotonic() - began


def floor(platform: Platform, seconds: float = 3.0) -> list[float]:
    """Milliseconds of the web process's answers that read nothing, ten a second: what the machine and its queue cost meanwhile."""
    found: list[float] = []
    ends = time.monotonic() + seconds
    with httpx.Client(base_url=platform.url, timeout=30) as client:
        while time.monotonic() < ends:
            found.append(client.get("/healthz").elapsed.total_seconds() * 1000)
            time.sleep(0.1)
    return sorted(found)
