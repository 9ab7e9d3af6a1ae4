"""What a test does with the agents' application on a phone, whichever server answers it."""

import time
from typing import Any

from playwright.sync_api import BrowserContext, Page

WIDTH, HEIGHT = 390, 844
LEAST_PX = 48
SIZES = """root => [...(root ? document.querySelector(root) : document).querySelectorAll('a, button, input, select, textarea, summary, label.check')]
    .filter(e => e.offsetParent && !e.closest('label.check input'))
    .map(e => { const b = (e.type === 'checkbox' ? e.closest('label') : e).getBoundingClientRect(); return [e.textContent.trim() || e.name, Math.min(b.width, b.height)] })"""


def begin(context: BrowserContext, address: str) -> Page:
    """The page, once its service worker keeps everything; its errors are in `page.faults`."""
    page = context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.goto(f"{address}/terrain")
    page.evaluate("() => navigator.serviceWorker.ready")
    page.wait_for_selector("#terrain .heading")
    return page


def until(page: Page, question: str, limit_s: float = 20) -> None:
    """Asks the page until it says yes: Playwright's own way needs eval, which our content security policy refuses."""
    end = time.monotonic() + limit_s
    while not page.evaluate(question):
        assert time.monotonic() < end, f"{question} stayed false: {page.evaluate('async () => JSON.stringify([await Field.entries(), Field.state])')}"
        page.wait_for_timeout(50)


def sent(page: Page) -> None:
    """Returns once nothing waits on the phone."""
    until(page, "async () => (await Field.entries()).length === 0", limit_s=20)


def fill_report(page: Page) -> None:
    """The report that ends an intervention."""
    page.select_option("[name=action]", index=1)
    page.fill("[name=note]", "disjoncteur remplacé")
    page.click("[data-testid=terrain-valider]")


def too_small(page: Page, root: str = "") -> list[Any]:
    """[text, px] of what can be pressed and is smaller than a gloved thumb, in the page or under a selector."""
    return [found for found in page.evaluate(SIZES, root) if found[1] < LEAST_PX]
