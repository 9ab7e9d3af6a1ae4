"""The studio of rules in a browser: a rule that is changed, one that is begun, and what the page asks of Dash and sends to the API."""

from typing import Any

import pytest

from hypervisor.api.rules import NewRule
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.rule import of_row
from hypervisor.rules.check import faults
from layouts import ids
from layouts.pages import regles
from layouts.parts import rule_trial
from tests.screens.harness import say, to_html, to_text
from tests.screens.platform import signed_in
from tests.screens.rule_samples import TRIAL


@pytest.fixture
def studio(h: Hypervisor, open_page: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The studio in a browser, as the chief sees a rule that nothing waits for; `sent` holds what the page asks of Dash and of the API."""
    from dash import html

    monkeypatch.setattr("layouts.parts.toasts.provided", lambda children: html.Div(children, className="provided"))
    with signed_in("chef"):
        page = open_page(regles.layout("water/main_burst"), css=("assets/40-console.css", "assets/46-rules.css"))
    page.evaluate("window.sent = []; window.dash_clientside = { set_props: (id, props) => sent.push([id, props]) }")
    page.route(
        "**/api/v1/**",
        lambda route: (
            page.evaluate("one => sent.push(one)", ["api", route.request.method, route.request.url, route.request.post_data_json]),
            route.fulfill(json={"versions": []}),
        ),
    )
    for script in ("40-console", "60-rules", "60-rule-area"):
        page.add_script_tag(url=f"/assets/js/{script}.js")
    page.evaluate("document.body.appendChild(document.createElement('i'))")  # The page is dressed when it changes.
    say(page, "liaison", "direct")
    return page


def asked(page: Any, what: str) -> Any:
    return page.evaluate("what => sent.filter(one => one[0] === what)", what)


def acts(studio: Any) -> list[Any]:
    """What was asked of the API that changes something: what is read does not, nor the check that follows the hand by 400 ms."""
    return [one for one in asked(studio, "api") if one[1] != "GET" and not one[2].endswith("/check")]


def sent_by(studio: Any) -> tuple[str, Any]:
    """Where the one request that changes something went, and its body."""
    studio.wait_for_function("sent.some(one => one[0] === 'api' && one[1] !== 'GET' && !one[2].endsWith('/check'))")
    ((_api, method, url, body),) = acts(studio)
    assert method == "POST"
    return url.split("/api/v1", 1)[1], body


def propose(studio: Any, motive: str) -> None:
    studio.click("#regle-proposer")
    studio.fill("#regle-motif", motive)
    studio.click("#regle-envoyer")


def test_only_what_changed_is_tried_in_the_units_of_the_api(studio: Any):
    studio.fill("[data-champ=threshold]", "260,5")
    studio.fill("[data-champ=duration_s]", "2")
    studio.keyboard.press("Control+Enter")
    ((_id, props),) = asked(studio, ids.RULE_ASKED)
    assert props["data"] | {"tour": 0} == {"couche": "water", "cle": "main_burst", "champs": {"threshold": 260.5, "duration_s": 120}, "tour": 0}
    assert "2 changements non envoyés" in studio.inner_text("#regle-etat").replace("\xa0", " ")


def test_a_number_that_cannot_be_read_is_said_and_nothing_is_sent(studio: Any):
    studio.fill("[data-champ=threshold]", "beaucoup")
    studio.click("#regle-tester")
    assert asked(studio, ids.RULE_ASKED) == []
    assert "écrivez un nombre" in asked(studio, "avis")[-1][1]["sendNotifications"][0]["message"]


def test_one_click_on_the_proposed_setting_sends_it_with_its_figures_and_its_reason(studio: Any):
    studio.evaluate("html => { document.getElementById('regle-essai-cadre').innerHTML = html }", to_html(rule_trial.told(TRIAL, may_propose=True)))
    studio.click("[data-testid=regle-adopter]")
    url, body = sent_by(studio)
    assert url == "/rule-proposals"
    assert body["changes"] == {"duration_s": 2700, "hysteresis": 8, "version": 0}
    assert (body["layer"], body["key"], body["trial"]["removed"], body["trial"]["late"]) == ("water", "main_burst", 175, 12)
    assert "175 alarmes de moins" in body["reason"].replace("\xa0", " ")
    studio.wait_for_function("sent.some(one => one[0] === 'regles-reveil')")


def test_a_proposal_without_a_reason_is_not_sent(studio: Any):
    studio.click("[data-champ=latched]")
    studio.click("#regle-proposer")
    assert studio.evaluate("document.activeElement.id") == "regle-motif"
    studio.click("#regle-envoyer")
    assert acts(studio) == []


def test_to_suspend_is_proposed_with_a_reason(studio: Any):
    studio.click("#regle-suspendre")
    assert studio.inner_text("#regle-changements") == "suspension" and [one for one in asked(studio, "api") if one[1] != "GET"] == []
    studio.fill("#regle-motif", "Capteurs changés")
    studio.click("#regle-envoyer")
    url, body = sent_by(studio)
    assert (url, body["changes"], body["reason"]) == ("/rule-proposals", {"enabled": False, "version": 0}, "Capteurs changés")


def test_a_chief_suspends_at_once_with_a_reason_and_a_length(studio: Any):
    studio.click("#regle-urgence")
    studio.click("#regle-urgence-envoyer")
    assert studio.evaluate("document.activeElement.id") == "regle-urgence-motif" and [one for one in asked(studio, "api") if one[1] != "GET"] == []
    studio.fill("#regle-urgence-motif", "Purge du réseau")
    studio.select_option("#regle-urgence-duree", "14400")
    studio.click("#regle-urgence-envoyer")
    assert sent_by(studio) == ("/rules/water/main_burst/suspend", {"reason": "Purge du réseau", "lasts_s": 14400})


def test_a_rule_is_limited_to_communes_and_its_sentence_says_so(studio: Any):
    studio.click("#regle-editeur summary")
    studio.locator("[data-commune]").first.click()
    number = int(studio.locator("[data-commune]").first.get_attribute("data-commune"))
    assert "dans 1 commune" in studio.inner_text("#regle-phrase").replace("\xa0", " ")
    studio.keyboard.press("Control+Shift+Enter")
    studio.fill("#regle-motif", "Une seule commune")
    studio.keyboard.press("Control+Enter")
    assert sent_by(studio)[1]["changes"] == {"communes": [number], "version": 0}


def test_an_area_that_was_drawn_is_proposed_as_geojson(studio: Any):
    ring = [[3.8, 43.6], [3.9, 43.6], [3.9, 43.7], [3.8, 43.6]]
    area = {"type": "Polygon", "coordinates": [ring]}
    studio.evaluate(
        "area => { document.querySelector('[data-champ=area]').dataset.valeur = JSON.stringify(area); document.dispatchEvent(new CustomEvent('regle:dessinee')) }",
        area,
    )
    assert "dans la zone dessinée" in studio.inner_text("#regle-phrase") and studio.is_visible("#regle-zone-effacer")
    propose(studio, "Quartier")
    assert sent_by(studio)[1]["changes"] == {"area": area, "version": 0}


def test_a_new_rule_is_chosen_written_as_a_sentence_and_proposed_whole(h: Hypervisor, studio: Any):
    with signed_in("chef"):
        drawn = to_html(regles.read("", "water/district_meter/pressure/below"))
    studio.evaluate("html => { document.getElementById('regles-corps').innerHTML = html }", drawn)
    studio.wait_for_function("!document.getElementById('regle-phrase').hidden")
    studio.fill("[data-champ=threshold]", "2,5")
    studio.fill("[data-champ=hysteresis]", "0,2")
    studio.fill("[data-champ=duration_s]", "5")
    studio.fill("[data-champ=title]", "Pression basse à l’école")
    said = studio.inner_text("#regle-phrase").replace("\xa0", " ")
    assert said.startswith("Quand pression de compteur de secteur est inférieur ou égal à 2,5 bar, pendant 5 min"), said
    assert "si elle revient de 0,2 bar" in said and said.endswith(": alarme « Pression basse à l’école », mineure."), said
    assert "dans toutes" not in said and "sans zone" not in said, said
    propose(studio, "Plaintes")
    url, body = sent_by(studio)
    assert url == "/rules"
    told = {
        "layer": "water",
        "key": "pression_basse_a_l_ecole",
        "kind": "district_meter",
        "property": "pressure",
        "comparison": "below",
        "threshold": 2.5,
        "hysteresis": 0.2,
    }
    assert body | told == body and (body["duration_s"], body["priority"], body["communes"], body["area"], body["stake"], body["reason"]) == (
        300,
        "minor",
        [],
        None,
        None,
        "Plaintes",
    )


def put(studio: Any, drawn: Any) -> None:
    """The panels as the page would be given them by Dash."""
    studio.evaluate("html => { document.getElementById('regles-corps').innerHTML = html }", to_html(drawn))


def test_a_rule_that_counts_is_written_on_the_screen_and_proposed_with_what_it_explains(h: Hypervisor, studio: Any):
    with signed_in("chef"):
        put(studio, regles.read("", "lighting/cabinet//count"))
    studio.wait_for_function("!document.getElementById('regle-phrase').hidden")
    assert studio.locator("[data-choix=grandeur]").count() == 0
    studio.select_option("[data-champ=members]", "luminaire_defect")
    studio.select_option("[data-champ=group]", "parent")
    studio.fill("[data-champ=threshold]", "8")
    studio.fill("[data-champ=hysteresis]", "2")
    studio.fill("[data-champ=title]", "Rue dans le noir")
    studio.click("#regle-causes-dit")
    studio.click("[data-cause=luminaire_defect]")
    assert "explique et masque 1 autre alarme" in studio.inner_text("#regle-causes-dit").replace("\xa0", " ")
    said = studio.inner_text("#regle-phrase").replace("\xa0", " ")
    assert said.startswith(
        "Quand au moins 8 équipements sont en alarme par Point lumineux en panne (point lumineux), sous un même équipement, si le nombre revient de 2"
    ), said
    propose(studio, "Les rondes suffisent en dessous")
    url, body = sent_by(studio)
    counted = {"layer": "lighting", "kind": "cabinet", "property": "", "comparison": "count", "members": "luminaire_defect", "group": "parent", "threshold": 8}
    assert url == "/rules" and body | counted == body and (body["hysteresis"], body["explains"], body["key"]) == (2, ["luminaire_defect"], "rue_dans_le_noir")
    with signed_in("chef"):  # What the page sends is a rule that the server takes.
        answer = h.layers["lighting"]
        made = of_row(NewRule.model_validate(body).row())
        assert faults(answer, made, answer.rules) == []


def test_a_rule_that_counts_is_checked_while_it_is_written(h: Hypervisor, studio: Any):
    with signed_in("chef"):
        put(studio, regles.read("", "lighting/cabinet//count"))

    def answer(route: Any) -> None:
        fields = NewRule.model_validate(route.request.post_data_json | {"key": "nouvelle", "reason": "x"})
        layer = h.layers["lighting"]
        route.fulfill(json={"faults": faults(layer, of_row(fields.row()), layer.rules)})

    studio.route("**/api/v1/rules/check", answer)
    studio.wait_for_selector("[data-champ=members]")
    studio.fill("[data-champ=title]", "Rue dans le noir")
    studio.select_option("[data-champ=members]", "luminaire_defect")
    studio.select_option("[data-champ=group]", "commune")
    # What it says of an earlier keystroke may still be on the screen.
    studio.locator(".rule-faults li", has_text="porté").wait_for()
    assert "porté" in studio.inner_text(".rule-faults").replace("\xa0", " ")
    studio.select_option("[data-champ=group]", "parent")
    studio.wait_for_selector(".rule-faults", state="hidden")
    studio.fill("[data-champ=hysteresis]", "9")
    studio.locator(".rule-faults li", has_text="ne finirait jamais").wait_for()
    assert "ne finirait jamais" in studio.inner_text(".rule-faults")


def test_the_number_that_is_counted_and_what_is_explained_change_in_a_rule_that_exists(h: Hypervisor, studio: Any):
    with signed_in("chef"):
        put(studio, regles.read("lighting/luminaires_dark"))
    studio.wait_for_selector("[data-champ=members]")
    assert studio.evaluate("[document.querySelector('[data-champ=members]').value, document.querySelector('[data-champ=group]').value]") == [
        "luminaire_defect",
        "parent",
    ]
    studio.fill("[data-champ=threshold]", "6")
    studio.click("#regle-causes-dit")
    studio.click("[data-cause=luminaire_column]")
    propose(studio, "Un départ en compte davantage")
    assert sent_by(studio)[1]["changes"] == {"threshold": 6, "explains": ["luminaire_column", "luminaire_defect"], "version": 0}


def test_each_asset_may_bring_its_own_threshold_by_a_number_that_it_declares(h: Hypervisor, studio: Any):
    with signed_in("chef"):
        put(studio, regles.read("water/main_burst"))
    studio.wait_for_selector("[data-champ=threshold_attribute]")
    assert studio.input_value("[data-champ=threshold_attribute]") == "alarm_flow_m3_h"
    studio.select_option("[data-champ=threshold_attribute]", "")
    propose(studio, "Un seul seuil")
    assert sent_by(studio)[1]["changes"] == {"threshold_attribute": None, "version": 0}


def test_each_choice_of_a_new_rule_draws_its_sentence_again(h: Hypervisor, studio: Any):
    with signed_in("chef"):
        studio.evaluate("html => { document.getElementById('regles-corps').innerHTML = html }", to_html(regles.read("", "water/district_meter/pressure/below")))
    studio.select_option("[data-choix=grandeur]", "flow")
    ((_id, props),) = asked(studio, ids.RULES_WAKE)
    assert props["data"]["nouvelle"] == "water/district_meter/flow"
    with signed_in("chef"):
        drawn = to_text(regles.read("", "water/district_meter/flow/silent"))
    assert "n’est plus reçu depuis" in drawn
    with signed_in("petit"):
        assert "Sur quoi" not in to_text(regles.read("", "water/district_meter/flow")), "who may not propose begins nothing"


def test_the_list_is_searched_without_accents(studio: Any):
    studio.evaluate(
        "(() => { const box = document.getElementById('regles-recherche'); box.value = 'reservoir'; box.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    assert studio.locator(".rules-row:visible").count() == 1
