"""`python -m hypervisor.i18n_extract` brings the English catalogue up to date with the texts of the code, and names those without a translation.

Texts are the French ones given to `_`, `N_`, `ngettext` in Python and templates, and to `HV.t`, `HV.tn`, `HV.sentence` in scripts.
"""

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from hypervisor import i18n

ROOT = Path(__file__).parent.parent
FOLDERS = ("hypervisor", "layouts", "callbacks", "assets/js", "assets/terrain", "assets/head")
METHODS = [("**.py", "python"), ("**.js", "hypervisor.i18n_extract:script_texts"), ("**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
STRING = r'"(?:\\.|[^"\\])*"'
IN_SCRIPT = re.compile(rf"\bHV\.(t|tn|sentence)\(\s*({STRING})(?:\s*,\s*({STRING}))?")
HEADER = "# English texts of Vigie. msgid is the French text of the code; `python -m hypervisor.i18n_extract` keeps the list."


def texts(root: Path = ROOT) -> Catalog:
    """Every text of the code, with the files where it stands (without line numbers, which would change with every edit)."""
    found = Catalog(fuzzy=False)
    for folder in FOLDERS:
        if not (root / folder).is_dir():
            continue
        for file, _line, message, _comments, context in extract_from_dir(root / folder, METHODS, keywords=KEYWORDS, directory_filter=_is_ours):
            found.add(message, locations=[(f"{folder}/{file}", 0)], context=context)
    return found


def script_texts(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[tuple[int, str, Any, list[str]]]:
    """The texts of one script, as Babel asks for them. Babel's own reader misses a call inside another's arguments, which is how sentences are built."""
    code = file.read().decode()
    for call in IN_SCRIPT.finditer(code):
        line = code.count("\n", 0, call.start()) + 1
        one = json.loads(call.group(2))
        if call.group(1) == "tn":
            yield line, "ngettext", (one, json.loads(call.group(3))), []
        else:
            yield line, "_", one, []


def updated(locale: str) -> Catalog:
    """The catalogue of a locale with the code's texts: known translations kept, new ones empty, gone ones dropped."""
    known = i18n.catalogue(locale) or Catalog(locale=locale)
    result = Catalog(locale=locale, domain="vigie", header_comment=HEADER, fuzzy=False)
    for message in sorted(texts(), key=_place):
        if message.id:
            before = known.get(message.id)
            result.add(message.id, before.string if before else None, locations=sorted(set(message.locations)))
    return result


def untranslated(catalogue: Catalog) -> list[str]:
    """Texts without a translation, or with a plural that lacks one."""
    return [_first(message) for message in catalogue if message.id and not all(_strings(message))]


def main() -> int:
    """Writes the catalogue; 1 when a text still has no translation."""
    catalogue = updated("en")
    written = io.BytesIO()
    write_po(written, catalogue, width=160, omit_header=False, include_previous=False, sort_output=False)
    lines = written.getvalue().decode().splitlines(keepends=True)
    file = i18n.CATALOGUES / "en" / "LC_MESSAGES" / "vigie.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    # The dates of the header would make two equal catalogues differ.
    file.write_text("".join(line for line in lines if not line.startswith(('"POT-Creation-Date', '"PO-Revision-Date'))), encoding="utf-8")
    missing = untranslated(catalogue)
    for text in missing:
        sys.stderr.write(f"{text}\n")
    return 1 if missing else 0


def _is_ours(folder: str | bytes) -> bool:
    return Path(str(folder)).name not in {"vendor", "node_modules", "__pycache__", "locale"}


def _place(message: Message) -> tuple[str, str]:
    return min((file for file, _line in message.locations), default=""), _first(message)


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


if __name__ == "__main__":
    sys.exit(main())
