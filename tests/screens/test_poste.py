"""« Prise de poste » in a real browser, on a real database: what forbids the signature, what is sent, what the frame says, and the lock."""

import json
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from hypervisor.bootstrap import Hypervisor
from hypervisor.demo import on_call as demonstration
from hypervisor.operations import shifts as operations
from layouts.pages import poste
from tests.screens import harness, platform, world
from tests.screens.harness import say
from tests.screens.platform import signed_in

HOW = {
    "css": ("assets/40-console.css", "assets/43-admin.css", "assets/44-poste.css"),
    "scripts": ("assets/js/60-post.js", "assets/js/61-shift.js", "assets/js/62-post.js"),
}
SOUND = "window.Vigie.setSound = () => {}; window.Vigie.testSound = () => {}; document.documentElement.dataset.son = 'actif';"
EMPTY = {"mine": None, "stations": [], "late": [], "refused": []}


@pytest.fixture(scope="module")
def h(h: Hypervisor) -> Hypervisor:
    with h.database.unit_of_work(1) as uow:
        demonstration.load(uow, world.AT)
        chief = platform.person("chef")
        operations.instruct(uow, "permanent", "Armoires : deux agents", "", None, None, chief, world.AT - timedelta(days=1))
        operations.instruct(
            uow,
            "temporary",
            "Match à la Mosson, coup d’envoi 20:45",
            "Passer le plan de feux Stade à 19:30.",
            None,
            world.AT + timedelta(hours=12),
            chief,
            world.AT,
        )
        operations.instruct(uow, "callback", "Rappeler M. Vidal, bac renversé", "", None, None, chief, world.AT)
    return h


def opened(browser: Browser, username: str, state: dict[str, Any] | None = None, query: str = "", **how: Any) -> tuple[Page, list[tuple[str, dict]]]:
    """The page of that person, live, and what it posts; the API answers `state` and accepts."""
    with signed_in(username):
        page = harness.open_page(browser, poste.layout(**({"poste": query} if query else {})), **HOW, **how)
    sent: list[tuple[str, dict]] = []

    def answer(route: Any) -> None:
        if route.request.method == "POST":
            sent.append((route.request.url.removeprefix(harness.ORIGIN), json.loads(route.request.post_data or "{}")))
        route.fulfill(json=(state or EMPTY) if route.request.url.endswith("/state") else {})

    page.route("**/api/**", answer)
    page.route("**/console", lambda route: route.fulfill(body="console", content_type="text/html"))
    page.evaluate(SOUND)
    say(page, "liaison", "direct")
    page.evaluate("document.dispatchEvent(new CustomEvent('vigie:shift'))")
    return page, sent


def test_nothing_is_signed_before_every_section_is_read_and_the_tests_are_done(h: Hypervisor, browser: Browser) -> None:
    """Check 32: cannot sign with an unread section."""
    page, sent = opened(browser, "operateur")
    sign = page.locator("[data-testid=signer]")
    assert sign.is_disabled()
    assert "Lire les rubriques 1, 2, 3, 4, 5, 6" in page.locator("#releve-pourquoi").inner_text()
    for _ in range(5):
        page.keyboard.press("l")
    assert page.locator("#releve-lues").inner_text() == "5 rubriques lues sur 6"
    assert "Lire la rubrique 6" in page.locator("#releve-pourquoi").inner_text()
    page.locator("#releve-lire").click()
    assert "contrôles" in page.locator("#releve-pourquoi").inner_text()
    page.locator("#controle-son").click()
    page.locator("#controle-ecran").click()
    page.wait_for_selector("[data-testid=signer]:not([disabled])")
    sign.click()
    page.wait_for_url("**/console")
    [(path, body)] = [one for one in sent if "take" in one[0]]
    assert path == "/api/v1/shifts/take"
    assert (body["read"], body["role"], body["checks"]) == ([1, 2, 3, 4, 5, 6], "operator", {"sound": True, "screen": True, "defect": ""})
    page.close()


