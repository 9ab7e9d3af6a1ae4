"""The wall: it loads, paints the whole territory, asks nothing outside, and stays inside its session's rights."""

import httpx

from tests.e2e.pages import live, until
from tests.e2e.platform import Platform, wait_until


def test_the_wall_paints_forty_thousand_assets(open_as, platform: Platform):
    with open_as("mur", "/mur", base=platform.wall_url) as page:
        until(page, "() => window.__hv && window.__hv.map && window.__hv.map.n >= 38000")
        until(page, "() => window.__hv.map.painted >= 38000")
        live(page)
        assert page.evaluate("window.__hv.liaison") == "direct"
        assert page.locator("[data-testid=mur]").count() == 1


def test_a_dot_lies_where_its_asset_is(open_as, platform: Platform):
    # Brings one luminaire to the middle of the map and compares what a click there selects with the data.
    with platform.session("operateur") as client:
        asset = client.get("/api/v1/assets", params={"layer": "waste", "limit": 1}).json()["items"][0]
        picked = client.get("/api/v1/map/pick", params={"lon": asset["lon"], "lat": asset["lat"], "zoom": 19}).json()
    assert picked["asset_id"] == asset["id"]


def test_the_wall_comes_up_first_after_a_restart_with_its_scripts_and_styles(open_as, platform: Platform):
    platform.signal(9, "app:server", str(platform.ports["wall"]))
    wait_until(lambda: _answers(platform.wall_url), 30, "the wall's process did not come back")
    with open_as("mur", "/mur", base=platform.wall_url) as page:
        live(page)
        assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("B612")


def test_a_wall_never_loads_the_consoles_component_libraries(platform: Platform):
    with httpx.Client(base_url=platform.wall_url) as client:
        client.post("/api/v1/session", json={"username": "mur", "password": platform.environment()["HYPERVISOR_DEMO_PASSWORD"]}).raise_for_status()
        page = client.get("/mur").text
    assert "dash_mantine_components" not in page
    assert "dash_ag_grid" not in page


def test_an_unknown_page_is_a_real_404_in_french(platform: Platform):
    with platform.session("operateur") as client:
        answer = client.get("/nulle-part", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "introuvable" in answer.text.lower() or "n’existe pas" in answer.text or "n'existe pas" in answer.text


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_wall_and_a_console_open_at_the_view_of_their_address(open_as, platform: Platform):
    # The whole territory, a domain's or not, at zoom 16: what the map's component first shows is zoom 12.
    with platform.session("operateur") as client:
        view = client.get("/api/v1/assets", params={"layer": "waste", "limit": 1}).json()["items"][0]
    for who, path, base in (("mur", "/mur", platform.wall_url), ("operateur", "/console", platform.url)):
        with open_as(who, f"{path}?vue={view['lat']},{view['lon']},16", base=base) as page:
            live(page)
            until(page, "() => window.__hv.map && window.__hv.map.zoom === 16 && window.__hv.map.painted > 0")
            page.wait_for_timeout(1500)
            assert page.evaluate("window.__hv.map.zoom") == 16
