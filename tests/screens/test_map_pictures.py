"""The painted map against the data: where ink is and of which colour, compared with a renderer of its own in numpy, at four zooms, day and night.

The product's feed, worker and painter over the benchmark's made-up territory, at rest: positions and looks are known here without asking the page.
"""

import base64
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from benchmarks._map_server import VIEW, MadeUpHub, territory
from tests.e2e.platform import _free_ports

ROOT = Path(__file__).parents[2]
ASSETS = 2_500
PATIENCE_S = 60
SEVERITIES = {"nuit": ("#6FB1FF", "#FFF27A", "#FF9A1F", "#F43B47"), "jour": ("#1558C0", "#FFE24D", "#E87F00", "#B00E1A")}
"""theme → info, minor, major, critical (screens.md 2.2)."""

REACH_PX = 8
"""A mark stands inside its cell of 8 pixels, a dot at its place and half its side around."""

READ = """() => {
  const canvas = document.querySelector("[data-testid=carte-calque-direct]"), copy = new OffscreenCanvas(canvas.width, canvas.height), context = copy.getContext("2d");
  context.drawImage(canvas, 0, 0);
  const [, x, y] = canvas.style.transform.match(/translate3d\\((-?[\\d.]+)px, (-?[\\d.]+)px/), origin = window.__bench.map.getPixelOrigin();
  const bytes = new Uint8Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return { left: Number(x) + origin.x, top: Number(y) + origin.y, width: canvas.width, height: canvas.height, pixels: btoa(text) };
}"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The made-up web process."""
    (port,) = _free_ports(1)
    log = (tmp_path_factory.mktemp("map") / "server.log").open("w")
    server = subprocess.Popen([sys.executable, "-m", "benchmarks._map_server", "--assets", str(ASSETS), "--port", str(port)], cwd=ROOT, stdout=log, stderr=log)
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/rate/0", timeout=5).read()
            break
        except OSError:
            assert time.monotonic() < end and server.poll() is None, "the made-up web process did not start"
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(30)


@pytest.fixture(scope="module")
def data() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    """x and y of every asset in [0, 1) of the world, and its look."""
    layout = territory(ASSETS)
    mirror = MadeUpHub(layout, 8.0)._tenants[1].map
    x, y = (np.concatenate([getattr(column, axis) for column in layout.columns.values()]) / 2**32 + 0.5 for axis in "xy")
    return x, y, np.concatenate([mirror.appearances(layer) for layer in layout.columns])


@pytest.fixture(scope="module")
def page(browser: Browser, base: str) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1000, "height": 700})
    opened.add_init_script(path=ROOT / "benchmarks" / "_map_page.js")
    opened.goto(base, wait_until="domcontentloaded")
    yield opened
    opened.close()


@pytest.mark.parametrize("theme", ["nuit", "jour"])
@pytest.mark.parametrize("zoom", [11, 13, 15, 17])
def test_ink_lies_where_assets_are_in_the_colour_of_their_state(page: Page, data, zoom: int, theme: str):
    x, y, looks = data
    shown = picture(page, zoom, theme)
    px, py = (np.floor(axis * 256 * 2**zoom - corner).astype(int) for axis, corner in ((x, shown["left"]), (y, shown["top"])))
    ink, reach = shown["rgba"][..., 3] > 0, REACH_PX

    def within(margin: int) -> NDArray[np.bool_]:
        return (px >= -margin) & (py >= -margin) & (px < shown["width"] + margin) & (py < shown["height"] + margin)

    # A mark may reach into the picture from an asset just outside; an asset at the very edge may have its mark cut.
    outside, inside = within(reach), within(-reach)
    near = around(px[outside], py[outside], ink.shape, reach)
    assert not (ink & ~near).any(), "ink where there is no asset"
    everywhere, of = (px[outside], py[outside]), looks[outside] & 7
    px, py, severity = px[inside], py[inside], looks[inside] & 7
    assert len(px) > 5
    bare = ~covered(ink, px, py, reach)
    assert not bare.any(), f"{bare.sum()} assets without ink"
    assert (ink & ~around(everywhere[0] + 40, everywhere[1], ink.shape, reach)).any(), "the comparison would accept a map 40 pixels aside"

    for level in (2, 3, 4):
        of_level = is_colour(shown["rgba"], SEVERITIES[theme][level - 1])
        assert not (of_level & ~around(*(axis[of == level] for axis in everywhere), ink.shape, reach)).any(), f"severity {level} where no asset has it"
        own = severity == level
        # An alarm shows its own colour, or lies in a mark or under a dot whose worst is worse.
        worse = np.any([is_colour(shown["rgba"], SEVERITIES[theme][more - 1]) for more in range(level, 5)], axis=0)
        assert covered(worse, px[own], py[own], reach).all(), f"an alarm of severity {level} has no colour"


