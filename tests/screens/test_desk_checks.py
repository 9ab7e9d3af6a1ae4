"""Checks of screens.md §5 that need no platform, by number: avalanche (13), chattering (14), keys (19), colour (20), the live region (22); and what masks hide."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.screens.desk_page import open_desk, rows
from tests.screens.feed_samples import BURST, CABINET, alarm
from tests.screens.harness import say
from tests.screens.test_tokens import lab


@pytest.fixture
def desk(world: Any, open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> Page:
    return open_desk(open_page, monkeypatch)


def toasts(page: Page) -> list[str]:
    return page.evaluate("sent.filter(one => one[0] === 'avis').map(one => one[1].sendNotifications[0].message)")


def flood() -> list[dict[str, Any]]:
    """500 alarms: a burst, 300 cabinets of one commune and 199 lamps."""
    cabinets = [alarm(100 + n, "major", "Armoire hors tension", f"17:04:{n // 10:02d}", layer="lighting", cause="off", commune_id=3) for n in range(300)]
    lamps = [alarm(1000 + n, "minor", "Point lumineux en panne", "17:04:20", layer="lighting", cause="lamp", commune_id=n % 7) for n in range(199)]
    return [*lamps, *cabinets, BURST]


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
    say(desk, "snapshot", [alarm(n, "major", f"Alarme {n}", "17:04:00", cause="main_burst") for n in range(1, 7)])
    rows(desk)
    desk.clock.install()
    desk.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    desk.evaluate("sent.length = 0")
    asked = "sent.filter(one => one[0] === 'selection').length"
    for _ in range(4):
        desk.keyboard.press("j")
        desk.clock.run_for(300)
    assert desk.evaluate(asked) == 1, "the first choice after a silence rests at once; those of the rhythm do not"
    desk.clock.run_for(200)
    assert desk.evaluate(asked) == 2, "the last one rests when the next is late"


def test_a_choice_rests_while_its_facts_change_without_end(desk: Page):
    say(desk, "snapshot", [alarm(n, "major", f"Alarme {n}", "17:04:00", cause="main_burst") for n in range(1, 7)])
    rows(desk)
    desk.clock.install()
    desk.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
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


def test_g_then_g_opens_the_rules(desk: Page):
    desk.evaluate("""() => { const rail = document.createElement("nav"); rail.innerHTML = '<a href="/regles">x</a>'; document.body.append(rail);
        window.opened = 0; rail.firstChild.addEventListener("click", event => { event.preventDefault(); opened++; }); document.querySelectorAll('.rail a[href="/regles"]').forEach(one => one.remove()) }""")
    desk.keyboard.press("g")
    desk.keyboard.press("g")
    assert desk.evaluate("opened") == 1


def test_check_13_five_hundred_alarms_become_few_rows_behind_the_first_out_and_the_critical_one_stays_alone_on_top(desk: Page):
    say(desk, "snapshot", flood())
    found = rows(desk)
    assert len(found) <= 15
    assert [(title, n) for title, n, _priority, _place in found] == [
        ("Rupture de canalisation", 1),
        ("Armoire hors tension — 300 alarmes", 300),
        ("199 alarmes mineures", 199),
    ]
    assert found[1][3].replace("\xa0", " ").startswith("première : E-100")
    band = desk.locator("[data-testid=bandeau-avalanche]").inner_text()
    assert "500 alarmes en 10 min" in band.replace("\xa0", " ")
    assert desk.locator("[data-testid=onglet-a-acquitter] .tab-count").inner_text() == "500"


def test_check_13_the_avalanche_ends_after_five_calm_minutes_and_the_rows_come_back(desk: Page):
    say(desk, "snapshot", flood()[-20:])
    assert len(rows(desk)) == 2
    say(desk, "later", 11 * 60_000)
    desk.evaluate("HV.flood.judge()")
    assert desk.evaluate("HV.flood.active") is True
    say(desk, "later", 5 * 60_000)
    desk.evaluate("HV.flood.judge()")
    assert desk.evaluate("HV.flood.active") is False
    assert len(rows(desk)) == 20


def test_a_group_is_unfolded_by_its_key_and_acknowledged_but_for_the_critical(desk: Page):
    say(desk, "snapshot", flood()[-20:])
    rows(desk)
    desk.evaluate("document.activeElement.blur(); Desk.move(1); Desk.move(1)")
    assert desk.evaluate("Desk.selected.members.length") == 19
    desk.keyboard.press("a")
    assert desk.is_visible('.form[data-de="btn-acquitter-groupe"]')
    assert "19 alarmes non critiques" in (desk.text_content("#groupe-dit") or "").replace("\xa0", " ")
    desk.keyboard.press("Escape")
    desk.evaluate("document.activeElement.blur()")
    desk.keyboard.press("o")
    assert len(rows(desk)) == 21


def test_more_operators_at_their_desks_bear_more_alarms(desk: Page):
    desk.evaluate(
        "document.dispatchEvent(new CustomEvent('vigie:presence', {detail: {session: '1', by: 'petit', name: 'Mme Petit', alarm_id: 1, until: Vigie.now() + 9e5}}))"
    )
    desk.evaluate(
        "document.dispatchEvent(new CustomEvent('vigie:presence', {detail: {session: '2', by: 'durand', name: 'M. Durand', alarm_id: 1, until: Vigie.now() + 9e5}}))"
    )
    say(desk, "snapshot", flood()[-15:])
    assert desk.evaluate("HV.flood.judge()") is False
    assert desk.evaluate("Desk.lookers({alarmId: 1})") == ["Mme Petit", "M. Durand"]
    say(desk, "later", 16 * 60_000)
    assert desk.evaluate("Desk.lookers({alarmId: 1})") == [], "a look ends by itself"


def test_what_a_mask_hides_is_in_its_own_list_with_who_until_when_and_why(desk: Page):
    mask = {
        "mask": "shelved",
        "at": "2026-02-11T17:00:00Z",
        "until": "2026-02-11T19:00:00Z",
        "once": False,
        "by": "petit",
        "name": "Mme Petit",
        "reason": "Travaux en cours",
        "comment": "",
    }
    say(desk, "snapshot", [BURST, CABINET | {"masks": ["shelved"], "masking": [mask], "state": "shelved", "is_open": True}])
    assert [row[0] for row in rows(desk)] == ["Rupture de canalisation"]
    desk.click("[data-testid=onglet-differes]")
    ((title, _n, _priority, place),) = rows(desk)
    assert title == "Armoire hors tension"
    assert "Mme Petit" in place and "Travaux en cours" in place
    desk.evaluate("Desk.move(1)")
    said = desk.text_content("#detail-masques") or ""
    assert "20:00" in said and "Mme Petit" in said


def test_check_19_a_letter_is_remapped_with_alt_and_the_old_one_says_that_it_does_nothing(desk: Page):
    kept: list[Any] = []
    desk.route("**/api/v1/me", lambda route: (kept.append(route.request.post_data_json), route.fulfill(json={})))
    say(desk, "snapshot", [BURST])
    rows(desk)
    desk.evaluate("Desk.move(1); document.activeElement.blur()")
    desk.keyboard.press("?")
    desk.click("[data-remap=acknowledge]")
    desk.keyboard.press("Alt+a")
    desk.wait_for_function("document.querySelector('[data-cap=acknowledge]').textContent === 'Alt+A'")
    assert kept[-1] == {"keys": {"acknowledge": "Alt+a"}}
    desk.keyboard.press("Escape")
    asked: list[str] = []
    desk.route("**/acknowledge", lambda route: (asked.append(route.request.url), route.fulfill(json={"title": "x", "asset_name": "y"})))
    desk.keyboard.press("a")
    assert asked == []
    assert "ne fait rien ici" in toasts(desk)[-1]
    desk.keyboard.press("Alt+a")
    desk.wait_for_function("sent.filter(one => one[0] === 'avis').some(one => one[1].sendNotifications[0].message.startsWith('Acquittée'))")
    assert len(asked) == 1


@pytest.mark.parametrize(("key", "why"), [("t", "déjà prise"), ("Digit1", "chiffres"), ("g", "écrans")])
def test_check_19_a_key_that_cannot_serve_is_refused_with_its_reason(desk: Page, key: str, why: str):
    desk.evaluate("document.activeElement.blur()")
    desk.keyboard.press("?")
    desk.click("[data-remap=acknowledge]")
    desk.keyboard.press(key)
    assert why in (desk.text_content("#aide-dit") or "").lower()
    assert desk.text_content("[data-cap=acknowledge]") == "A"


def test_no_letter_is_ignored_silently(desk: Page):
    say(desk, "snapshot", [])
    rows(desk)
    desk.evaluate("document.activeElement.blur()")
    for key in "abcdfhijklmopqrstuvwxyz":
        before = len(toasts(desk)), desk.evaluate("document.activeElement.id")
        desk.keyboard.press(key)
        assert (len(toasts(desk)), desk.evaluate("document.activeElement.id")) != before, f"{key} did nothing and said nothing"
        desk.evaluate("document.activeElement.blur()")


def test_the_palette_runs_an_action_by_its_name_without_accents(desk: Page):
    say(desk, "snapshot", [BURST])
    rows(desk)
    desk.evaluate("Desk.move(1); document.activeElement.blur()")
    desk.keyboard.press("Control+k")
    # The harness draws Dash's own input as an empty box: the words come by its event.
    desk.evaluate(
        "(() => { const box = document.getElementById('palette-texte'); box.value = 'differer'; box.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    assert desk.locator(".palette-choice").count() == 1
    desk.locator(".palette-choice").press("Enter")
    desk.wait_for_function("!document.querySelector('.form[data-de=btn-differer]').hidden")


def test_check_22_an_avalanche_is_announced_at_most_once_in_three_seconds(desk: Page):
    say(desk, "snapshot", [])
    desk.evaluate(
        "window.said = []; new MutationObserver(() => said.push(document.getElementById('annonces').textContent)).observe(document.getElementById('annonces'), {childList: true})"
    )
    desk.evaluate("all => all.forEach(body => feed.alarm(body))", flood()[-40:])
    desk.wait_for_timeout(50)
    assert len([text for text in desk.evaluate("said") if text]) <= 1
    assert desk.locator("[aria-live=polite]").count() == 1


def chattering(times: int) -> list[dict[str, Any]]:
    """An alarm that comes and goes every five seconds: raised, ended, raised again under its one number."""
    lives = []
    for n in range(1, times + 1):
        pump = alarm(9, "major", "Pompe en défaut", "17:04:00", cause="pump_tripped", count=n)
        lives += [pump | {"version": 2 * n}, pump | {"version": 2 * n + 1, "condition": "normal", "state": "returned_unacknowledged"}]
    return lives


def test_check_14_an_alarm_on_and_off_every_five_seconds_is_one_row_with_its_count_and_the_remedy_is_proposed(desk: Page):
    say(desk, "snapshot", [BURST])
    for body in chattering(120):
        desk.evaluate("body => { feed.alarm(body); feed.later(2500) }", body)
    found = rows(desk)
    assert [row[0] for row in found] == ["Rupture de canalisation", "Pompe en défaut ×120"]
    desk.evaluate("Desk.move(1); Desk.move(1)")
    said = (desk.text_content("#detail-masques") or "").replace("\xa0", " ")
    # 120 lives take the whole ten minutes: the first may have just left the window.
    assert re.search(r"Papillotante : revenue (119|120) fois en 10 min", said) and "un délai ou une hystérésis" in said
    assert desk.evaluate("HV.flood.active") is False, "one sensor is not an avalanche"


def test_check_14_a_chattering_alarm_is_one_again_once_it_has_held_for_ten_minutes(desk: Page):
    say(desk, "snapshot", [])
    for body in chattering(4):
        desk.evaluate("body => { feed.alarm(body); feed.later(2500) }", body)
    assert rows(desk)[0][0] == "Pompe en défaut ×4"
    say(desk, "later", 11 * 60_000)
    say(desk, "alarm", chattering(5)[-2])
    assert rows(desk)[0][0] == "Pompe en défaut"


def test_an_alarm_counts_in_the_avalanche_once_for_each_of_its_lives_and_for_ten_minutes(desk: Page):
    say(desk, "snapshot", [])
    desk.evaluate("HV.flood.judge()")
    began = desk.evaluate("HV.flood.recent")
    # Shared with the snapshots of the page's other alarms: what is counted is the difference.
    told = [
        alarm(7001, "major", "Pompe en défaut", "17:04:00", count=1),
        alarm(7001, "major", "Pompe en défaut", "17:04:00", count=1) | {"version": 2},
        alarm(7002, "minor", "Lampe", "17:04:00"),
    ]
    for body in [*told, told[0] | {"count": 2, "version": 3}]:
        desk.evaluate("body => feed.alarm(body)", body)
    desk.evaluate("HV.flood.judge()")
    assert desk.evaluate("HV.flood.recent") - began == 3
    say(desk, "later", 11 * 60_000)
    desk.evaluate("HV.flood.judge()")
    assert desk.evaluate("HV.flood.recent") == 0


def test_what_has_not_changed_is_not_written_again_at_each_frame_of_an_avalanche(desk: Page):
    say(desk, "snapshot", flood())
    desk.wait_for_function(
        "!document.getElementById('bandeau-avalanche').hidden && document.getElementById('bandeau-avalanche').textContent.includes('alarmes en 10 min')"
    )
    written = desk.evaluate("""async () => {
        const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        await new Promise(done => HV.paced(done)());  // What the snapshot brought is drawn.
        HV.paint(); await frame();
        let count = 0;
        const watch = new MutationObserver(all => { count += all.filter(one => one.type === 'childList' && !one.target.closest('#horloge')).length });
        watch.observe(document.querySelector('.frame'), { childList: true, characterData: true, subtree: true });
        for (let n = 0; n < 5; n++) { HV.paint(); await frame(); }
        watch.disconnect();
        return count;
    }""")
    assert written == 0


SEEN = ("none", "achromatopsia", "deuteranopia", "protanopia", "tritanopia")
LEVELS = ("critical", "major", "minor", "info", "normal")
LOOK = """levels => { const place = document.createElement('div'); place.id = 'formes'; place.style.cssText = 'position:fixed;left:0;top:0;z-index:9999;background:var(--surface);font-size:64px;display:flex';
  levels.forEach(level => place.appendChild(HV.shape({severity: level, state: 'acknowledged'}))); document.body.appendChild(place);
  return Array.from(place.querySelectorAll('svg'), one => [one.getAttribute('aria-label'), one.querySelector('.shape-body').getAttribute('d'), (one.querySelector('text.known') || {}).textContent || '']) }"""

PIXELS = """async picture => { const image = new Image(); image.src = 'data:image/png;base64,' + picture; await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), brush = canvas.getContext('2d'); brush.drawImage(image, 0, 0);
  return Array.from(document.querySelectorAll('#formes svg'), function (one) { const r = one.getBoundingClientRect();
    const [red, green, blue] = brush.getImageData(r.left + r.width / 2, r.top + r.height * 0.26, 1, 1).data;
    return '#' + [red, green, blue].map(part => part.toString(16).padStart(2, '0')).join('') }) }"""


@pytest.mark.parametrize("theme", ["nuit", "jour", "nuit-profonde"])
def test_check_20_the_five_levels_are_told_apart_by_name_digit_and_form_and_by_colour_for_the_colour_blind(desk: Page, theme: str):
    desk.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    drawn = desk.evaluate(LOOK, LEVELS)
    for part in zip(*drawn, strict=True):
        assert len(set(part)) == 5, part
    session = desk.context.new_cdp_session(desk)
    for sight in SEEN:
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
        colours = [lab(colour) for colour in _bodies(desk)]
        least = min(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 for one, other in combinations(colours[:4], 2))
        # Without any colour, form and digit alone tell them apart: no level may then be invisible on its ground.
        assert least >= (0 if sight == "achromatopsia" else 14), (theme, sight, least)


def _bodies(page: Page) -> list[str]:
    """The colour that a person of that sight sees in the body of each shape, left of its digit."""
    picture = base64.b64encode(page.locator("#formes").screenshot()).decode()
    return page.evaluate(PIXELS, picture)
