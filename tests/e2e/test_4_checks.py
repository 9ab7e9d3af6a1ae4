"""What the desk owes to each person, on a whole platform: keys of their own, levels for any sight, one voice (screens.md §5, checks 19, 20 and 22)."""

import httpx
from playwright.sync_api import Page

from tests.e2e.alarms import end_fire, raise_fire
from tests.e2e.pages import live, until
from tests.e2e.platform import Door, Platform, wait_until
from tests.sight import told_apart

LISTEN = """() => { window.__said = []; const region = document.getElementById('annonces');
  new MutationObserver(() => region.textContent && __said.push(region.textContent)).observe(region, {childList: true}) }"""
REPEATED_MS = 6_000  # Twice the pause between two announcements.


def test_check_19_letters_are_turned_off_and_remapped_and_none_acts_while_somebody_writes(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client, open_as("operateur", "/console") as page:
        live(page)
        alarm = raise_fire(door, client, containers[8])
        until(page, "id => window.Vigie.alarms.has(id)", alarm["id"])
        until(page, "id => window.Desk.chooseAsset(id)", containers[8]["id"])
        until(page, "id => window.Desk.selected?.alarmId === id", alarm["id"])
        try:
            switch_letters(page, "false")
            press_in_queue(page, "a")
            switch_letters(page, "true")
            page.keyboard.press("n")
            until(page, "() => document.activeElement.matches('input, textarea')")
            page.keyboard.type("aaa")
            page.evaluate("() => { document.activeElement.value = ''; document.activeElement.blur() }")
            open_help(page)
            page.click("[data-remap=acknowledge]")
            page.keyboard.press("Alt+a")
            until(page, "() => document.querySelector('[data-cap=acknowledge]').textContent === 'Alt+A'")
            page.keyboard.press("Escape")
            press_in_queue(page, "a")
            assert not shape(client, alarm)["acknowledged"], "a letter acted that was off, written or given away"
            press_in_queue(page, "Alt+a")
            wait_until(lambda: shape(client, alarm)["acknowledged_by"] == "operateur", 30, "Alt+A did not acknowledge")
        finally:
            open_help(page)
            page.click("#touches-origine")
            until(page, "() => document.querySelector('[data-cap=acknowledge]').textContent === 'A'")
        end_fire(door, client, containers[8])
        assert page.errors == []


def test_check_20_any_sight_tells_the_five_levels_apart_on_the_console(open_as):
    with open_as("operateur", "/console") as page:
        live(page)
        for theme in ("nuit", "jour", "nuit-profonde"):
            told_apart(page, theme)


def test_check_22_a_critical_alarm_is_announced_once_by_the_page_s_one_voice(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client, open_as("chef", "/console") as page:
        live(page)
        until(page, "() => document.querySelector('.ag-aria-description-container')")
        assert page.locator("[aria-live=polite]").count() == 1, "the grid speaks beside the page, before its API answers or after"
        page.evaluate(LISTEN)
        alarm = raise_fire(door, client, containers[9])
        until(page, "name => __said.some(text => text.includes(name))", alarm["asset_name"], limit_s=10)
        page.wait_for_timeout(REPEATED_MS)
        said = page.evaluate("name => __said.filter(text => text.includes(name))", alarm["asset_name"])
        assert len(said) == 1 and "critique" in said[0].lower(), said
        end_fire(door, client, containers[9])


def switch_letters(page: Page, to: str) -> None:
    """« Les lettres seules agissent », in the help of the keyboard."""
    open_help(page)
    page.click("#touches-actives")
    until(page, "to => document.getElementById('touches-actives').getAttribute('aria-checked') === to", to)
    page.keyboard.press("Escape")


def open_help(page: Page) -> None:
    """By the palette, whose key stays when letters are off."""
    page.keyboard.press("Control+k")
    page.keyboard.type("aide")
    page.keyboard.press("Enter")
    until(page, "() => document.getElementById('aide-clavier').open")


def press_in_queue(page: Page, key: str) -> None:
    """A key where the queue has the focus."""
    page.evaluate("() => window.Desk.focusQueue()")
    page.keyboard.press(key)


def shape(client: httpx.Client, alarm: dict) -> dict:
    """The alarm as the API shows it now."""
    return client.get(f"/api/v1/alarms/{alarm['id']}").json()
