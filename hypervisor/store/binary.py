"""Rows of a binary COPY as numpy sees them: columns of a fixed width, never null. PostgreSQL, "COPY, Binary Format"."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

HEADER, TRAILER = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
EPOCH_MS = 946_684_800_000
"""2000-01-01, from which PostgreSQL counts microseconds."""
MICROSECONDS_A_DAY = timedelta(days=1) // timedelta(microseconds=1)
READ_ROWS = 131_072


def row_of(**kinds: str) -> np.dtype:
    """The row of these columns (name → "i2", "i4", "i8" or "f8"): the number of fields, then of each its length and its bytes, all big-endian."""
    return np.dtype([("fields", ">i2"), *(part for name, kind in kinds.items() for part in ((f"{name} length", ">i4"), (name, f">{kind}")))])


def blank(count: int, row: np.dtype) -> NDArray[np.void]:
    """Rows whose lengths are written and whose values are zero."""
    one = np.zeros(1, row)
    names = row.names[2::2] if row.names else ()
    one["fields"] = len(names)
    for name in names:
        one[f"{name} length"] = row[name].itemsize
    return np.repeat(one, count)


def epoch_ms(microseconds: NDArray[Any]) -> NDArray[np.int64]:
    """PostgreSQL's times as milliseconds since 1970."""
    return microseconds.astype(np.int64) // 1000 + EPOCH_MS


def copied(cursor: psycopg.Cursor, query: str, values: Mapping[str, Any], row: np.dtype) -> Iterator[NDArray[np.void]]:
    """The rows of a query, in pieces."""
    with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", values) as wire:
        piece = bytearray()
        skipped = len(HEADER)
        for message in wire:
            piece += message
            if skipped and len(piece) >= skipped:
                del piece[:skipped]
                skipped = 0
            if len(piece) >= READ_ROWS * row.itemsize:
                whole = len(piece) // row.itemsize * row.itemsize
                yield np.frombuffer(bytes(piece[:whole]), row)
                del piece[:whole]
        # What remains ends with the trailer.
        if len(piece) > len(TRAILER):
            yield np.frombuffer(bytes(piece[: -len(TRAILER)]), row)
