"""The officials' page: sentence first, honest figures, formulas, and the table that says what the chart says."""

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest

from hypervisor import layers
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.queries.officials import Figure
from hypervisor.queries.trend import Trend
from hypervisor.security.context import current_principal
from layouts import theme
from layouts.pages import elus
from layouts.parts import officials
from tests.screens.conftest import principal
from tests.screens.harness import to_html

AT = datetime(2026, 2, 11, 17, 4, tzinfo=UTC)
LAYERS = layers.all_layers()
WEEK = Trend(days=[date(2026, 2, day) for day in range(5, 12)], by_layer={"lighting": [1, 0, 2, 0, 0, 3, 1], "water": [0, 1, 0, 0, 0, 0, 2]})


def _figure(**changes: Any) -> Figure:
    values = {
        "key": "luminaires_available", "layer": "lighting", "label": "Points lumineux disponibles", "unit": "%", "period": "à l’instant", "formula": "Une formule.",
        "value": 98.25, "completeness": 0.97, "as_of": AT, "since": AT, "until": AT,
    }  # fmt: skip
    return Figure(**(values | changes))


def _text(tree: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]*>", " ", to_html(tree))))


def test_the_sentence_joins_the_figures_that_can_be_said_and_leaves_out_the_others():
    silent = _figure(key="full_containers", value=None, reason="Aucun conteneur n’a donné son remplissage.")
    said = _text(officials.sentence([_figure(), silent, _figure(key="acknowledgement", unit="min", value=4.2)]))
    assert "98,2 % des points lumineux sont disponibles" in said.replace("98,3", "98,2")
    assert "acquittée en 4,2 min" in said
    assert "conteneurs" not in said


def test_with_no_figure_the_sentence_says_so():
    assert "Aucun chiffre ne peut encore être donné" in _text(officials.sentence([_figure(value=None)]))


def test_a_figure_that_cannot_be_said_says_why_and_is_never_zero():
    card = officials.card(_figure(value=None, reason="Aucun point lumineux n’a donné son état."), LAYERS)
    assert "Aucun point lumineux n’a donné son état." in _text(card)
    assert card.to_plotly_json()["props"]["data-valeur"] == ""


@pytest.mark.parametrize(("changes", "is_said"), [({"completeness": 0.89}, True), ({"completeness": 0.9}, False), ({"sample": 0.5}, True)])
def test_an_incomplete_figure_is_called_an_estimate(changes: dict[str, float], is_said: bool):
    assert ("estimation" in _text(officials.card(_figure(**changes), LAYERS))) is is_said


def test_every_card_leads_to_its_method_and_every_method_has_formula_period_and_date():
    figure = _figure(sample=0.25)
    assert "#methode-luminaires_available" in to_html(officials.card(figure, LAYERS))
    said = _text(officials.method(figure))
    for part in ("Une formule.", "à l’instant", "11 févr. 2026, 18:04", "25 %"):
        assert part in said


def test_the_table_says_the_same_totals_as_the_chart():
    panel = officials.trend(WEEK, LAYERS)
    graph = next(part for part in panel._traverse() if type(part).__name__ == "Graph")
    assert [int(value) for value in graph.figure.data[0].y] == [1, 1, 2, 0, 0, 3, 3]
    assert re.search(r"Ensemble\s+1\s+1\s+2\s+0\s+0\s+3\s+3", _text(panel))


def test_charts_take_their_colours_from_the_tokens_alone():
    colours = set(re.findall(r"#[0-9A-Fa-f]{6}", str(officials.trend(WEEK, LAYERS)) + officials.template().to_plotly_json().__str__()))
    assert colours and colours <= set(theme.THEMES["jour"].values())


def test_the_page_opens_to_officials_and_not_to_operators(world: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hypervisor.security.audit.refused", lambda *_told: None)
    monkeypatch.setattr("layouts.pages.elus.queries.figures", lambda _h: [_figure()])
    monkeypatch.setattr("layouts.pages.elus.trends.alarms_by_day", lambda _h: WEEK)
    token = current_principal.set(principal(Role.OFFICIAL))
    page = elus.layout()
    current_principal.reset(token)
    assert page.to_plotly_json()["props"]["data-preferred-theme"] == "jour"
    assert "En une phrase" in _text(page)
    token = current_principal.set(principal(Role.OPERATOR))
    with pytest.raises(Forbidden):
        elus.layout()
    current_principal.reset(token)
