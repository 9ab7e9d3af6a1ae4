"""The curves of the past on the screen: what had been received at the moment that is replayed, and nothing that was to come."""

import re

import pytest
from dash import html
from playwright.sync_api import Page, expect

from hypervisor.domain.operator import Role
from layouts import ids, shell
from layouts.parts import replay
from tests.screens.conftest import TERRITORY, principal
from tests.screens.harness import ROOT
from tests.screens.test_posture import AXE

CSS = ("assets/40-console.css", "assets/46-replay.css")
SCRIPTS = ("assets/js/60-replay-access.js", "assets/js/60-replay-curves.js")
MINUTE = 60_000
SINCE = 1_770_825_600_000  # 2026-02-11 16:00 UTC, 17:00 in Paris
UNTIL = SINCE + 60 * MINUTE
# Every 5 min from 17:00 to 17:15 and from 17:35 on: 20 min of silence are more than three periods. The value of 17:10 was received at 17:40; that of 17:45 is out of bounds.
FILLING = [
    [SINCE + minute * MINUTE, SINCE + (40 if minute == 10 else minute) * MINUTE, value, 3 if minute == 45 else 0]
    for minute, value in ((0, 20), (5, 25), (10, 30), (15, 35), (35, 60), (40, 65), (45, 999), (50, 75), (55, 95))
]
TOLD = {
    "since": "2026-02-11T16:00:00+00:00", "until": "2026-02-11T17:00:00+00:00", "read_until": None,
    "asset": {"id": 7, "name": "Conteneur des Halles", "code": "PAV-007", "layer": "waste", "address": "", "kind": "Conteneur"},
    "properties": [
        {"key": "lid", "label": "Couvercle", "unit": "", "period_s": 600, "words": {"0": "fermé", "1": "ouvert"}, "rules": [], "points": [[SINCE, SINCE, 1, 0]]},
        {"key": "weight", "label": "Masse", "unit": "kg", "period_s": 300, "words": {}, "rules": [], "points": [[SINCE, SINCE, 120, 0]]},
        {"key": "filling", "label": "Remplissage", "unit": "%", "period_s": 300, "words": {}, "rules": ["full"], "points": FILLING},
        {"key": "heat", "label": "Température", "unit": "°C", "period_s": 300, "words": {}, "rules": [], "points": []},
    ],
}  # fmt: skip
ALARM = {"id": 3, "asset_id": 7, "rule": "full", "threshold": 80, "priority": "minor", "version": 1}
GO = """([at, alarms, since, until]) => document.dispatchEvent(new CustomEvent("vigie:moment", { detail: { at, since, until, alarms } }))"""
CHOOSE = "id => document.dispatchEvent(new CustomEvent('vigie:select', { detail: { asset_id: id } }))"


@pytest.fixture
def past(world, open_page):
    """The page at 17:15 with asset 7 chosen; `seen` holds what was asked of the server."""

    def open_(minute: int = 15, alarms=(), *, status: int = 200, told=TOLD, role: Role = Role.CHIEF, choose: bool = True, **how) -> Page:
        inside = html.Div(
            [html.Div(className="panel replay-map"), replay.queue(), replay.log(), replay.curves(may_explore=role is Role.CHIEF)],
            id=ids.REPLAY,
            className="replay",
        )
        page = open_page(shell.page(principal(role), "rejeu", "Rejeu", inside, bands=False, of=TERRITORY), css=CSS, scripts=SCRIPTS, **how)
        page.seen = []

        def serve(route):
            page.seen.append(route.request.url.split("?")[1])
            route.fulfill(status=status, json=told)

        page.route("**/api/v1/replay/curves?**", serve)
        go(page, minute, alarms)
        if choose:
            page.evaluate(CHOOSE, 7)
            expect(page.locator("#rejeu-courbes-etat")).not_to_have_text("Lecture des mesures…")
        return page

    return open_


def go(page: Page, minute: float, alarms=(), since: int = SINCE, until: int = UNTIL) -> None:
    page.evaluate(GO, [int(SINCE + minute * MINUTE), list(alarms), since, until])


def block(page: Page, key: str = "filling"):
    return page.locator(f"#rejeu-courbes-lignes [data-grandeur={key}]")


def order(page: Page) -> list[str]:
    return [one.get_attribute("data-grandeur") for one in page.locator("#rejeu-courbes-lignes [data-grandeur]").all()]


def strokes(page: Page, key: str = "filling") -> int:
    """How many pieces the line has."""
    return len(re.findall("M", block(page, key).locator("path.line").get_attribute("d")))


