"""The bounded process that lays out one document: `python -m hypervisor.exports.press`. A manuscript comes on its standard input, the PDF goes out on its standard output.

WeasyPrint and Pango are imported here alone. It is killed by its parent when it takes too long, and has a memory limit of its own.
"""

import logging
import resource
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

ROOT = Path(__file__).parents[2]
READABLE = (ROOT / "assets", Path(__file__).parent / "html")
"""What a document may show: our styles, fonts and pictures. Nothing else of the disk, and nothing of the network."""
MEMORY_BYTES = 2 << 30
STYLES = ("assets/10-tokens.css", "hypervisor/exports/html/print.css")
BASE = "file:///"


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file carried inside the document."""

    name: str
    description: str
    body: bytes


class Manuscript(msgspec.Struct, frozen=True, kw_only=True):
    """A whole HTML document, with its `lang` and `title`."""

    html: str
    attachments: list[Attachment] = []


def own_file(url: str) -> Path:
    """The file of ours that `url` names, its path read from the tree's root. Raises PermissionError for anything else."""
    parts = urlsplit(url)
    file = (ROOT / unquote(parts.path).lstrip("/")).resolve()
    if parts.scheme != "file" or parts.netloc or not any(file.is_relative_to(folder) for folder in READABLE):
        raise PermissionError(f"a document may not read {url}")
    return file


def draw(manuscript: Manuscript) -> bytes:
    """The document as PDF/UA-1. Stops, before anything is drawn, when it asks for a file that is not ours."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):  # type: ignore[misc] # WeasyPrint has no types
        """Gives our own files, and stops the document that asks for another."""

        def fetch(self, url: str, headers: object = None) -> Any:
            """See `own_file`; a picture written in the document itself is fetched from nowhere."""
            if url.startswith("data:image/svg+xml;base64,"):
                return URLFetcherResponse(url, b64decode(url.partition(",")[2]), headers={"Content-Type": "image/svg+xml"})
            return URLFetcherResponse(url, own_file(url).read_bytes())

    fetcher, fonts = OwnFiles(fail_on_errors=True), FontConfiguration()
    styles = [weasyprint.CSS(string=(ROOT / name).read_text(), base_url=BASE, url_fetcher=fetcher, font_config=fonts) for name in STYLES]
    carried = [weasyprint.Attachment(string=file.body, name=file.name, description=file.description) for file in manuscript.attachments]
    page = weasyprint.HTML(string=manuscript.html, base_url=BASE, url_fetcher=fetcher)
    return bytes(page.write_pdf(font_config=fonts, stylesheets=styles, attachments=carried, pdf_variant="pdf/ua-1", pdf_tags=True, custom_metadata=True))


def main() -> None:
    """Reads, draws, writes, ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # Style rules meant for screens are skipped with a warning each: only what fails is said.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    sys.stdout.buffer.write(draw(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Manuscript)))


if __name__ == "__main__":
    main()
