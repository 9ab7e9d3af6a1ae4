"""The field in the console: who was sent, how far he has come, and the order to go."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.screens.harness import say
from tests.screens.test_console import _select, desk  # noqa: F401 - a fixture

SENT = {
    "id": 4, "number": "IN-2026-000004", "title": "Rupture de canalisation", "status": "en_route", "event_id": 7, "alarm_id": 1, "agent": "agent", "agent_name": "Agent 14",
    "contractor": None, "accepted_at": "2026-02-11T16:50:00Z", "departed_at": "2026-02-11T16:55:00Z", "arrived_at": None, "ended_at": None, "due_at": None, "help_at": None,
    "reason": None, "outcome": None, "cause": None, "parts": [], "photos": 0, "late": 0, "version": 3,
}  # fmt: skip
PEOPLE = {
    "items": [{"username": "agent", "display_name": "Agent 14", "in_hand": 2}, {"username": "agent2", "display_name": "Agent 22", "in_hand": 0}],
    "next": None,
}


@pytest.fixture
def field(desk: Page) -> Page:  # noqa: F811
    """The console, whose API knows two agents and keeps what is asked of it."""
    desk.asked = []  # type: ignore[attr-defined]

    def answer(route: Any) -> None:
        if route.request.method == "GET":
            route.fulfill(json=PEOPLE)
        else:
            desk.asked.append((route.request.url.split("/v1/")[1], route.request.post_data_json))  # type: ignore[attr-defined]
            route.fulfill(json=SENT)

    desk.route("**/api/v1/interventions**", answer)
    desk.route("**/api/v1/interventions/**", answer)
    return desk


def _answered(page: Page) -> None:
    """The form closes when its request has been answered."""
    page.wait_for_selector(".form:not([hidden])", state="detached")


def test_the_detail_shows_how_far_each_one_has_come(field: Page):
    say(field, "intervention", SENT)
    assert field.is_visible("[data-testid=detail-terrain]")
    assert field.locator(".field-step--done").count() == 2
    assert "17:55" in field.inner_text(".field-step--now")  # Paris is an hour ahead of UTC in February.
    assert "Agent 14" in field.inner_text(".field-who")


def test_nothing_is_shown_while_nobody_was_sent(field: Page):
    assert not field.is_visible("[data-testid=detail-terrain]")


def test_sending_somebody_asks_once_with_what_is_asked_of_him(field: Page):
    field.click("#btn-terrain")
    field.wait_for_selector("#terrain-a input[value=agent2]")
    assert field.locator("#terrain-a input:checked").count() == 0  # Nobody is chosen for the operator.
    field.check("#terrain-a input[value=agent2]")
    field.fill("#terrain-consigne", "Fermer V12")
    field.select_option("#terrain-delai", "60")
    field.click("#valider-terrain")
    _answered(field)
    (path, body) = field.asked[0]  # type: ignore[attr-defined]
    assert (path, len(field.asked)) == ("interventions", 1)  # type: ignore[attr-defined]
    assert (body["alarm_id"], body["agent"], body["instructions"]) == (1, "agent2", "Fermer V12")
    assert body["due_at"].startswith("2026-02-11T18:04")


def test_a_call_for_help_is_told_at_once_and_shown_until_it_is_answered(field: Page):
    say(field, "intervention", SENT)
    say(field, "intervention", SENT | {"help_at": "2026-02-11T17:00:00Z", "version": 4})
    assert any("demande du renfort" in str(one) for one in field.evaluate("sent"))
    assert "RENFORT DEMANDÉ à 18:00" in field.inner_text(".field-help")
    field.click("[data-testid=intervention-suite]")
    assert field.input_value("#suivre-verbe") == "help-answered"


def test_giving_it_to_another_needs_who_and_why(field: Page):
    say(field, "intervention", SENT | {"status": "refused", "reason": "en congé", "version": 4})
    assert "en congé" in field.inner_text(".field-reason")
    field.click("[data-testid=intervention-suite]")
    field.select_option("#suivre-verbe", "reassign")
    field.wait_for_selector("#suivre-a input[value=agent2]")
    field.check("#suivre-a input[value=agent2]")
    field.click("#valider-suivre")
    assert field.asked == []  # type: ignore[attr-defined]
    field.fill("#suivre-motif", "refus")
    field.click("#valider-suivre")
    _answered(field)
    assert field.asked[0] == ("interventions/4/reassign", {"comment": "refus", "agent": "agent2", "contractor": ""})  # type: ignore[attr-defined]


def test_facts_that_came_too_late_are_counted_beside_the_state(field: Page):
    say(field, "intervention", SENT | {"late": 2, "version": 5})
    assert "2 faits reçus après coup" in field.inner_text(".field-facts-line")
