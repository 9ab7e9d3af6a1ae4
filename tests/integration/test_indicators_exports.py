"""The golden figures as they are read: screen, CSV, ODS and PDF say the same to the printed digit; estimates say so; each export is audited."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden, InvalidRequest, NotFound
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.queries import officials, officials_page, said
from hypervisor.queries.officials import Choice
from hypervisor.security.context import current_principal
from tests.integration import desk, golden
from tests.matterhorn import failures

LIGHTING, WATER, WASTE = (Choice(period="2026-01", domain=domain) for domain in ("lighting", "water", "waste"))


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Hypervisor:
    """A platform whose lake holds the golden day alone, computed; the clock is at the first of February."""
    golden.lay(database_urls, tmp_path_factory.mktemp("lake"))
    object.__setattr__(h, "clock", desk.FixedClock(datetime(2026, 1, 12, 9, tzinfo=UTC)))
    officials.forget()
    return h


@pytest.fixture
def elu(server):
    return desk.signed_in(server, "elu")


@pytest.fixture
def as_official():
    token = current_principal.set(desk.principal(Role.OFFICIAL))
    yield
    current_principal.reset(token)


def exported(client, choice: Choice, name: str, **more: str):
    answer = client.get(f"/api/v1/indicators/export/{name}", params={"periode": choice.period, "domaine": choice.domain, **more})
    assert answer.status_code == 200, answer.text
    return answer


def spaced(text: str) -> str:
    """With plain spaces."""
    return text.replace("\u00a0", " ")


def table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode()), delimiter=";"))


@pytest.mark.parametrize("choice", [LIGHTING, WATER, WASTE], ids=lambda choice: choice.domain)
def test_screen_and_csv_print_the_same_digits(h, elu, as_official, choice: Choice) -> None:
    shown = {figure.indicator.key: said.number(figure.indicator, figure.value) for figure in officials.dashboard(h, choice).figures}
    first = {}
    for row in table(exported(elu, choice, "indicateurs.csv").content):
        first.setdefault(row["indicateur"], row["valeur"])
    assert set(first) == set(shown)
    for key, printed in shown.items():
        assert first[key] == ("" if printed == said.NOTHING else printed.replace("\u00a0", ""))


def test_the_golden_day_is_on_the_page_as_it_was_worked_by_hand(h, as_official) -> None:
    # The period is January up to the 10th; the one day computed is the 10th. Volumes declared for January count 10 days: authorised 5,400, sold 180.
    figures = {figure.indicator.key: figure for figure in officials.dashboard(h, Choice(period="7j", domain="lighting")).figures}
    assert said.quantity(figures["energy_avoided"].indicator, figures["energy_avoided"].value) == "0,3\u00a0MWh"
    assert said.quantity(figures["energy_avoided_share"].indicator, figures["energy_avoided_share"].value) == "62,7\u00a0%"


def test_under_nine_tenths_heard_a_figure_is_marked_everywhere(h, elu, as_official) -> None:
    figure = officials.dashboard(h, LIGHTING).figures[0]
    # 58 of 96 hours on one day of ten: 6 %.
    assert spaced(said.completeness(figure.completeness)) == "complet 6 %"
    assert spaced(said.estimate(figure)) == "estimation : complétude 6 %"
    assert spaced(table(exported(elu, LIGHTING, "indicateurs.csv").content)[0]["estimation"]) == "estimation : complétude 6 %"


def test_a_regulatory_figure_under_a_year_is_a_rolling_estimate(h, as_official) -> None:
    figure = officials.dashboard(h, WATER).figures[0]
    assert spaced(said.estimate(figure)) == "estimation glissante : complétude 8 % ; P104.3 est annuel"
    assert said.quantity(figure.indicator, figure.value) == "77,5\u00a0%"


def test_few_cases_are_masked_and_say_why(h, as_official) -> None:
    # Four pickups, three sessions ended: under five.
    figures = {
        figure.indicator.key: figure for choice in (WASTE, Choice(period="2026-01", domain="parking")) for figure in officials.dashboard(h, choice).figures
    }
    assert {key: figures[key].value for key in ("fill_at_pickup", "parking_duration", "parking_rotation")} == {
        "fill_at_pickup": None,
        "parking_duration": None,
        "parking_rotation": None,
    }
    assert spaced(figures["parking_duration"].reason) == "Moins de 5 cas : pas de chiffre sur si peu."


def test_the_csv_is_utf_8_with_semicolons_and_offers_bom_and_points(elu) -> None:
    plain = exported(elu, LIGHTING, "indicateurs.csv")
    assert plain.headers["content-type"] == "text/csv; charset=utf-8"
    assert plain.headers["content-disposition"] == 'attachment; filename="indicateurs-2026-01.csv"'
    assert not plain.content.startswith(b"\xef\xbb\xbf") and "Énergie d’éclairage évitée".encode() in plain.content
    other = exported(elu, LIGHTING, "indicateurs.csv", decimale="point", bom="true")
    assert other.content.startswith(b"\xef\xbb\xbf") and ";62.7;" in other.text and ";62,7;" in plain.text
    meanings = {row["colonne"] for row in table(exported(elu, LIGHTING, "dictionnaire.csv").content)}
    assert meanings == set(table(plain.content)[0])


def test_the_ods_opens_with_numbers_as_numbers(elu) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(elu, LIGHTING, "indicateurs.ods").content)) as archive:
        assert archive.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"
        content = archive.read("content.xml").decode()
    assert re.findall(r'table:name="([^"]+)"', content)[:3] == ["Indicateurs", "Dictionnaire", "Méthodes"]
    assert 'office:value="62.7"' in content


def test_the_pdf_is_tagged_french_and_prints_the_same_digits(h, elu, as_official) -> None:
    import pypdf

    body = exported(elu, LIGHTING, "indicateurs.pdf").content
    assert failures(body) == []
    document = pypdf.PdfReader(io.BytesIO(body))
    catalogue = document.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"] and catalogue["/Lang"] == "fr" and "/StructTreeRoot" in catalogue
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in document.pages))
    for figure in officials.dashboard(h, LIGHTING).figures:
        assert re.sub(r"\s+", " ", said.number(figure.indicator, figure.value)) in text
    assert "Empreinte SHA-256" in text and "estimation : complétude 6 %" in text
    assert "indicateurs.csv" in document.attachments


@pytest.mark.parametrize("name", ["courbe.svg", "carte.svg"])
def test_a_chart_is_a_picture_with_its_title(elu, name: str) -> None:
    answer = exported(elu, LIGHTING, name)
    assert answer.headers["content-type"] == "image/svg+xml" and "<title>Énergie d’éclairage évitée</title>" in answer.text
    # On a slide nothing of the page is around it: title, territory, date of the data and letters are in the picture.
    drawn = ElementTree.fromstring(answer.text)
    said = [node.text for node in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert said[0].startswith("Énergie d’éclairage évitée, par ") and "Données arrêtées au" in said[1] and "font/woff2;base64," in answer.text
    if name == "carte.svg":
        assert said[-1].endswith(("et plus", "toutes les communes", "pas de chiffre")), "the classes are printed under the map"


def test_every_export_is_a_line_of_the_audit(h, elu) -> None:
    exported(elu, WATER, "indicateurs.csv")
    row = desk.rows(
        h.addresses.database, "SELECT actor, action, object, detail FROM audit WHERE action = 'official:indicator:export' ORDER BY id DESC LIMIT 1"
    )[0]
    assert (row.actor, row.object, row.detail["period"]) == ("elu", "indicateurs.csv", "2026-01")


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(h, elu) -> None:
    with desk.as_owner_of(h) as uow:
        desk.run(uow, "UPDATE commune SET name = '=cmd|calc' WHERE id = 2")
    officials.forget()
    officials_page._outlines.clear()
    rows = exported(elu, LIGHTING, "indicateurs.csv").text
    assert ";'=cmd|calc;" in rows and ";=cmd" not in rows
    with desk.as_owner_of(h) as uow:
        desk.run(uow, "UPDATE commune SET name = 'Orscelles' WHERE id = 2")
    officials.forget()


def test_a_perimeter_holds_on_layers_and_communes(h) -> None:
    for changes, choice, error in (
        ({"layers": frozenset({"water"})}, LIGHTING, Forbidden),
        ({"communes": frozenset({1})}, Choice(period="2026-01", territory=2), Forbidden),
        ({}, Choice(period="2026-01", domain="nothing"), NotFound),
        ({}, Choice(period="hier"), InvalidRequest),
        ({}, Choice(period="2026-01", territory=99), NotFound),
    ):
        token = current_principal.set(desk.principal(Role.OFFICIAL, **changes))
        with pytest.raises(error):
            officials.dashboard(h, choice)
        current_principal.reset(token)


def test_a_reader_of_one_commune_sees_its_own_and_no_other(h) -> None:
    token = current_principal.set(desk.principal(Role.OFFICIAL, communes=frozenset({2})))
    page = officials.dashboard(h, LIGHTING)
    current_principal.reset(token)
    # Cabinet 2 alone: 0.227 MWh.
    assert said.number(page.figures[0].indicator, page.figures[0].value) == "0,2"
    assert [place.name for place in page.places] == ["Orscelles"]


def test_a_fact_is_written_by_who_answers_for_its_domain(server, elu, h) -> None:
    manager = desk.signed_in(server, "metier")
    fact = {"layer": "lighting", "day": "2026-01-09", "text": "Lanternes LED posées à Celleneuve, 412 points"}
    assert elu.post("/api/v1/highlights", json=fact).status_code == 403
    made = manager.post("/api/v1/highlights", json=fact)
    assert made.status_code == 201, made.text
    assert manager.post("/api/v1/highlights", json=fact | {"text": "x" * 161}).status_code == 400
    assert manager.post("/api/v1/highlights", json=fact | {"layer": "lune"}).status_code == 400
    token = current_principal.set(desk.principal(Role.OFFICIAL))
    assert [fact.text for fact in officials.dashboard(h, LIGHTING).highlights] == [fact["text"]]
    assert manager.delete(f"/api/v1/highlights/{made.json()['id']}").status_code == 204
    assert not officials.dashboard(h, LIGHTING).highlights
    current_principal.reset(token)
    assert manager.delete(f"/api/v1/highlights/{made.json()['id']}").status_code == 404
