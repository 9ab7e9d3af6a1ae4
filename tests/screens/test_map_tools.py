"""The tools of a map: layers tree, filters, search, list, card, coordinates; the worker is a stand-in that remembers what it was asked."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from dash import html
from pyproj import Transformer

from hypervisor import layers
from hypervisor.domain.operator import Role
from layouts.parts.map_tools import map_tools
from tests.screens.conftest import principal

SCRIPTS = tuple(f"assets/js/{name}.js" for name in ("50-map-tools", "51-map-layers", "52-map-search", "53-map-draw", "54-map-list"))
CSS = ("assets/40-console.css", "assets/45-map-tools.css")
LAYERS = [
    {
        "key": layer.key,
        "label": layer.label,
        "icon": layer.icon,
        "order": layer.order,
        "kinds": [{"key": kind.key, "label": kind.label, "icon": kind.icon} for kind in layer.kinds],
    }
    for layer in layers.all_layers().values()
]
COUNTS = {
    "total": 30,
    "shown": 30,
    "kinds": {
        "lighting:luminaire": {"n": 20, "shown": 20, "severities": [17, 0, 2, 1, 0], "qualities": [18, 0, 2, 0, 0, 0, 0, 0], "waiting": 1, "active": 9},
        "lighting:cabinet": {"n": 4, "shown": 4, "severities": [3, 0, 0, 1, 0], "qualities": [4, 0, 0, 0, 0, 0, 0, 0], "waiting": 1, "active": 4},
        "water:reservoir": {"n": 6, "shown": 6, "severities": [5, 0, 0, 0, 1], "qualities": [6, 0, 0, 0, 0, 0, 0, 0], "waiting": 0, "active": 0},
    },
    "communes": {"1": {"n": 24, "shown": 24, "severities": [20, 0, 2, 2, 0]}, "2": {"n": 6, "shown": 6, "severities": [5, 0, 0, 0, 1]}},
}
ASSETS = [
    {
        "asset_id": n,
        "layer": "lighting",
        "kind": "luminaire",
        "commune": 1,
        "severity": 3 if n == 1 else 0,
        "quality": 0,
        "waiting": n == 1,
        "active": False,
        "lon": 5,
        "lat": 47,
    }
    for n in range(1, 61)
]
STAND_IN = """([layers, counts, assets]) => {
  Vigie.layers = layers; Vigie.mapCounts = counts; window.asked = []; window.picked = []; __hv.map = {n: 30};
  Vigie.setFilter = (filter) => asked.push(filter);
  Vigie.select = (id) => { picked.push(id); document.dispatchEvent(new CustomEvent("vigie:select", {detail: {asset_id: id}})); };
  Vigie.listAssets = async ({from, limit}) => ({items: assets.slice(from, from + limit), total: assets.length});
  document.getElementById("outils-carte").replaceChildren(); HV.paint();
}"""
CARD = {
    "id": 7, "layer": "water", "kind": "reservoir", "name": "Réservoir du Haut", "code": "RE-07", "address": "rue du Puits", "commune": "Valmont", "lon": 5.0, "lat": 47.0,
    "attributes": {"contractor": "Régie des eaux"}, "alarms": [{"id": 1, "priority": "major", "state": "unacknowledged", "title": "Niveau bas du réservoir"}], "neighbours": [],
    "values": [{"property": "level", "label": "Niveau", "value": 3.4, "unit": "m", "word_label": None, "quality": "fresh", "observed_at": "2026-02-11T17:04:00Z"}],
}  # fmt: skip
FOUND = [
    {"type": "street", "label": "Rue du Puits", "detail": "Rue · Valmont", "lon": 5.0, "lat": 47.0, "lambert93": [852000, 6690000], "bounds": [4.9, 46.9, 5.1, 47.1]},
    {"type": "asset", "label": "Réservoir du Haut (RE-07)", "detail": "rue du Puits", "lon": 5.0, "lat": 47.0, "lambert93": [852000, 6690000], "bounds": None, "asset_id": 7,
     "layer": "water", "kind": "reservoir"},
]  # fmt: skip


@pytest.fixture
def tools(world, open_page):
    def open_(query=""):
        frame = html.Div(
            [html.Div(map_tools(world, principal(Role.CHIEF)), style={"position": "relative", "height": "900px", "width": "900px"})],
            className="frame",
            style={"display": "block"},
            **{"data-title": "Carte", "data-csrf": "csrf"},
        )
        page = open_page(frame, query=query, css=CSS, scripts=SCRIPTS)
        page.route("**/api/v1/**", lambda route: route.fulfill(json=answer(route.request.url)))
        page.evaluate(STAND_IN, [LAYERS, COUNTS, ASSETS])
        page.wait_for_selector("[data-testid=outil-couches]")
        return page

    return open_


def answer(url):
    path = urlsplit(url).path
    if path == "/api/v1/search":
        return {"items": FOUND, "next": None}
    if path == "/api/v1/assets/contractors":
        return {"items": [{"name": "Régie des eaux", "n": 6}], "next": None}
    if path.startswith("/api/v1/assets/"):
        return CARD
    ids = parse_qs(urlsplit(url).query).get("ids", [""])[0].split(",")
    return {
        "items": [{"id": int(n), "name": f"Point EP-{n}", "code": f"EP-{n}", "address": "rue du Puits", "commune": "Valmont"} for n in ids if n],
        "next": None,
    }


def last_filter(page):
    return page.evaluate("asked[asked.length - 1]")


def test_the_tree_counts_each_domain_and_kind_by_state(tools):
    page = tools()
    page.click("[data-testid=outil-couches]")
    lighting = page.locator("[data-couche=lighting]")
    assert lighting.locator("> .tree-row .tree-total").inner_text() == "24"
    assert lighting.locator("> .tree-row .tree-mark").all_inner_texts() == ["2\n2", "3\n2"]  # the digit of the shape, then how many
    page.evaluate(
        "counts => { Vigie.mapCounts = counts; document.dispatchEvent(new CustomEvent('vigie:map-counts')) }",
        json.loads(json.dumps(COUNTS).replace("20", "21", 1)),
    )
    page.wait_for_function("() => document.querySelector('[data-couche=lighting] > .tree-row .tree-total').textContent === '25'")


def test_a_box_unticked_leaves_its_kinds_out_and_the_address_remembers(tools):
    page = tools()
    page.click("[data-testid=outil-couches]")
    page.locator("[data-couche=lighting] > .tree-row input").click()
    kinds = last_filter(page)["kinds"]
    assert "water:reservoir" in kinds
    assert not [kind for kind in kinds if kind.startswith("lighting:")]
    assert "couches=" in page.url
    assert page.locator("[data-testid=carte-filtree]").is_visible()
    again = tools(query="?" + urlsplit(page.url).query)
    assert last_filter(again)["kinds"] == kinds
    again.click("#outils-filtre .link")
    assert last_filter(again) is None
    assert "couches=" not in again.url


def test_state_age_place_and_waiting_become_one_filter_of_the_worker(tools):
    page = tools(query="?etat=3,4&age=0,6&communes=2&attente=1&zone=5,47;5.1,47;5.1,47.1")
    assert last_filter(page) == {
        "severities": [3, 4],
        "qualities": [0, 6],
        "communes": [2],
        "waiting": True,
        "area": [[5, 47], [5.1, 47], [5.1, 47.1]],
    }


def test_a_contractor_shows_his_assets_alone(tools):
    page = tools()
    page.route("**/api/v1/assets/ids?*", lambda route: route.fulfill(body=(7).to_bytes(4, "little"), content_type="application/octet-stream"))
    page.click("[data-testid=outil-couches]")
    page.locator("[data-testid=filtre-prestataire] option").nth(1).wait_for(state="attached")
    page.select_option("[data-testid=filtre-prestataire]", "Régie des eaux")
    page.wait_for_function("() => asked.length && JSON.stringify(asked[asked.length - 1]) === '{\"among\":[[7]]}'")


def test_a_search_is_driven_by_the_keyboard_and_opens_the_card(tools):
    page = tools()
    page.fill("[data-testid=recherche-carte]", "puits")
    page.wait_for_selector(".search-option")
    field = page.locator("[data-testid=recherche-carte]")
    assert field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-activedescendant") == "recherche-0"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("picked") == [7]
    card = page.locator("[data-testid=fiche-equipement]")
    card.wait_for()
    assert "Réservoir du Haut" in card.inner_text()
    assert "Niveau bas du réservoir" in card.inner_text()
    assert "Régie des eaux" in card.inner_text()
    assert "Lambert-93" in card.inner_text()


def test_the_list_holds_what_the_map_shows_page_by_page_under_the_keyboard(tools):
    page = tools()
    page.click("[data-testid=outil-liste]")
    rows = page.locator("[data-testid=liste-carte] button")
    rows.first.wait_for()
    assert rows.count() == 25
    assert page.locator(".list-head").inner_text() == "1 à 25 sur 60, les plus graves d’abord"
    assert "Majeure, à acquitter" in rows.first.inner_text()
    rows.nth(0).focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.equipementListe") == "2"
    rows.nth(24).focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.activeElement.dataset.equipementListe === '26'")
    page.keyboard.press("Enter")
    assert page.evaluate("picked") == [26]
    page.keyboard.press("Escape")
    assert page.locator("[data-testid=panneau-liste]").is_hidden()


def test_what_is_listed_is_exported(tools):
    page = tools()
    sent = []
    page.route("**/api/v1/assets/table", lambda route: (sent.append(route.request.post_data_json), route.fulfill(body="id;urn", content_type="text/csv")))
    page.click("[data-testid=outil-liste]")
    page.locator("[data-testid=liste-carte] button").first.wait_for()
    with page.expect_download():
        page.click("[data-pas=csv]")
    assert sent == [{"ids": list(range(1, 61))}]


@pytest.mark.parametrize(("lon", "lat"), [(5.0114782, 47.2928925), (-4.4861, 48.3904), (7.7521, 48.5734), (9.4499, 42.6973), (2.3522, 48.8566)])
def test_the_page_writes_the_same_lambert_93_as_the_reference_library(tools, lon, lat):
    page = tools()
    expected = Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True).transform(lon, lat)
    assert page.evaluate("([lon, lat]) => HV.lambert93(lon, lat)", [lon, lat]) == pytest.approx(expected, abs=0.01)


def test_surfaces_are_those_of_the_ground(tools):
    page = tools()
    # 1000 m by 500 m in Lambert-93, through the reference library.
    back = Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)
    ring = [list(back.transform(852000 + x, 6690000 + y)) for x, y in ((0, 0), (1000, 0), (1000, 500), (0, 500))]
    assert page.evaluate("ring => HV.surfaceOf(ring)", ring) == pytest.approx(500_000, rel=1e-6)
