"""The posture in the frame: the level, the band of an exercise on every page, and the panel that offers each person what they may do."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from hypervisor.domain.operator import Role
from layouts import shell
from layouts.pages import mur
from tests.screens.conftest import TERRITORY, principal
from tests.screens.harness import ORIGIN, ROOT, say

AXE = """async () => (await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })).violations
    .map(one => one.id + ": " + one.nodes.map(node => node.target + " " + node.failureSummary).join(" | "))"""
CALM = dict(TERRITORY.situation)
DRILL = {
    "id": 3, "title": "Inondation du Lez", "reason": "exercice annuel", "sends": False, "started_at": "2026-02-11T16:00:00.000000Z",
    "until": "2026-02-11T20:00:00.000000Z", "by": "M. Durand",
}  # fmt: skip
PROPOSED = {"id": 7, "level": 3, "reason": "crue du Lez", "at": "2026-02-11T17:01:00.000000Z", "by": "durand", "by_name": "M. Durand"}


@pytest.fixture
def desk(world, open_page):
    def open_(role: Role = Role.CHIEF, situation: dict[str, Any] | None = None, **how: Any) -> Page:
        where = replace(TERRITORY, situation=CALM | (situation or {}))
        return open_page(shell.page(principal(role), "console", "Console", [], of=where, **how))

    return open_


def panel(page: Page):
    """The panel, opened."""
    page.locator("[data-testid=posture]").click()
    return page.locator("#posture-panneau")


def asked(page: Page, answer: dict[str, Any], status: int = 201) -> list[tuple[str, dict[str, Any]]]:
    """What the page asks of the API from now on, as (path, body); it is answered so."""
    seen: list[tuple[str, dict[str, Any]]] = []

    def serve(route: Route) -> None:
        seen.append((route.request.url.removeprefix(ORIGIN), route.request.post_data_json))
        route.fulfill(json=answer, status=status)

    page.route("**/api/v1/posture/**", serve)
    return seen


def test_the_level_follows_the_feed_and_says_who_decided_it(desk):
    page = desk()
    expect(page.locator("[data-testid=posture]")).to_have_text("Posture 0 · Veille")
    say(page, "posture", CALM | {"level": 2, "real_level": 2, "since": "2026-02-11T16:30:00.000000Z", "reason": "vigilance orange", "by": "Mme Girard"})
    expect(page.locator("[data-testid=posture]")).to_have_text("Posture 2 · Alerte")
    expect(panel(page)).to_contain_text("2 · Alerte depuis mer. 11 févr. 2026, 17:30, décidée par Mme Girard\u00a0: vigilance orange")


@pytest.mark.parametrize("live", [True, False])
def test_during_an_exercise_every_page_bears_its_band_before_any_script_speaks_and_until_it_is_over(desk, live):
    page = desk(situation={"exercise": DRILL}, bands=live)
    band = page.locator("[data-testid=bandeau-exercice]")
    expect(band).to_have_text("EXERCICE — EXERCICEInondation du Lez, jusqu’au mer. 11 févr. 2026, 21:00. Aucun SMS ni appel ne part.")
    assert page.evaluate("document.getElementById('bandeaux').firstElementChild.id") == "bandeau-exercice", "the first of the bands"
    say(page, "posture", CALM | {"exercise": DRILL | {"sends": True}})
    expect(band).to_contain_text("Les SMS et les appels PARTENT.")
    say(page, "posture", CALM)
    expect(band).to_be_hidden()


def test_a_wall_bears_the_band_too(world, open_page):
    page = open_page(mur.layout())
    band = page.locator("[data-testid=bandeau-exercice]")
    expect(band).to_be_hidden()
    say(page, "posture", CALM | {"level": 3, "exercise": DRILL})
    expect(band).to_be_visible()
    expect(page.locator("[data-testid=posture]")).to_have_text("Posture 3 · Crise")
    assert page.locator("#posture-panneau").count() == 0


def test_an_operator_reads_and_is_offered_nothing(desk):
    shown = panel(desk(Role.OPERATOR, {"pending": PROPOSED, "exercise": DRILL}))
    expect(shown).to_contain_text("M. Durand propose « 3 · Crise »".replace("« ", "«\u00a0").replace(" »", "\u00a0»"))
    assert shown.locator("button").count() == 0


def test_a_chief_proposes_and_who_is_on_call_to_decide_decides(desk):
    page = desk()
    shown = panel(page)
    seen = asked(page, CALM | {"pending": PROPOSED})
    shown.get_by_text("Proposer un autre niveau").click()
    shown.get_by_label("Niveau").select_option("3")
    shown.get_by_label("Motif").first.fill("crue du Lez")
    shown.get_by_role("button", name="Proposer ce niveau").click()
    expect(page.locator("#posture-proposee")).to_have_text("proposée\u00a0: 3 · Crise")
    assert seen == [("/api/v1/posture/proposals", {"level": 3, "reason": "crue du Lez"})]
    expect(shown).to_contain_text("Le cadre d’astreinte décide.")

    other = desk(Role.DUTY_OFFICER, {"pending": PROPOSED})
    decided = asked(other, CALM | {"level": 3})
    panel(other).get_by_role("button", name="Valider ce niveau").click()
    expect(other.locator("[data-testid=posture]")).to_contain_text("3 · Crise")
    assert decided[0][0] == "/api/v1/posture/proposals/7/accept"


@pytest.mark.parametrize("width", [390, 800, 1024, 1920])
def test_the_panel_is_whole_whatever_the_width(desk, width):
    page = desk()
    page.set_viewport_size({"width": width, "height": 844})
    box = panel(page).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_exercise_is_entered_with_its_reason_after_it_said_that_telephones_stay_quiet(desk):
    page = desk()
    shown = panel(page)
    seen = asked(page, CALM | {"exercise": DRILL})
    shown.get_by_text("Entrer en exercice…").click()
    expect(shown).to_contain_text("même pour une alarme réelle")
    shown.get_by_label("Armer les SMS et les appels").check()
    expect(shown).to_contain_text("partiront pour de vrai")
    shown.get_by_label("Armer les SMS et les appels").uncheck()
    shown.get_by_label("Scénario").fill("Inondation du Lez")
    shown.locator(".posture-fold[open]").get_by_label("Motif").fill("exercice annuel")
    shown.get_by_role("button", name="Entrer en exercice").click()
    expect(page.locator("[data-testid=bandeau-exercice]")).to_be_visible()
    assert seen == [("/api/v1/posture/exercises", {"title": "Inondation du Lez", "reason": "exercice annuel", "hours": 4, "sends": False})]


def test_what_is_refused_is_said_and_what_was_typed_stays(desk):
    page = desk(situation={"exercise": DRILL})
    shown = panel(page)
    asked(page, {"detail": "Cet exercice n’est plus en cours."}, 404)
    reason = shown.locator("section", has_text="Exercice en cours").get_by_label("Motif")
    reason.fill("objectifs atteints")
    shown.get_by_role("button", name="Quitter l’exercice").click()
    expect(shown.get_by_role("status")).to_have_text("Non enregistré\u00a0: Cet exercice n’est plus en cours.")
    expect(reason).to_have_value("objectifs atteints")
    page.keyboard.press("Escape")
    expect(shown).to_be_hidden()


@pytest.mark.parametrize("theme", ["jour", "nuit", "nuit-profonde"])
def test_axe_finds_nothing_in_the_panel_nor_in_the_band(desk, theme):
    page = desk(situation={"exercise": DRILL | {"sends": True}, "pending": PROPOSED, "level": 2})
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    panel(page)
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text() + "; true")
    assert page.evaluate(AXE) == []
    say(page, "posture", CALM)
    for fold in page.locator("#posture-panneau summary").all():
        fold.click()
    assert page.evaluate(AXE) == []
