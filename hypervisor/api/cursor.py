"""Lists by pages: a cursor says where the last page ended, so that a row added meanwhile shifts nothing."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _

DEFAULT_LIMIT, MOST = 100, 1000


def page(rows: Sequence[Any], limit: int) -> dict[str, Any]:
    """{"items", "next"} of rows (shape, time, id) read with limit + 1."""
    kept = rows[:limit]
    more = len(rows) > limit
    return {"items": [row[0] for row in kept], "next": write(kept[-1][1].isoformat(), kept[-1][2]) if more else None}


def write(*parts: str | int) -> str:
    """The cursor of a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read(cursor: str, size: int) -> list[Any]:
    """The parts of a cursor. Raises InvalidRequest when it is not one of ours."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        parts = None
    if not isinstance(parts, list) or len(parts) != size:
        raise InvalidRequest(_("Le curseur n’est pas l’un des nôtres : reprenez la liste au début."))
    return parts


def after(cursor: str | None) -> dict[str, Any]:
    """The filter that goes on after a cursor of (time, id); nothing without a cursor."""
    if not cursor:
        return {}
    try:
        at, row_id = read(cursor, 2)
        return {"after": {"after_at": datetime.fromisoformat(at), "after_id": int(row_id)}}
    except (TypeError, ValueError):
        raise InvalidRequest(_("Le curseur n’est pas l’un des nôtres : reprenez la liste au début.")) from None
