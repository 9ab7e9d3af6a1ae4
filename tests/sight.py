"""What a person of any sight tells apart on a page: the five levels by name, digit and form, and by colour (screens.md §5, check 20)."""

import base64
from itertools import combinations

from playwright.sync_api import Page

from tests.screens.test_tokens import lab

SEEN = ("none", "achromatopsia", "deuteranopia", "protanopia", "tritanopia")
LEVELS = ("critical", "major", "minor", "info", "normal")
LOOK = """levels => { const place = document.createElement('div'); place.id = 'formes'; place.style.cssText = 'position:fixed;left:0;top:0;z-index:9999;background:var(--surface);font-size:64px;display:flex';
  levels.forEach(level => place.appendChild(HV.shape({severity: level, state: 'acknowledged'}))); document.body.appendChild(place);
  return Array.from(place.querySelectorAll('svg'), one => [one.getAttribute('aria-label'), one.querySelector('.shape-body').getAttribute('d'), (one.querySelector('text.known') || {}).textContent || '']) }"""

PIXELS = """async picture => { const image = new Image(); image.src = 'data:image/png;base64,' + picture; await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), brush = canvas.getContext('2d'); brush.drawImage(image, 0, 0);
  return Array.from(document.querySelectorAll('#formes svg'), function (one) { const r = one.getBoundingClientRect();
    const [red, green, blue] = brush.getImageData(r.left + r.width / 2, r.top + r.height * 0.26, 1, 1).data;
    return '#' + [red, green, blue].map(part => part.toString(16).padStart(2, '0')).join('') }) }"""


def told_apart(page: Page, theme: str) -> None:
    """Draws the five levels on the page in that theme and looks at them with each sight; fails on two that are alike."""
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    drawn = page.evaluate(LOOK, LEVELS)
    for part in zip(*drawn, strict=True):
        assert len(set(part)) == 5, part
    session = page.context.new_cdp_session(page)
    for sight in SEEN:
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
        colours = [lab(colour) for colour in _bodies(page)]
        least = min(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 for one, other in combinations(colours[:4], 2))
        # Without any colour, form and digit alone tell them apart: no level may then be invisible on its ground.
        assert least >= (0 if sight == "achromatopsia" else 14), (theme, sight, least)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
    session.detach()
    page.evaluate("() => document.getElementById('formes').remove()")


def _bodies(page: Page) -> list[str]:
    """The colour that a person of that sight sees in the body of each shape, left of its digit."""
    picture = base64.b64encode(page.locator("#formes").screenshot()).decode()
    return page.evaluate(PIXELS, picture)
