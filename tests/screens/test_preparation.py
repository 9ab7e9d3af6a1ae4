"""What services prepare for officials: a document waits with all that its reader needs, and its buttons are one request each."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hypervisor import layers
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.queries.reports import Sendings
from hypervisor.security.context import current_principal
from layouts.pages import preparation
from layouts.parts import officials, reports
from tests.screens.conftest import principal
from tests.screens.harness import to_html

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
LAYERS = layers.all_layers()
PLAN: dict[str, Any] = {
    "id": 3, "title": "Tableau de bord Eau, tout le territoire", "domain": "water", "commune_id": 0, "rhythm": "month", "created_name": "M. Roussel", "created_at": AT,
    "recipients": [{"name": "Mme Lefèvre", "email": "lefevre@ville.example"}], "ended_at": None,
}  # fmt: skip
DOCUMENT: dict[str, Any] = PLAN | {
    "id": 7, "plan_id": 3, "title": "Tableau de bord Eau, tout le territoire, février 2026", "period": "2026-02", "state": "to_validate", "version": 2, "digest": "ab" * 32,
    "highlight": "Réservoir remis en service.", "sentence": "Le rendement du réseau d’eau est de 88,4 %.", "written_by": "metier", "written_name": "M. Roussel", "prepared_at": AT,
    "decided_name": None, "decided_at": None, "motive": None, "deliveries": {},
}  # fmt: skip


def shown(*documents: dict[str, Any], role: Role = Role.CHIEF) -> str:
    found = Sendings(documents=list(documents), plans=[PLAN])
    return "".join(to_html(part) for part in reports.panels(found, principal(role), LAYERS, {1: "Valmont"})).replace("\u00a0", " ")


def test_a_document_that_waits_shows_what_its_validator_reads_and_decides() -> None:
    page = shown(DOCUMENT)
    for part in (
        "88,4 %",
        "Réservoir remis en service.",
        "Mme Lefèvre (lefevre@ville.example)",
        'href="/api/v1/reports/7/document.pdf"',
        "texte de M. Roussel",
    ):
        assert part in page
    for path in ("validate", "correct", "refuse"):
        assert f'data-post="/api/v1/reports/7/{path}"' in page


def test_who_wrote_it_is_told_why_another_person_validates() -> None:
    own = shown(DOCUMENT | {"written_by": principal(Role.CHIEF).name})
    assert "une autre personne le valide" in own
    assert "disabled" in own.partition("Valider et envoyer")[0].rpartition("<button")[2]
    assert "disabled" not in shown(DOCUMENT).partition("Valider et envoyer")[0].rpartition("<button")[2]


def test_a_document_that_left_says_who_let_it_go_and_how_far_it_is() -> None:
    done = {"state": "sent", "decided_name": "M. Durand", "decided_at": AT}
    assert "2 remis au serveur" in shown(DOCUMENT | done | {"deliveries": {"sent": 2}})
    assert "leur suite n’est plus gardée" in shown(DOCUMENT | done)
    assert "Motif : Trop tôt" in shown(DOCUMENT | done | {"state": "refused", "motive": "Trop tôt"})


def test_only_one_s_own_perimeter_is_offered() -> None:
    from dataclasses import replace

    water = replace(principal(Role.TRADE_MANAGER), layers=frozenset({"water"}), communes=frozenset({1}))
    form = to_html(reports._form(water, LAYERS, {1: "Valmont"}))
    assert 'value="water"' in form and 'value="lighting"' not in form and "Ensemble" not in form and "Tout le territoire" not in form


def test_the_first_page_says_how_many_wait() -> None:
    assert "2 documents à valider avant leur envoi" in to_html(officials.sendings(2)[0])
    assert "Préparation des tableaux de bord" in to_html(officials.sendings(0)[0])


def test_long_fields_keep_their_text_and_travel_with_the_version(open_page: Any) -> None:
    from dash import html

    found = Sendings(documents=[DOCUMENT], plans=[PLAN])
    body = html.Div(reports.panels(found, principal(Role.CHIEF), LAYERS, {1: "Valmont"}), className="frame preparation", **{"data-csrf": "csrf"})
    page = open_page(body, scripts=("assets/js/60-post.js",))
    page.get_by_text("Corriger les faits marquants").click()
    field = page.locator("textarea[name=highlight]")
    assert field.input_value() == "Réservoir remis en service."
    asked: list[Any] = []
    page.route(
        "**/api/v1/reports/7/correct", lambda route: (asked.append(route.request.post_data_json), route.fulfill(status=409, json={"detail": "Relisez."}))
    )
    field.fill("Deux fuites réparées.")
    page.get_by_role("button", name="Corriger et refaire le document").click()
    page.get_by_role("alert").get_by_text("Relisez.").wait_for()
    assert asked == [{"highlight": "Deux fuites réparées.", "version": 2}]


def test_the_page_is_not_for_officials(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypervisor.security.audit.refused", lambda *_told: None)
    token = current_principal.set(principal(Role.OFFICIAL))
    with pytest.raises(Forbidden):
        preparation.layout()
    current_principal.reset(token)


def test_councils_are_declared_and_taken_away_where_dashboards_are_programmed() -> None:
    found = Sendings(documents=[], plans=[PLAN | {"rhythm": "council"}], councils=[{"id": 4, "day": date(2026, 3, 16), "created_name": "M. Roussel"}])
    page = "".join(to_html(part) for part in reports.panels(found, principal(Role.CHIEF), LAYERS, {})).replace("\u00a0", " ")
    for part in ("La veille de chaque conseil", "16/03/2026", 'data-post="/api/v1/councils/4/withdraw"', 'data-post="/api/v1/councils"'):
        assert part in page
