"""Asking a page until it says yes. Playwright's own wait_for_function needs eval, which our content security policy refuses."""

import time
from typing import Any

from playwright.sync_api import Page

EACH_MS = 20
LIVE = "() => window.__hv?.liaison === 'direct' && document.querySelector('[data-testid=liaison]')"


def until(page: Page, question: str, arg: Any = None, limit_s: float = 30) -> Any:
    """The first truthy answer of a JavaScript function; fails with what the page said last."""
    end = time.monotonic() + limit_s
    while not (answer := page.evaluate(question, arg)):
        state = (
            page.evaluate("() => JSON.stringify({liaison: window.__hv?.liaison, map: window.__hv?.map, path: location.pathname})")
            if time.monotonic() > end
            else ""
        )
        assert time.monotonic() < end, f"{question} with {arg!r} stayed false for {limit_s} s: {state} {page.errors[-3:]}"
        page.wait_for_timeout(EACH_MS)
    return answer


def live(page: Page, limit_s: float = 60) -> None:
    """Waits until the page is drawn and says EN DIRECT."""
    until(page, LIVE, limit_s=limit_s)
