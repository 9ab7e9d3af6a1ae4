"""What every screen's frame does, in a real browser: clock, counters, bands, title, voice, theme, language."""

import re

import pytest

from hypervisor.domain.operator import Role
from layouts import shell
from layouts.pages import mur
from layouts.parts.header import desk_header
from layouts.parts.rail import rail
from tests.screens.conftest import TERRITORY, principal
from tests.screens.feed_samples import BURST, CABINET, EVENING, alarm
from tests.screens.harness import say, to_html


@pytest.fixture
def desk(world, open_page):
    def open_(**how):
        return open_page(shell.page(principal(Role.CHIEF), "console", "Console", []), **how)

    return open_


def test_the_clock_shows_the_seconds_of_paris(desk):
    page = desk()
    # 17:04:38 UTC in February is 18:04:38 in Paris.
    assert re.fullmatch(r"18:0[45]:\d\d", page.locator("[data-testid=horloge]").inner_text())
    assert page.locator("#date").inner_text() == "mer. 11 févr."


@pytest.mark.parametrize("width", [1920, 1280, 1216, 1024, 912, 896, 390])
def test_the_header_is_whole_on_every_width(desk, width):
    page = desk(width=width, height=768)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in page.locator(".header > *").all():
        box = part.bounding_box()
        assert box is None or box["x"] + box["width"] <= width, part.get_attribute("class")


def test_before_the_feed_speaks_nothing_is_said_to_be_live(desk):
    page = desk()
    assert page.locator("[data-testid=liaison]").inner_text() == "CONNEXION"
    assert page.locator("[data-testid=compteur-critique]").get_attribute("data-valeur") == "–"
    assert page.locator("[data-live=true]").count() == 0


def test_counters_and_title_count_what_waits(desk):
    page = desk()
    say(page, "liaison", "direct")
    say(page, "snapshot", EVENING)
    shown = [page.locator(f"[data-testid=compteur-{word}]").get_attribute("data-valeur") for word in ("critique", "majeure", "mineure")]
    assert shown == ["1", "2", "1"]
    assert page.title() == "(4) Console — Vigie"
    say(page, "snapshot", [])
    assert page.title() == "Console — Vigie"


@pytest.mark.parametrize(
    ("state", "more", "word", "sentence"),
    [
        ("perdue", {}, "LIAISON PERDUE", "Dernière donnée reçue il y a 1"),
        ("base", {"cause": "redis"}, "BASE INDISPONIBLE", "L’état en direct ne répond pas"),
        ("retard", {"since": 1770829464000}, "EN RETARD", "Données en retard de 2"),  # 17:04:24 UTC, seen at 17:04:50
        ("partiel", {"sources": [{"layer": "water", "fresh": False, "since": "2026-02-11T05:12:00Z"}]}, "PARTIEL", "aucune donnée depuis 06:12"),
    ],
)
def test_each_state_of_the_link_has_its_word_and_its_band(desk, state, more, word, sentence):
    page = desk()
    say(page, "liaison", "direct")
    assert page.locator("#bandeau-liaison").is_hidden()
    say(page, "later", 12_000)
    say(page, "liaison", state, more)
    assert page.locator("[data-testid=liaison]").inner_text() == word
    assert page.locator("[data-testid=bandeau-liaison]").is_visible()
    assert sentence in page.locator("[data-testid=bandeau-liaison]").inner_text()
    say(page, "liaison", "direct")
    assert page.locator("#bandeau-liaison").is_hidden()


def test_after_a_loss_the_page_says_how_much_was_missed(desk):
    page = desk()
    say(page, "liaison", "direct")
    say(page, "snapshot", EVENING)
    assert page.locator("#bandeau-reprise").is_hidden()
    say(page, "liaison", "perdue")
    say(page, "liaison", "direct")
    say(page, "snapshot", EVENING, [], 7)
    assert "7 événements reçus pendant la coupure" in page.locator("#bandeau-reprise").inner_text()
    say(page, "liaison", "base", {"cause": "database"})
    page.wait_for_selector("#bandeau-reprise", state="hidden")


def test_a_critical_alarm_is_announced_once_and_a_volley_as_a_number(desk):
    page = desk()
    say(page, "liaison", "direct")
    say(page, "alarm", BURST)
    said = page.locator("[aria-live=polite]#annonces")
    assert said.text_content() == "Nouvelle alarme critique\u00a0: Rupture de canalisation, avenue du Pont Juvénal"
    for number in range(20, 32):
        say(page, "alarm", alarm(number, "critical", "Porte forcée", "17:04:00"))
    # Throttled to one announcement per 3 s: the volley is not read out alarm by alarm.
    assert "Porte forcée" not in said.text_content()
    page.wait_for_function("document.getElementById('annonces').textContent === '12 nouvelles alarmes'", timeout=6000)