def test_without_offscreen_canvas_the_page_paints_the_same_picture(page: Page, browser: Browser, base: str):
    expected = picture(page, 13, "nuit")
    other = browser.new_page(viewport={"width": 1000, "height": 700})
    other.add_init_script("window.__canvas = OffscreenCanvas; delete window.OffscreenCanvas")
    other.add_init_script(path=ROOT / "benchmarks" / "_map_page.js")
    other.goto(base, wait_until="domcontentloaded")
    found = picture(other, 13, "nuit", READ.replace("OffscreenCanvas", "window.__canvas"))
    other.close()
    assert (found["left"], found["top"]) == (expected["left"], expected["top"])
    # A bitmap goes through premultiplied colours, pixels do not: a step of 2 in a half-transparent channel is no difference.
    assert np.abs(found["rgba"].astype(int) - expected["rgba"]).max() <= 3


def picture(page: Page, zoom: int, theme: str, read: str = READ) -> dict[str, Any]:
    """What the map shows once it rests at that zoom around the territory's centre."""
    page.evaluate("window.__bench.rested = false")
    await_(page, "() => window.__bench.first > 0")
    page.evaluate(
        "([lat, lon, zoom, theme]) => { document.documentElement.dataset.theme = theme; window.__bench.map.setView([lat, lon], zoom, { animate: false }); }",
        [VIEW["lat"], VIEW["lon"], zoom, theme],
    )
    await_(page, "zoom => window.__hv.map.zoom === zoom", zoom)
    # Colours, view and data are orders in one queue: the answer to a question that follows them comes after their picture was asked for.
    page.evaluate("() => window.Vigie.pick(0, 0, 16)")
    return picture_now(page, read)


def picture_now(page: Page, read: str = READ) -> dict[str, Any]:
    """What the map shows, once two readings are the same."""
    before, found = None, page.evaluate(read)
    end = time.monotonic() + PATIENCE_S
    while before is None or found["pixels"] != before["pixels"]:
        assert time.monotonic() < end, "the map does not rest"
        page.wait_for_timeout(400)
        before, found = found, page.evaluate(read)
    found["rgba"] = np.frombuffer(base64.b64decode(found["pixels"]), np.uint8).reshape(found["height"], found["width"], 4)
    return found | {"painted": page.evaluate("window.__hv.map.painted")}


def await_(page: Page, question: str, arg: Any = None) -> None:
    end = time.monotonic() + PATIENCE_S
    while not page.evaluate(question, arg):
        assert time.monotonic() < end, question
        page.wait_for_timeout(30)


def around(px: NDArray[Any], py: NDArray[Any], shape: tuple[int, ...], reach: int) -> NDArray[np.bool_]:
    """Pixels within `reach` of one of the points, as squares."""
    mask = np.zeros(shape, bool)
    for x, y in zip(px, py, strict=True):
        mask[max(0, y - reach) : max(0, y + reach + 1), max(0, x - reach) : max(0, x + reach + 1)] = True
    return mask


def covered(ink: NDArray[np.bool_], px: NDArray[Any], py: NDArray[Any], reach: int) -> NDArray[np.bool_]:
    """For each point, whether some ink lies within `reach`."""
    return np.array([ink[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].any() for x, y in zip(px, py, strict=True)], bool)


def is_colour(rgba: NDArray[np.uint8], colour: str) -> NDArray[np.bool_]:
    return (rgba == [int(colour[at : at + 2], 16) for at in (1, 3, 5)] + [255]).all(axis=2)


