"""The assets that the simulator plays, in a file written when the territory is loaded: the simulator reads no database."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from hypervisor.settings import Settings

FILE = "simulator.inventory.msgpack"

PLAYED: frozenset[str] = frozenset({"power_kw", "capacity", "alarm_flow_m3_h", "nominal_flow_m3_h", "rated_flow_m3_h", "low_level_m", "max_level_m", "dimming"})
"""Attributes that a measurement depends on; the others stay in the database, so that a million assets fit in memory."""


class Item(msgspec.Struct, frozen=True, array_like=True):
    """One asset. parent: URN of the asset that feeds or connects it."""

    urn: str
    layer: str
    kind: str
    lon: float
    lat: float
    parent: str | None = None
    attributes: dict[str, Any] = {}


class Inventory(msgspec.Struct, frozen=True, array_like=True):
    """Every asset played, and the place whose sun lights them."""

    lon: float
    lat: float
    items: list[Item]


def path(settings: Settings) -> Path:
    """Where the inventory is kept."""
    return settings.data_dir / FILE


def write(settings: Settings, items: Iterable[Item]) -> int:
    """Writes the inventory in one piece and returns how many assets it holds. A running simulator takes it up by itself."""
    kept = [msgspec.structs.replace(item, attributes={k: v for k, v in item.attributes.items() if k in PLAYED}) for item in items]
    lon, lat = (sum(getattr(item, axis) for item in kept) / max(1, len(kept)) for axis in ("lon", "lat"))
    draft = path(settings).with_suffix(".new")
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_bytes(msgspec.msgpack.encode(Inventory(lon, lat, kept)))
    draft.replace(path(settings))
    return len(kept)


def read(settings: Settings) -> Inventory:
    """The inventory as written last. Raises FileNotFoundError."""
    return msgspec.msgpack.decode(path(settings).read_bytes(), type=Inventory)
