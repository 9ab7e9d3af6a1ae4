"""What an empty wall and an empty console say: all is calm only while that is known, and a territory without equipment is no broken map."""

from layouts.pages import mur
from tests.screens.harness import say


def test_an_empty_wall_is_calm_only_while_its_link_lives(world, open_page):
    page = open_page(mur.layout())
    say(page, "liaison", "direct")
    say(page, "snapshot", [])
    calm = page.locator(".list-empty")
    assert "Tout est calme" in calm.inner_text()
    say(page, "liaison", "base", {"cause": "worker"})
    page.wait_for_function("() => !document.querySelector('.list-empty').innerText.includes('calme')")
    assert "au dernier état connu" in calm.inner_text()


def test_a_territory_without_equipment_says_so_until_there_is_some(world, open_page):
    page = open_page(mur.layout(), scripts=("assets/js/13-marks.js",))
    tell = "assets => { Vigie.assets = assets; document.dispatchEvent(new CustomEvent('vigie:hello', { detail: { assets } })); }"
    page.evaluate(tell, 0)
    assert "Aucun équipement" in page.locator("[data-testid=carte] .map-empty").inner_text()
    page.evaluate(tell, 12)
    assert page.locator(".map-empty").count() == 0
