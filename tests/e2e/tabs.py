"""A Chromium with tabs that hide one another, as a person's does: Playwright keeps every page of its own visible."""

import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from hypervisor.launcher.processes import free_port
from tests.e2e.conftest import CHROMIUM, FLAGS

START_S, EACH_S = 30.0, 0.02


@dataclass
class Tab:
    """One tab, asked by DevTools."""

    browser: httpx.Client
    target: str
    socket: ClientConnection
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a DevTools command. Raises LookupError when the tab has no page, as between two."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer: dict[str, Any] = json.loads(self.socket.recv(timeout=60))
            if answer.get("id") == number:
                if "error" in answer:
                    raise LookupError(str(answer["error"]))
                result: dict[str, Any] = answer["result"]
                return result

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited."""
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, expression: str, limit_s: float = 30) -> Any:
        """The first truthy value of an expression."""
        end = time.monotonic() + limit_s
        while not (value := self._now(expression)):
            assert time.monotonic() < end, f"{expression} stayed {value!r} for {limit_s} s, link {self._now('window.__hv && window.__hv.liaison')}"
            time.sleep(EACH_S)
        return value

    def _now(self, expression: str) -> Any:
        try:
            return self.evaluate(expression)
        except LookupError:
            return None

    def show(self) -> None:
        """Brings the tab to the front: the one that was there is hidden."""
        self.browser.get(f"/json/activate/{self.target}").raise_for_status()


@contextmanager
def tabs(folder: Path, *addresses: str) -> Iterator[list[Tab]]:
    """A Chromium with a tab for each address; the last one is in front."""
    port = free_port()
    command = [
        CHROMIUM,
        "--headless=new",
        *FLAGS,
        f"--remote-debugging-port={port}",
        f"--user-data-dir={folder}",
        "--window-size=1600,900",
        "--lang=fr",
        "about:blank",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with ExitStack() as opened, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as browser:
        opened.callback(process.wait, timeout=20)
        opened.callback(process.terminate)
        end = time.monotonic() + START_S
        while not _answers(browser):
            assert process.poll() is None and time.monotonic() < end, "Chromium did not start"
            time.sleep(EACH_S)
        found = []
        for address in addresses:
            target = browser.put(f"/json/new?{address}").json()
            found.append(Tab(browser, target["id"], opened.enter_context(connect(target["webSocketDebuggerUrl"], max_size=None, compression=None))))
        yield found


def _answers(browser: httpx.Client) -> bool:
    try:
        return browser.get("/json/version").status_code == 200
    except httpx.HTTPError:
        return False
