"""The officials' page: sentence first, honest figures, methods, and the table that says what the chart says."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pypdf
import pytest

from hypervisor import layers
from hypervisor.domain.indicator import Indicator, Target
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.exports import charts
from hypervisor.exports import indicators as files
from hypervisor.i18n import _
from hypervisor.queries import classes as ranks
from hypervisor.queries import figure_series, periods, said
from hypervisor.queries.figure_series import Line, Place
from hypervisor.queries.figures import Figure
from hypervisor.queries.officials import Choice, Dashboard
from hypervisor.queries.officials_page import Opened, Refused
from hypervisor.security.context import current_principal
from layouts import ids, theme
from layouts.pages import elus
from layouts.parts import officials, officials_charts, officials_foot
from layouts.parts.officials_address import address, read
from tests.screens.conftest import principal
from tests.screens.harness import to_html, to_text

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
LAYERS = layers.all_layers()
MONTHS = tuple(periods.month_after(date(2025, 3, 1), number) for number in range(12))
SQUARE = '{"type":"MultiPolygon","coordinates":[[[[5,47],[5.1,47],[5.1,47.1],[5,47.1],[5,47]]]]}'
OUTLINES = [{"id": 1, "name": "Valmorin", "outline": SQUARE, "lon": 5.05, "lat": 47.05, "population": 10}]


def _indicator(**changes: Any) -> Indicator:
    values = {"key": "energy_avoided", "label": "Énergie d’éclairage évitée", "unit": "MWh", "formula": "Une formule.", "source": "Une source.", "value": lambda _parts: None,
              "measure": "m", "clause": "l’éclairage a évité {value}", "owner": "Service éclairage public", "direction": "up"}  # fmt: skip
    return Indicator(**(values | changes))


def _figure(indicator: Indicator | None = None, **changes: Any) -> Figure:
    values = {"domain": "lighting", "indicator": indicator or _indicator(), "value": 214.0, "previous": 196.0, "completeness": 0.984, "base_completeness": 1.0, "extra": None,
              "target": Target(low=230, source="Conseil"), "estimates": (), "is_rolling": False, "reason": "", "last": date(2026, 2, 28), "months": (1.0, 2.0, None, 4.0)}  # fmt: skip
    return Figure(**(values | changes))


def _page(*figures: Figure, **changes: Any) -> Dashboard:
    shown = figures or (_figure(),)
    period = periods.period("2026-02", date(2026, 3, 2))
    values = {
        "choice": Choice(), "period": period, "before": period.a_year_before(), "territory": "", "figures": shown, "focus": shown[0],
        "line": Line(months=MONTHS, current=tuple(float(number) for number in range(74, 86)), previous=(None,) * 6 + (60.0,) * 6, target=(90.0,) * 12),
        "places": (Place(id=1, name="Valmorin", figure=shown[0]),), "highlights": (), "domains": ("lighting", "service"), "communes": ((1, "Valmorin"),),
        "last": date(2026, 3, 2), "first": date(2024, 1, 1), "preparing": 0, "at": AT,
    }  # fmt: skip
    return Dashboard(**(values | changes))


def test_the_sentence_joins_the_figures_that_can_be_said_and_leaves_out_the_others():
    silent = _figure(_indicator(key="fill", clause="les conteneurs sont levés à {value}"), value=None, reason="Aucune mesure.")
    said = to_text(
        officials.sentence(
            _page(_figure(), silent, _figure(_indicator(key="ack", clause="une alarme est acquittée en {value}", unit="min"), value=4.2, previous=None))
        )
    )
    assert "L’éclairage a évité 214,0 MWh, +18,0 MWh sur un an ; une alarme est acquittée en 4,2 min." in said
    assert "conteneurs" not in said


def test_with_no_figure_the_sentence_says_so():
    assert "Aucun chiffre ne peut encore être donné" in to_text(officials.sentence(_page(_figure(value=None))))


def test_with_no_main_figure_the_sentence_does_not_deny_the_others():
    declared = _figure(_indicator(key="spent", clause=""), value=94.0)
    said = to_text(officials.sentence(_page(_figure(value=None), declared)))
    assert "Le chiffre principal ne peut pas encore être donné" in said
    assert "Aucun chiffre" not in said


def test_a_card_says_value_way_base_target_completeness_and_date():
    said = to_text(officials.card(_figure(), _page(), LAYERS))
    for part in ("214,0 MWh", "en hausse, favorable", "+18,0 MWh sur un an", "Cible au moins 230 MWh", "complet 98 % · 28/02"):
        assert part in said


def test_a_figure_that_cannot_be_said_says_why_and_is_never_zero():
    card = officials.card(_figure(value=None, reason="Aucun équipement de ce genre dans ce territoire."), _page(), LAYERS)
    assert "Aucun équipement de ce genre" in to_text(card)
    assert card.to_plotly_json()["props"]["data-valeur"] == ""


@pytest.mark.parametrize("may_prepare", [True, False])
def test_a_card_of_which_nothing_is_declared_says_where_it_is_declared_and_no_percentage(may_prepare: bool):
    spent = _indicator(key="spent", measure="", declared=("spent",), label="Dépenses", unit="k€")
    figure = _figure(spent, value=None, completeness=0.0, declared_share=0.0, target=None, reason="Rien n’est déclaré sur la période.")
    card = officials.card(figure, _page(), LAYERS, may_prepare)
    assert "Rien n’est déclaré sur la période. À déclarer dans : Préparation des tableaux de bord" in to_text(card)
    assert "déclaration à faire" in to_text(card) and "%" not in to_text(card)
    # Who may not open the page reads who declares.
    assert ('href="/preparation"' in to_html(card), "Service éclairage public" in to_text(card)) == (may_prepare, not may_prepare)
    assert "Complétude déclaration à faire Données" in to_text(officials.method(figure, "Valmorin Métropole"))


def test_an_estimate_is_called_one_with_its_reason():
    figure = _figure(estimates=("complétude 82 %",))
    assert "estimation : complétude 82 %" in to_text(officials.card(figure, _page(), LAYERS))
    assert "estimation" not in to_text(officials.card(_figure(), _page(), LAYERS))


@pytest.mark.parametrize(
    ("previous", "base", "said"),
    [(196.0, 1.0, "en hausse"), (214.02, 1.0, "stable"), (230.0, 0.7, "base incomplète"), (230.0, 0.3, "pas de chiffre un an avant")],
)
def test_a_change_is_said_only_against_a_base_that_bears_it(previous: float, base: float, said: str):
    assert said in to_text(officials.card(_figure(previous=previous, base_completeness=base), _page(), LAYERS))


def test_every_card_leads_to_its_method_with_formula_source_version_and_owner():
    assert "#methode-energy_avoided" in to_html(officials.card(_figure(), _page(), LAYERS))
    said = to_text(officials.method(_figure(), "Valmorin Métropole"))
    for part in ("Une formule.", "Une source.", "version 1 du 01/11/2026", "Service éclairage public", "28/02/2026", "au moins 230 MWh (Conseil)"):
        assert part in said


def test_the_table_says_the_same_as_the_chart():
    panel = officials_charts.line_panel(_page())
    graph = next(part for part in panel._traverse() if type(part).__name__ == "Graph")
    target, before, now = graph.figure.data
    assert (list(now.y), list(before.y)[5:7], target.y[0]) == ([float(number) for number in range(74, 86)], [None, 60.0], 90.0)
    assert re.search(r"Cette année 74,0 75,0 .* 85,0 Un an avant – – .* 60,0 60,0 Cible 90,0", to_text(panel))
    assert list(graph.figure.layout.xaxis.ticktext)[:3] == ["mars", "avr.", "mai"]


def test_months_without_a_figure_are_a_sentence_and_no_empty_frame():
    panel = officials_charts.line_panel(_page(line=Line(months=MONTHS, current=(None,) * 12, previous=(None,) * 12, target=(90.0,) * 12)))
    assert "Aucun de ces mois n’a encore de chiffre." in to_text(panel)
    assert not [part for part in panel._traverse() if type(part).__name__ in ("Graph", "Table")]


def test_the_map_prints_its_classes_and_the_table_its_communes():
    panel = officials_charts.map_panel(_page(), OUTLINES)
    assert re.search(r"Valmorin 214,0 \+18,0 MWh en hausse, favorable .*Classes, en MWh toutes les communes", to_text(panel))


def test_classes_are_those_of_what_is_printed():
    found = ranks.classes([1.04, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 1)
    assert len(found) == 6
    assert found[0].label == "moins de 2,0" and found[-1].label.endswith("et plus")
    # 1.96 prints as 2,0: it belongs with 2,0.
    assert ranks.rank(found, 1.96, 1) == ranks.rank(found, 2.0, 1) == 1
    assert ranks.classes([], 1) == ()


def test_charts_take_their_colours_from_the_tokens_alone():
    drawn = str(officials_charts.line_panel(_page())) + str(officials_charts.map_panel(_page(), OUTLINES)) + str(officials_charts.template().to_plotly_json())
    colours = {colour.upper() for colour in re.findall(r"#[0-9A-Fa-f]{6}\b", drawn)}
    assert colours and colours <= {*theme.THEMES["jour"].values(), *theme.CHOROPLETH, theme.NO_DATA}


def test_paper_has_the_colours_of_the_screen():
    assert (charts.SHADES, charts.NO_DATA) == (theme.CHOROPLETH, theme.NO_DATA)
    assert {charts.INK, charts.INK2, charts.GREY, charts.LINE} <= set(theme.THEMES["jour"].values())


def test_the_address_keeps_every_choice_and_nothing_else():
    choice = Choice(territory=3, period="2026-T1", comparison="objectif", domain="water", focus="night_flow")
    written = address(choice)
    assert read(dict(part.split("=") for part in written.partition("?")[2].split("&"))) == choice
    assert address(Choice()) == "/elus"
    assert read({"territoire": "abc", "periode": "x" * 100, "autre": "1"}) == Choice(period="x" * 40)


def test_until_figures_come_cards_have_shapes_and_no_number():
    assert not re.search(r"\d", to_text(officials.skeleton()))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"last": None}, "Aucun jour d’historique n’est encore clos"),
        ({"preparing": 212}, "212 jours restent à calculer"),
        ({"last": date(2026, 2, 8)}, "Données arrêtées au 08/02/2026"),
    ],
)
def test_the_page_says_when_its_figures_are_missing_being_made_or_old(changes: dict[str, Any], said: str):
    assert said in to_text(officials.notes(_page(**changes)))
    assert not officials.notes(_page())


def test_a_page_that_cannot_be_read_says_why_and_offers_to_read_again():
    said = to_text(elus.body(Refused(sentence="PostgreSQL ne répond pas.")))
    assert "PostgreSQL ne répond pas." in said and "Relire" in said


def test_only_who_answers_for_a_domain_is_offered_to_write_a_fact():
    page = _page()
    assert "Écrire un fait" not in to_text(officials_foot.foot(page, principal(Role.OFFICIAL), LAYERS))
    assert "Écrire un fait" in to_text(officials_foot.foot(page, principal(Role.TRADE_MANAGER), LAYERS))


def test_the_page_opens_to_officials_and_not_to_operators(world: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hypervisor.security.audit.refused", lambda *_told: None)
    token = current_principal.set(principal(Role.OFFICIAL))
    page = elus.layout(domaine="water")
    body = elus.body(Opened(page=replace(_page(), choice=Choice(domain="water")), outlines=OUTLINES, label="Valmorin Métropole"))
    current_principal.reset(token)
    assert page.to_plotly_json()["props"]["data-preferred-theme"] == "jour"
    assert "En une phrase" in to_text(body)
    token = current_principal.set(principal(Role.OPERATOR))
    with pytest.raises(Forbidden):
        elus.layout()
    current_principal.reset(token)


def test_check_40_screen_csv_and_pdf_say_the_same_to_the_printed_decimal(world: Any, open_page: Any):
    """The answers of each formula are worked by hand in tests/integration/golden.py and golden_period.py; here, what a reader sees of them."""
    shares = _indicator(key="share", label="Part d’énergie évitée", unit="%", digits=2, adds_up=False)
    figures = (
        _figure(value=214.06, previous=196.0),
        _figure(shares, value=88.444, completeness=0.82, estimates=("complétude 82 %",), target=None),
        _figure(_indicator(key="none", label="Débordement"), value=None, reason="Moins de 5 cas : pas de chiffre sur si peu."),
    )
    opened = Opened(page=_page(*figures), outlines=OUTLINES, label="Valmorin Métropole")
    token = current_principal.set(principal(Role.OFFICIAL))
    page = elus.layout()
    body = next(part for part in page._traverse() if getattr(part, "id", "") == ids.OFFICIALS_BODY)
    body.children = elus.body(opened)
    current_principal.reset(token)
    screen = open_page(page, css=("assets/40-console.css", "assets/41-elus.css"), width=1280)
    shown = {key: screen.get_by_test_id(f"elu-carte-{key}").locator(".card-value").inner_text().split()[0] for key in ("energy_avoided", "share", "none")}
    assert shown == {"energy_avoided": "214,1", "share": "88,44", "none": "–"}
    assert screen.get_by_test_id("elu-carte-share").locator(".estimate").inner_text().replace("\u00a0", " ") == "estimation : complétude 82 %"

    table = files.as_csv(opened, bom=True)
    assert table.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig")), delimiter=";"))
    first = {row["indicateur"]: row for row in reversed(rows) if row["territoire"] == "Valmorin Métropole" and row["completude"]}
    assert {key: first[key]["valeur"] or "–" for key in shown} == shown
    assert first["share"]["estimation"].startswith("estimation")
    assert {row["colonne"] for row in csv.DictReader(io.StringIO(files.dictionary().decode()), delimiter=";")} == set(rows[0])

    printed = pypdf.PdfReader(io.BytesIO(files.as_pdf(opened).body))
    assert printed.trailer["/Root"]["/MarkInfo"]["/Marked"] and printed.trailer["/Root"]["/Lang"] == "fr"
    text = " ".join(" ".join(sheet.extract_text() for sheet in printed.pages).split())
    for digits in ("214,1 MWh", "88,44 %", "estimation : complétude 82 %"):
        assert digits in text.replace("\u00a0", " ").replace("\u202f", " ")


def test_on_paper_nothing_is_cut_what_is_pressed_is_gone_and_colours_are_kept(world: Any, open_page: Any):
    token = current_principal.set(principal(Role.OFFICIAL))
    page = elus.layout()
    shown = _page(*(_figure(_indicator(key=f"k{number}")) for number in range(6)))
    body = next(part for part in page._traverse() if getattr(part, "id", "") == ids.OFFICIALS_BODY)
    body.children = elus.body(Opened(page=shown, outlines=OUTLINES, label="Valmorin Métropole"))
    current_principal.reset(token)
    paper = open_page(page, css=("assets/40-console.css", "assets/41-elus.css"), width=718)
    paper.emulate_media(media="print")
    # A4 less its margins is 718 pixels wide: what lies beyond is cut.
    cut = "[...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().width && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.className)"
    assert paper.evaluate(cut) == []
    for gone in (".domains", ".exports", ".header", ".rail", ".step", ".card-help"):
        assert not any(one.is_visible() for one in paper.locator(gone).all()), gone
    assert paper.get_by_text("Valmorin Métropole").first.is_visible(), "the territory that was chosen is said"
    assert paper.locator(".card .icon").first.evaluate("(one) => getComputedStyle(one).printColorAdjust") == "exact"


def test_a_change_that_rounds_to_nothing_has_no_sign_and_points_are_counted_as_in_french():
    share = _indicator(unit="%", digits=1)
    moved = {value: said.change(_figure(share, value=value, previous=50.0)).replace("\u00a0", " ") for value in (50.04, 49.96, 51.9, 47.3)}
    assert list(moved.values()) == ["±0,0 point", "±0,0 point", "+1,9 point", "−2,7 points"]


def test_a_target_has_no_decimals_that_say_nothing():
    written = [
        said.target(_indicator(unit="%", digits=1), Target(source="Conseil", **bounds)).replace("\u00a0", " ")
        for bounds in ({"low": 40.0, "high": 85.0}, {"high": 7.5}, {"low": 0})
    ]
    assert written == ["40 à 85 %", "au plus 7,5 %", "au moins 0 %"]


def test_who_may_publish_a_fact_is_told_what_became_of_it(world: Any):
    # The callback that publishes writes to the tray: without it the press did nothing.
    assert ids.TOASTS in {getattr(part, "id", "") for part in elus.layout()._traverse()}


def test_a_fact_is_proposed_in_the_period_that_is_read():
    old = _page(period=periods.period("2025-12", date(2026, 3, 2)))
    foot = officials_foot.foot(old, principal(Role.TRADE_MANAGER), LAYERS)
    day = next(part for part in foot._traverse() if getattr(part, "id", "") == ids.HIGHLIGHT_DAY)
    assert day.value == "31/12/2025" and 'data-date="day"' in to_html(foot)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (6, 6), (7, 4), (8, 4), (9, 5), (13, 5)])
def test_cards_stand_in_even_rows_of_six_at_most(count: int, columns: int):
    # 7 are 4 and 3, 13 are 5, 5 and 3: none alone on its row.
    assert officials.columns(count) == columns


@pytest.mark.parametrize(
    ("values", "from_zero", "axis"),
    [
        # 82 to 88 over five steps of 1,2 → 2: from 82 to 88. What adds up begins at zero whatever it is. Far moves (20 to 80) keep zero too.
        ([82.0, 88.0], False, (82.0, 88.0, 2.0)),
        ([82.0, 88.0], True, (0.0, 100.0, 20.0)),
        ([20.0, 80.0], False, (0.0, 80.0, 20.0)),
        ([50.0, 50.0], False, (45.0, 50.0, 1.0)),
        ([], False, (0.0, 1.0, 0.2)),
    ],
)
def test_a_share_that_stays_high_has_a_scale_of_its_own_which_is_said(values: list[float], from_zero: bool, axis: tuple[float, float, float]):
    assert charts.axis(values, from_zero=from_zero) == pytest.approx(axis)
    line = Line(months=MONTHS, current=tuple(values[:1] * 12) or (None,) * 12, previous=tuple(values[1:] * 12) or (None,) * 12, target=(None,) * 12)
    drawn = charts.line(_indicator(unit="%", digits=1, adds_up=from_zero), line)
    assert ("qui ne part pas de zéro" in drawn) == (axis[0] > 0)


def test_a_map_without_figures_says_the_reason_of_those_that_have_such_equipment():
    none = [Place(id=number, name=f"Commune {number}", figure=_figure(value=None, reason=_(figure_series.NONE_OF_KIND))) for number in range(5)]
    declared = Place(id=9, name="Valmorin", figure=_figure(value=None, reason="Se calcule pour le territoire entier."))
    assert "Se calcule pour le territoire entier." in to_text(officials_charts.map_panel(_page(places=(*none, declared)), OUTLINES))
    assert "Aucun équipement de ce genre" in to_text(officials_charts.map_panel(_page(places=tuple(none)), OUTLINES))


def test_names_on_a_printed_map_are_drawn_over_their_white_edge():
    drawn = charts.choropleth(_indicator(), _page().places, OUTLINES)
    edge, ink = (drawn.index(f'fill="{colour}"', drawn.index("<text")) for colour in ("#FFFFFF", charts.INK))
    assert edge < ink and "paint-order" not in drawn


def test_on_paper_communes_without_a_figure_are_named_with_their_reason_once():
    silent = tuple(Place(id=number, name=name, figure=_figure(value=None, reason="Aucun équipement.")) for number, name in ((2, "Aubremont"), (3, "Sermoray")))
    page = _page(places=(Place(id=1, name="Valmorin", figure=_figure()), *silent))
    printed = files.as_pdf(Opened(page=page, outlines=OUTLINES, label="Valmorin Métropole"))
    text = " ".join(" ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(printed.body)).pages).split())
    assert "Sans chiffre : Aubremont, Sermoray (aucun équipement)." in text
