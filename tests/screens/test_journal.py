"""The page of the logbook in a browser: filters become the request, corrected lines are struck and readable, what arrives is announced."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from dash import html
from playwright.sync_api import Page, Route

from layouts.pages import journal
from layouts.parts import journal as parts
from tests.screens.harness import say

SEAL = {"night": "2026-02-11", "seq": 8841, "hash": "ab", "sealed_at": "2026-02-11T01:15:00.000000Z", "first_broken": None}


def line(seq: int, text: str, kind: str = "observation", **more: Any) -> dict[str, Any]:
    return {"seq": seq, "at": "2026-02-11T17:05:10.000000Z", "actor": "durand", "actor_name": "M. Durand", "kind": kind, "text": text, "corrects": None,
            "corrected_by": [], "event_number": "EV-2026-004512", "exercise": False} | more  # fmt: skip


LINES = [
    line(8842, "Lire 421 m³/h et non 412.", "correction", corrects=8840),
    line(8841, "Astreinte eau jointe, arrivée estimée 25 min.", "call_out"),
    line(8840, "Débit du secteur Antigone à 412 m³/h, deux capteurs concordants.", corrected_by=[8842]),
    line(8839, "Tournée Nord avancée à 18:30 pour PAV-208 et PAV-041.", "action", actor_name="Mme Petit", event_number=None, exercise=True),
]


class Server:
    """The logbook's address: what was asked, what was written."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.written: list[dict[str, Any]] = []

    def answer(self, route: Route) -> None:
        if route.request.method == "POST":
            self.written.append(json.loads(route.request.post_data or "{}"))
            return route.fulfill(status=201, json=line(8843, self.written[-1]["text"]))
        self.asked.append(parse_qs(urlsplit(route.request.url).query))
        if "export.pdf" in route.request.url:
            part = self.asked[-1].get("part", ["1"])[0]
            return route.fulfill(
                body=b"%PDF-1.7", headers={"X-Vigie-Parts": "3", "Content-Disposition": f'attachment; filename="main-courante-{part}-sur-3.pdf"'}
            )
        return route.fulfill(json={"items": LINES, "next": None})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def page(world: Any, open_page: Callable[..., Page], server: Server, monkeypatch: pytest.MonkeyPatch) -> Page:
    world.database = type("Database", (), {"unit_of_work": lambda _self, _tenant: nullcontext()})()
    monkeypatch.setattr("hypervisor.queries.logbook.seals", lambda _uow, _limit: [SEAL])
    monkeypatch.setattr("layouts.parts.toasts.provided", lambda children: html.Div(children, className="provided"))
    opened = open_page(journal.layout(), css=("assets/40-console.css", "assets/46-procedure.css", "assets/47-journal.css"))
    opened.evaluate("window.sent = []; window.dash_clientside = { no_update: null, set_props: (id, props) => sent.push([id, props]) };")
    opened.route("**/api/v1/**", server.answer)
    opened.add_script_tag(url="/assets/js/58-journal.js")
    say(opened, "liaison", "direct")
    opened.wait_for_selector("[data-testid=mention-8840]")
    return opened


def test_a_corrected_line_is_struck_and_readable_and_names_its_correction(page: Page) -> None:
    assert page.text_content("[data-testid=mention-8840] del") == LINES[2]["text"]
    assert "n° 8842" in (page.text_content("[data-testid=mention-8840] .journal-link") or "")
    assert "n° 8840" in (page.text_content("[data-testid=mention-8842] .journal-link") or "")
    assert page.text_content("[data-testid=mention-8841] .log-kind") == "Appel émis"


def test_the_filters_are_what_is_asked_and_what_is_exported(page: Page, server: Server) -> None:
    page.fill("#journal-texte input", "fuite")
    page.select_option("#journal-nature", "decision")
    page.fill("#journal-depuis input", "2026-02-10")
    page.fill("#journal-jusque input", "2026-02-11")
    page.wait_for_function("document.getElementById('export-csv').href.includes('until=')")
    page.wait_for_function("!document.getElementById('journal-lignes').hasAttribute('aria-busy')")
    asked = server.asked[-1]
    assert (asked["text"], asked["kind"]) == (["fuite"], ["decision"])
    assert asked["since"][0] < asked["until"][0], "the last day is inside"
    assert "text=fuite" in page.get_attribute("#export-pdf", "href")


def test_lines_of_an_exercise_say_so_and_are_read_alone_or_left_out(page: Page, server: Server) -> None:
    assert page.text_content("[data-testid=mention-8839] .log-drill") == "EXERCICE"
    assert page.locator(".log-drill").count() == 1
    for choice in ("true", "false"):
        page.select_option("#journal-exercice", choice)
        page.wait_for_function(f"document.getElementById('export-pdf').href.includes('exercise={choice}')")
        page.wait_for_function("!document.getElementById('journal-lignes').hasAttribute('aria-busy')")
        assert server.asked[-1]["exercise"] == [choice]


def test_a_document_in_parts_offers_the_others_beside_the_first(page: Page, server: Server) -> None:
    with page.expect_download() as taken:
        page.click("#export-pdf")
    assert taken.value.suggested_filename == "main-courante-1-sur-3.pdf"
    page.wait_for_selector("#export-parties a")
    assert page.locator("#export-parties a").all_text_contents() == ["PDF 2 sur 3", "PDF 3 sur 3"]
    with page.expect_download() as taken:
        page.click("text=PDF 3 sur 3")
    assert taken.value.suggested_filename == "main-courante-3-sur-3.pdf"
    page.fill("#journal-texte input", "fuite")
    page.wait_for_function("!document.querySelector('#export-parties a')")


def test_a_correction_points_at_its_line(page: Page, server: Server) -> None:
    page.click("[data-testid=mention-8841] button")
    assert "8841" in (page.text_content("#journal-rectifie") or "")
    page.keyboard.type("Arrivée estimée 35 min.")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("document.getElementById('journal-rectifie').hidden")
    assert server.written == [{"kind": "correction", "text": "Arrivée estimée 35 min.", "corrects": 8841}]


def test_what_arrives_is_announced_and_moves_nobody(page: Page, server: Server) -> None:
    before = len(server.asked)
    page.evaluate("document.dispatchEvent(new CustomEvent('vigie:logbook', {detail: {}}))")
    assert "1 nouvelle mention" in (page.text_content("#journal-nouvelles") or "")
    assert len(server.asked) == before
    page.click("#journal-nouvelles button")
    page.wait_for_function("document.getElementById('journal-nouvelles').hidden")


def test_the_page_says_whether_the_chain_held_last_night() -> None:
    assert "8841" in parts.proof(SEAL)
    assert "ROMPUE à la mention n° 17" in parts.proof(SEAL | {"first_broken": 17})
    assert "première vérification" in parts.proof(None)


def test_nothing_on_the_page_changes_a_line(page: Page) -> None:
    assert set(page.eval_on_selector_all(".journal-line button", "all => all.map(b => b.textContent)")) == {"Rectifier"}
    assert page.eval_on_selector_all(".journal-line [contenteditable], .journal-line input", "all => all.length") == 0


def test_every_target_is_large_enough_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert (
        page.eval_on_selector_all(
            ".journal button, .journal-exports a", "all => all.map(b => b.getBoundingClientRect()).filter(r => r.height && r.height < 47.5).length"
        )
        == 0
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
