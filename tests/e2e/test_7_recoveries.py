"""Screens that slept, were set aside or start from nothing: a page that the machine stopped or the browser froze, a wall let in by its code, all by what people do."""

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.alarms import end_fire, raise_fire
from tests.e2e.pages import live, until
from tests.e2e.platform import Door, Platform

ASLEEP_S = 5.0


def stopped(_page: Page, act: Callable[[], None]) -> None:
    """The page's processes get no processor meanwhile: a laptop that sleeps, or a machine too busy to read its socket."""
    mine = {
        process.pid for process in psutil.process_iter(["cmdline", "create_time"]) if "--type=renderer" in (process.info["cmdline"] or []) and _is_ours(process)
    }
    try:
        for pid in mine:
            os.kill(pid, signal.SIGSTOP)
        act()
        time.sleep(ASLEEP_S)
    finally:
        for pid in mine:
            os.kill(pid, signal.SIGCONT)


def _is_ours(process: psutil.Process) -> bool:
    return any(parent.pid == os.getpid() for parent in process.parents())


def frozen(page: Page, act: Callable[[], None]) -> None:
    """The browser itself freezes the page, as it does with one left in the background."""
    tools = page.context.new_cdp_session(page)
    tools.send("Page.setWebLifecycleState", {"state": "frozen"})
    try:
        act()
        time.sleep(ASLEEP_S)
    finally:
        tools.send("Page.setWebLifecycleState", {"state": "active"})


@pytest.mark.parametrize("asleep", [stopped, frozen])
def test_a_page_that_slept_knows_what_happened_meanwhile_and_is_live_without_a_reload(open_as, platform: Platform, door: Door, containers: list[dict], asleep):
    with platform.session("operateur") as client, open_as("operateur", "/console") as page:
        live(page)
        page.evaluate("() => { window.__same = true }")
        raised: list[dict] = []
        asleep(page, lambda: raised.append(raise_fire(door, client, containers[11])))
        until(page, "id => window.__hv.liaison === 'direct' && window.Vigie.alarms.get(id)?.state === 'unacknowledged'", raised[0]["id"], 15)
        assert page.evaluate("() => window.__same && window.Vigie.now() - window.__hv.lastHb < 3000")
        end_fire(door, client, containers[11])


def test_a_wall_is_let_in_by_its_code_typed_in_the_form(browser: Browser, open_as, platform: Platform):
    context = browser.new_context(locale="fr-FR", viewport={"width": 1920, "height": 1080})
    try:
        wall = context.new_page()
        wall.errors = []
        wall.goto(f"{platform.wall_url}/mur")
        code = wall.locator("[data-testid=code-appairage]").inner_text()
        with open_as("admin", "/admin") as page:
            live(page)
            page.fill("#admin-code", code)
            page.fill("#admin-nom-mur", "Salle des essais")
            page.click("[data-testid=admin-approuver]")
            expect(page.locator("[data-testid=admin-murs]")).to_contain_text("Salle des essais", timeout=15_000)
        wall.wait_for_selector("[data-testid=mur]", timeout=60_000)  # The screen goes to the wall by itself: until then it navigates.
        live(wall)
        assert wall.url.endswith("/mur")
    finally:
        context.close()
