"""Screens that slept, were set aside or start from nothing: a page that the machine stopped, the browser froze or another tab hid, a wall let in by its code and steered, all by what people do."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.alarms import end_fire, raise_fire
from tests.e2e.pages import LIVE, live, until
from tests.e2e.platform import PASSWORD, Door, Platform
from tests.e2e.tabs import Tab, tabs

ASLEEP_S, BAND_S = 5.0, 3.0
ASSETS = 39_000  # The demonstration is of about 40,000.
BURNS = f'id => window.__hv.map.n >= {ASSETS} && window.Vigie.ask("locate", {{ id }}).then(found => found.asset_id === id && (found.look & 7) === 4)'
"""Whether the map, whole, holds an asset in critical alarm."""


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
        until(page, BURNS, containers[11]["id"], 5)
        assert page.evaluate("() => window.__same && window.Vigie.now() - window.__hv.lastHb < 3000")
        end_fire(door, client, containers[11])


SHOWN = """window.__same = true; window.__shown = []; document.addEventListener('visibilitychange', () => document.hidden || requestAnimationFrame(() => __shown.push(performance.now())));
window.__right = []; const look = () => { const shown = [...document.querySelectorAll('[data-valeur]')].filter(e => e.getClientRects().length && !['', '–'].includes(e.dataset.valeur) && e.querySelector('.number-stale'));
  __right.push([performance.now(), window.__hv.liaison, !document.querySelector('[data-testid=bandeau-liaison]').hidden, shown.filter(e => e.dataset.live === 'true').length]); requestAnimationFrame(look); };
document.addEventListener('visibilitychange', () => { __right = []; }); look()"""
"""The tab notes at each of its frames what it says: (ms, link, whether the band is there, how many values look current). A hidden tab has no frame."""


@contextmanager
def hidden(platform: Platform, folder: Path) -> Iterator[tuple[Tab, Tab]]:
    """An operator's console in a tab behind another one."""
    with tabs(folder, f"{platform.url}/", "about:blank") as (console, other):
        console.until("document.readyState === 'complete' && location.pathname === '/'")
        body = json.dumps({"username": "operateur", "password": PASSWORD})
        signed = (
            f"fetch('/api/v1/session', {{method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: {json.dumps(body)}}}).then(answer => answer.ok)"
        )
        assert console.evaluate(signed)
        console.show()
        console.ask("Page.navigate", url=f"{platform.url}/console")
        console.until(f"Boolean(({LIVE})())", 60)
        console.evaluate(SHOWN)
        other.show()
        console.until("document.hidden")
        yield console, other


def test_a_tab_that_was_hidden_knows_what_happened_meanwhile_as_soon_as_it_is_shown(platform: Platform, door: Door, containers: list[dict], tmp_path: Path):
    with platform.session("operateur") as client, hidden(platform, tmp_path) as (console, _other):
        alarm = raise_fire(door, client, containers[10])
        time.sleep(ASLEEP_S)
        console.show()
        console.until("__shown.length")
        console.until(f"window.__hv.liaison === 'direct' && window.Vigie.alarms.get({alarm['id']})?.state === 'unacknowledged'", BAND_S)
        console.until(f"({BURNS})({containers[10]['id']})", BAND_S)
        # Heartbeats came all the while: it never had to say that the link was lost.
        assert console.evaluate("__right.every(([, link, band]) => link === 'direct' && !band) && window.__same")
        end_fire(door, client, containers[10])


def test_a_tab_shown_again_while_the_server_is_silent_shows_nothing_old_as_live_and_comes_back(
    platform: Platform, door: Door, containers: list[dict], tmp_path: Path
):
    with platform.session("operateur") as client, hidden(platform, tmp_path) as (console, _other):
        pids = platform.signal(signal.SIGSTOP, "app:server", str(platform.ports["web"]))
        try:
            time.sleep(ASLEEP_S)
            console.show()
            console.until("__right.length && __right.at(-1)[0] - __shown[0] > 3000", 20)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        frames = console.evaluate("__right.map(([at, ...rest]) => [at - __shown[0], ...rest])")
        late = [frame for frame in frames if not (frame[1] == "perdue" and frame[2] and frame[3] == 0)]
        assert all(at < 1_000 for at, *_rest in late), late[-3:]
        alarm = raise_fire(door, client, containers[9])
        console.until(f"window.__hv.liaison === 'direct' && window.Vigie.alarms.get({alarm['id']})?.state === 'unacknowledged'", 15)
        console.until(f"({BURNS})({containers[9]['id']})", 5)
        assert console.evaluate("window.__same")
        end_fire(door, client, containers[9])


def test_a_wall_is_let_in_by_its_code_typed_in_the_form_steered_from_the_console_and_closed_when_revoked(browser: Browser, open_as, platform: Platform):
    context = browser.new_context(locale="fr-FR", viewport={"width": 1920, "height": 1080})
    try:
        wall = context.new_page()
        wall.errors = []
        wall.goto(f"{platform.wall_url}/mur")
        code = wall.locator("[data-testid=code-appairage]").inner_text()
        with open_as("chef", "/admin") as office:
            live(office)
            office.fill("#admin-code", code)
            office.fill("#admin-nom-mur", "Salle des essais")
            office.click("[data-testid=admin-approuver]")
            expect(office.locator("[data-testid=admin-murs]")).to_contain_text("Salle des essais", timeout=15_000)
            wall.wait_for_selector("[data-testid=mur]", timeout=60_000)  # The screen goes to the wall by itself: until then it navigates.
            live(wall)
            _steered(open_as, wall)
            office.locator("[data-testid=admin-murs] tr", has_text="Salle des essais").get_by_role("button", name="Révoquer").click()
            wall.wait_for_selector("[data-testid=code-appairage]", timeout=45_000)
    finally:
        context.close()


def _steered(open_as, wall: Page) -> None:
    """What the chief clicks in the console's panel, the wall shows without loading again."""
    wall.evaluate("() => { window.__same = true }")
    scene = lambda key: until(wall, "key => document.getElementById('mur').dataset.scene === key", key, 5)  # noqa: E731
    with open_as("chef", "/console") as console:
        live(console)
        console.get_by_role("button", name="Mur", exact=True).click()
        console.select_option("[data-testid=pilote-scene]", "water")
        scene("water")
        expect(wall.locator("[data-testid=mur-etat]")).to_contain_text("piloté par")
        console.select_option("[data-testid=pilote-scene]", "")
        console.select_option("[data-testid=pilote-rotation_s]", "20")
        expect(wall.locator("[data-testid=mur-etat]")).to_contain_text("rotation")
        console.check("[data-testid=pilote-visit]")
        until(wall, "() => document.documentElement.dataset.visite === 'true'", limit_s=5)
        console.select_option("[data-testid=pilote-theme]", "jour")
        until(wall, "() => document.documentElement.dataset.theme === 'jour'", limit_s=5)
        console.get_by_role("button", name="Rendre la main").click()
        scene("territoire")
        until(wall, "() => document.documentElement.dataset.visite === 'false'", limit_s=5)
        expect(wall.locator("[data-testid=mur-etat]")).to_be_hidden()
    assert wall.evaluate("() => window.__same")
