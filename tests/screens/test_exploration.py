"""The exploration's first view: ready questions, each of which fills the form and asks the API in one click."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hypervisor import layers
from layouts.pages import exploration
from tests.screens import harness

SCRIPTS = sorted((harness.ROOT / "assets/js").glob("61-exploration*.js"))


def test_a_ready_question_is_asked_in_one_click_and_gives_way_to_its_answer(world: Any, open_page: Any) -> None:
    page = open_page(exploration.layout(), css=("assets/47-exploration.css",), scripts=("assets/js/60-post.js",))
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        body = (
            {"items": []}
            if "views" in route.request.url
            else {"by": "asset", "rows": [{"group": "Bac 3", "value": 81.5, "n": 4}], "label": "Remplissage", "unit": "%", "is_cut": False}
        )
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    page.route("**/api/v1/exploration/**", answer)
    for script in SCRIPTS:
        page.add_script_tag(path=str(script))
    # The script mounts on what Dash draws; here the tree is whole from the start.
    page.evaluate("HV.paint()")
    page.evaluate("document.body.append(document.createElement('i'))")
    page.locator("#exploration-couche option").first.wait_for(state="attached")
    offered = page.locator("[data-demande]")
    assert offered.count() == sum(len(layer.questions) for layer in layers.all_layers().values()) == 4
    button = page.get_by_role("button", name="Jusqu’où chaque conteneur se remplit-il")
    button.click()
    page.locator("#exploration-table td").first.wait_for()
    assert not button.is_visible()
    query = parse_qs(urlsplit(asked[-1]).query)
    assert urlsplit(asked[-1]).path == "/api/v1/exploration/table"
    assert {key: query[key] for key in ("layer", "property", "measure", "by")} == {
        "layer": ["waste"],
        "property": ["filling"],
        "measure": ["high"],
        "by": ["asset"],
    }
    assert page.locator("#exploration-couche").input_value() == "waste"
    assert page.evaluate("document.activeElement.id") == "exploration-reponse"
    assert "81,5" in page.locator("#exploration-table").inner_text()


VALMONT = {"id": 1, "name": "Valmont", "rings": [[[0, 0], [9000, 0], [9000, 6000], [0, 6000]]]}
ANSWERS = {
    "views": {"items": []},
    "table": {
        "by": "commune", "label": "Remplissage", "unit": "%", "is_cut": False,
        "rows": [{"group": "Valmont", "value": 81.25, "n": 4}, {"group": "Saint-Éloi", "value": 9.0, "n": 2}],
    },
    "map": {
        "label": "Remplissage", "unit": "%", "cell_m": 500, "cells": [],
        "communes": [VALMONT | {"value": 12.5, "n": 3}, {"id": 2, "name": "Saint-Éloi", "rings": [[[9000, 0], [18000, 0], [18000, 6000], [9000, 6000]]], "value": None, "n": 0}],
    },
    "series": {
        "since": "2026-02-04T23:00:00Z", "until": "2026-02-11T23:00:00Z",
        "series": [{"key": "layer:waste:filling", "layer": "waste", "label": "Remplissage", "unit": "%", "n": 9, "bucket_s": 3600, "gaps": 1, "points": [[1770246000000, 50, 40, 60], [1770249600000, None, None, None]]}],
    },
}  # fmt: skip


@pytest.fixture
def explored(world: Any, open_page: Any) -> Any:
    """Opens the exploration at an address; the API answers what ANSWERS says."""

    def opened(query: str, **how: Any) -> Any:
        page = open_page(
            exploration.layout(), css=("assets/40-console.css", "assets/47-exploration.css"), scripts=("assets/js/60-post.js",), query="?" + query, **how
        )
        page.route("**/api/v1/exploration/**", lambda route: route.fulfill(json=ANSWERS[urlsplit(route.request.url).path.rsplit("/", 1)[1]]))
        page.evaluate("window.dash_clientside = {set_props: (id, said) => (window.figure = said.figure)}")
        for script in SCRIPTS:
            page.add_script_tag(path=str(script))
        page.evaluate("HV.paint()")
        page.locator("#exploration-a").wait_for()
        page.evaluate("document.body.append(document.createElement('i'))")
        page.locator("[data-etat=pret], [data-etat=vide]").wait_for(state="attached")
        return page

    return opened


def test_no_mean_is_offered_of_values_that_are_words(explored: Any) -> None:
    page = explored("onglet=tableau&couche=lighting")
    coded = {prop.key for prop in layers.all_layers()["lighting"].properties if prop.words}
    offered = "() => [...document.querySelectorAll('#exploration-grandeur option')].map(option => option.value)"
    assert coded and coded.isdisjoint(page.evaluate(offered))
    page.select_option("#exploration-mesure", "count")
    assert coded <= set(page.evaluate(offered))


def test_a_column_has_one_number_of_decimals_and_its_head_says_what_its_lines_are(explored: Any) -> None:
    page = explored("onglet=tableau&couche=waste&grandeur=filling&par=commune")
    assert page.locator("#exploration-table thead th").first.inner_text() == "Commune"
    assert page.locator("#exploration-table tr td:nth-child(2)").all_inner_texts() == ["81,3", "9,0"]


def test_an_old_link_that_names_what_is_no_more_still_opens(explored: Any) -> None:
    page = explored("onglet=tableau&couche=waste&grandeur=partie&mesure=mean")
    assert page.locator("#exploration-grandeur").input_value() == "filling"


def test_a_commune_without_data_is_hatched_and_never_taken_for_the_least_class(explored: Any) -> None:
    page = explored("onglet=carte&couche=waste&grandeur=filling")
    paths = page.locator(".exploration-plan svg > path")
    assert paths.nth(1).get_attribute("fill") == "url(#exploration-hachures)" and paths.nth(0).get_attribute("fill") is None
    assert page.locator(".exploration-legend").inner_text().endswith("sans donnée")
    assert page.locator("[aria-selected]").evaluate_all("found => found.map(one => one.getAttribute('role'))") == ["tab"] * 5
    assert page.locator(".exploration-plan svg text").all_text_contents() == ["Valmont", "Saint-Éloi"]


def test_on_a_phone_nothing_of_the_answer_is_beyond_the_edge(explored: Any) -> None:
    for query in ("s=layer:waste:filling", "onglet=tableau&couche=waste&par=commune", "onglet=carte&couche=waste"):
        page = explored(query, width=390, height=844)
        beyond = page.evaluate(
            "() => [...document.querySelectorAll('.exploration *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.id || e.className)"
        )
        assert beyond == [], query


def test_gaps_are_not_joined_and_the_down_sampling_is_said(explored: Any) -> None:
    page = explored("s=layer:waste:filling")
    assert page.locator("#exploration-dit").inner_text().replace("\u00a0", " ") == "Remplissage : 9 mesures, moyenne de 1 h, 1 trou"
    [drawn] = page.evaluate("figure.data")
    assert drawn["y"] == [50, None] and drawn["connectgaps"] is False
