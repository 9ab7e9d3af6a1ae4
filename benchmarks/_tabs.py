"""Tabs of Chromium as a person has them: driven by the browser's own protocol, with none of its domains switched on.

Playwright has every message of a socket sent to it, whole: beside 1,000 alarms a second that took a tenth of two processors, from what was to be measured.
"""

import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.e2e.conftest import CHROMIUM, FLAGS

LIKE_PLAYWRIGHT = [
    "--headless=new",
    "--hide-scrollbars",
    "--mute-audio",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-back-forward-cache",
    "--no-default-browser-check",
    "--password-store=basic",
    "--remote-debugging-port=0",
]
"""Two windows, of which only one can be in front, both live; and what Playwright's own launch has that a measurement could feel."""
SIZE = {"width": 1920, "height": 1080, "deviceScaleFactor": 1, "mobile": False}
START_S, ANSWER_S = 30.0, 120.0


class Browser:
    """The connection to a Chromium that runs. Not for several threads."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self.version: str = self.ask("Browser.getVersion")["product"].partition("/")[2]

    def ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """One command and its answer; what the browser says unasked is left aside. Raises RuntimeError with its words when it refuses."""
        number = self.say(method, session, **parameters)
        while (answer := json.loads(self._socket.recv(timeout=ANSWER_S))).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def say(self, method: str, session: str = "", **parameters: Any) -> int:
        """One command whose answer nobody awaits; gives its number."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})))
        return number

    def open(self, url: str, cookies: Mapping[str, str]) -> "Tab":
        """A page in a window and a profile of its own, French, 1920 by 1080, with these cookies."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        self.ask("Storage.setCookies", cookies=[{"name": name, "value": value, "url": url} for name, value in cookies.items()], browserContextId=context)
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=context, newWindow=True)["targetId"]
        tab = Tab(self, self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        tab.ask("Emulation.setDeviceMetricsOverride", **SIZE)
        tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        tab.ask("Emulation.setLocaleOverride", locale="fr-FR")
        tab.ask("Emulation.setTimezoneOverride", timezoneId="Europe/Paris")
        if why := tab.ask("Page.navigate", url=url).get("errorText"):
            raise RuntimeError(f"{url} does not open: {why}")
        return tab


class Tab:
    """One page."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """As the browser's, of this page."""
        return self._browser.ask(method, self._session, **parameters)

    def evaluate(self, function: str) -> Any:
        """What a JavaScript function without arguments gives, as JSON; None while the page gives way to another."""
        try:
            answer = self.ask("Runtime.evaluate", expression=f"({function})()", returnByValue=True)
        except RuntimeError as error:
            if "context" in str(error) or "navigated" in str(error):
                return None
            raise
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{function[:200]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, letter: str) -> None:
        """A key down and up, whether or not the page has served those before: a hand does not wait."""
        key = {"key": letter, "code": f"Key{letter.upper()}", "windowsVirtualKeyCode": ord(letter.upper())}
        self._browser.say("Input.dispatchKeyEvent", self._session, type="keyDown", text=letter, **key)
        self._browser.say("Input.dispatchKeyEvent", self._session, type="keyUp", **key)

    def reload(self) -> None:
        """Reads the page again; returns once the old one is gone."""
        self.evaluate("() => { window.isOld = true }")
        self.ask("Page.reload")
        self.wait("() => !window.isOld")

    def wait(self, question: str, limit_s: float = 60.0) -> None:
        """Asks until the answer is true. Raises TimeoutError."""
        ends = time.monotonic() + limit_s
        while not self.evaluate(f"() => Boolean(({question})())"):
            if time.monotonic() > ends:
                raise TimeoutError(f"{question} stayed false for {limit_s} s")
            time.sleep(0.05)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium with a profile of its own, for the block."""
    with tempfile.TemporaryDirectory(prefix="vigie-chromium-", ignore_cleanup_errors=True) as folder:
        command = [CHROMIUM, *FLAGS, *LIKE_PLAYWRIGHT, f"--user-data-dir={folder}"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            with connect(_address(Path(folder) / "DevToolsActivePort"), max_size=None, max_queue=None, compression=None) as socket:
                yield Browser(socket)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(told: Path) -> str:
    """Where the browser listens, which it writes in its profile: a port, then a path."""
    ends = time.monotonic() + START_S
    while not told.exists() or len(lines := told.read_text().split()) < 2:
        if time.monotonic() > ends:
            raise TimeoutError(f"Chromium did not start in {START_S:.0f} s")
        time.sleep(0.05)
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