def test_nothing_is_shown_until_an_asset_is_chosen_then_its_period_is_read(past):
    page = past(choose=False)
    expect(page.locator("#rejeu-courbes")).to_be_hidden()
    page.evaluate(CHOOSE, 7)
    expect(page.locator("#rejeu-courbes-titre")).to_have_text("Conteneur des Halles")
    expect(page.locator("#rejeu-courbes-contexte")).to_have_text("Conteneur · PAV-007 · mer. 11 févr., de 17:00 à 18:00")
    assert page.seen == ["asset_id=7&since=2026-02-11T16%3A00%3A00.000Z&until=2026-02-11T17%3A00%3A00.000Z"]
    assert "equipement=7" in page.url


def test_what_came_after_the_moment_is_neither_drawn_nor_told_by_the_scale(past):
    page = past(15)
    # 20, 25 and 35 %: 30 was not received yet; 95 is 40 min away, so that the axis ends at 40 and not at 100.
    expect(block(page).locator(".measure-value")).to_have_text("35%")
    assert block(page).locator("svg .ahead-word").all_text_contents() == ["pas encore connu"]
    assert [float(text) for text in block(page).locator("svg .axis").all_text_contents() if text.isdigit()][-1] <= 40
    expect(block(page).locator(".replay-measure-note")).to_have_text("1 mesure prise avant ce moment n’était pas encore arrivée")
    ahead, moment = block(page).locator(".ahead"), block(page).locator(".moment")
    assert abs(float(ahead.get_attribute("x")) - float(moment.get_attribute("x1"))) < 0.1
    dots = [float(x) for x in re.findall(r"[ML]([\d.]+) ", block(page).locator("path.line").get_attribute("d"))]
    assert len(dots) == 3 and max(dots) <= float(moment.get_attribute("x1")) + 0.1
    expect(block(page).locator(".moment-word")).to_have_text("17:15:00")


def test_a_value_that_is_on_its_way_for_a_moment_is_not_said_to_be_late(past):
    slow = [[SINCE, SINCE, 1, 0], [SINCE + MINUTE, SINCE + MINUTE + 900, 2, 0], [SINCE + MINUTE, SINCE + 5 * MINUTE, 3, 0]]
    late = past(15).evaluate(
        "([points, ...moments]) => moments.map(at => HV.pastCurves.lateAt(points, at))", [slow, SINCE + MINUTE + 500, SINCE + 3 * MINUTE, SINCE + 5 * MINUTE]
    )
    assert late == [0, 1, 0]


def test_the_mark_follows_the_time_of_the_replay_without_reading_again(past):
    page = past(15)
    before = float(block(page).locator(".moment").get_attribute("x1"))
    go(page, 30)
    # 15 min of 60 on an axis of 444 units.
    assert abs(float(block(page).locator(".moment").get_attribute("x1")) - before - 444 / 4) < 0.2
    expect(block(page).locator(".measure-quality")).to_have_text("retardée, 15\u00a0min")
    go(page, 31)
    expect(block(page).locator(".measure-stale")).to_have_text("périmé à 17:15:00")
    go(page, 5)
    expect(block(page).locator(".measure-value")).to_have_text("25%")
    assert len(page.seen) == 1


def test_a_silence_and_an_invalid_value_stay_gaps(past):
    page = past(40)
    # 17:00 → 17:15 with what came late, then 17:35 → 17:40.
    assert strokes(page) == 2
    expect(block(page).locator(".replay-measure-note")).to_have_text("1 trou")
    go(page, 46)
    assert "invalide" in block(page).locator(".measure-quality").inner_text()
    assert strokes(page) == 2
    go(page, 56)
    # 17:45 was out of bounds: the line stops at 17:40 and begins again at 17:50.
    assert strokes(page) == 3
    assert page.evaluate("HV.pastCurves.lineOf([[1, 1, 5, 3], [2, 2, 6, 0]])") == [{"at": 1, "value": None}, {"at": 2, "value": 6}]


def test_the_threshold_is_that_of_the_alarm_that_stood_and_of_none_to_come(past):
    page = past(15)
    assert block(page).locator(".limit").count() == 0
    # Chosen while nothing stood: the order of the sheet; it is kept when the alarm comes.
    # What has no line, a word or nothing heard, is above.
    assert order(page) == ["lid", "heat", "weight", "filling"]
    go(page, 56, [ALARM])
    expect(block(page).locator(".limit-word")).to_have_text("seuil 80")
    expect(block(page).locator(".last--minor")).to_have_count(1)
    assert order(page) == ["lid", "heat", "weight", "filling"]
    go(page, 56.5, [{**ALARM, "asset_id": 8}])
    assert block(page).locator(".limit").count() == 0
    page = past(56, [ALARM])
    assert order(page) == ["lid", "heat", "filling", "weight"]


