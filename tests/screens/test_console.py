"""The console's panels as components, and its scripts in a browser with a feed that the test holds."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component
from playwright.sync_api import Page

from hypervisor import layers
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden, NotSignedIn
from hypervisor.i18n import _
from hypervisor.queries.sheet import EventSheet, Sheet
from hypervisor.security.context import current_principal
from layouts.pages import console
from layouts.parts import conduct, detail, queue
from tests.screens.conftest import TERRITORY, principal
from tests.screens.feed_samples import BURST
from tests.screens.harness import say, to_html

WATER = layers.all_layers()["water"]
RULE = next(rule for rule in WATER.rules if rule.key == "main_burst")
SCRIPTS = tuple(
    f"assets/js/{name}.js"
    for name in ("40-console", "42-detail", "43-logbook", "44-actions", "45-keyboard", "47-create", "48-presence", "49-field", "49-procedure")
)
FAKES = """
window.sent = [];
window.dash_clientside = Object.assign(window.dash_clientside || {}, { no_update: null, set_props: (id, props) => sent.push([id, props]) });
"""


def _sheet(**changes: Any) -> Sheet:
    alarm = BURST | {"rule": "main_burst", "kind": RULE.kind}
    asset = {
        "name": "Débitmètre Antigone",
        "code": "DM-07",
        "kind": RULE.kind,
        "address": "avenue du Pont Juvénal",
        "commune": "Valmorin",
        "attributes": {"district": "Antigone"},
    }
    values = {
        "alarm": alarm, "asset": asset, "layer": WATER, "kind": WATER.kind(RULE.kind), "rule": RULE, "measured": WATER.property_of(RULE.property),
        "neighbours": [], "neighbour_count": 0, "lines": [],
    }  # fmt: skip
    return Sheet(**(values | changes))


def _text(tree: Any) -> str:
    return unescape(re.sub("<[^>]*>", " ", to_html(tree)))


def _tests_ids(tree: Component) -> set[str]:
    # Each part apart: the harness draws nothing of what stands in a library's own.
    return set(re.findall('data-testid="([^"]+)"', "".join(map(to_html, tree._traverse()))))


def test_the_console_carries_the_contract_of_test_ids(world: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("layouts.pages.console.territory", lambda _h, _who: TERRITORY)
    page = console.layout()
    wanted = {
        "file",
        "detail",
        "main-courante",
        "carte",
        "liaison",
        "horloge",
        "btn-acquitter",
        "btn-prendre",
        "btn-affecter",
        "btn-resoudre",
        "btn-clore",
        "btn-noter",
    }
    wanted |= {f"onglet-{name}" for name, _label in queue.TABS}
    assert wanted - _tests_ids(page) == set()


@pytest.mark.parametrize(("role", "refusal"), [(None, NotSignedIn), (Role.OFFICIAL, Forbidden), (Role.AGENT, Forbidden)])
def test_the_console_opens_to_its_roles_alone(role: Role | None, refusal: type[Exception], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hypervisor.security.audit.refused", lambda *_told: None)
    token = current_principal.set(principal(role) if role else None)
    with pytest.raises(refusal):
        console.layout()
    current_principal.reset(token)


def test_what_to_do_comes_from_the_rule():
    said = _text(conduct.sayings(_sheet()))
    assert _(RULE.consequence) in said
    assert _(RULE.action) in said


def test_an_alarm_without_a_rule_says_that_nothing_is_written_rather_than_nothing():
    assert "Non renseignée" in _text(conduct.sayings(_sheet(rule=None, measured=None)))


def test_neighbours_say_their_tie_their_distance_and_how_many_are_not_shown():
    valve = {"id": 3, "name": "Vanne V12", "code": "V12", "kind": "valve", "layer": "water", "relation": "isolates", "is_parent": True, "distance_m": 120}
    said = _text(conduct.content(_sheet(neighbours=[valve], neighbour_count=9)))
    assert "V12" in said and "l’isole · 120 m" in said
    assert "et 8 autres" in said


def test_the_timeline_names_the_step_and_the_person_but_not_the_machine():
    lines = [
        {"at": "2026-02-11T17:03:56Z", "action": "raise", "actor": "rule:main_burst", "actor_name": "Moteur", "text": "…"},
        {"at": "2026-02-11T17:05:02Z", "action": "acknowledge", "actor": "petit", "actor_name": "Mme Petit", "text": "…"},
    ]
    assert [detail.step(line) for line in lines] == ["Alarme émise", "Acquittée · Mme Petit"]
    assert "18:05:02" in _text(detail.facts(_sheet(lines=lines)))  # Paris is an hour ahead of UTC in February.


def _event_sheet(**event: Any) -> EventSheet:
    similar = {"number": "EV-2025-000431", "cause": "Casse franche", "outcome": "Réparée", "same_asset": False, "distance_m": 80, "lasted_s": 7_260, "closed_at": "2025-12-04T10:12:00Z"}  # fmt: skip
    line = {"at": "2026-02-11T17:06:00Z", "action": "create", "actor": "petit", "actor_name": "Mme Petit", "text": "Ouvert"}
    return EventSheet(event={"id": 9, "description": "", "caller": None} | event, similar=[similar], lines=[line])


def test_an_event_without_alarm_says_what_was_reported_by_whom_and_what_was_done_before():
    said = _text(conduct.sayings_of_event(_event_sheet(description="Fuite sur la chaussée", caller="M. Roux, 06 00 00 00 00")))
    assert "Signalé" in said and "Fuite sur la chaussée" in said
    assert "Appelant" in said and "M. Roux, 06 00 00 00 00" in said
    beside = _text(conduct.of_event(_event_sheet()))
    assert "Casse franche — Réparée" in beside and "EV-2025-000431 · à 80 m" in beside
    assert "18:06:00" in beside and "Mme Petit" in beside  # Paris is an hour ahead of UTC in February.


def test_an_event_of_which_nothing_was_said_says_so_and_names_no_caller_to_who_may_not_know():
    said = _text(conduct.sayings_of_event(_event_sheet()))
    assert "Sans précision." in said and "Appelant" not in said


def test_a_coded_word_travels_with_its_label():
    lighting = layers.all_layers()["lighting"]
    rule = next(rule for rule in lighting.rules if rule.key == "cabinet_tripped")
    told = detail.measured(_sheet(layer=lighting, rule=rule, measured=lighting.property_of("cabinet_status")))
    assert told["period_s"] == lighting.property_of("cabinet_status").period / timedelta(seconds=1)
    assert told["words"]["2"]


def test_the_page_learns_of_which_alarm_a_sheet_is_even_where_nothing_is_measured():
    read = _sheet(rule=None, measured=None)
    assert detail.measured(read) == {"alarm": read.alarm["id"]}


def test_every_column_reads_a_function_of_the_queue_script():
    source = open("assets/js/41-queue-words.js", encoding="utf-8").read()  # noqa: PTH123, SIM115 - a test reads once
    body = source[source.index("const VigieQueue") : source.index("window.dashAgGridFunctions")]
    for column in (column for column in queue.COLUMNS if "value" in column):
        assert re.search(rf"^    {column['value']}:", body, re.MULTILINE), f"column {column['colId']} reads VigieQueue.{column['value']}, which is not there"


# In the browser ------------------------------------------------------------------------------------------------------
@pytest.fixture
def desk(world: Any, open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> Page:
    """The console with the burst selected; the grid itself needs Dash and is left to e2e."""
    monkeypatch.setattr("layouts.pages.console.territory", lambda _h, _who: TERRITORY)
    monkeypatch.setattr("layouts.parts.toasts.provided", lambda children: html.Div(children, className="provided"))
    page = open_page(console.layout(), css=("assets/40-console.css",), scripts=("assets/js/40-console.js",))
    page.evaluate(FAKES)
    # What the queue gives to the others: its words, and a row.
    page.evaluate(
        "Object.assign(Desk, {stateWord: a => a.state, eventWord: e => e.status, duration: ms => HV.age(Math.abs(ms)), move: n => sent.push(['move', n]), focusQueue() {}})"
    )
    for script in SCRIPTS[1:]:
        page.add_script_tag(url=f"/{script}")
    page.evaluate("Desk.mounts.forEach(build => build(Desk.root))")
    say(page, "liaison", "direct")
    _select(page)
    return page


def _select(page: Page, **event: Any) -> None:
    alarm = BURST | {"asset_id": 1, "decide_before": "2026-02-11T17:15:56Z", "count": 1, "event_id": None}
    row = {
        "key": "a1", "alarm": alarm, "event": event or None, "waits": alarm["state"] == "unacknowledged", "alarmId": 1, "priority": "critical", "title": alarm["title"],
        "raised": 1770829436000, "decide": 1770830156000, "isMine": event.get("owner") == "chief", "signature": "1", "layer": "water", "lon": None, "lat": None,
    }  # fmt: skip
    page.evaluate("row => Desk.select(row)", row)


def test_the_detail_says_what_and_how_long_is_left(desk: Page):
    assert desk.text_content("#detail-titre") == "Rupture de canalisation"
    assert "CRITIQUE" in (desk.text_content("#detail-meta") or "")
    # Decided before 17:15:56; the test's clock began at 17:04:38: eleven minutes and a few seconds.
    assert re.fullmatch(r"11:1\d", desk.text_content("#detail-delai") or "")


def test_one_button_alone_is_primary_and_it_is_the_next_step(desk: Page):
    assert desk.eval_on_selector_all(".actions .action--primary", "all => all.map(b => b.id)") == ["btn-acquitter"]
    assert desk.is_disabled("#btn-clore")
    assert desk.get_attribute("#btn-clore", "title") == "Résolvez d’abord l’événement"


def test_a_lost_link_disables_every_action_and_says_why(desk: Page):
    say(desk, "liaison", "perdue")
    assert desk.eval_on_selector_all(".actions button:not([disabled])", "all => all.length") == 0
    assert "liaison est perdue" in (desk.text_content("#detail-raison") or "")
    say(desk, "liaison", "direct")
    assert desk.is_enabled("#btn-acquitter")


@pytest.fixture
def asked(desk: Page) -> list[Any]:
    """What the page asked of the API, as (path, body), each answered 200 at once."""
    requests: list[Any] = []

    def answer(route: Any) -> None:
        if "/presence" in route.request.url or "/me" in route.request.url:
            route.fulfill(json={"items": []})
            return
        requests.append((route.request.url.partition("/api/v1")[2], route.request.post_data_json))
        route.fulfill(json={"title": BURST["title"], "asset_name": BURST["asset_name"], "number": "EV-2026-000007", "owner_name": "Mme Petit"})

    desk.route("**/api/v1/**", answer)
    return requests


def _toasts(desk: Page) -> list[str]:
    return desk.evaluate("sent.filter(one => one[0] === 'avis').map(one => one[1].sendNotifications[0].message)")


def test_letters_act_outside_fields_alone(desk: Page, asked: list[Any]):
    desk.focus("#note-texte")
    desk.keyboard.press("a")
    assert desk.input_value("#note-texte") == "a"
    assert asked == []
    desk.evaluate("document.activeElement.blur()")
    desk.keyboard.press("a")
    desk.wait_for_function("sent.some(one => one[0] === 'avis')")
    assert asked == [("/alarms/1/acknowledge", {})]
    assert _toasts(desk) == [f"Acquittée\u00a0: {BURST['title']}, {BURST['asset_name']}."]


def test_letters_can_be_turned_off(desk: Page, asked: list[Any]):
    assert desk.get_attribute("#btn-acquitter", "aria-keyshortcuts") == "A"
    desk.set_viewport_size({"width": 1600, "height": 900})
    assert desk.evaluate(
        "document.getElementById('aide-ouvrir').getBoundingClientRect().right <= document.querySelector('.hints').getBoundingClientRect().right"
    )
    desk.click("#aide-ouvrir")
    desk.click("#touches-actives")
    desk.click("#aide-fermer")
    desk.keyboard.press("a")
    assert desk.get_attribute("#btn-acquitter", "aria-keyshortcuts") is None
    desk.keyboard.press("Control+k")
    assert desk.locator("#palette .palette-choice").first.inner_text() == "suivant", "no key is shown that does nothing"
    desk.keyboard.press("Escape")
    assert (asked, _toasts(desk)) == ([], [])
    assert desk.locator(".hints").inner_text().split("\n") == ["aide clavier", "Les lettres seules n’agissent pas."], "no key is shown that does nothing"
    desk.click("#aide-ouvrir")
    desk.click("#touches-actives")
    desk.click("#aide-fermer")
    desk.keyboard.press("a")
    desk.wait_for_function("sent.some(one => one[0] === 'avis')")
    assert asked == [("/alarms/1/acknowledge", {})]


def test_a_callback_that_is_refused_is_said(desk: Page):
    desk.route(
        "**/_dash-update-component", lambda route: route.fulfill(status=403, json={"detail": "L’alarme 2 n’existe pas, ou n’est pas dans votre périmètre."})
    )
    desk.evaluate("fetch('/_dash-update-component', { method: 'POST' }).then(answer => answer.json())")
    desk.wait_for_function("sent.some(one => one[0] === 'avis')")
    assert _toasts(desk) == ["L’alarme 2 n’existe pas, ou n’est pas dans votre périmètre."]


def test_the_alarm_acted_on_is_the_one_chosen_when_the_key_was_pressed(desk: Page, asked: list[Any]):
    """« A » then « J » within a moment: read later, the selection would be the next alarm's."""
    desk.evaluate("""() => {
        const press = key => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        press("a");
        Desk.select({ ...Desk.selected, key: "a2", alarmId: 2, alarm: { ...Desk.selected.alarm, id: 2 } });
        press("a");
    }""")
    desk.wait_for_function("sent.filter(one => one[0] === 'avis').length === 2")
    assert sorted(path for path, _body in asked) == ["/alarms/1/acknowledge", "/alarms/2/acknowledge"]


