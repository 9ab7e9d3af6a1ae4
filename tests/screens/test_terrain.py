"""The agent's page of open alarms, on a phone's width, with a feed that the test holds."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from hypervisor.domain.operator import Role
from layouts import terrain_routes
from layouts.html_routes import render
from tests.screens.conftest import principal
from tests.screens.feed_samples import BURST, CABINET, EVENING, SEEN
from tests.screens.harness import FEED, ORIGIN, ROOT, say

ALARM = {"asset_id": 1, "event_id": None, "acknowledged_name": None}


@pytest.fixture
def phone(browser: Browser) -> Callable[..., Page]:
    """The page as the route draws it for an agent, 390 px wide; its scripts are ours, its socket is the test's."""

    def open_(role: Role = Role.AGENT, exercise: dict[str, Any] | None = None) -> Page:
        who = principal(role)
        scripts = tuple(script for script in terrain_routes.ALARM_SCRIPTS if "00-live" not in script)
        drawn = render(
            "terrain_alarms.html", who=who, place="Valmorin", exercise=exercise, rights=" ".join(who.permissions), words="{}", csrf="proof", scripts=scripts
        )
        drawn = drawn.replace("<noscript>", f"<script>{FEED}</script><noscript>")
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.faults = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]

        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(ORIGIN + "/").split("?")[0]
            if path == "terrain":
                route.fulfill(body=drawn, content_type="text/html")
            elif (ROOT / path).is_file():
                route.fulfill(path=ROOT / path)
            else:
                route.fulfill(status=404)

        page.route("**/*", answer)
        page.goto(f"{ORIGIN}/terrain")
        page.evaluate("document.fonts.ready")
        say(page, "liaison", "direct")
        return page

    return open_


def _listed(page: Page, *alarms: dict[str, Any]) -> None:
    say(page, "snapshot", [ALARM | alarm for alarm in alarms])
    page.wait_for_timeout(80)


def test_the_list_holds_what_waits_worst_first(phone: Callable[..., Page]):
    page = phone()
    _listed(page, *EVENING)
    assert page.eval_on_selector_all("#terrain-liste > li", "all => all.map(li => li.dataset.gravite)") == ["critical", "major", "major", "minor"]
    page.click("[data-filtre=toutes]")
    assert page.locator("#terrain-liste > li").count() == 5
    assert page.faults == []  # type: ignore[attr-defined]


def test_targets_suit_a_gloved_thumb_and_nothing_runs_out_of_390_px(phone: Callable[..., Page]):
    page = phone()
    _listed(page, *EVENING)
    heights = page.eval_on_selector_all("button, .field-action, summary", "all => all.filter(b => b.offsetParent).map(b => b.getBoundingClientRect().height)")
    assert min(heights) >= 48
    assert page.eval_on_selector(".field-action--primary", "b => b.getBoundingClientRect().height") >= 60
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_acknowledging_posts_once_with_its_proof_and_the_list_waits_for_the_feed(phone: Callable[..., Page]):
    page = phone()
    sent: list[dict[str, str]] = []
    page.route("**/acknowledge", lambda route: (sent.append(route.request.headers), route.fulfill(json={})))
    _listed(page, BURST)
    page.click("[data-verbe=acknowledge]")
    page.wait_for_selector("#terrain-avis:not([hidden])")
    assert [(one["x-csrftoken"], bool(one["idempotency-key"])) for one in sent] == [("proof", True)]
    assert page.locator("#terrain-liste > li").count() == 1
    say(page, "alarm", ALARM | BURST | {"state": "acknowledged", "acknowledged": True, "acknowledged_name": "Agent 14", "version": 2})
    page.wait_for_function("document.querySelectorAll('#terrain-liste > li').length === 0")


def test_the_agent_who_comes_second_is_told_who_was_first(phone: Callable[..., Page]):
    page = phone()
    page.route("**/acknowledge", lambda route: route.fulfill(status=409, json={"detail": "Acquittée par Mme Petit à 18:05:02"}))
    _listed(page, BURST)
    page.click("[data-verbe=acknowledge]")
    page.wait_for_selector("text=Acquittée par Mme Petit à 18:05:02")


def test_a_lost_link_is_a_black_bar_and_no_action_can_be_pressed(phone: Callable[..., Page]):
    page = phone()
    _listed(page, BURST, CABINET)
    say(page, "liaison", "perdue")
    page.wait_for_timeout(80)
    assert page.is_visible("[data-testid=bandeau-liaison]")
    assert page.locator("[data-testid=terrain-action]:not([disabled])").count() == 0
    assert page.locator("#terrain-liste > li").count() == 2


def test_who_may_not_act_has_no_button(phone: Callable[..., Page]):
    page = phone(Role.DUTY_OFFICER)
    _listed(page, BURST, SEEN)
    assert page.locator("[data-testid=terrain-action]").count() == 0
    assert page.locator("#terrain-liste > li").count() == 1


def test_an_exercise_is_said_above_the_list_until_it_is_over(phone: Callable[..., Page]):
    page = phone()
    band = page.locator("[data-testid=bandeau-exercice]")
    assert band.is_hidden()
    say(page, "posture", {"level": 0, "exercise": {"title": "Inondation du Lez"}})
    assert band.inner_text() == "EXERCICE — EXERCICE Inondation du Lez"
    say(page, "posture", {"level": 0, "exercise": None})
    assert band.is_hidden()


def test_a_page_opened_during_an_exercise_bears_the_band_before_the_feed_speaks(phone: Callable[..., Page]):
    page = phone(exercise={"title": "Inondation du Lez"})
    assert page.locator("[data-testid=bandeau-exercice]").inner_text() == "EXERCICE — EXERCICE Inondation du Lez"
