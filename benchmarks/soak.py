"""A wall that is left alone: half an hour by default under 1,000 changes a second, its map moved now and then. `make soak` (MINUTES=120 for longer); not in CI.

Fails when the renderer's memory grows by more than a tenth after its first tenth of the time, when the page reloads, or when it writes an error. The web process is the benchmark's: the
product's hub over a made-up territory.
"""

import argparse
import statistics
import sys
import time

from playwright.sync_api import sync_playwright

from benchmarks.map import FLAGS, STEPS, ask, memory_mb, opened, server

GROWTH = 0.10
EVERY_S = 15.0


def main() -> None:
    """Runs, prints a line a minute, and ends with 1 when a promise is broken."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--assets", type=int, default=40_000)
    arguments.add_argument("--port", type=int, default=18960)
    given = arguments.parse_args()
    faults: list[str] = []
    with sync_playwright() as playwright, server(given.assets, given.port, 8.0) as base:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        with opened(browser, base, True) as (page, cdp):
            page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("framenavigated", lambda _frame: faults.append("the page reloaded"))
            ask(f"{base}/rate/1000")
            began, sizes = time.monotonic(), []
            while (past := time.monotonic() - began) < 60 * given.minutes:
                page.evaluate(f"window.__bench.pan({STEPS})")
                page.wait_for_timeout(1000 * min(EVERY_S, 6 * given.minutes))
                sizes.append((past, memory_mb(cdp)))
                print(f"{past / 60:6.1f} min   {sizes[-1][1]:6.1f} MB   {len(faults)} faults", flush=True)
        browser.close()
    settled = [size for past, size in sizes if past >= 6 * given.minutes]
    third = max(1, len(settled) // 3)
    first, last = statistics.median(settled[:third]), statistics.median(settled[-third:])
    growth = last / first - 1
    print(f"{given.assets} assets, {given.minutes:g} min: {first:.0f} → {last:.0f} MB ({growth:+.1%}, limit +{GROWTH:.0%}); faults: {faults[:5] or 'none'}")
    sys.exit(int(growth > GROWTH or bool(faults)))


if __name__ == "__main__":
    main()
