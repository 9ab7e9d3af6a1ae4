"""The PDF door, opened by another library: tagged, in French, with its own fonts inside, and nothing fetched."""

import hashlib
import io

import pypdf
import pytest

from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.exports import pdf
from hypervisor.exports.press import Attachment, Manuscript, own_file
from tests.matterhorn import failures

HTML = '<!DOCTYPE html><html lang="fr" data-theme="jour"><head><title>Fiche réflexe</title></head><body><h1>Fiche</h1><p>Débit : 412 m³/h, œuvre à Échirolles</p>{}</body></html>'


def _fonts(reader: pypdf.PdfReader) -> dict[str, bool]:
    """Name of each font → whether its program is inside the file."""
    found = {}
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            for descendant in font.get_object().get("/DescendantFonts", []):
                descriptor = descendant.get_object()["/FontDescriptor"].get_object()
                found[str(descriptor["/FontName"])] = any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    return found


@pytest.fixture(scope="module")
def printed() -> pdf.Printed:
    return pdf.press(Manuscript(html=HTML.format(""), attachments=[Attachment(name="lignes.csv", description="Les lignes", body=b"n;texte\n1;essai\n")]))


def test_a_document_is_tagged_in_french_and_titled(printed: pdf.Printed) -> None:
    root = pypdf.PdfReader(io.BytesIO(printed.body)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "fr"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert pypdf.PdfReader(io.BytesIO(printed.body)).metadata.title == "Fiche réflexe"
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_it_fails_none_of_the_machine_checks_of_the_matterhorn_protocol(printed: pdf.Printed) -> None:
    assert failures(printed.body) == []


@pytest.mark.parametrize(
    ("body", "condition"),
    [
        ("<h3>Trop bas</h3>", "14-003 H3 after H1"),
        ('<img src="data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSI5IiBoZWlnaHQ9IjkiPjxyZWN0IHdpZHRoPSI5IiBoZWlnaHQ9IjkiLz48L3N2Zz4=">', "13-004"),
    ],
)  # fmt: skip
def test_the_checks_see_what_a_template_does_wrong(body: str, condition: str) -> None:
    assert any(said.startswith(condition) for said in failures(pdf.press(Manuscript(html=HTML.format(body))).body))


@pytest.mark.parametrize(("key", "condition"), [("/Lang", "11-006"), ("/ViewerPreferences", "07-001"), ("/MarkInfo", "01-006"), ("/Metadata", "06-001")])
def test_the_checks_see_what_a_catalogue_lacks(printed: pdf.Printed, key: str, condition: str) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(printed.body))
    del writer.root_object[key]
    out = io.BytesIO()
    writer.write(out)
    assert any(said.startswith(condition) for said in failures(out.getvalue()))


def test_headings_and_paragraphs_are_tags(printed: pdf.Printed) -> None:
    kinds, waiting = set(), [pypdf.PdfReader(io.BytesIO(printed.body)).trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, dict):
            kinds.add(str(node.get("/S")))
            below = node.get("/K", [])
            waiting += below if isinstance(below, list) else [below]
    assert {"/H1", "/P"} <= kinds


def test_its_words_can_be_read_and_its_fonts_are_inside(printed: pdf.Printed) -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed.body))
    assert "Débit : 412 m³/h, œuvre à Échirolles" in reader.pages[0].extract_text()
    fonts = _fonts(reader)
    assert fonts
    assert all(fonts.values())
    assert any("B612" in name for name in fonts)
    assert any("Atkinson" in name for name in fonts)


def test_its_digest_is_that_of_its_bytes_and_its_files_come_out_whole(printed: pdf.Printed) -> None:
    assert printed.sha256 == hashlib.sha256(printed.body).hexdigest()
    assert pypdf.PdfReader(io.BytesIO(printed.body)).attachments["lignes.csv"] == [b"n;texte\n1;essai\n"]


def test_a_document_that_asks_for_another_file_is_not_made() -> None:
    with pytest.raises(Unavailable, match="mise en page"):
        pdf.press(Manuscript(html=HTML.format('<img src="http://127.0.0.1:9/x.png" alt="">')))


def test_only_our_files_may_be_read() -> None:
    assert own_file("file:///assets/10-tokens.css").name == "10-tokens.css"
    for other in (
        "file:///assets/../.env",
        "file://host/assets/10-tokens.css",
        "https://example.org/assets/10-tokens.css",
        "data:image/svg+xml,<svg/>",
        "file:///etc/passwd",
        "file:///hypervisor/settings.py",
    ):
        with pytest.raises(PermissionError):
            own_file(other)


def test_a_document_that_takes_too_long_is_stopped_with_a_sentence() -> None:
    with pytest.raises(InvalidRequest, match="Réduisez la période"):
        pdf.press(Manuscript(html=HTML.format("")), timeout_s=0.05)


def test_what_people_wrote_is_shown_and_never_obeyed() -> None:
    assert "&lt;img src=x&gt;" in pdf.html("page.html", "Relevé <img src=x>")
