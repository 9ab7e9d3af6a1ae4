"""The ground under the points, from the web process itself: a tile that could not be had is asked again until it is there."""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route

from hypervisor.launcher.addresses import DatabaseUrls
from tests import web_process
from tests.integration import feed

pytestmark = pytest.mark.keeps_redis
PAINTED = """() => {
  const one = document.createElement("canvas").getContext("2d");
  one.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--carte-wood").trim();
  one.fillRect(0, 0, 1, 1);
  const wood = one.getImageData(0, 0, 1, 1).data.join();
  const tiles = [...document.querySelectorAll("canvas.leaflet-tile")];
  return tiles.length > 0 && tiles.every((tile) => tile.getContext("2d").getImageData(tile.width / 2, tile.height / 2, 1, 1).data.join() === wood);
}"""


@pytest.fixture(scope="module")
def web(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[web_process.Web]:
    feed.territory(database_urls)
    with web_process.serving(database_urls, redis_url, tmp_path_factory.mktemp("web")) as served:
        yield served


def test_a_tile_that_was_refused_or_cut_off_is_asked_again_until_it_is_drawn(browser: Browser, web: web_process.Web):
    asked: Counter[str] = Counter()

    def answer(route: Route) -> None:
        asked[route.request.url] += 1
        if asked[route.request.url] == 1:
            route.fulfill(status=503, content_type="text/html", body="<!doctype html><p>PostgreSQL ne répond pas</p>")
        elif asked[route.request.url] == 2:
            route.abort()
        else:
            route.fulfill(body=wood(), content_type="application/vnd.mapbox-vector-tile")

    context = browser.new_context(viewport={"width": 800, "height": 600})
    assert context.request.post(f"{web.address}/api/v1/session", data={"username": "operateur", "password": web_process.desk.PASSWORD}).ok
    page = context.new_page()
    page.clock.install()
    page.route(lambda url: "/tiles/" in url and url.endswith(".mvt") and "/assets/" not in url, answer)
    page.goto(f"{web.address}/console")
    page.wait_for_function(PAINTED, timeout=30_000)
    shown = dict(asked)
    page.clock.fast_forward(60_000)
    assert set(shown.values()) == {3} and dict(asked) == shown, "what has come is not asked again"
    context.close()


def wood() -> bytes:
    """A vector tile (Mapbox, 2.1) whose `area` layer is one wood over all of it."""

    def sized(number: int, body: bytes) -> bytes:
        return bytes([number << 3 | 2, len(body)]) + body

    square = bytes([9, 0, 0, 26, 0x80, 0x40, 0, 0, 0x80, 0x40, 0xFF, 0x3F, 0, 15])  # to (0, 0), by (4096, 0), (0, 4096), (-4096, 0), closed; as zigzag varints
    feature = sized(2, bytes([0, 0])) + bytes([3 << 3, 3]) + sized(4, square)
    layer = bytes([15 << 3, 2]) + sized(1, b"area") + sized(2, feature) + sized(3, b"class") + sized(4, sized(1, b"wood")) + bytes([5 << 3, 0x80, 0x20])
    return sized(3, layer)
