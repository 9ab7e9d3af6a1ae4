"""Scenes, rotation, the orders of a console and visit mode, on a wall in a real browser; and a page that finds another version of the server."""

import pytest

from layouts.pages import mur
from tests.screens.feed_samples import BURST, CABINET, EVENING, LAMPS, alarm
from tests.screens.harness import say

SCRIPTS = ("assets/js/56-wall-scenes.js", "assets/js/57-version.js")
DOOR = alarm(40, "major", "Porte forcée", "17:01:00", layer="security")
ACKNOWLEDGED = BURST | {"state": "acknowledged", "acknowledged": True, "version": 2}


@pytest.fixture
def wall(world, open_page):
    def open_(query="", **how):
        page = open_page(mur.layout(), query=query, scripts=SCRIPTS, **how)
        page.route("**/api/v1/walls/steering", lambda route: route.fulfill(json={"items": [], "next": None}))
        page.evaluate("window.filters = []; Vigie.setFilter = (filter) => filters.push(filter)")
        say(page, "liaison", "direct")
        return page

    return open_


def order(page, version=1, **body):
    body = {"screen": 0, "by_name": "Mme Roche", "at": "2026-02-11T17:04:00Z", "version": version} | body
    page.evaluate("body => document.dispatchEvent(new CustomEvent('vigie:wall', {detail: {body}}))", body)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def titles(page):
    return page.locator("[data-testid=ligne-mur] .row-title").all_inner_texts()


def state(page):
    return page.locator("[data-testid=mur-etat]").inner_text()


def test_a_scene_named_in_the_address_shows_its_domain_and_every_critical_alarm(wall):
    page = wall("?scene=eclairage")
    say(page, "snapshot", EVENING)
    assert page.locator("#mur").get_attribute("data-scene") == "lighting"
    assert titles(page) == ["Rupture de canalisation", "Armoire hors tension"]
    assert state(page) == "Scène Éclairage"


def test_the_shape_of_a_critical_alarm_of_another_domain_stays_on_a_scenes_map_unless_visitors_may_not_see_it(wall):
    page = wall("?scene=eclairage")
    say(page, "snapshot", EVENING)
    stays = "ids => ids.map(id => Vigie.staysOnMap(Vigie.alarms.get(id)))"
    assert page.evaluate(stays, [BURST["id"], DOOR["id"]][:1]) == [True]
    say(page, "snapshot", [DOOR, DOOR | {"id": 41, "priority": "critical"}])
    assert page.evaluate(stays, [DOOR["id"], 41]) == [False, True]
    order(page, scene="lighting", visit=True)
    assert page.evaluate(stays, [41]) == [False]


def test_the_scene_of_a_crisis_holds_what_is_critical_or_major_of_every_domain(wall):
    page = wall("?scene=crise")
    say(page, "snapshot", [BURST, CABINET, DOOR, alarm(42, "minor", "Conteneur plein", "17:02:00", layer="waste")])
    assert titles(page) == ["Rupture de canalisation", "Armoire hors tension", "Porte forcée"]
    assert state(page) == "Scène Crise, critiques et majeures seules"
    order(page, scene="crise")
    assert page.evaluate("filters[filters.length - 1]") == {"severities": [3, 4]}
    order(page, version=2, scene="crise", visit=True)
    assert "security:*" not in page.evaluate("filters[filters.length - 1].kinds")


def test_a_console_steers_the_wall_at_once_and_the_wall_says_who(wall):
    page = wall()
    say(page, "snapshot", [CABINET])
    order(page, scene="water")
    assert page.locator("#mur").get_attribute("data-scene") == "water"
    assert page.evaluate("filters[filters.length - 1]") == {"kinds": ["water:*"]}
    assert "piloté par Mme Roche" in state(page)
    order(page, version=2)
    assert page.locator("#mur").get_attribute("data-scene") == "territoire"
    assert page.locator("[data-testid=mur-etat]").is_hidden()


def test_an_order_to_another_screen_is_not_for_this_one(wall):
    page = wall("?ecran=2")
    say(page, "snapshot", [CABINET])
    order(page, screen=1, scene="water")
    assert page.locator("#mur").get_attribute("data-scene") == "territoire"
    order(page, screen=2, scene="waste", version=2)
    assert page.locator("#mur").get_attribute("data-scene") == "waste"


