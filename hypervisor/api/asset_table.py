"""Assets as a table for a spreadsheet: semicolons, a byte-order mark, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

COLUMNS = ("id", "urn", "layer", "kind", "name", "code", "address", "commune", "state", "lon", "lat")
RUN = ("=", "+", "-", "@", "\t", "\r")


def table(rows: Iterable[dict[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """The CSV text (RFC 4180, `;`) of these rows, its header first."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return "\ufeff" + written.getvalue()


def _cell(value: object) -> object:
    # A name that begins as a formula would be run by the spreadsheet that opens the file.
    return f"'{value}" if isinstance(value, str) and value.startswith(RUN) else value
