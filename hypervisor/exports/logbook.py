"""The logbook as files that prove themselves: CSV for a spreadsheet, tagged PDF that carries its lines; and the verification of such a file."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hypervisor import fmt
from hypervisor.domain import logbook_chain as chain
from hypervisor.errors import InvalidRequest
from hypervisor.exports import pdf
from hypervisor.exports.press import Attachment
from hypervisor.i18n import N_, _

CARRIED = "main-courante.json"
"""Name of the file inside the PDF: every field of every line, from which each hash is computed again."""
MOST_PRINTED, MOST_WRITTEN = 1_000, 200_000
KINDS = {
    "observation": N_("Constat"), "call_in": N_("Appel reçu"), "call_out": N_("Appel émis"), "decision": N_("Décision"), "action": N_("Action"),
    "instruction": N_("Consigne"), "handover": N_("Relève"), "correction": N_("Rectificatif"), "system": N_("Système"),
}  # fmt: skip
COLUMNS = (
    "numéro",
    "date UTC",
    "date locale",
    "auteur",
    "identifiant",
    "nature",
    "texte",
    "rectifie",
    "rectifiée par",
    "événement",
    "exercice",
    *chain.FIELDS,
    "previous_hash",
    "hash",
)
"""What people read, then the fields that are hashed, as they are hashed."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a file says of itself. first_wrong: number of the first line that does not hold; None when all do."""

    lines: list[dict[str, Any]]
    digest: str
    first_wrong: int | None


def as_csv(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """UTF-8 with its mark, `;`: what a French spreadsheet opens. lines: as store.logbook.whole gives them, by number."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        at, kind = datetime.fromisoformat(line["at"]), KINDS[line["kind"]]
        seen = (line["seq"], line["at"], f"{fmt.day(at)} {fmt.time(at, seconds=True)}", line["actor_name"], line["actor"], _(kind), line["text"])
        about = (line["corrects"] or "", ", ".join(map(str, line["corrected_by"])), line["event_number"] or "", "oui" if line["exercise"] else "")
        hashed = tuple(_cell(line[name]) for name in chain.FIELDS)
        writer.writerow((*(_harmless(cell) for cell in (*seen, *about)), *hashed, line["previous_hash"], line["hash"]))
    return out.getvalue().encode("utf-8-sig")


def parts_of(lines: Sequence[object]) -> int:
    """How many documents of MOST_PRINTED lines these need, at least one."""
    return max(1, -(-len(lines) // MOST_PRINTED))


def as_pdf(lines: Sequence[Mapping[str, Any]], asked: str, by: str, at: datetime, part: int = 1) -> pdf.Printed:
    """The same, tagged, with the chain's digest, and the lines themselves inside. asked: the filters, in words; part: which MOST_PRINTED lines, from 1.

    Each part proves itself, and its first line names the last of the one before by its hash. Raises InvalidRequest for a part that is not there.
    """
    parts = parts_of(lines)
    if not 1 <= part <= parts:
        raise InvalidRequest(_("La demande tient en {parts} parties : la partie {part} n’existe pas.", parts=parts, part=part))
    printed = lines[(part - 1) * MOST_PRINTED : part * MOST_PRINTED]
    which = "" if parts == 1 else _("Partie {part} sur {parts}, {count} mentions en tout.", part=part, parts=parts, count=len(lines))
    carried = json.dumps(list(printed), ensure_ascii=False).encode()
    return pdf.make(
        "logbook.html", _("Main courante"), lines=printed, asked=asked, which=which, by=by, at=at, digest=chain.seal(printed), kinds={key: _(word) for key, word in KINDS.items()},
        moment=datetime.fromisoformat, attachments=[Attachment(name=CARRIED, description=_("Les mentions et leurs empreintes"), body=carried)],
    )  # fmt: skip


def verify(file: Path) -> Verified:
    """Computes every hash of an exported file again, without a database. Raises InvalidRequest when it is no export of the logbook."""
    read = _of_pdf if file.read_bytes()[:5] == b"%PDF-" else _of_csv
    try:
        lines, said = read(file)
        wrong = chain.first_wrong(lines)
    except (KeyError, ValueError, IndexError, TypeError, csv.Error) as error:
        raise InvalidRequest(f"{file} is not an export of the logbook, or it was cut: {error}") from error
    digest = chain.seal(lines)
    if said is not None and said != digest and wrong is None:
        wrong = lines[-1]["seq"] if lines else 0
    return Verified(lines=lines, digest=digest, first_wrong=wrong)


def _of_pdf(file: Path) -> tuple[list[dict[str, Any]], str | None]:
    import pypdf

    reader = pypdf.PdfReader(file)
    body = reader.attachments[CARRIED][0]
    lines = json.loads(body)
    # What is printed must be what is carried: its digest is on the page.
    printed = "".join("".join(page.extract_text().split()) for page in (reader.pages[0], reader.pages[-1]))
    digest = chain.seal(lines)
    return lines, digest if digest in printed else hashlib.sha256(b"another").hexdigest()


def _of_csv(file: Path) -> tuple[list[dict[str, Any]], str | None]:
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline=""), delimiter=";")
    numbers = {"tenant", "seq", "commune_id", "alarm_id", "event_id", "asset_id", "corrects"}
    lines = []
    for row in rows:
        hashed = {name: json.loads(row[name]) for name in chain.FIELDS}
        if any(isinstance(hashed[name], str) for name in numbers):
            raise ValueError(f"line {row['seq']}: a number is written as text")
        lines.append(hashed | {"previous_hash": row["previous_hash"], "hash": row["hash"]})
    return lines, None


def _cell(value: object) -> str:
    # As JSON, so that nothing and an empty text stay apart, and no spreadsheet takes a text for a formula.
    return json.dumps(value, ensure_ascii=False)


def _harmless(value: object) -> object:
    """A text that a spreadsheet would run as a formula is shown as the text that it is (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
