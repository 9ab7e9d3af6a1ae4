"""Asking a page until it says yes. Playwright's own wait_for_function needs eval, which our content security policy refuses."""

import time
from typing import Any

from playwright.sync_api import Error, Page

EACH_MS = 20
KEY_TO_PAINT = """() => { window.__keys = []; let at = 0, before = null;
  addEventListener('keydown', e => { at = e.timeStamp; before = Desk.selected && Desk.selected.key }, true);
  Desk.watchers.push(row => { if (at && row && row.key !== before) { const pressed = at; at = 0; requestAnimationFrame(() => setTimeout(() => window.__keys.push(performance.now() - pressed))) } }) }"""
"""From the key's own time to the first task after the frame that shows the row chosen."""
LIVE = "() => window.__hv?.liaison === 'direct' && document.querySelector('[data-testid=liaison]')"


def until(page: Page, question: str, arg: Any = None, limit_s: float = 30) -> Any:
    """The first truthy answer of a JavaScript function; fails with what the page said last."""
    end = time.monotonic() + limit_s
    while not (answer := _asked(page, question, arg)):
        state = (
            page.evaluate("() => JSON.stringify({liaison: window.__hv?.liaison, map: window.__hv?.map, path: location.pathname})")
            if time.monotonic() > end
            else ""
        )
        assert time.monotonic() < end, f"{question} with {arg!r} stayed false for {limit_s} s: {state} {page.errors[-3:]}"
        page.wait_for_timeout(EACH_MS)
    return answer


def _asked(page: Page, question: str, arg: Any) -> Any:
    """The answer, or none while the page gives way to another: what was pressed may read the page again."""
    try:
        return page.evaluate(question, arg)
    except Error as error:
        if "Execution context was destroyed" in error.message:
            return None
        raise


def live(page: Page, limit_s: float = 60) -> None:
    """Waits until the page is drawn and says EN DIRECT."""
    until(page, LIVE, limit_s=limit_s)
