"""Every page under axe-core: WCAG 2.2 levels A and AA, in three themes, without one violation (screens.md §5, check 35)."""

import pytest
from playwright.sync_api import Browser, Page

from layouts.pages import PAGES
from tests.e2e.conftest import visit
from tests.e2e.pages import until
from tests.e2e.platform import ROOT, Platform

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
JUDGE = """async levels => (await axe.run(document, { runOnly: { type: 'tag', values: levels }, resultTypes: ['violations'] })).violations
    .map(found => [found.id, found.nodes.slice(0, 5).map(node => node.target.join(' ') + ' : ' + (node.any[0] || node.all[0] || node.none[0] || {}).message)])"""
THEMES = ("nuit", "jour", "nuit-profonde")
READER = {"mur": "mur", "elus": "elu", "admin": "admin"}
"""Page → who opens it; the chief opens the others."""

OPENED = {
    "/console": "() => { document.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', code: 'KeyJ', bubbles: true })); [...document.querySelectorAll('.map-tools button')].find(b => /Liste/.test(b.textContent)).click() }",
    "/terrain": "() => document.querySelector('#terrain-liste button, #terrain-liste a')?.click()",
}
"""Path → what is opened on it first: the console's detail and the map's twin."""

READY = {
    "/console": "() => document.querySelector('.ag-row')",
}
"""Path → what must be there for that: a key before the queue's first row chooses nothing, and the detail would be judged on some runs alone."""

SHOWN = {
    "/console": "() => Desk.selected && document.querySelector('#fiche').textContent.trim()",
}
"""Path → what is judged once it is shown."""

SIGNED = [(READER.get(page.key, "chef"), page.path) for page in PAGES] + [
    ("agent", "/terrain"),
    ("chef", "/poste"),
    ("operateur", "/admin"),
    ("operateur", "/nulle-part"),
]


def violations(page: Page) -> list[object]:
    """What axe finds in each theme: [theme, rule, nodes]."""
    page.evaluate(AXE)
    found = []
    for theme in THEMES:
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found += [[theme, *each] for each in page.evaluate(JUDGE, LEVELS)]
    return found


@pytest.mark.parametrize(("who", "path"), SIGNED)
def test_a_page_has_no_violation(browser: Browser, platform: Platform, escaped: list[str], who: str, path: str):
    context = browser.new_context(
        locale="fr-FR", timezone_id="Europe/Paris", reduced_motion="reduce", viewport={"width": 390 if path == "/terrain" else 1920, "height": 900}
    )
    try:
        page = visit(context, platform, who, path, escaped)
        until(page, "() => document.querySelector('h1, h2, main')")
        if path != "/terrain" and page.evaluate("() => Boolean(document.querySelector('[data-testid=liaison]'))"):
            until(page, "() => window.__hv?.liaison")
        if path in OPENED:
            if path in READY:
                until(page, READY[path])
            page.evaluate(OPENED[path])
            page.wait_for_timeout(600)
            if path in SHOWN:
                until(page, SHOWN[path])
        assert violations(page) == []
    finally:
        context.close()


@pytest.mark.parametrize(("process", "path"), [("web", "/"), ("wall", "/mur")])
def test_a_page_without_session_has_no_violation(browser: Browser, platform: Platform, process: str, path: str):
    base = {"web": platform.url, "wall": platform.wall_url}[process]
    context = browser.new_context(locale="fr-FR", reduced_motion="reduce")
    try:
        page = context.new_page()
        page.goto(f"{base}{path}", wait_until="domcontentloaded")
        assert violations(page) == []
    finally:
        context.close()


def test_axe_would_see_a_fault(browser: Browser):
    page = browser.new_page()
    page.set_content("<html lang=fr><title>t</title><main><button></button><p style='color:#999;background:#fff'>pâle</p></main>")
    assert {each[1] for each in violations(page)} == {"button-name", "color-contrast"}
    page.close()