RESTS = "() => Array.from(document.querySelectorAll('.vigie-points')).filter(sheet => sheet.width > 0).map(sheet => sheet.style.visibility).join() === ''"
COUNTED = "() => { window.__bitmaps = 0; const receive = window.__receive ||= window.Vigie.onBitmap; window.Vigie.onBitmap = body => { window.__bitmaps++; receive(body); }; }"


def test_at_rest_the_worker_paints_what_changes_by_itself_and_a_movement_brings_committed_pictures_back(page: Page):
    whole = picture(page, 13, "nuit")
    await_(page, RESTS)
    page.evaluate(COUNTED)
    page.evaluate("() => window.Vigie.setFilter({ severities: [4] })")
    await_(page, "before => window.__hv.map.painted < before", whole["painted"])
    part = picture_now(page)
    ink = [(each["rgba"][..., 3] > 0).sum() for each in (part, whole)]
    assert 0 < ink[0] < ink[1] / 4
    page.evaluate("() => window.Vigie.setFilter(null)")
    await_(page, "before => window.__hv.map.painted === before", whole["painted"])
    assert picture_now(page)["pixels"] == whole["pixels"]
    assert page.evaluate("window.__bitmaps") == 0
    page.evaluate("() => window.__bench.map.panBy([600, 0], { animate: false })")
    await_(page, "() => window.__bitmaps > 0")
    await_(page, RESTS)
    assert picture_now(page)["left"] == whole["left"] + 600


DRAGGED = """async ([steps, step]) => {
  const map = window.__bench.map, order = window.Vigie.order, asked = [];
  let now = performance.now(), x = 0;
  performance.now = () => now;
  window.Vigie.order = (type, body, ...rest) => { if (type === "view") asked.push({ at: map.getPixelBounds().min.x, left: body.view.x, width: body.view.width }); return order(type, body, ...rest); };
  map.fire("movestart");
  for (let i = 0; i < steps; i++) {
    now += 16;
    map._rawPanBy(window.L.point(step, 0));
    map.fire("move");
    await new Promise(requestAnimationFrame);
    while (i > 0 && asked.length && window.__answered < asked.length) await new Promise(requestAnimationFrame);
  }
  map.fire("moveend");
  delete performance.now;
  window.Vigie.order = order;
  return asked;
}"""
"""A hand's drag to the right: what is asked for, each answer awaited. Gives [{at: left side of the view, left: of the picture asked for, width}, …]."""


def test_a_drag_of_one_direction_asks_for_pictures_that_lie_ahead_and_for_one_a_pad(page: Page):
    picture(page, 13, "nuit")
    await_(page, RESTS)
    page.evaluate(
        "() => { window.__answered = 0; const receive = window.Vigie.onBitmap; window.Vigie.onBitmap = body => { receive(body); window.__answered++; }; }"
    )
    asked = page.evaluate(DRAGGED, [100, 14])
    (pad,) = {(each["width"] - 1000) / 2 for each in asked[:-1]}
    dragged = asked[:-1]  # The last one is asked for when the hand lets go.
    assert all(each["left"] >= each["at"] - pad / 2 - 1 for each in dragged), dragged
    assert len(dragged) <= 1400 / pad + 2, dragged


CARRIED = """() => { const map = window.__bench.map; let step = 0; window.__carried = false; map.fire("moveend");
  const each = () => { map._rawPanBy(window.L.point(step % 60 < 30 ? 6 : -6, 0)); map.fire("move"); if (++step < 60) requestAnimationFrame(each); else { map.fire("moveend"); window.__carried = true; } };
  requestAnimationFrame(each) }"""
"""180 px forth and back, frame by frame: less than a wide picture's pad, more than a narrow one's."""


def test_a_map_that_moves_without_having_said_so_is_given_wide_pictures_not_one_at_each_frame(page: Page):
    """As a map whose window changes, and one that is carried on after `moveend`: a narrow picture is used up as soon as it comes."""
    picture(page, 14, "nuit")
    page.evaluate(COUNTED)
    page.evaluate(CARRIED)
    await_(page, "() => window.__carried === true")
    assert page.evaluate("window.__bitmaps") <= 4
