"""Check 40 of screens.md §5: what a golden day gives by hand is what officials read on the screen, in the CSV and in the PDF, to the printed decimal.

Real PostGIS, the real lake and its engine, the web process as the launcher starts it, and Chromium; the answers are worked by hand in tests/integration/golden.py and golden_period.py.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Browser, Page

from hypervisor import fmt
from hypervisor.layers import all_layers, service
from tests import web_process
from tests.integration import golden, golden_period
from tests.matterhorn import failures

pytestmark = pytest.mark.keeps_redis
PERIOD = "2026-01"
DECLARED = {key: layer.indicators for key, layer in all_layers().items() if layer.indicators} | {"service": service.INDICATORS}
FEW = {"light_nuisance", "parking_rotation", "parking_duration", "parking_overstay", "fill_at_pickup", "useless_pickups", "emptied_in_a_day"}
"""Fewer than five cases on the golden day: masked, everywhere."""


@pytest.fixture(scope="module")
def web(database_urls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[web_process.Web]:
    golden.lay(database_urls, tmp_path_factory.mktemp("lake"))
    golden_period.serve(database_urls)
    with web_process.serving(database_urls, redis_url, tmp_path_factory.mktemp("web")) as started:
        yield started


@pytest.mark.parametrize("domain", DECLARED)
def test_check_40_screen_csv_and_pdf_print_what_was_worked_by_hand(web: web_process.Web, browser: Browser, tmp_path: Path, domain: str):
    with web_process.open_as(browser, web.address, "elu", f"/elus?periode={PERIOD}&domaine={domain}") as page:
        page.get_by_test_id(f"elu-carte-{DECLARED[domain][0].key}").wait_for(timeout=60_000)
        screen = {one.key: spaced(page.get_by_test_id(f"elu-carte-{one.key}").locator(".card-value").inner_text()) for one in DECLARED[domain]}
        marks = {key: [spaced(text) for text in page.get_by_test_id(f"elu-carte-{key}").locator(".estimate").all_inner_texts()] for key in screen}
        table, printed = (downloaded(page, form, tmp_path) for form in ("csv", "pdf"))

    assert screen == {one.key: by_hand(one) for one in DECLARED[domain]}

    rows = list(csv.DictReader(io.StringIO(table.decode()), delimiter=";"))
    whole = {row["indicateur"]: row for row in reversed(rows)}
    for one in DECLARED[domain]:
        row = whole[one.key]
        assert (row["valeur"] or "–") == screen[one.key].split()[0], one.key
        assert [spaced(row["estimation"])] * bool(row["estimation"]) == marks[one.key], one.key
        # Less than nine tenths heard is an estimate, on the screen and in the file; what has no figure has nothing to estimate.
        if row["valeur"] and row["completude"] and float(row["completude"].replace(",", ".")) < 90:
            assert "complétude" in row["estimation"], one.key

    assert failures(printed) == []
    document = pypdf.PdfReader(io.BytesIO(printed))
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"] and document.trailer["/Root"]["/Lang"] == "fr"
    # A cell may break its line inside a unit: spaces are left out of the comparison.
    text = bare(" ".join(sheet.extract_text() for sheet in document.pages))
    for key, said in screen.items():
        assert re.search(rf"(?<![\d,]){re.escape(bare(said))}", text), key
        assert all(bare(mark) in text for mark in marks[key]), key


def test_check_40_the_csv_is_what_spreadsheets_of_officials_open(web: web_process.Web, browser: Browser):
    with web_process.open_as(browser, web.address, "elu", f"/elus?periode={PERIOD}&domaine=lighting") as page:
        get = page.context.request.get
        export = f"{web.address}/api/v1/indicators/export"
        plain, marked, dictionary = (get(f"{export}/{name}periode={PERIOD}&domaine=lighting").body() for name in ("indicateurs.csv?", "indicateurs.csv?bom=true&", "dictionnaire.csv?"))  # fmt: skip
    assert not plain.startswith(b"\xef\xbb\xbf") and marked == b"\xef\xbb\xbf" + plain
    header, *lines = plain.decode("utf-8").split("\r\n")
    assert ";62,7;" in "".join(lines) and ";62.7;" not in "".join(lines)
    assert [row["colonne"] for row in csv.DictReader(io.StringIO(dictionary.decode()), delimiter=";")] == header.split(";")


def by_hand(one) -> str:
    """What is to be read of an indicator: its worked answer at its own decimals, or a dash where cases are too few."""
    if one.key in FEW:
        return "–"
    return spaced(fmt.quantity((golden.EXPECTED | golden_period.SERVED)[one.key], one.unit, one.digits))


def downloaded(page: Page, form: str, folder: Path) -> bytes:
    """What the page's own button brings."""
    with page.expect_download(timeout=180_000) as coming:
        page.get_by_test_id(f"export-{form}").click()
    coming.value.save_as(folder / form)
    return (folder / form).read_bytes()


def bare(text: str) -> str:
    """Without any space."""
    return re.sub(r"\s+", "", text)


def spaced(text: str) -> str:
    """With plain single spaces."""
    return re.sub(r"\s+", " ", text).strip()
