"""Procedures at /admin: what is in force, what waits for a second person, what the chief has to read."""

import json
from collections.abc import Callable
from typing import Any

from dash import html
from playwright.sync_api import Page

from hypervisor import layers
from layouts.parts import procedures
from tests.screens.harness import to_html

FORCE = {
    "key": "FR-EAU-03",
    "title": "Fuite sur voie publique",
    "layer": "water",
    "version": 4,
    "published_by": "M. Chef",
    "published_at": "2026-02-01T08:00:00+00:00",
    "review_by": "2027-06-30",
}
DRAFT = FORCE | {"version": 5, "author": "Mme Admin", "written_at": "2026-02-10T08:00:00+00:00"}
LEFT = {"event_id": 7, "number": "EV-2026-004512", "title": "Fuite", "key": "FR-EAU-03", "version": 4, "steps": [2, 5], "reason": "Équipe déjà sur place", "by": "Mme Petit", "at": "2026-02-11T17:05:02Z"}  # fmt: skip


def shown(**how: Any) -> str:
    given = {"in_force": [FORCE], "drafts": [DRAFT], "left": [LEFT]} | how
    return to_html(procedures.panels(given["in_force"], given["drafts"], given["left"], layers.all_layers(), may_publish=how.get("may_publish", True)))


def test_the_chief_reads_why_steps_were_left_open_first() -> None:
    page = shown()
    assert page.index("Équipe déjà sur place") < page.index("Mme Admin") < page.index("Fiches réflexes en vigueur")
    assert "2, 5" in page
    assert "30/06/2027" in page


def test_who_may_not_publish_has_no_button_and_who_is_no_chief_reads_no_motive() -> None:
    page = shown(left=None, may_publish=False)
    assert "data-publier" not in page
    assert "Équipe déjà sur place" not in page


def test_publishing_asks_the_api_and_a_refusal_says_why(world: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(
        html.Div(procedures.panels([FORCE], [DRAFT], [LEFT], layers.all_layers(), may_publish=True), className="admin"),
        css=("assets/40-console.css", "assets/43-admin.css"),
    )
    page.evaluate("window.sent = []; window.dash_clientside = { set_props: (id, props) => sent.push(props.sendNotifications[0].message) };")
    asked = []

    def answer(route) -> None:
        asked.append((route.request.url.partition("/api/v1")[2], json.loads(route.request.post_data)))
        route.fulfill(status=403, json={"detail": "Vous avez écrit ce brouillon."}) if "publish" in route.request.url else route.fulfill(json={})

    page.route("**/api/v1/**", answer)
    page.add_script_tag(url="/assets/js/59-procedure-admin.js")
    page.click("[data-publier]")
    page.wait_for_function("sent.length === 1")
    page.click("[data-lu]")
    page.wait_for_function("sent.length === 2")
    assert asked == [("/procedures/FR-EAU-03/publish", {"version": 5}), ("/events/7/procedure/seen", {})]
    assert page.evaluate("sent")[0] == "Vous avez écrit ce brouillon."
    assert page.query_selector("[data-lu]") is None
