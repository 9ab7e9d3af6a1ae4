"""The exploration's first view: ready questions, each of which fills the form and asks the API in one click."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hypervisor import layers
from layouts.pages import exploration
from tests.screens import harness

SCRIPT = harness.ROOT / "assets/js/61-exploration.js"
PAST = """Vigie.past = {
  utc: (text) => Date.parse(text + "Z"),
  local: (at) => new Date(at).toISOString().slice(0, 16),
};"""


def test_a_ready_question_is_asked_in_one_click_and_gives_way_to_its_answer(world: Any, open_page: Any) -> None:
    page = open_page(exploration.layout(), css=("assets/47-exploration.css",))
    page.evaluate(PAST)
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        body = (
            {"items": []}
            if "views" in route.request.url
            else {"by": "asset", "rows": [{"group": "Bac 3", "value": 81.5, "n": 4}], "label": "Remplissage", "unit": "%", "is_cut": False}
        )
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    page.route("**/api/v1/exploration/**", answer)
    page.add_script_tag(path=str(SCRIPT))
    # The script mounts on what Dash draws; here the tree is whole from the start.
    page.evaluate("document.body.append(document.createElement('i'))")
    page.locator("#exploration-couche option").first.wait_for(state="attached")
    offered = page.locator("[data-demande]")
    assert offered.count() == sum(len(layer.questions) for layer in layers.all_layers().values()) == 4
    button = page.get_by_role("button", name="Jusqu’où chaque conteneur se remplit-il")
    button.click()
    page.locator("#exploration-table td").first.wait_for()
    assert not button.is_visible()
    query = parse_qs(urlsplit(asked[-1]).query)
    assert urlsplit(asked[-1]).path == "/api/v1/exploration/table"
    assert {key: query[key] for key in ("layer", "property", "measure", "by")} == {
        "layer": ["waste"],
        "property": ["filling"],
        "measure": ["high"],
        "by": ["asset"],
    }
    assert page.locator("#exploration-couche").input_value() == "waste"
    assert page.evaluate("document.activeElement.id") == "exploration-reponse"
    assert "81,5" in page.locator("#exploration-table").inner_text()
