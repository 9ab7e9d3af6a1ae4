"""The consoles of `make bench NAME=desk`: two in Chromium whose keys are timed, and protocol clients that read `/live` as a console does."""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import httpx
import websockets

from benchmarks._tabs import Browser, Tab
from tests.e2e.pages import KEY_TO_PAINT, LIVE
from tests.e2e.platform import Platform

PAINTED_S = 2.0
PROCESSES = multiprocessing.get_context("spawn")
Counts = dict[str, dict[str, int]]
"""{priority: {state: n}}."""


class Clients:
    """That many sockets of one operator, in a process of their own: what they cost is not the bench's."""

    def __init__(self, platform: Platform, count: int) -> None:
        self._ours, theirs = PROCESSES.Pipe()
        with platform.session("operateur") as signed:
            cookie = "; ".join(f"{name}={value}" for name, value in signed.cookies.items())
        url = platform.url.replace("http", "ws", 1) + "/live?gather=true"
        self._process = PROCESSES.Process(target=_read_all, args=(theirs, count, url, {"Cookie": cookie, "Origin": platform.url}))

    @contextmanager
    def reading(self) -> Iterator["Clients"]:
        """Connected, from here to the end of the block."""
        self._process.start()
        try:
            until(lambda: all(self.told()[2]), 120, "protocol clients without a snapshot")
            yield self
        finally:
            self._process.terminate()
            self._process.join()

    def told(self) -> tuple[list[int], list[Counts], list[int]]:
        """Of each: the highest fact it has, its exact counts, and how many snapshots it got."""
        self._ours.send(None)
        seqs, held, openings = self._ours.recv()
        return seqs, held, openings


def _read_all(pipe: Connection, count: int, url: str, headers: dict[str, str]) -> None:
    seqs, held, openings = [0] * count, [{} for _ in range(count)], [0] * count

    async def read(number: int) -> None:
        async for socket in websockets.connect(url, max_size=None, compression=None, additional_headers=headers):
            try:
                async for message in socket:
                    if isinstance(message, str):
                        take(number, message)
            except websockets.ConnectionClosed:
                continue

    def take(number: int, message: str) -> None:
        kind = message[6 : message.index('"', 6)]
        if kind in ("snapshot", "counts"):
            read = json.loads(message)
            held[number] = read["counts"]
            openings[number] += kind == "snapshot"
            seqs[number] = max(seqs[number], read.get("seq", 0))
        elif kind != "hb" and (place := message.find('"seq":')) > 0:
            seqs[number] = max(seqs[number], int(message[place + 6 : message.index(",", place)]))

    async def run() -> None:
        tasks = [asyncio.create_task(read(number)) for number in range(count)]
        while not all(task.done() for task in tasks):
            await asyncio.to_thread(pipe.recv)
            pipe.send((seqs, held, openings))

    asyncio.run(run())


class Keys:
    """Two consoles in Chromium, each typing in turn; milliseconds from key to paint come out."""

    def __init__(self, browser: Browser, platform: Platform, every_ms: int) -> None:
        self.every_s = every_ms / 1000
        self.tabs: list[Tab] = []
        for username in ("operateur", "chef"):
            with platform.session(username) as signed:
                self.tabs.append(browser.open(f"{platform.url}/console", dict(signed.cookies)))
            self.tabs[-1].wait(LIVE)
            self.tabs[-1].evaluate(KEY_TO_PAINT)

    def press(self, while_: Callable[[], bool]) -> tuple[list[float], int]:
        """Keys down and up the queue, one in each console every `every_ms` whether or not the last is painted, while the condition holds; and how many were pressed.

        A key at the end of a short queue chooses nothing, and is not timed.
        """
        turn, due = 0, time.monotonic()
        while while_():
            due += self.every_s
            for tab in self.tabs:
                tab.press("k" if turn % 4 == 3 else "j")
            turn += 1
            time.sleep(max(0.0, due - time.monotonic()))
        time.sleep(PAINTED_S)
        return sorted(delay for tab in self.tabs for delay in tab.evaluate("() => __keys.splice(0)")), turn * len(self.tabs)

    def mount(self) -> None:
        """Loads both pages again: each asks a fresh snapshot."""
        for tab in self.tabs:
            tab.reload()
            tab.wait(LIVE)
            tab.wait("() => document.querySelector('.ag-row')")
            tab.evaluate(KEY_TO_PAINT)

    def held(self) -> list[tuple[int, Counts, int]]:
        """Of each console: its highest fact, its counts and how many alarms it holds."""
        return [tab.evaluate("() => [window.__hv.seq, window.Vigie.counts, window.Vigie.alarms.size]") for tab in self.tabs]


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
