"""Screens that slept, were set aside or start from nothing: a page that the machine stopped or the browser froze, a wall let in by its code, all by what people do."""

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Page

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
