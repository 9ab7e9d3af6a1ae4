"""Works on the maps of the wall and of the console, from the web process itself: drawn where the data say, restyled when the feed says so, without a reload."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import works
from tests import services, web_process
from tests.integration import desk, feed

pytestmark = pytest.mark.keeps_redis
CENTRE, ZOOM = (5.004, 47.0), 14
RING = [[5.000, 46.998], [5.009, 46.998], [5.009, 47.003], [5.004, 47.001], [5.000, 47.003], [5.000, 46.998]]
RUNNING, PLANNED = (timedelta(0), timedelta(hours=3)), (timedelta(hours=1), timedelta(hours=5))


@pytest.fixture(scope="module")
def web(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[web_process.Web]:
    feed.territory(database_urls)
    with psycopg.connect(services.plain(database_urls.owner)) as owner:
        owner.execute("UPDATE tenant SET view = jsonb_build_object('lon', %s::float, 'lat', %s::float, 'zoom', %s::int)", (*CENTRE, ZOOM))
    with web_process.serving(database_urls, redis_url, tmp_path_factory.mktemp("web")) as served:
        yield served


@pytest.fixture
def declare(web: web_process.Web, database_urls: DatabaseUrls, redis_url: str) -> Iterator[Any]:
    """Declares works as the chief, and plays the relay."""
    with httpx.Client(base_url=web.address) as client, redis.Redis.from_url(redis_url) as hand:
        signed = client.post("/api/v1/session", json={"username": "chef", "password": desk.PASSWORD})
        client.headers["X-CSRFToken"] = signed.json()["csrf"]
        made: list[int] = []

        def act(window: tuple[timedelta, timedelta], title: str, ring: list[list[float]]) -> int:
            start, end = ((datetime.now(UTC) + each).isoformat() for each in window)
            body = {"kind": "work_order", "title": title, "starts_at": start, "ends_at": end, "area": {"type": "Polygon", "coordinates": [ring]}}
            answer = client.post("/api/v1/works", json=body)
            assert answer.status_code == 201, answer.text
            made.append(answer.json()["id"])
            tick(database_urls, hand)
            return made[-1]

        act.cancel = lambda number: (client.post(f"/api/v1/works/{number}/cancel", json={}).raise_for_status(), tick(database_urls, hand))
        act.later = lambda after: tick(database_urls, hand, after)
        yield act
        for number in made:
            client.post(f"/api/v1/works/{number}/cancel", json={})


def tick(urls: DatabaseUrls, hand: redis.Redis, after: timedelta = timedelta(0)) -> None:
    """What the jobs do each second: windows begin and end, facts are relayed."""
    with psycopg.connect(services.plain(urls.owner)) as connection, connection.cursor() as cursor:
        works.due(cursor, 1, datetime.now(UTC) + after)
    feed.relay(urls, hand)


def corners(page: Page, number: int) -> list[tuple[float, float]]:
    """The corners of what is drawn for those works, in pixels of the map's box."""
    read = """number => { const path = document.querySelector(`.works-area[data-travaux='${number}']`), at = path.getScreenCTM(), box = document.querySelector('.map').getBoundingClientRect();
        return [path.getAttribute('d'), at.a, at.e - box.left, at.f - box.top, box.width, box.height]; }"""
    drawn, scale, left, top, width, height = page.evaluate(read, number)
    return [(float(x) * scale + left - width / 2, float(y) * scale + top - height / 2) for x, y in re.findall(r"(-?[\d.]+)[ ,](-?[\d.]+)", drawn)]


def projected(lon: float, lat: float) -> tuple[float, float]:
    """Where a place is from the centre of the map, in pixels, by the formula of Web Mercator."""
    world = 256 * 2**ZOOM
    north = lambda degrees: math.asinh(math.tan(math.radians(degrees)))  # noqa: E731
    return (lon - CENTRE[0]) / 360 * world, (north(CENTRE[1]) - north(lat)) / (2 * math.pi) * world


@pytest.mark.parametrize(("username", "path"), [("mur", "/mur"), ("operateur", "/console")])
def test_works_are_drawn_where_the_data_say(browser: Browser, web: web_process.Web, declare: Any, username: str, path: str):
    number = declare(RUNNING, "Réfection de la chaussée", RING)
    with web_process.open_as(browser, web.address, username, path) as page:
        page.wait_for_selector(f".works-area--running[data-travaux='{number}']", state="attached")
        drawn = corners(page, number)
        for lon, lat in RING[:-1]:
            x, y = projected(lon, lat)
            assert min(math.hypot(x - left, y - top) for left, top in drawn) < 1.5
        if path == "/mur":
            expect(page.locator(".works-label")).to_contain_text("Réfection de la chaussée")
            expect(page.locator("[data-quand=travaux-running]")).to_be_visible()
            expect(page.locator("[data-quand=travaux-planned]")).to_be_hidden()
        else:
            box = page.locator(".map").bounding_box()
            assert box
            inside, outside = projected(5.002, 46.9995), projected(5.004, 47.0025)
            page.mouse.move(box["x"] + box["width"] / 2 + inside[0], box["y"] + box["height"] / 2 + inside[1])
            expect(page.locator(".works-tip")).to_contain_text("Réfection de la chaussée")
            page.mouse.move(box["x"] + box["width"] / 2 + outside[0], box["y"] + box["height"] / 2 + outside[1])
            expect(page.locator(".works-tip")).to_have_count(0)


def test_a_window_that_begins_and_works_that_are_cancelled_change_the_wall_without_a_reload(browser: Browser, web: web_process.Web, declare: Any):
    with web_process.open_as(browser, web.address, "mur", "/mur") as page:
        page.wait_for_function("() => window.__hv && window.__hv.liaison !== ''")
        page.evaluate("() => { window.__same = true }")
        number = declare(PLANNED, "Élagage", RING)
        area = page.locator(f".works-area[data-travaux='{number}']")
        expect(area).to_have_class(re.compile("works-area--planned"))
        assert area.get_attribute("fill") == "none"
        declare.later(timedelta(hours=2))
        expect(area).to_have_class(re.compile("works-area--running"))
        assert area.get_attribute("fill") == "url(#works-hatch)"
        assert page.locator("#works-hatch").count() == 1
        declare.cancel(number)
        expect(area).to_have_count(0)
        assert page.evaluate("() => window.__same")


PANNED = """([x, y]) => {
  const pane = document.querySelector(".works-area").closest(".leaflet-pane"), drawn = new MutationObserver(() => {});
  drawn.observe(pane, { subtree: true, attributes: true, attributeFilter: ["d"] });
  window.Desk.map.panBy([x, y], { animate: false });
  return drawn.takeRecords().length;
}"""
"""Moves the map; how many outlines were drawn again for it."""


def test_a_small_movement_carries_the_outlines_and_a_large_one_draws_them_where_the_data_say(browser: Browser, web: web_process.Web, declare: Any):
    number = declare(RUNNING, "Réfection de la chaussée", RING)
    with web_process.open_as(browser, web.address, "operateur", "/console") as page:
        page.wait_for_selector(f".works-area[data-travaux='{number}']", state="attached")
        width = page.locator(".map").bounding_box()["width"]
        moved = 0
        for step, is_drawn in ((width / 6, False), (width / 6, True), (-width / 6, False)):
            assert bool(page.evaluate(PANNED, [step, 0])) == is_drawn
            moved += round(step)
            drawn = corners(page, number)
            for lon, lat in RING[:-1]:
                x, y = projected(lon, lat)
                assert min(math.hypot(x - moved - left, y - top) for left, top in drawn) < 2.5
