"""Checks of screens.md §5 that need no platform, by number: avalanche (13), chattering (14), keys (19), colour (20), the live region (22); and what masks hide."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.screens.desk_page import open_desk, rows
from tests.screens.feed_samples import BURST, CABINET, alarm
from tests.screens.harness import say
from tests.sight import told_apart


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


@pytest.mark.parametrize("theme", ["nuit", "jour", "nuit-profonde"])
def test_check_20_the_five_levels_are_told_apart_by_name_digit_and_form_and_by_colour_for_the_colour_blind(desk: Page, theme: str):
    told_apart(desk, theme)