def test_words_are_said_and_what_was_never_heard_too(past):
    page = past(15)
    expect(block(page, "lid").locator(".measure-value")).to_have_text("ouvert")
    expect(block(page, "heat").locator(".measure-quality")).to_have_text("rien de reçu jusque-là")
    assert block(page, "lid").locator("svg").count() == block(page, "heat").locator("svg").count() == 0


def test_a_word_says_since_when_it_holds_and_what_was_before(past):
    door = [[SINCE + minute * MINUTE, SINCE + minute * MINUTE, value, 0] for minute, value in ((0, 1), (5, 0), (10, 0), (20, 1))]
    page = past(15, told=TOLD | {"properties": [TOLD["properties"][0] | {"points": door}]})
    expect(block(page, "lid").locator(".replay-measure-note")).to_have_text("depuis 17:05:00, ouvert auparavant")
    go(page, 21)
    expect(block(page, "lid").locator(".replay-measure-note")).to_have_text("depuis 17:20:00, fermé auparavant")
    go(page, 1)
    assert block(page, "lid").locator(".replay-measure-note").count() == 0
    assert page.evaluate("HV.pastCurves.changeOf([])") is None


def test_a_page_that_is_come_back_to_has_nothing_chosen(past):
    page = past(15)
    # What Dash does between two pages: the panel is another element, and the address another one.
    page.evaluate(
        """() => { const old = document.getElementById("rejeu-courbes"), made = old.cloneNode(true); made.hidden = true; old.replaceWith(made); history.replaceState(null, "", "?"); }"""
    )
    go(page, 20)
    expect(page.locator("#rejeu-courbes")).to_be_hidden()
    assert len(page.seen) == 1


def test_another_period_reads_the_same_asset_again_and_closing_forgets_it(past):
    page = past(15)
    go(page, 70, since=SINCE + 60 * MINUTE, until=UNTIL + 60 * MINUTE)
    page.wait_for_function("() => document.querySelector('#rejeu-courbes-contexte').textContent.includes('de 18:00 à 19:00')")
    assert len(page.seen) == 2
    page.get_by_role("button", name="Fermer les courbes").click()
    expect(page.locator("#rejeu-courbes")).to_be_hidden()
    assert "equipement" not in page.url
    go(page, 15)
    assert len(page.seen) == 2


def test_an_address_that_names_the_asset_opens_it(past):
    page = past(choose=False, query="?equipement=7")
    expect(page.locator("#rejeu-courbes-titre")).to_have_text("Conteneur des Halles")


def test_a_refusal_is_said_in_its_own_words_and_draws_nothing(past):
    page = past(status=403, told={"detail": "Votre accès motivé a pris fin."})
    expect(page.locator("#rejeu-courbes-etat")).to_have_text(
        "Mesures non lues\u00a0: Votre accès motivé a pris fin. Choisissez une autre période ou réessayez."
    )
    assert page.locator("#rejeu-courbes-lignes > *").count() == 0


def test_values_that_were_cut_are_said_to_be_once_the_moment_passes_them(past):
    page = past(15, told=TOLD | {"read_until": "2026-02-11T16:30:00+00:00"})
    expect(page.locator("#rejeu-courbes-etat")).to_have_text("")
    go(page, 31)
    expect(page.locator("#rejeu-courbes-etat")).to_have_text("Trop de mesures\u00a0: elles ne sont lues que jusqu’à 17:30:00. Réduisez la période.")


def test_what_came_next_is_read_in_the_exploration_by_who_has_it(past):
    link = past(15).locator("#rejeu-courbes-exploration")
    assert link.get_attribute("href") == "/exploration?onglet=series&s=asset%3A7%3Aweight&s=asset%3A7%3Afilling&s=asset%3A7%3Aheat&de=2026-02-11&a=2026-02-11"
    assert past(15, role=Role.DPO).locator("#rejeu-courbes-exploration").count() == 0


@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_the_panel_is_whole_whatever_the_width(past, width):
    page = past(56, [ALARM], width=width, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = block(page).locator("svg").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width


def test_on_a_low_screen_the_map_gives_way_to_the_curves_and_covers_none_of_them(past):
    page = past(56, [ALARM], width=1366, height=768)
    above, below = page.locator(".replay-map").bounding_box(), page.locator("#rejeu-courbes").bounding_box()
    assert above["y"] + above["height"] <= below["y"]
    assert page.locator("#rejeu-courbes-fermer").evaluate("button => { const b = button.getBoundingClientRect(); return button.contains(document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)); }")  # fmt: skip


@pytest.mark.parametrize("theme", ["jour", "nuit", "nuit-profonde"])
def test_axe_finds_nothing(past, theme):
    page = past(56, [ALARM])
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text() + "; true")
    assert page.evaluate(AXE) == []
