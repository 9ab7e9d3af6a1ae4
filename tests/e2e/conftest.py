"""One platform for the whole run, one Chromium, which finds no address off this machine."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.alarms import is_heard
from tests.e2e.inventory import import_containers
from tests.e2e.platform import PASSWORD, Door, Platform, wait_until
from tests.receivers import SmsGateway, sms_gateway

LIMIT_S = 600  # The first test of a run pays the generation of the territory.


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is in this folder, and gives it the time of a first start."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(LIMIT_S))


LOOPBACK = re.compile(r"^(?:(?:https?|wss?)://(?:127\.0\.0\.1|localhost)(?::\d+)?/|data:|blob:|about:)")
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
"""The browser itself finds no address off this machine: a route that looked at each request would hold them all while the test waits for something else, and turn the cache off."""


@pytest.fixture(scope="session")
def gateway() -> Iterator[SmsGateway]:
    """The gateway that the platform's SMS and calls reach."""
    with sms_gateway() as started:
        yield started


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory, gateway: SmsGateway) -> Iterator[Platform]:
    """The demonstration territory of 40,000 assets, started once."""
    started = Platform(tmp_path_factory.mktemp("vigie", numbered=True) / "var", env={"HYPERVISOR_SMS_URL": gateway.url})
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def door(platform: Platform) -> Door:
    """A sender of observations."""
    return Door(platform)


@pytest.fixture(scope="session")
def containers(platform: Platform, door: Door, tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Containers that only the tests report on, known to the engine."""
    with platform.session("operateur") as client:
        found = import_containers(platform, client, tmp_path_factory.mktemp("inventory"))
        wait_until(lambda: is_heard(door, client, found[-1]), 60, "the engine never heard of what was imported")
        return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Real Chromium, headless."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def escaped() -> list[str]:
    """Addresses off this machine that any page asked for; they were refused."""
    return []


@pytest.fixture(scope="session")
def open_as(browser: Browser, platform: Platform, escaped: list[str]):
    """A context manager: a page signed in as someone, on a path, at a size."""

    @contextmanager
    def opened(username: str, path: str, *, base: str | None = None, width: int = 1920, height: int = 1080) -> Iterator[Page]:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR", timezone_id="Europe/Paris")
        try:
            yield visit(context, platform, username, path, escaped, base)
        finally:
            context.close()

    return opened


def visit(context: BrowserContext, platform: Platform, username: str, path: str, escaped: list[str], base: str | None = None) -> Page:
    """Signs in through the API of that process and opens the page; console errors fail the test that reads `page.errors`."""
    base = base or platform.url

    context.on("request", lambda request: None if LOOPBACK.match(request.url) else escaped.append(request.url))
    signed = context.request.post(f"{base}/api/v1/session", data={"username": username, "password": PASSWORD})
    assert signed.ok, f"{username} could not sign in: {signed.status} {signed.text()[:300]}"
    page = context.new_page()
    page.errors = []
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(f"{base}{path}", wait_until="domcontentloaded")
    return page
