"""Works at the console: listed, drawn, declared where the operator says."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.screens.test_console import desk  # noqa: F401 - a fixture

CUT = {
    "id": 3, "kind": "planned_cut", "title": "Coupure Enedis", "reference": "A-12", "state": "planned", "starts_at": "2026-02-11T18:00:00Z", "ends_at": "2026-02-11T21:00:00Z",
    "asset_ids": [1], "area": None, "assets": 38, "layers": None,
}  # fmt: skip


@pytest.fixture
def panel(desk: Page) -> Page:  # noqa: F811
    desk.asked = []  # type: ignore[attr-defined]

    def answer(route: Any) -> None:
        if route.request.method == "POST":
            desk.asked.append((route.request.url.split("/v1/")[1], route.request.post_data_json))  # type: ignore[attr-defined]
            return route.fulfill(status=201, json=CUT)
        return route.fulfill(json={"items": [CUT], "next": None})

    desk.route("**/api/v1/works**", answer)
    desk.route("**/api/v1/works/**", answer)
    desk.add_script_tag(url="/assets/js/15-works.js")
    desk.add_script_tag(url="/assets/js/58-works.js")
    # The harness has no Leaflet: the map's empty box lies over everything in its panel.
    desk.evaluate("document.getElementById('travaux-ouvrir').click()")
    desk.wait_for_selector(".works-item")
    return desk


def test_works_say_when_where_and_on_how_much(panel: Page):
    said = panel.inner_text(".works-item")
    assert "Coupure Enedis" in said
    assert "38 équipements" in said
    assert "du 19:00 au 22:00" in said  # Paris is an hour ahead of UTC in February.


def test_declaring_works_of_the_chosen_alarm_takes_what_hangs_on_its_equipment(panel: Page):
    panel.click("#valider-travaux")
    assert "titre" in panel.inner_text("#travaux-dit")
    panel.fill("#travaux-titre", "Remplacement de l’armoire")
    panel.select_option("#travaux-nature", "work_order")
    panel.select_option("#travaux-ou", "zone")
    panel.click("#valider-travaux")
    assert "Dessinez d’abord la zone" in panel.inner_text("#travaux-dit")
    panel.select_option("#travaux-ou", "equipement")
    panel.click("#valider-travaux")
    panel.wait_for_selector("text=Enregistré : Coupure Enedis")
    path, body = panel.asked[0]  # type: ignore[attr-defined]
    assert (path, body["asset_ids"], body["with_dependents"], body["kind"]) == ("works", [1], True, "work_order")
    assert body["ends_at"] > body["starts_at"]


def test_works_are_cancelled_from_the_list(panel: Page):
    panel.click("text=Annuler les travaux")
    panel.wait_for_timeout(200)
    assert panel.asked[0][0] == "works/3/cancel"  # type: ignore[attr-defined]


def test_a_file_of_works_is_sent_whole_and_what_was_refused_says_why(panel: Page, tmp_path: Path):
    file = tmp_path / "arretes.geojson"
    file.write_text('{"type": "FeatureCollection", "features": []}')
    seen: list[tuple[str, bytes]] = []

    def answer(route: Any) -> None:
        seen.append((route.request.url.split("/v1/")[1], route.request.post_data_buffer))
        refused = [{"place": 2, "title": "Axe percé", "reason": "coordonnées absentes"}]
        route.fulfill(json={"added": 3, "updated": 1, "unchanged": 0, "left": 0, "refused": refused})

    panel.route("**/api/v1/works/import**", answer)
    panel.select_option("#travaux-domaine", "lighting")
    with panel.expect_file_chooser() as chosen:
        panel.click("#importer-travaux")
    chosen.value.set_files(file)
    panel.wait_for_selector("text=3 ajoutés, 1 modifiés, 0 inchangés, 1 refusés.")
    assert "ligne 2\u00a0: coordonnées absentes" in panel.inner_text("#travaux-dit")
    assert seen == [("works/import?name=arretes.geojson&layer=lighting", file.read_bytes())]


def test_a_list_of_agents_that_could_not_be_read_is_said_and_read_again_at_the_next_press(panel: Page):
    answers = iter([{"status": 503, "json": {"detail": "x"}}, {"json": {"items": [], "next": None}}])
    panel.route("**/api/v1/interventions/agents", lambda route: route.fulfill(**next(answers)))
    panel.click("text=Envoyer quelqu’un")
    panel.wait_for_selector("#travaux-dit:has-text('n’a pas pu être lue')")
    assert panel.locator(".works-sending").count() == 0
    panel.click("text=Envoyer quelqu’un")
    panel.wait_for_selector(".works-sending")
    assert panel.inner_text("#travaux-dit") == ""


def test_somebody_is_sent_for_works_once_and_nobody_is_chosen_for_the_operator(panel: Page):
    asked: list[dict[str, Any]] = []

    def answer(route: Any) -> None:
        if route.request.method == "GET":
            return route.fulfill(json={"items": [{"username": "agent", "display_name": "M. Garnier", "in_hand": 0}], "next": None})
        asked.append(route.request.post_data_json)
        return route.fulfill(status=201, json={"number": "IN-2026-000004", "agent_name": "M. Garnier", "contractor": None})

    panel.route("**/api/v1/interventions**", answer)
    panel.route("**/api/v1/interventions/**", answer)
    panel.click("text=Envoyer quelqu’un")
    form = panel.locator(".works-sending")
    form.get_by_role("button").click()
    panel.wait_for_selector("#travaux-dit:has-text('Choisissez un agent')")
    assert asked == []
    form.locator("select").select_option("agent")
    form.locator("textarea").last.fill("Consigner le départ 3")
    form.get_by_role("button").click()
    panel.wait_for_selector("text=IN-2026-000004 demandée à M. Garnier.")
    assert asked == [{"works_id": 3, "instructions": "Consigner le départ 3", "agent": "agent"}]
    assert form.count() == 0
