"""A session's perimeter as a condition: layers or communes None is everywhere. `v` is the table or view that holds layer and commune_id."""

from collections.abc import Set
from typing import Any

_LAYERS = "cast(:layers AS text[]) IS NULL OR v.layer = ANY(:layers)"
_COMMUNES = "cast(:communes AS int[]) IS NULL OR v.commune_id = ANY(:communes)"
INSIDE = f"({_LAYERS}) AND ({_COMMUNES})"
INSIDE_OR_EVERYONES = f"(v.layer IS NULL OR {_LAYERS}) AND (v.commune_id IS NULL OR {_COMMUNES})"


def array(perimeter: Set[Any] | None) -> list[Any] | None:
    """The parameter for one half of a perimeter."""
    return None if perimeter is None else sorted(perimeter)
