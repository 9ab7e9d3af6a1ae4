"""The logbook's chain, computed without a database: what `logbook_digest` (0003_shapes.sql) hashes, written again so that an exported file proves itself."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

FIRST = hashlib.sha256(b"vigie").digest()
"""What the first line follows."""
FIELDS = (
    "tenant", "seq", "at", "actor", "actor_name", "kind", "text", "layer", "commune_id", "alarm_id", "event_id", "asset_id", "action", "from_state", "to_state", "corrects",
)  # fmt: skip
"""Fields of a line that are hashed, after the hash before it."""


def canonical(fields: Mapping[str, Any]) -> bytes:
    """The line as PostgreSQL's jsonb writes it: keys by length then by bytes, one space after each sign, no character escaped that need not be."""
    ordered = {key: fields[key] for key in sorted(FIELDS, key=lambda key: (len(key), key))}
    return json.dumps(ordered, ensure_ascii=False, separators=(", ", ": ")).encode()


def digest(previous: bytes, fields: Mapping[str, Any]) -> bytes:
    """The hash of a line that follows the one of hash `previous`."""
    return hashlib.sha256(previous + canonical(fields)).digest()


def first_wrong(lines: Sequence[Mapping[str, Any]]) -> int | None:
    """Number of the first line whose hash, or whose link to the line before it, does not hold; None when all do.

    lines: FIELDS with `previous_hash` and `hash` in hexadecimal, by number. Where numbers are missing (a filtered export) the link alone is not proven.
    """
    before: Mapping[str, Any] | None = None
    for line in lines:
        previous = bytes.fromhex(line["previous_hash"])
        expected = FIRST.hex() if line["seq"] == 1 else before["hash"] if before is not None and before["seq"] + 1 == line["seq"] else line["previous_hash"]
        if previous.hex() != expected or digest(previous, line).hex() != line["hash"]:
            return int(line["seq"])
        if before is not None and before["seq"] >= line["seq"]:
            return int(line["seq"])
        before = line
    return None


def seal(lines: Sequence[Mapping[str, Any]]) -> str:
    """One digest of a set of lines, in hexadecimal: the SHA-256 of their hashes, one after the other."""
    return hashlib.sha256(b"".join(bytes.fromhex(line["hash"]) for line in lines)).hexdigest()