def test_rotation_goes_on_by_itself_and_stops_on_an_unacknowledged_critical_alarm(wall):
    page = wall("?rotation=1")
    say(page, "snapshot", [CABINET])
    page.wait_for_selector("#mur:not([data-scene=territoire])")
    say(page, "alarm", BURST)
    page.wait_for_selector("#mur[data-scene=territoire]")
    assert "rotation arrêtée : alarme critique" in state(page).replace("\u00a0", " ")
    page.wait_for_timeout(1500)
    assert page.locator("#mur").get_attribute("data-scene") == "territoire"
    say(page, "alarm", ACKNOWLEDGED)
    page.wait_for_selector("#mur:not([data-scene=territoire])")


def test_visit_mode_names_nothing_of_security_nor_who_steers(wall):
    page = wall()
    say(page, "snapshot", [DOOR, CABINET])
    order(page, visit=True)
    assert titles(page) == ["Armoire hors tension", "Événement de sécurité"] or titles(page) == ["Événement de sécurité", "Armoire hors tension"]
    shown = page.locator("body").inner_text()
    assert "Porte forcée" not in shown
    assert "Mme Roche" not in shown
    assert "security:*" not in page.evaluate("filters[filters.length - 1].kinds")


@pytest.mark.parametrize("answered", [[], [{"screen": 1, "by_name": "Mme Roche", "at": "2026-02-11T17:03:00Z", "version": 1, "scene": "tout"}]])
def test_an_order_heard_while_the_orders_are_read_is_not_lost_to_the_older_answer(wall, answered):
    page = wall()
    asked: list = []
    page.unroute("**/api/v1/walls/steering")
    page.route("**/api/v1/walls/steering", lambda route: asked.append(route))
    with page.expect_request("**/api/v1/walls/steering"):
        say(page, "snapshot", [DOOR])
    order(page, visit=True, version=2)
    with page.expect_response("**/api/v1/walls/steering"):
        asked[0].fulfill(json={"items": answered, "next": None})
    page.evaluate("new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done))))")
    assert titles(page) == ["Événement de sécurité"]


def test_a_wall_shown_to_the_public_is_in_visit_mode_by_its_address(wall):
    page = wall("?visite=1")
    say(page, "snapshot", [DOOR])
    assert titles(page) == ["Événement de sécurité"]


def test_a_pinned_alarm_leads_the_list(wall):
    page = wall()
    say(page, "snapshot", EVENING)
    last = page.locator("[data-testid=ligne-mur]").last.get_attribute("data-id")
    order(page, pinned=[int(last)])
    assert page.locator("[data-testid=ligne-mur]").first.get_attribute("data-id") == last


@pytest.mark.parametrize(("at", "theme"), [("2026-06-21T12:00:00Z", "jour"), ("2026-02-11T17:40:00Z", "nuit"), ("2026-02-11T23:00:00Z", "nuit-profonde")])
def test_the_automatic_theme_follows_the_sun_of_the_territory(wall, at, theme):
    page = wall()
    assert page.evaluate("at => HV.themeOfSun(Date.parse(at))", at) == theme


def test_an_ordered_theme_is_shown_and_given_back(wall):
    page = wall()
    order(page, theme="jour")
    assert page.evaluate("document.documentElement.dataset.theme") == "jour"
    order(page, version=2)
    assert page.evaluate("document.documentElement.dataset.theme") == "nuit"


def test_a_wall_at_four_metres_of_a_55_inch_screen_shows_at_least_four_alarms(wall):
    page = wall("?diag=55&dist=4", width=3840, height=2160)
    many = [alarm(n, "critical" if n == 1 else "major", f"Alarme {n}", f"16:{n:02d}:00") for n in range(1, 15)]
    say(page, "snapshot", many, [LAMPS])
    assert len(titles(page)) >= 4
    assert page.locator("#file-mur-contexte").inner_text().endswith("sur 14")


def test_a_server_of_another_version_makes_the_page_reload_once_and_say_so(wall):
    page = wall()
    hello = "version => document.dispatchEvent(new CustomEvent('vigie:hello', {detail: {version}}))"
    page.evaluate(hello, "1.0.0")
    with page.expect_navigation():
        page.evaluate(hello, "1.1.0")
    page.evaluate(hello, "1.1.0")
    assert "de la version 1.0.0 à la version 1.1.0" in page.locator("[data-testid=bandeau-version]").inner_text()
    # Two servers of two versions behind one address: the page does not turn for ever.
    page.evaluate("window.stays = true")
    page.evaluate(hello, "1.0.0")
    assert "rechargez-la" in page.locator("[data-testid=bandeau-version]").inner_text()
    assert page.evaluate("window.stays") is True
