"""On-call on the screens: the week with its holes hatched (check 17), who answers now with the number, and what the room sees of an alarm that nobody acknowledges."""

from dataclasses import replace
from typing import Any

import pytest
from dash import html
from playwright.sync_api import Browser

from hypervisor.bootstrap import Hypervisor
from hypervisor.demo import on_call as demonstration
from hypervisor.domain.operator import PERMISSIONS, Role
from hypervisor.queries import on_call as queries
from hypervisor.security.context import current_principal
from layouts import shell
from layouts.pages import admin, mur
from layouts.parts import detail, governance
from tests.screens import harness, platform, world
from tests.screens.feed_samples import BURST
from tests.screens.harness import say, to_html
from tests.screens.platform import signed_in

CSS = ("assets/40-console.css", "assets/43-admin.css")


@pytest.fixture(scope="module")
def h(h: Hypervisor) -> Hypervisor:
    with h.database.unit_of_work(1) as uow:
        demonstration.load(uow, world.AT)
    return h


def drawn() -> Any:
    """The page without Mantine's provider, which the harness does not draw."""
    return shell.page(platform.person("chef"), "admin", "Administration", [html.Div(governance.body(admin.read()), className="admin")])


def test_the_week_shows_who_is_on_call_and_hatches_what_nobody_holds(h: Hypervisor, browser: Browser) -> None:
    with signed_in("chef"):
        page = harness.open_page(browser, drawn(), css=CSS, scripts=("assets/js/60-post.js",))
    holes = page.locator("[data-testid=admin-astreintes] .week-gap")
    assert holes.count() == 1
    assert holes.inner_text() == "Personne"
    assert "repeating-linear-gradient" in holes.evaluate("e => getComputedStyle(e).backgroundImage")
    assert "repeating-linear-gradient" not in page.locator(".week-turn").first.evaluate("e => getComputedStyle(e).backgroundImage")
    assert page.locator("[data-post='/api/v1/on-call/turns'] [data-date=moment] input").count() == 3
    assert page.faults == [] and page.strangers == []
    page.close()


def test_who_answers_now_has_a_number_for_those_who_may_phone_alone(h: Hypervisor) -> None:
    with signed_in("operateur"), h.database.unit_of_work(1) as uow:
        people = queries.for_alarm(uow, world.AT, "water", 1)
    assert [person["name"] for person in people] == ["M. Ferrand", "Mme Vasseur", "Mme Da Silva"]
    shown = to_html(detail.answering(people))
    assert 'href="tel:0639980014"' in shown
    token = current_principal.set(replace(platform.person("chef"), permissions=PERMISSIONS[Role.TRADE_MANAGER]))
    with h.database.unit_of_work(1) as uow:
        blind = queries.now(uow, world.AT)
    current_principal.reset(token)
    assert "phone" not in blind[0]["answers"][0]
    assert "Personne n’est d’astreinte" in to_html(detail.answering([]))


def test_the_administrator_of_data_does_not_keep_the_rosters(h: Hypervisor) -> None:
    with signed_in("admin"):
        read = admin.read()
    assert read.on_call is None
    assert "admin-astreintes" not in to_html(governance.body(read))


def test_an_alarm_that_nobody_acknowledges_takes_a_band_and_a_louder_sound_until_it_is_acknowledged(h: Hypervisor, browser: Browser) -> None:
    """Check 15, on the screens: 30 s louder with the wall's band, 60 s the chief."""
    with signed_in("operateur"):
        page = harness.open_page(browser, mur.layout())
    say(page, "liaison", "direct")
    last = {"rung": "louder", "tells": "room", "at": "2026-02-11T17:05:00Z", "name": None, "gap": False}
    say(page, "alarm", BURST | {"escalation": None})
    assert not page.locator(".critical-band.escalated").count()
    say(page, "alarm", BURST | {"escalation": last})
    page.wait_for_selector(".critical-band.escalated")
    assert page.locator("[data-testid=bandeau-escalade]").is_hidden()
    say(page, "alarm", BURST | {"escalation": last | {"rung": "on_call_sms", "tells": "on_call", "name": "M. Eau"}})
    band = page.locator("[data-testid=bandeau-escalade]:visible")
    band.wait_for()
    assert "astreinte prévenue à 18:05" in band.inner_text().replace("\u00a0", " ")
    assert "M. Eau" not in band.inner_text(), "a wall names nobody"
    say(page, "alarm", BURST | {"escalation": last, "state": "acknowledged", "acknowledged": True})
    page.wait_for_selector("[data-testid=bandeau-escalade]", state="hidden")
    assert page.faults == []
    page.close()


def test_of_several_alarms_that_climb_the_band_names_the_one_that_has_climbed_highest(h: Hypervisor, browser: Browser) -> None:
    with signed_in("operateur"):
        page = harness.open_page(browser, mur.layout())
    say(page, "liaison", "direct")
    chief = {"rung": "chief", "tells": "chief", "at": "2026-02-11T17:05:00Z", "name": None, "gap": False}
    called = chief | {"rung": "on_call_sms", "tells": "on_call", "name": "M. Leroux"}
    say(page, "alarm", BURST | {"escalation": chief})
    say(page, "alarm", BURST | {"id": 99, "title": "Porte forcée", "raised_at": "2026-02-11T17:04:20Z", "escalation": called})
    page.wait_for_function("() => /astreinte prévenue.*Porte forcée.*et 1 autre/s.test(document.querySelector('[data-testid=bandeau-escalade]').innerText)")
    page.close()