def test_the_page_shows_the_database_s_counts(h: Hypervisor, browser: Browser) -> None:
    page, _sent = opened(browser, "operateur")
    with h.database.unit_of_work(1) as uow:
        from sqlalchemy import text

        counted = uow.connection.execute(
            text("""SELECT (SELECT count(*) FROM event WHERE status IN ('new', 'in_progress', 'on_hold', 'resolved')), (SELECT count(*) FROM alarm WHERE is_open AND 'shelved' = ANY (masks)),
                    (SELECT count(*) FROM alarm WHERE is_open AND 'suppressed' = ANY (masks)), (SELECT count(*) FROM instruction WHERE kind = 'temporary'), (SELECT count(*) FROM instruction WHERE kind = 'permanent')""")
        ).one()
    shown = {n: page.locator(f"[data-testid=rubrique-{n}]").get_attribute("data-comptes") for n in range(1, 7)}
    assert (shown[1], shown[2], shown[4], shown[5], shown[6]) == (str(counted[0]), f"{counted[1]} {counted[2]}", f"{counted[3]} {counted[4]}", "6", "1")
    page.locator("[data-testid=rubrique-4]").click()
    assert "Match à la Mosson" in page.locator("[data-detail='4']").inner_text()
    assert page.faults == [] and page.strangers == []
    page.close()


def test_a_stale_dossier_is_not_signed(h: Hypervisor, browser: Browser) -> None:
    page, _sent = opened(browser, "operateur")
    for _ in range(6):
        page.keyboard.press("l")
    page.locator("#controle-son").click()
    page.locator("#controle-ecran").click()
    page.wait_for_selector("[data-testid=signer]:not([disabled])")
    say(page, "liaison", "perdue")
    page.wait_for_selector("[data-testid=signer][disabled]")
    assert "Liaison perdue" in page.locator("#releve-pourquoi").inner_text()
    page.close()


def test_the_frame_names_the_post_and_says_what_is_late_or_refused(h: Hypervisor, browser: Browser) -> None:
    mine = {"station": "Poste 2", "team": "B", "hours": "14:00–22:00", "role": "operator", "is_double": False, "due_at": "2026-02-11T21:00:00Z"}
    late = {"station": "Poste 2", "name": "M. Durand", "due_at": "2026-02-11T21:00:00Z"}
    page, _sent = opened(browser, "operateur", {"mine": mine, "stations": [], "late": [late], "refused": []})
    page.wait_for_selector("[data-testid=bandeau-releve]:visible")
    assert page.locator("[data-testid=poste-equipe]").inner_text() == "Poste 2 · Équipe B · 14:00–22:00"
    assert "Poste 2, sortant M. Durand, due à 22:00" in page.locator("[data-testid=bandeau-releve]").inner_text().replace("\u00a0", " ")
    page.close()


def test_a_page_left_for_a_quarter_of_an_hour_holds_the_hands_and_leaves_the_picture(h: Hypervisor, browser: Browser) -> None:
    page, sent = opened(browser, "operateur")
    page.evaluate("HV.look(Date.now() + 14 * 60000)")
    assert page.locator("[data-testid=verrou]").count() == 0
    page.evaluate("HV.look(Date.now() + 15 * 60000 + 1000)")
    page.wait_for_selector("[data-testid=verrou]")
    assert page.locator("[data-testid=horloge]").is_visible() and page.locator(".post-dossier").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.lock') !== null || document.activeElement === document.body")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'l', bubbles: true}))")
    assert page.locator("#releve-lues").inner_text() == "0 rubrique lue sur 6", "keys do not act behind the lock"
    page.locator(".lock input").fill("secret")
    page.locator(".lock button").click()
    page.wait_for_selector("[data-testid=verrou]", state="detached")
    assert [path for path, _body in sent] == ["/api/v1/session/lock", "/api/v1/session/unlock"]
    assert page.evaluate("localStorage.getItem('vigie.verrou')") is None
    assert page.evaluate("document.querySelector('.frame').inert") is False
    page.close()


def test_every_target_of_the_page_is_large_enough_at_the_desk_and_on_a_phone(h: Hypervisor, browser: Browser) -> None:
    for width, height, least in ((1920, 1080, 32), (390, 844, 48)):
        page, _sent = opened(browser, "operateur", width=width, height=height)
        small = page.evaluate(
            "least => Array.from(document.querySelectorAll('.post button, .post select, .post summary')).filter(e => e.offsetParent && e.getBoundingClientRect().height < least - 0.5).map(e => e.textContent + ' ' + e.getBoundingClientRect().height)",
            least,
        )
        assert small == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        page.close()
