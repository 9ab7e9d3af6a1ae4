"""A page of Vigie in Chromium without a server: the layout's own tree as HTML, our styles and scripts, and a feed that the test holds in its hand."""

import html
import json
import re
from pathlib import Path
from typing import Any

from dash.development.base_component import Component
from markupsafe import escape
from playwright.sync_api import Browser, Page, Route

from layouts.still import ATTRIBUTE

ROOT = Path(__file__).parents[2]
ORIGIN = "http://vigie.test"
ALIASES = {"className": "class", "tabIndex": "tabindex", "htmlFor": "for", "dateTime": "datetime"}
FEED = """
window.__hv = {sounds: [], paints: [], lastHb: null};
(function () {
  const start = performance.now();
  let base = Date.parse("2026-02-11T17:04:38Z");
  window.Vigie = { alarms: new Map(), events: new Map(), interventions: new Map(), logbook: [], now: () => base + (performance.now() - start) };
  const say = (name, detail) => document.dispatchEvent(new CustomEvent("vigie:" + name, { detail }));
  window.feed = {
    liaison(state, more) { document.documentElement.dataset.liaison = state; if (state === "direct") window.__hv.lastHb = Vigie.now(); say("liaison", Object.assign({ state, since: null, cause: "", lag: 0, sources: [] }, more)); },
    snapshot(alarms, headlines, missed) { Vigie.alarms = new Map(alarms.map((a) => [a.id, a])); Vigie.headlines = headlines || []; say("snapshot", { alarms, headlines, missed: missed || 0 }); },
    alarm(alarm) { Vigie.alarms.set(alarm.id, alarm); say("alarm", { body: alarm }); },
    intervention(one) { const before = Vigie.interventions.get(one.id); Vigie.interventions.set(one.id, one); say("intervention", { body: one, before }); },
    posture(situation) { Vigie.posture = situation; say("posture", situation); },
    headlines(items) { Vigie.headlines = items; say("headlines", { items }); },
    later(ms) { base += ms; },
  };
})();
"""


def to_html(component: Any) -> str:
    """The HTML of a Dash tree, as React would draw it; a component that is not HTML (the map) becomes an empty box with its id."""
    if component is None:
        return ""
    if isinstance(component, list | tuple):
        return "".join(map(to_html, component))
    if not isinstance(component, Component):
        return str(escape(component))
    said = component.to_plotly_json()
    properties = dict(said["props"])
    children = properties.pop("children", None)
    written = properties.pop(ATTRIBUTE, "")
    is_html = said["namespace"] == "dash_html_components"
    tag = said["type"].lower() if is_html else "a" if said["type"] == "Link" else "div"
    if not is_html:
        properties = {key: properties[key] for key in ("id", "className", "href", "title") if key in properties}
        children = children if tag == "a" else None
    attributes = "".join(_attribute(ALIASES.get(name, name), value) for name, value in properties.items())
    return f"<{tag}{attributes}>{written}{to_html(children)}</{tag}>"


def to_text(component: Any) -> str:
    """The words of a Dash tree, one space between them, ordinary or not."""
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", to_html(component))))


def open_page(
    browser: Browser, layout: Component, *, query: str = "", width: int = 1920, height: int = 1080, css: tuple[str, ...] = (), scripts: tuple[str, ...] = ()
) -> Page:
    """The page of that layout, its frame dressed. Every request that is not ours is refused and fails the page (`page.strangers` holds them)."""
    page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1)
    styles = "".join(f'<link rel="stylesheet" href="/{file}">' for file in ("assets/10-tokens.css", "assets/20-frame.css", "assets/30-wall.css", *css))
    body = f"{to_html(layout)}<script>{FEED}</script>" + "".join(f'<script src="/{file}"></script>' for file in ("assets/head/start.js", *_ours(), *scripts))
    document = f'<!DOCTYPE html><html lang="fr" data-theme="nuit"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">{styles}</head><body>{body}</body></html>'
    page.strangers = []  # type: ignore[attr-defined]
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]

    def answer(route: Route) -> None:
        url = route.request.url
        if not url.startswith(ORIGIN):
            page.strangers.append(url)  # type: ignore[attr-defined]
            route.abort()
        elif url.split("?")[0] == ORIGIN + "/page":
            route.fulfill(body=document, content_type="text/html")
        else:
            _serve(route, url.removeprefix(ORIGIN + "/").split("?")[0])

    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/page{query}")
    page.evaluate("document.fonts.ready")
    return page


def say(page: Page, verb: str, *arguments: Any) -> None:
    """The feed says something; the page has drawn it when this returns."""
    page.evaluate(f"feed.{verb}(...{json.dumps(arguments)})")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _ours() -> list[str]:
    # Base map, points and feed need the real thing; e2e tests have it.
    return [
        f"assets/js/{file.name}"
        for file in sorted((ROOT / "assets/js").glob("*.js"))
        if file.name[:2] in {"06", "24", "25", "26", "27", "28", "29", "30", "31", "32"}
    ]


def _attribute(name: str, value: Any) -> str:
    if value is False or value is None:
        return ""
    if value is True:
        return f" {name}"
    text = "; ".join(f"{key}: {item}" for key, item in value.items()) if isinstance(value, dict) else str(value)
    return f' {name}="{html.escape(text)}"'


def _serve(route: Route, path: str) -> None:
    file = ROOT / path
    if file.is_file():
        route.fulfill(path=file)
    else:
        route.fulfill(status=404)
