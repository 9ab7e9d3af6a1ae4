"""Shapes of alarms on a real map: those of the view and a little around it, in one plane, and the others as soon as the map shows where they are."""

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from hypervisor.launcher.addresses import DatabaseUrls
from tests import services, web_process
from tests.integration import desk, feed

pytestmark = pytest.mark.keeps_redis
HERE, AWAY, ZOOM = (5.004, 47.0), (5.404, 47.0), 14
NEAR, FAR = 901, 902


@pytest.fixture(scope="module")
def web(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[web_process.Web]:
    feed.territory(database_urls)
    with psycopg.connect(services.plain(database_urls.owner)) as owner:
        owner.execute("UPDATE tenant SET view = jsonb_build_object('lon', %s::float, 'lat', %s::float, 'zoom', %s::int)", (*HERE, ZOOM))
    for asset_id, (lon, lat) in ((NEAR, HERE), (FAR, AWAY)):
        desk.add_asset(database_urls, asset_id, lon=lon, lat=lat)
        desk.add_alarm(database_urls, asset_id)
    with web_process.serving(database_urls, redis_url, tmp_path_factory.mktemp("web")) as served:
        yield served


def drawn(page: Page) -> list[int]:
    """Assets whose alarms have a shape on the map."""
    return page.evaluate("() => Array.from(document.querySelectorAll('.map-symbol'), one => Vigie.alarms.get(Number(one.dataset.id)).asset_id)")


def test_what_is_far_from_the_view_is_drawn_when_the_map_goes_there(browser: Browser, web: web_process.Web) -> None:
    with web_process.open_as(browser, web.address, "operateur", "/console") as page:
        page.wait_for_selector(".map-symbol", state="attached")
        assert page.evaluate("Vigie.alarms.size") == 2 and drawn(page) == [NEAR]
        page.wait_for_function("__hv.paints.length === 1")
        page.evaluate("([lon, lat]) => Desk.map.setView([lat, lon], Desk.map.getZoom(), { animate: false })", AWAY)
        page.wait_for_function(
            "document.querySelector('.map-symbol') && Vigie.alarms.get(Number(document.querySelector('.map-symbol').dataset.id)).asset_id === 902"
        )
        assert drawn(page) == [FAR]
        # A fresh paint is a delay for /sante: this alarm was there long before the map came to it.
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")
        assert page.evaluate("__hv.paints.length") == 1


def test_a_drag_brings_shapes_in_before_the_hand_lets_go(browser: Browser, web: web_process.Web) -> None:
    with web_process.open_as(browser, web.address, "operateur", "/console") as page:
        page.wait_for_selector(".map-symbol", state="attached")
        # A whole view to the west of it: nothing of the first alarm is near. Then the map is moved back as a drag does, without its end.
        page.evaluate("() => Desk.map.panBy([-3 * Desk.map.getSize().x, 0], { animate: false })")
        page.wait_for_function("!document.querySelector('.map-symbol')")
        page.evaluate("() => { Desk.map._rawPanBy(L.point(3 * Desk.map.getSize().x, 0)); Desk.map.fire('move') }")
        page.wait_for_selector(".map-symbol", state="attached")
        assert drawn(page) == [NEAR]


def test_a_shape_stands_where_its_equipment_is_without_a_layer_of_its_own(browser: Browser, web: web_process.Web) -> None:
    with web_process.open_as(browser, web.address, "operateur", "/console") as page:
        page.wait_for_selector(".map-symbol", state="attached")
        x, y, said = page.evaluate("""([lon, lat]) => {
            const frame = document.querySelector('.map-symbol-frame'), box = frame.getBoundingClientRect(), map = Desk.map.getContainer().getBoundingClientRect(), at = Desk.map.latLngToContainerPoint([lat, lon]);
            return [box.left - map.left - at.x, box.top - map.top - at.y, frame.style.transform] }""", HERE)  # fmt: skip
        assert max(abs(x), abs(y)) <= 1
        assert said.startswith("translate(") and "3d" not in said