def test_a_key_that_cannot_act_says_why(desk: Page, asked: list[Any]):
    desk.keyboard.press("r")
    assert _toasts(desk) == ["Résoudre : Prenez d’abord l’événement en charge."]
    desk.evaluate("Desk.select(null)")
    desk.keyboard.press("a")
    assert _toasts(desk)[1:] == ["Acquitter : Choisissez d’abord une ligne de la file."]
    assert asked == []


def test_the_second_to_acknowledge_is_told_who_was_first(desk: Page):
    first = "Acquittée par M. Durand à 18:04:38"
    desk.route("**/api/v1/**", lambda route: route.fulfill(status=409, json={"detail": first}))
    desk.keyboard.press("a")
    desk.wait_for_function("sent.some(one => one[0] === 'avis')")
    (toast,) = desk.evaluate("sent.filter(one => one[0] === 'avis').map(one => one[1].sendNotifications[0])")
    assert toast["message"] == first and "told" in toast["className"]


def test_a_comment_that_is_empty_is_not_sent(desk: Page, asked: list[Any]):
    desk.evaluate("document.getElementById('btn-commenter').click()")
    desk.click("#valider-commenter")
    assert (asked, _toasts(desk)) == ([], ["Écrivez le commentaire."])


def test_an_act_without_answer_is_said_not_done_when_the_link_goes(desk: Page):
    desk.route("**/api/v1/**", lambda _route: None)  # It never answers.
    desk.click("#btn-acquitter")
    desk.wait_for_function("document.getElementById('btn-acquitter').disabled")
    say(desk, "liaison", "perdue")
    desk.wait_for_function("sent.some(one => one[0] === 'avis')")
    said = desk.evaluate("sent.filter(one => one[0] === 'avis').map(one => one[1].sendNotifications[0])")
    assert [(toast["message"], toast["autoClose"]) for toast in said] == [
        ("Acquittement NON enregistré : liaison perdue. Au retour, la file dira s’il faut réessayer.", False)
    ]


def test_taking_from_another_owner_asks_for_a_reason_first(desk: Page):
    _select(desk, id=7, number="EV-2026-000007", status="in_progress", owner="petit", owner_name="Mme Petit")
    desk.click("#btn-prendre")
    assert desk.is_visible('.form[data-de="btn-prendre"]')
    desk.keyboard.press("Escape")
    assert desk.is_hidden('.form[data-de="btn-prendre"]')


def test_a_note_written_while_the_link_is_lost_is_kept_and_sent_once(desk: Page):
    posts: list[str] = []
    desk.route("**/api/v1/logbook", lambda route: (posts.append(route.request.headers["idempotency-key"]), route.fulfill(status=201, json={"seq": 12})))
    say(desk, "liaison", "perdue")
    desk.fill("#note-texte", "Astreinte jointe")
    desk.press("#note-texte", "Control+Enter")
    desk.wait_for_selector(".log-line--waiting")
    assert posts == []
    say(desk, "liaison", "direct")
    desk.wait_for_function("!document.querySelector('.log-line--waiting')")
    say(desk, "liaison", "direct")
    assert len(posts) == 1
