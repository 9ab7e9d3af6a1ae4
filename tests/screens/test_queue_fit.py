"""The console's queue and panels fit their windows: a desk, a phone in the street, a screen of four times as many points."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from layouts.parts.queue import COLUMNS
from tests.screens.desk_page import open_desk, rows
from tests.screens.feed_samples import BURST
from tests.screens.harness import say


@pytest.fixture
def desk(world: Any, open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> Page:
    return open_desk(open_page, monkeypatch)


def test_the_columns_of_durations_hold_the_widest_ones(desk: Page) -> None:
    widths = {column["colId"]: column["width"] for column in COLUMNS if "width" in column}
    widest = desk.evaluate("""() => { const brush = document.createElement('canvas').getContext('2d'); brush.font = getComputedStyle(document.body).fontFamily.replace(/^/, '14.5px ');
        return Math.max(...[59 * 60 + 59, 23 * 3600 + 59 * 60, 9 * 86400 + 23 * 3600].map((s) => brush.measureText(HV.age(s * 1000)).width)) }""")
    # 8 px of padding at each side (THEME).
    assert widest + 16 <= widths["age"]


def unfolded(desk: Page, width: int, height: int = 900) -> list[str]:
    """The columns that are shown in a window of that width, once the queue has seen it."""
    desk.set_viewport_size({"width": width, "height": height})
    desk.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return desk.evaluate("columns.filter(one => !one.hide && !folded.has(one.colId)).map(one => one.colId)")


def test_the_desk_shows_every_column_and_a_phone_the_four_that_are_read_in_the_street(desk: Page):
    every = [column["colId"] for column in COLUMNS if not column.get("hide")]
    assert unfolded(desk, 1920, 1080) == every
    assert unfolded(desk, 390, 844) == ["gravite", "evenement", "age"]
    assert unfolded(desk, 1920, 1080) == every


@pytest.mark.parametrize("width", [320, 390, 600, 896, 1024, 1280, 1600, 1920])
def test_the_columns_of_the_queue_are_never_wider_than_it(desk: Page, width: int):
    shown = unfolded(desk, width)
    least = sum(column.get("width", column.get("minWidth")) for column in COLUMNS if column["colId"] in shown)
    assert least <= desk.locator(".queue-rows").evaluate("place => place.clientWidth")


def test_what_a_phone_has_no_column_for_is_said_under_the_place(desk: Page):
    say(desk, "snapshot", [BURST])
    said = "dashAgGridFunctions.VigieQueue.title(Array.from(held.values())[0])"
    rows(desk)
    assert "Non acquittée" not in desk.evaluate(said)
    unfolded(desk, 390)
    assert re.search(r"Non acquittée( · |$)", desk.evaluate(said))
    assert desk.evaluate("options.rowHeight") > 46


def test_on_a_screen_of_four_times_as_many_points_the_queue_grows_with_the_page(desk: Page):
    assert "astreinte" in unfolded(desk, 3840, 2160)
    # One and a half times the type (20-frame.css), the widths of COLUMNS and the heights of 41-queue-fit.js.
    assert desk.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    assert desk.evaluate("[widths.heure, options.rowHeight, options.headerHeight]") == [90, 69, 51]


def test_the_note_of_a_perimeter_is_not_hidden_by_the_button_of_works(desk: Page):
    for name in ("45-map-tools", "47-works"):
        desk.add_style_tag(url=f"/assets/{name}.css")
    desk.evaluate("Object.assign(document.getElementById('carte-perimetre'), { hidden: false, textContent: 'Périmètre indicatif : 250 m' })")
    note, works = (desk.locator(selector).bounding_box() for selector in ("#carte-perimetre", "#travaux-ouvrir"))
    assert note and works
    assert note["y"] + note["height"] <= works["y"]


def test_on_a_phone_nothing_of_the_logbook_is_out_of_its_panel(desk: Page):
    unfolded(desk, 390, 844)
    form = desk.locator(".log-form")
    assert form.evaluate("form => form.scrollWidth <= form.clientWidth")
    assert form.locator(".note-text").evaluate("field => field.offsetWidth") > 300
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
