"""What follows a choice in the queue, and what interrupts nobody: when it rests, whose the sheet is, where the focus stays."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.screens.desk_page import open_desk, rows
from tests.screens.feed_samples import BURST, alarm
from tests.screens.harness import say


@pytest.fixture
def desk(world: Any, open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> Page:
    return open_desk(open_page, monkeypatch)


def six(page: Page) -> None:
    """Six alarms in the queue, and time stands still."""
    say(page, "snapshot", [alarm(n, "major", f"Alarme {n}", "17:04:00", cause="main_burst") for n in range(1, 7)])
    rows(page)
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))


def test_who_runs_down_the_queue_reads_only_what_it_ends_on(desk: Page):
    say(desk, "snapshot", [alarm(n, "major", f"Alarme {n}", "17:04:00", cause="main_burst") for n in range(1, 7)])
    rows(desk)
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url) if "/procedure" in request.url else None)
    last = desk.evaluate("""() => {
        sent.length = 0;
        for (let n = 0; n < 5; n++) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", code: "KeyJ", bubbles: true }));
        return [sent.filter(one => one[0] === "selection").length, Desk.selected.alarmId, document.getElementById("detail-titre").textContent];
    }""")
    assert last[0] == 0 and last[2] == f"Alarme {last[1]}", "the choice is shown at once, nothing costly is asked on the way"
    desk.wait_for_function("sent.some(one => one[0] === 'selection')")
    desk.wait_for_timeout(300)  # Longer than a choice takes to rest: nothing else may come.
    assert desk.evaluate("sent.filter(one => one[0] === 'selection').map(one => one[1].data.alarm)") == [last[1]]
    assert len(asked) == 1, asked


def test_who_keeps_a_slow_rhythm_is_still_on_the_way(desk: Page):
    six(desk)
    desk.evaluate("sent.length = 0")
    asked = "sent.filter(one => one[0] === 'selection').length"
    for _ in range(4):
        desk.keyboard.press("j")
        desk.clock.run_for(300)
    assert desk.evaluate(asked) == 1, "the first choice after a silence rests at once; those of the rhythm do not"
    desk.clock.run_for(200)
    assert desk.evaluate(asked) == 2, "the last one rests when the next is late"


def test_a_choice_rests_while_its_facts_change_without_end(desk: Page):
    six(desk)
    desk.evaluate("sent.length = 0")
    for _ in range(2):
        desk.keyboard.press("j")
        desk.clock.run_for(300)
    for n in range(4):
        desk.evaluate("n => Desk.refresh(Object.assign({}, Desk.selected, { signature: 'neuve ' + n }))", n)
        desk.clock.run_for(150)
    chosen = desk.evaluate("Desk.selected.alarmId")
    assert chosen in desk.evaluate("sent.filter(one => one[0] === 'selection').map(one => one[1].data.alarm)")


def test_who_writes_is_not_interrupted_by_the_list_of_people_that_comes_late(desk: Page):
    say(desk, "snapshot", [BURST])
    rows(desk)
    desk.keyboard.press("j")
    asked: list = []
    desk.route("**/api/v1/events/owners", lambda route: asked.append(route))
    with desk.expect_request("**/api/v1/events/owners"):
        desk.evaluate("Desk.openForm('btn-affecter')")
    desk.fill("#affecter-motif", "transmis")
    with desk.expect_response("**/api/v1/events/owners"):
        asked[0].fulfill(json={"items": [{"username": "chef", "display_name": "M. Durand"}], "next": None})
    desk.wait_for_selector("#affecter-a input")
    assert desk.evaluate("[document.activeElement.id, document.querySelectorAll('#affecter-a input:checked').length]") == ["affecter-motif", 0]


def test_what_is_measured_of_the_row_before_is_never_shown_as_the_chosen_one_s(desk: Page):
    told = {"key": "flow", "label": "Débit", "unit": "m³/h", "threshold": 250, "below": False, "period_s": 15, "words": {}}
    say(desk, "snapshot", [alarm(n, "major", f"Alarme {n}", "17:04:00", cause=f"cause_{n}", value=n) for n in (1, 2)])
    rows(desk)
    asked: list[str] = []
    desk.route("**/api/v1/observations?**", lambda route: (asked.append(route.request.url), route.fulfill(json={"items": []})))
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    chosen = desk.evaluate("Desk.selected.alarmId")
    tell = "told => { dash_clientside.vigie_detail.measured(told); return document.getElementById('mesure').hidden; }"
    assert desk.evaluate(tell, told | {"alarm": 3 - chosen}) is True
    assert desk.locator("#console.has-other-sheet").count() == 1, "the sheet of the row before is pale"
    with desk.expect_request("**/api/v1/observations?**"):
        assert desk.evaluate(tell, told | {"alarm": chosen}) is True  # Until it is read nothing is guessed.
    desk.wait_for_function("!document.getElementById('mesure').hidden")
    assert [f"asset_id={chosen}&property=flow" in url for url in asked] == [True]
    assert desk.locator("#console.has-other-sheet").count() == 0
    assert desk.evaluate(tell, told | {"alarm": 3 - chosen, "label": "Autre"}) is False
    assert desk.inner_text("#mesure-titre") == "Débit"
    assert desk.locator("#console.has-other-sheet").count() == 1


def test_a_sheet_that_did_not_come_is_asked_again_once_there_is_somebody_to_answer(desk: Page):
    two = [alarm(n, "major", f"Alarme {n}", "17:04:00", cause=f"cause_{n}") for n in (1, 2)]
    say(desk, "snapshot", two)
    rows(desk)
    desk.keyboard.press("j")
    desk.wait_for_function("sent.some(one => one[0] === 'selection')")
    desk.evaluate("sent.length = 0")
    say(desk, "snapshot", two)
    desk.wait_for_function("sent.some(one => one[0] === 'selection')")


def test_an_alarm_that_ends_under_the_eyes_is_read_again_once_whatever_else_happens(desk: Page):
    ending = alarm(1, "major", "Alarme 1", "17:04:00", cause="cause_1")
    say(desk, "snapshot", [ending])
    rows(desk)
    desk.keyboard.press("j")
    ended_body = ending | {"version": 2, "condition": "normal", "acknowledged": True, "state": "normal", "is_open": False}
    desk.evaluate("body => { Vigie.alarms.delete(1); document.dispatchEvent(new CustomEvent('vigie:alarm', { detail: { body } })); }", ended_body)
    rows(desk)
    ended = desk.evaluate("Desk.selected.signature")
    for n in (2, 3, 4):
        say(desk, "alarm", alarm(n, "major", f"Alarme {n}", "17:05:00", cause=f"cause_{n}"))
        rows(desk)
    assert desk.evaluate("Desk.selected.signature") == ended and ended.endswith("+")


def test_who_moves_on_in_a_form_that_opens_is_not_brought_back_to_its_first_field(desk: Page):
    say(desk, "snapshot", [BURST])
    rows(desk)
    desk.clock.install()
    desk.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    desk.keyboard.press("j")
    desk.evaluate("Desk.openForm('btn-differer')")
    desk.keyboard.press("Tab")
    second = desk.evaluate("document.activeElement.id")
    desk.clock.run_for(200)
    assert desk.evaluate(
        "[document.activeElement.id, document.activeElement === document.querySelector('.form[data-de=btn-differer]').querySelector('input, textarea, select')]"
    ) == [second, False]


def test_the_focus_follows_the_choice_when_it_rests_since_it_makes_the_browser_lay_the_page_out(desk: Page):
    say(desk, "snapshot", [alarm(n, "major", f"Alarme {n}", "17:04:00", cause="main_burst") for n in range(1, 7)])
    rows(desk)
    moved = desk.evaluate("""() => {
        const root = Object.assign(document.createElement("div"), { className: "ag-root", tabIndex: 0 });
        document.querySelector(".queue-rows").append(root);
        window.focused = [];
        grid.setFocusedCell = (rank) => focused.push(rank);
        root.focus();
        for (let n = 0; n < 4; n++) root.dispatchEvent(new KeyboardEvent("keydown", { key: "j", code: "KeyJ", bubbles: true }));
        return focused.length;
    }""")
    assert moved == 0
    desk.wait_for_function("focused.length === 1 && focused[0] === 3")
    desk.evaluate(
        "document.querySelector('.ag-root').dispatchEvent(new KeyboardEvent('keydown', { key: 'j', code: 'KeyJ', bubbles: true })); document.getElementById('note-texte').focus()"
    )
    desk.wait_for_timeout(800)  # Longer than a choice takes to rest: who went to write keeps the caret.
    assert desk.evaluate("[focused.length, document.activeElement.id]") == [1, "note-texte"]
