"""Search in PostgreSQL: assets by name, identifier and address, streets and places by name. The functions are in sql/0004_search.sql."""

from collections.abc import Sequence, Set
from typing import Any

from sqlalchemy import text

from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork


def fold(uow: UnitOfWork, words: str) -> list[str]:
    """The words as the index holds them: without accents, case, hyphens or apostrophes."""
    folded: str = uow.connection.execute(text("SELECT fold(:words)"), {"words": words}).scalar_one()
    return folded.split()


def assets(uow: UnitOfWork, words: Sequence[str], written: str, layers: Set[str] | None, communes: Set[int] | None, most: int) -> list[dict[str, Any]]:
    """id, layer, kind, name, code, address, commune, lon, lat of the perimeter's assets, best first.

    words: folded, at least one; written: the same as typed, which may be a URN.
    """
    rows = uow.connection.execute(
        text("SELECT * FROM search_assets(:words, :written, cast(:layers AS text[]), cast(:communes AS int[]), :most)"),
        {"words": list(words), "written": written, "layers": array(layers), "communes": array(communes), "most": most},
    )
    return [dict(row) for row in rows.mappings()]


def places(uow: UnitOfWork, words: Sequence[str], most: int) -> list[dict[str, Any]]:
    """class (street, commune, district, neighbour, station), name, commune, lon, lat, bounds (west, south, east, north; None for a point), best first."""
    rows = uow.connection.execute(text("SELECT * FROM search_places(:words, :most)"), {"words": list(words), "most": most})
    return [dict(row) for row in rows.mappings()]
