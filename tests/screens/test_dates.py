"""Days and moments are written as people write them here, whatever the browser's language, and chosen in a month with the keyboard."""

from typing import Any

import pytest
from dash import html
from playwright.sync_api import Page

from layouts.parts.entry import day_field, entry
from tests.screens import harness

POST = "assets/js/60-post.js"


def form() -> html.Div:
    day, moment = (html.Label([text, field]) for text, field in (("du", day_field("jour")), ("à", day_field("instant", has_hour=True))))
    sent = html.Form(
        [entry("since", "date"), entry("until", "datetime-local", kind="moment"), html.Button("Envoyer", type="submit")], **{"data-post": "/api/v1/rien"}
    )
    return html.Div([day, moment, sent], className="frame", **{"data-csrf": "c"})


@pytest.fixture
def page(open_page: Any) -> Page:
    page = open_page(form(), scripts=(POST,))
    page.evaluate("HV.paint()")
    page.locator("#instant").wait_for()
    return page


def iso(page: Page, component_id: str) -> str:
    return page.evaluate("id => HV.dates.iso(document.getElementById(id))", component_id)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("7/2", "2026-02-07"), ("07.02.26", "2026-02-07"), ("7-2-2026", "2026-02-07"), ("2026-02-07", "2026-02-07"), ("29/02/2028", "2028-02-29"), ("29/02/2026", ""), ("31/13", ""), ("demain", "")],
)  # fmt: skip
def test_a_day_is_read_as_it_is_written_here(page: Page, typed: str, read: str) -> None:
    page.fill("#jour", typed)
    page.locator("#jour").press("Tab")
    assert iso(page, "jour") == read
    assert page.input_value("#jour") == ("/".join(reversed(read.split("-"))) if read else typed)
    assert page.get_attribute("#jour", "aria-invalid") == str(not read).lower()


@pytest.mark.parametrize(
    ("typed", "read"),
    [("7/2/2026 18:04", "2026-02-07T18:04"), ("7/2 18h", "2026-02-07T18:00"), ("7/2 à 8h05", "2026-02-07T08:05"), ("7/2/2026", "2026-02-07T00:00"), ("7/2 25:00", "")],
)  # fmt: skip
def test_a_moment_has_its_hour(page: Page, typed: str, read: str) -> None:
    page.fill("#instant", typed)
    assert iso(page, "instant") == read


def test_the_month_is_walked_with_the_keyboard_and_shut_by_escape(page: Page) -> None:
    page.fill("#jour", "7/2/2026")
    page.get_by_role("button", name="Ouvrir le calendrier").first.click()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "samedi 7 février 2026"
    for key in ("ArrowRight", "ArrowDown", "PageDown"):
        page.keyboard.press(key)
    # 7 + 1 + 7 = 15 February, a month later.
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "dimanche 15 mars 2026"
    page.keyboard.press("Escape")
    assert iso(page, "jour") == "2026-02-07"
    page.get_by_role("button", name="Ouvrir le calendrier").first.click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#jour") == "14/02/2026" and page.evaluate("document.activeElement.id") == "jour"


def test_a_moment_travels_as_an_instant_of_paris(page: Page) -> None:
    sent: list[Any] = []

    def answer(route: Any) -> None:
        sent.append(route.request.post_data_json)
        route.fulfill(status=400, content_type="application/json", body='{"detail": "non"}')

    page.route("**/api/v1/rien", answer)
    page.fill("[name=since]", "7/2/2026")
    page.fill("[name=until]", "7/7/2026 18h04")
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_role("alert").wait_for()
    # July is two hours before UTC in Paris, whatever the zone of the machine.
    assert sent == [{"since": "2026-02-07", "until": "2026-07-07T16:04:00.000Z"}]


def test_no_field_of_a_screen_is_the_browsers_own_date() -> None:
    files = [file for folder in ("layouts", "assets/js", "callbacks") for file in (harness.ROOT / folder).rglob("*.[jp][sy]")]
    assert len(files) > 50
    native = [file.name for file in files if any(said in file.read_text() for said in ('type="date', '"input"), { type: "date', '"input"), { type: "datetime'))]
    assert native == []
