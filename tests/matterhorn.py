"""What a program can check of PDF/UA-1 in a document: conditions of the Matterhorn Protocol 1.1 (PDF Association), each named by its number. What only a person can judge is not here."""

import io
from collections.abc import Iterator
from typing import Any

import pypdf
from pypdf.generic import ContentStream

STANDARD = frozenset(
    [
        "Document",
        "Part",
        "Art",
        "Sect",
        "Div",
        "BlockQuote",
        "Caption",
        "TOC",
        "TOCI",
        "Index",
        "NonStruct",
        "Private",
        "P",
        "H",
        "H1",
        "H2",
        "H3",
        "H4",
        "H5",
        "H6",
        "L",
        "LI",
        "Lbl",
        "LBody",
        "Table",
        "TR",
        "TH",
        "TD",
        "THead",
        "TBody",
        "TFoot",
        "Span",
        "Quote",
        "Note",
        "Reference",
        "BibEntry",
        "Code",
        "Link",
        "Annot",
        "Ruby",
        "RB",
        "RT",
        "RP",
        "Warichu",
        "WT",
        "WP",
        "Figure",
        "Formula",
        "Form",
    ]
)
"""Structure types of ISO 32000-1, 14.8.4."""
BELOW = {
    "Table": {"TR", "THead", "TBody", "TFoot", "Caption"},
    "THead": {"TR"},
    "TBody": {"TR"},
    "TFoot": {"TR"},
    "TR": {"TH", "TD"},
    "L": {"L", "LI", "Caption"},
    "LI": {"Lbl", "LBody"},
}
"""type → what may stand directly below it (09-004 to 09-006)."""
SHOWING = {b"Tj", b"TJ", b"'", b'"', b"Do", b"f", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", b"sh", b"INLINE IMAGE"}
"""Operators that paint something."""


def failures(body: bytes) -> list[str]:
    """The conditions that the document fails, with where; empty when it fails none of those that are checked."""
    reader = pypdf.PdfReader(io.BytesIO(body))
    root = reader.trailer["/Root"]
    return [*_catalogue(reader, root), *_structure(root), *_pages(reader), *_fonts(reader), *_files(root)]


def _catalogue(reader: pypdf.PdfReader, root: Any) -> Iterator[str]:
    if "/Metadata" not in root:
        yield "06-001 no XMP metadata"
    else:
        told = root["/Metadata"].get_data()
        if b"pdfuaid:part" not in told:
            yield "06-002 no PDF/UA identifier"
        if b"dc:title" not in told:
            yield "06-003 no dc:title"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "07-001 the title is not displayed"
    if not str(root.get("/Lang", "")):
        yield "11-006 no language"
    if not root.get("/MarkInfo", {}).get("/Marked") or root.get("/MarkInfo", {}).get("/Suspects"):
        yield "01-006 not marked, or suspect"
    if not reader.metadata or not reader.metadata.title:
        yield "06-004 no title"
    if reader.is_encrypted:
        yield "26-002 encrypted"


def _structure(root: Any) -> Iterator[str]:
    roles = {str(name)[1:]: str(of)[1:] for name, of in root["/StructTreeRoot"].get("/RoleMap", {}).items()}
    last = 0
    for kind, node, above in _nodes(root["/StructTreeRoot"], roles, ""):
        if kind not in STANDARD:
            yield f"02-001 {kind} is mapped to no standard type"
        if above in BELOW and kind not in BELOW[above]:
            yield f"09-004 {kind} stands directly below {above}"
        if kind in ("Figure", "Formula") and not (str(node.get("/Alt", "")) or str(node.get("/ActualText", ""))):
            yield f"13-004 a {kind} without a text"
        if kind == "TH" and not any("/Scope" in each or "/Headers" in each for each in _attributes(node)) and "/ID" not in node:
            yield "15-003 a TH without scope"
        if kind[:1] == "H" and kind[1:].isdigit():
            level = int(kind[1:])
            if level > last + 1:
                yield f"14-003 {kind} after H{last}" if last else f"14-002 the first heading is {kind}"
            last = level


def _nodes(node: Any, roles: dict[str, str], above: str) -> Iterator[tuple[str, Any, str]]:
    """(type, element, type above), in reading order."""
    below = node.get("/K", [])
    for each in below if isinstance(below, list) else [below]:
        child = each.get_object()
        if isinstance(child, dict) and "/S" in child:
            kind = str(child["/S"])[1:]
            seen: set[str] = set()
            while kind in roles and kind not in STANDARD and kind not in seen:
                seen.add(kind)
                kind = roles[kind]
            yield kind, child, above
            yield from _nodes(child, roles, kind)


def _attributes(node: Any) -> list[Any]:
    found = node.get("/A", [])
    return [each.get_object() for each in (found if isinstance(found, list) else [found]) if isinstance(each.get_object(), dict)]


def _pages(reader: pypdf.PdfReader) -> Iterator[str]:
    for number, page in enumerate(reader.pages, 1):
        open_: list[bool] = []
        for operands, operator in ContentStream(page.get_contents(), reader).operations:
            if operator in (b"BMC", b"BDC"):
                tag = str(operands[0])
                properties = operands[1] if len(operands) > 1 else {}
                open_.append(tag == "/Artifact" or (isinstance(properties, dict) and "/MCID" in properties))
            elif operator == b"EMC":
                open_.pop()
            elif operator in SHOWING and not any(open_):
                yield f"01-005 page {number}: {operator.decode()} is neither tagged nor an artifact"
                break
        annotations = [each.get_object() for each in page.get("/Annots", [])]
        if annotations and page.get("/Tabs") != "/S":
            yield f"28-009 page {number}: tabs do not follow the structure"
        for each in annotations:
            if each.get("/Subtype") == "/Link" and not str(each.get("/Contents", "")):
                yield f"28-005 page {number}: a link without a text"
            if "/StructParent" not in each:
                yield f"28-002 page {number}: an annotation that is not in the structure"


def _fonts(reader: pypdf.PdfReader) -> Iterator[str]:
    for font in {
        str(font.get_object()["/BaseFont"]): font.get_object() for page in reader.pages for font in page["/Resources"].get("/Font", {}).values()
    }.values():
        if "/ToUnicode" not in font:
            yield f"10-001 {font['/BaseFont']} gives no characters"
        for descendant in font.get("/DescendantFonts", []):
            descriptor = descendant.get_object()["/FontDescriptor"].get_object()
            if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
                yield f"31-009 {font['/BaseFont']} is not embedded"


def _files(root: Any) -> Iterator[str]:
    names = root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", [])
    for each in names[1::2]:
        file = each.get_object()
        if "/F" not in file or "/UF" not in file:
            yield "21-001 an embedded file without F and UF"
