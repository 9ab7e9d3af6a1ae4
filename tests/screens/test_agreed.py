"""Factors, targets and declared volumes on screen: each with its day and source, its form in the words of the trade, and who changed it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from dash import html

from hypervisor import layers
from hypervisor.domain.indicator import Agreed, Declared, Factor, Target
from hypervisor.layers import service
from hypervisor.queries.agreements import Agreements, Known
from hypervisor.store.agreements import Change
from layouts.parts import agreed
from tests.screens.harness import to_html

LAYERS = layers.all_layers()
WATER, LIGHTING = LAYERS["water"], LAYERS["lighting"]
OWN = Factor(key="tariff_electricity", label="", unit="€/kWh", value=0.21, since=date(2026, 2, 1), source="Avenant 3")


def known() -> Agreements:
    lighting = Known(
        domain="lighting", factors={one.key: (one, *((OWN,) if one.key == OWN.key else ())) for one in LIGHTING.factors}, indicators=LIGHTING.indicators,
        targets={one.key: () for one in LIGHTING.indicators} | {"energy_avoided": (Agreed(indicator="energy_avoided", since=date(2026, 1, 1), target=Target(low=900, source="Conseil")),)},
        volumes=(), declared={},
    )  # fmt: skip
    sold = Declared(key="water_sold", since=date(2026, 1, 1), until=date(2026, 2, 1), amount=558, unit="m³", source="Rapport")
    water = Known(
        domain="water", factors={}, indicators=WATER.indicators, targets={one.key: () for one in WATER.indicators}, volumes=WATER.volumes,
        declared={one.key: (sold,) if one.key == "water_sold" else () for one in WATER.volumes},
    )  # fmt: skip
    change = Change(
        at=datetime(2026, 3, 2, 9, tzinfo=UTC), by="metier", by_name="M. Roussel", layer="lighting", kind="factor", key="tariff_electricity", since=date(2026, 2, 1),
        before={"value": 0.17, "unit": "€/kWh", "source": "Contrat"}, after={"value": 0.21, "unit": "€/kWh", "source": "Avenant 3"},
    )  # fmt: skip
    return Agreements(domains=(lighting, water), changes=[change])


def shown() -> str:
    return "".join(map(to_html, agreed.panels(known(), LAYERS))).replace("\u00a0", " ").replace("\u202f", " ")


def test_what_is_in_force_has_its_day_its_source_and_only_one_s_own_may_be_taken_away() -> None:
    page = shown()
    for part in (
        "0,17 €/kWh",
        "0,21 €/kWh",
        "01/02/2026",
        "Avenant 3",
        "au moins 900 MWh",
        "Énergie d’éclairage évitée, pour un an",
        "558 m³",
        "01/01/2026 au 31/01/2026",
    ):
        assert part in page, part
    assert page.count("Retirer : ") == 3, "the price, the target and the volume that the service wrote"


def test_the_service_declares_the_cost_of_the_platform_on_its_own_panel() -> None:
    own = Known(
        domain="service",
        factors={},
        indicators=service.INDICATORS,
        targets={one.key: () for one in service.INDICATORS},
        volumes=service.VOLUMES,
        declared={"platform_cost": ()},
    )
    panel = to_html(agreed.panels(Agreements(domains=(own,), changes=[]), LAYERS)[0])
    assert "Déclarer un volume" in panel and "Coût de la plateforme (€)" in panel


def test_the_history_says_who_changed_what_from_what_to_what() -> None:
    history = shown().partition("Qui a changé quoi")[2]
    for part in ("M. Roussel", "Prix de l’électricité", "0,17 €/kWh (Contrat)", "0,21 €/kWh (Avenant 3)"):
        assert part in history, part


@pytest.mark.parametrize(("value", "said"), [(0.0479, "0,0479"), (16740.0, "16 740"), (0.17, "0,17"), (1234567.0, "1 234 567"), (0.0, "0")])
def test_a_factor_keeps_the_decimals_that_it_has(value: float, said: str) -> None:
    assert agreed.number(value).replace("\u202f", " ").replace("\u00a0", " ") == said


def test_a_decimal_comma_travels_as_a_number_and_an_empty_bound_as_nothing(open_page: Any) -> None:
    body = html.Div(agreed.panels(known(), LAYERS), className="frame preparation", **{"data-csrf": "csrf"})
    page = open_page(body, scripts=("assets/js/60-post.js",))
    asked: list[Any] = []
    page.route("**/api/v1/indicators/targets", lambda route: (asked.append(route.request.post_data_json), route.fulfill(status=400, json={"detail": "Non."})))
    panel = page.get_by_test_id("accords-water")
    panel.get_by_text("Fixer une cible").click()
    panel.locator("input[name=low]").fill("1 082,5")
    panel.locator("form[data-post$=targets] input[name=since]").fill("2026-01-01")
    panel.locator("form[data-post$=targets] input[name=source]").fill("Contrat")
    panel.locator("form[data-post$=targets] button[type=submit]").click()
    panel.get_by_role("alert").wait_for()
    assert asked == [{"indicator": "water_efficiency", "low": 1082.5, "high": None, "since": "2026-01-01", "source": "Contrat"}]


def test_two_years_of_declared_volumes_are_folded_under_the_newest() -> None:
    lighting, water = known().domains
    months = tuple(
        Declared(key="water_sold", since=date(2025, month, 1), until=date(2025, month + 1, 1), amount=100 + month, unit="m³", source="Rapport")
        for month in range(1, 12)
    )
    page = agreed.panels(Agreements(domains=(lighting, replace(water, declared=water.declared | {"water_sold": months})), changes=[]), LAYERS)
    shown, folded = "".join(map(to_html, page)).replace("\u00a0", " ").split("8 volumes plus anciens")
    # Eleven months: the three newest, November first, stay in sight.
    assert [shown.find(f"{amount} m³") for amount in (111, 110, 109)] == sorted(shown.find(f"{amount} m³") for amount in (111, 110, 109)) and "111 m³" in shown
    assert "108 m³" not in shown and "101 m³" in folded
