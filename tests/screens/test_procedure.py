"""The procedure's panel in a browser: read, ticked by the keys, answered, set aside; the server behind it is the law itself."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash import html
from playwright.sync_api import Page, Route

from hypervisor.domain.procedure import Act, standings
from hypervisor.imports import procedures as files
from hypervisor.queries.procedures import run_shape
from hypervisor.store.procedures import Run
from layouts.pages import console
from tests.screens.conftest import TERRITORY
from tests.screens.feed_samples import BURST
from tests.screens.harness import say
from tests.screens.test_console import SCRIPTS

STARTED = datetime(2026, 2, 11, 17, 3, tzinfo=UTC)
EVENT = {
    "id": 7,
    "number": "EV-2026-004512",
    "title": "Rupture de canalisation",
    "status": "in_progress",
    "owner": "chief",
    "version": 3,
    "address": "avenue du Pont Juvénal",
}


class Server:
    """The API of one event, by the law and without a database."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        procedure = files.ready("water")[0]
        nothing = dict.fromkeys(("left_reason", "left_steps", "left_by", "left_name", "left_at", "seen_name", "seen_at"))
        self.run = Run(
            event_id=7, key=procedure.key, version=4, procedure=procedure, started_at=STARTED, started_by="petit", started_name="Mme Petit", **nothing
        )

    def answer(self, route: Route) -> None:
        path = route.request.url.partition("/api/v1/")[2]
        if not path.startswith("events/7/procedure"):
            return route.fulfill(status=404, json={"detail": "rien"}) if path.startswith("procedures/for") else route.fulfill(json={"items": []})
        if route.request.method == "POST":
            number, verb = path.split("/")[-2:]
            body = json.loads(route.request.post_data or "{}")
            self.asked.append((number, verb, body))
            key = self.run.procedure.steps[int(number) - 1].key
            at = STARTED + timedelta(minutes=len(self.acts) + 1)
            self.acts.append(Act(step=key, verb=verb, at=at, by="Opérateur 2", answer=body.get("answer", ""), reason=body.get("reason", body.get("words", ""))))
        return route.fulfill(json=run_shape(self.run, standings(self.run.procedure, STARTED, self.acts), EVENT))


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def desk(world: Any, open_page: Callable[..., Page], server: Server, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setattr("layouts.pages.console.territory", lambda _h, _who: TERRITORY)
    monkeypatch.setattr("layouts.parts.toasts.provided", lambda children: html.Div(children, className="provided"))
    page = open_page(console.layout(), css=("assets/40-console.css", "assets/46-procedure.css"), scripts=("assets/js/40-console.js",))
    page.route("**/api/v1/**", server.answer)
    page.evaluate("window.sent = []; window.dash_clientside = { no_update: null, set_props: (id, props) => sent.push([id, props]) };")
    page.evaluate(
        "Object.assign(Desk, {stateWord: a => a.state, eventWord: e => e.status, duration: ms => HV.age(Math.abs(ms)), move() {}, focusQueue() {}, marked: () => []})"
    )
    for script in SCRIPTS[1:]:
        page.add_script_tag(url=f"/{script}")
    page.evaluate("Desk.mounts.forEach(build => build(Desk.root))")
    say(page, "liaison", "direct")
    select(page)
    page.wait_for_selector("[data-testid=etape-1]")
    return page


def select(page: Page, **event: Any) -> None:
    alarm = BURST | {"asset_id": 1, "decide_before": "2026-02-11T17:15:56Z", "count": 1, "event_id": 7}
    row = {
        "key": "a1", "alarm": alarm, "event": EVENT | event, "waits": False, "alarmId": 1, "priority": "critical", "title": alarm["title"], "type": "main_burst",
        "raised": 1770829436000, "decide": 1770830156000, "isMine": True, "signature": "1", "layer": "water", "lon": None, "lat": None,
    }  # fmt: skip
    page.evaluate("row => Desk.select(row)", row)


def states(page: Page) -> dict[str, str]:
    return page.eval_on_selector_all(".procedure-step", "all => Object.fromEntries(all.map(one => [one.dataset.testid, one.dataset.etat]))")


def toasts(page: Page) -> list[str]:
    return page.evaluate("sent.filter(one => one[0] === 'avis').map(one => one[1].sendNotifications[0].message)")


def press(page: Page, code: str, key: str) -> None:
    """A key of the keyboard by its place and by what it writes: AZERTY's first digit writes « & »."""
    page.evaluate(
        "([code, key]) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))", [code, key]
    )


def test_the_panel_says_which_version_runs_and_how_far_it_is(desk: Page) -> None:
    assert desk.text_content("#fiche-nom") == "FR-EAU-01 v4 · Rupture de canalisation ou baisse de pression"
    assert desk.text_content("#fiche-avancee") == "0 sur 1"
    assert states(desk)["etape-1"] == "open"
    assert states(desk)["etape-3"] == "waiting"
    assert desk.get_attribute("[data-testid=etape-1]", "aria-current") == "step"


def test_check_19_the_first_key_of_an_azerty_row_acts_on_the_first_step(desk: Page, server: Server) -> None:
    desk.keyboard.press("f")
    press(desk, "Digit1", "&")
    assert desk.evaluate("document.activeElement.textContent") == "Rupture confirmée", "a question takes the focus to its first answer"
    desk.keyboard.press("Enter")
    desk.wait_for_selector("[data-testid=etape-1][data-etat=done]")
    assert server.asked == [("1", "answer", {"answer": "rupture"})]
    assert "etape-2" not in states(desk), "the other branch is not shown"
    press(desk, "Digit3", '"')
    desk.wait_for_selector("[data-testid=etape-3][data-etat=done]")
    assert "17:" not in (desk.text_content("[data-testid=etape-3] .procedure-meta") or ""), "hours are those of the territory"
    assert "Opérateur 2" in (desk.text_content("[data-testid=etape-3] .procedure-meta") or "")


def test_digits_are_the_steps_only_while_the_panel_has_the_focus(desk: Page, server: Server) -> None:
    desk.evaluate("document.activeElement.blur()")
    press(desk, "Digit1", "&")
    desk.keyboard.press("f")
    press(desk, "Digit3", '"')
    assert server.asked == []
    assert toasts(desk) == ["Cette étape attend une réponse."]


def test_without_object_asks_why_and_keeps_it(desk: Page, server: Server) -> None:
    desk.click("[data-testid=etape-1] .procedure-skip")
    desk.keyboard.press("Control+Enter")
    assert toasts(desk) == ["Écrivez le motif."]
    desk.keyboard.type("vu à la caméra")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_selector("[data-testid=etape-1][data-etat=skipped]")
    assert server.asked == [("1", "skip", {"reason": "vu à la caméra"})]
    assert "sans objet\u00a0: vu à la caméra" in (desk.text_content("[data-testid=etape-1] .procedure-meta") or "")


def test_a_prepared_message_is_shown_and_changed_before_it_goes(desk: Page, server: Server) -> None:
    server.acts.append(Act(step="confirmer", verb="answer", at=STARTED, by="Mme Petit", answer="rupture"))
    select(desk, version=4)
    desk.evaluate("Desk.select(Object.assign({}, Desk.selected, {signature: '2'}))")
    desk.wait_for_selector("[data-testid=etape-7] .procedure-acts .action")
    desk.click("[data-testid=etape-7] .procedure-acts .action")
    assert desk.input_value("[data-testid=etape-7] textarea").startswith("EV-2026-004512")
    desk.fill("[data-testid=etape-7] textarea", "Merci de venir")
    desk.click("[data-testid=etape-7] .form-submit")
    desk.wait_for_function("document.querySelector('[data-testid=etape-7] .procedure-meta').textContent.includes('message')")
    assert server.asked == [("7", "act", {"words": "Merci de venir"})]


def test_words_being_written_stay_when_another_console_acts(desk: Page, server: Server) -> None:
    desk.click("[data-testid=etape-1] .procedure-skip")
    desk.keyboard.type("vu à la cam")
    desk.evaluate("Desk.refresh(Object.assign({}, Desk.selected, {signature: '9'}))")
    desk.wait_for_timeout(100)
    desk.keyboard.type("éra")
    assert desk.input_value("[data-testid=etape-1] textarea") == "vu à la caméra"


def test_a_step_pressed_while_another_console_acts_is_still_done(desk: Page, server: Server) -> None:
    desk.hover("[data-testid=etape-1] .procedure-answers button >> nth=0")
    desk.mouse.down()
    desk.evaluate("Desk.refresh(Object.assign({}, Desk.selected, {signature: '9'}))")
    desk.mouse.up()
    desk.wait_for_selector("[data-testid=etape-1][data-etat=done]")
    assert server.asked == [("1", "answer", {"answer": "rupture"})]


def test_a_step_pressed_when_another_event_takes_the_panel_acts_on_neither(desk: Page, server: Server) -> None:
    desk.hover("[data-testid=etape-1] .procedure-answers button >> nth=0")
    desk.mouse.down()
    desk.evaluate("Desk.select(Object.assign({}, Desk.selected, {key: 'a2'}))")
    desk.mouse.up()
    desk.wait_for_selector("[data-testid=etape-1][data-etat=open]")
    assert server.asked == []


def test_a_late_step_says_by_how_much(desk: Page) -> None:
    desk.evaluate("feed.later(600000)")
    desk.wait_for_function("document.querySelector('[data-echeance]').textContent.includes('en retard de')")


@pytest.mark.parametrize(("state", "event", "why"), [("perdue", {}, "liaison est perdue"), ("direct", {"status": "closed"}, "terminé")])
def test_nothing_can_be_done_when_it_would_not_be_kept(desk: Page, state: str, event: dict[str, Any], why: str) -> None:
    select(desk, **event)
    desk.wait_for_selector("[data-testid=etape-1]")
    say(desk, "liaison", state)
    assert desk.eval_on_selector_all("#fiche button:not([disabled])", "all => all.length") == 0
    assert why in (desk.get_attribute("[data-testid=etape-1] button", "title") or "")


def test_closing_asks_the_motive_of_the_steps_left_open(desk: Page, server: Server) -> None:
    select(desk, status="resolved")
    desk.wait_for_selector("[data-testid=etape-1]")
    desk.keyboard.press("c")
    assert desk.is_visible("#clore-fiche")
    assert desk.text_content("#clore-etapes") == "Étapes obligatoires encore ouvertes\u00a0: 1"


def test_every_target_is_large_enough(desk: Page) -> None:
    small = desk.eval_on_selector_all("#conduite-cadre button", "all => all.map(b => b.getBoundingClientRect()).filter(r => r.height < 31.5).length")
    assert small == 0