def test_an_update_of_a_known_alarm_is_not_a_new_alarm(desk):
    page = desk()
    say(page, "liaison", "direct")
    say(page, "snapshot", [BURST])
    say(page, "alarm", BURST | {"value": 500, "version": 2})
    assert page.locator("#annonces").text_content() == ""


def test_a_program_that_does_not_stay_alive_is_a_band_until_it_does(desk):
    page = desk()
    band = page.locator("[data-testid=bandeau-programmes]")
    assert band.is_hidden()
    for programs, is_shown in ((["jobs", "simulator"], True), ([], False)):
        page.evaluate(
            "programs => { Vigie.programs = programs; document.dispatchEvent(new CustomEvent('vigie:programs', { detail: { programs } })); }", programs
        )
        band.wait_for(state="visible" if is_shown else "hidden")
        if is_shown:
            assert "PROGRAMME ARRÊTÉ" in band.inner_text() and "Tâches, Simulateur" in band.inner_text()


def test_more_than_ten_alarms_in_ten_minutes_for_one_operator_are_an_avalanche(desk):
    page = desk()
    say(page, "liaison", "direct")
    say(page, "snapshot", [])
    for number in range(10):
        page.evaluate("body => feed.alarm(body)", alarm(100 + number, "minor", "Point lumineux en panne", "17:04:00"))
    say(page, "headlines", [])
    assert page.locator("[data-testid=bandeau-avalanche]").is_hidden()
    say(page, "alarm", CABINET)
    # Judged ten times a second at most.
    page.locator("[data-testid=bandeau-avalanche]").wait_for(state="visible")
    assert "11 alarmes en 10 min" in page.locator("[data-testid=bandeau-avalanche]").inner_text()


def test_blocked_sound_has_a_band_that_can_be_clicked(desk):
    page = desk()
    assert page.locator("[data-testid=bandeau-son]").is_hidden()
    page.evaluate("document.dispatchEvent(new CustomEvent('vigie:son', {detail: {state: 'bloqué'}}))")
    page.locator("[data-testid=bandeau-son] button").wait_for(state="visible")
    page.evaluate("document.dispatchEvent(new CustomEvent('vigie:son', {detail: {state: 'actif'}}))")
    page.locator("[data-testid=bandeau-son]").wait_for(state="hidden")


def test_a_post_that_does_not_sound_says_so_without_a_band(desk):
    page = desk()
    page.evaluate("document.dispatchEvent(new CustomEvent('vigie:son', {detail: {state: 'coupe'}}))")
    assert page.locator("[data-testid=bandeau-son]").is_hidden()
    assert page.locator("[data-testid=son]").inner_text().strip() == "Son coupé"


@pytest.mark.parametrize(("asked", "shown"), [("jour", "jour"), ("nuit-profonde", "nuit-profonde"), ("rose", "nuit")])
def test_the_address_chooses_the_theme_and_an_unknown_one_is_night(desk, asked, shown):
    page = desk(query=f"?theme={asked}")
    assert page.evaluate("document.documentElement.dataset.theme") == shown


def test_a_chosen_theme_is_kept_for_the_next_page(desk):
    page = desk()
    page.locator("#compte summary").click()
    page.get_by_role("button", name="Jour", exact=True).click()
    assert page.evaluate("document.documentElement.dataset.theme") == "jour"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "jour"


def test_the_automatic_theme_follows_the_sun(desk):
    page = desk()
    # Paris, 21 June 2026: sunrise 03:47 UTC, sunset 19:58 UTC (IMCCE, to the minute).
    up = page.evaluate("['03:40','03:55','12:00','19:50','20:05'].map(h => HV.sunHeight(Date.parse('2026-06-21T' + h + ':00Z'), 2.35, 48.86) > -0.833)")
    assert up == [False, True, True, True, False]


def test_skip_links_come_first_and_reach_something(desk, world, open_page):
    for page in (desk(), open_page(mur.layout())):
        page.keyboard.press("Tab")
        link = page.locator(":focus")
        assert link.get_attribute("class") == "skip"
        for target in page.locator(".skip").all():
            assert page.locator(target.get_attribute("href")).count() == 1


def test_a_page_has_one_title_and_its_landmarks(world):
    for tree in (shell.page(principal(Role.CHIEF), "console", "Console", []), mur.layout()):
        html = to_html(tree)
        assert html.count("<h1") == 1
        assert html.count("<main") == 1
        assert html.count("<header") == 1


def test_the_rail_shows_what_the_person_may_open_and_where_one_is(world):
    html = to_html(rail(principal(Role.OFFICIAL), "elus"))
    assert 'href="/elus"' in html
    assert "/admin" not in html
    assert html.count("rail-cell--active") == 1


def test_the_header_keeps_the_same_order_everywhere(world):
    html = to_html(desk_header(principal(Role.OPERATOR), TERRITORY))
    places = [
        html.index(mark) for mark in ("posture", "compteur-critique", 'data-testid="son"', 'data-testid="liaison"', 'id="date"', 'id="horloge"', 'id="compte"')
    ]
    assert places == sorted(places)
