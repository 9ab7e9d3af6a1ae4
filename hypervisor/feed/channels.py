"""Where every asset of a tenant is: channels, slots, positions; and which of them a session may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.feed import encode


@dataclass(frozen=True, kw_only=True)
class Channel:
    """(tenant, layer, commune): `size` slots of the layer, from `first`. number: its place in the layout, sent instead of its name."""

    number: int
    layer: str
    commune: int
    first: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """The assets of one layer in slot order: Mercator position, id, index of the kind in the layer's kinds."""

    x: NDArray[np.int32]
    y: NDArray[np.int32]
    ids: NDArray[np.int32]
    kinds: NDArray[np.uint8]


@dataclass(frozen=True)
class Layout:
    """One version of a tenant's slots. `layers` are the declared ones in display order, whether or not they hold assets."""

    tenant: int
    version: int
    layers: tuple[Layer, ...]
    channels: tuple[Channel, ...]
    columns: Mapping[str, Column]

    @cached_property
    def bounds(self) -> Mapping[str, tuple[NDArray[np.int64], tuple[Channel, ...]]]:
        """layer → (first slot of each of its channels, the channels), to find a slot's channel by bisection."""
        found = {}
        for layer in self.columns:
            own = tuple(channel for channel in self.channels if channel.layer == layer)
            found[layer] = (np.array([channel.first for channel in own], dtype=np.int64), own)
        return found

    @cached_property
    def commune_of(self) -> Mapping[str, NDArray[np.int64]]:
        """layer → commune of each slot."""
        found = {layer: np.full(self.size(layer), -1, np.int64) for layer in self.columns}
        for channel in self.channels:
            found[channel.layer][channel.first : channel.first + channel.size] = channel.commune
        return found

    def size(self, layer: str) -> int:
        """Number of slots of a layer."""
        return len(self.columns[layer].ids) if layer in self.columns else 0

    def perimeter(self, principal: Principal) -> tuple[int, ...]:
        """Numbers of the channels that the principal may see: its signature on the map."""
        return tuple(channel.number for channel in self.channels if principal.may("map:read", channel.layer, channel.commune))

    def names(self, principal: Principal) -> dict[str, int]:
        """The same by the name that a reader gives a channel, "layer:commune"."""
        return {f"{self.channels[number].layer}:{self.channels[number].commune}": number for number in self.perimeter(principal)}

    def dictionary(self, keys: Sequence[str] | None = None) -> list[dict[str, object]]:
        """Names of layers and kinds, for hello and the snapshot; all layers, or those of the given keys."""
        return [layer.words() for layer in self.layers if keys is None or layer.key in keys]

    def snapshot(self, numbers: Sequence[int]) -> bytes:
        """The binary positions of these channels (docs/live-protocol.md §5)."""
        chosen = [self.channels[number] for number in numbers]
        place = {layer.key: index for index, layer in enumerate(self.layers)}
        pieces = [(self.columns[channel.layer], slice(channel.first, channel.first + channel.size)) for channel in chosen]

        def joined(name: str, kind: type) -> NDArray[Any]:
            return np.concatenate([getattr(column, name)[part] for column, part in pieces]) if pieces else np.empty(0, kind)

        return encode.snapshot(
            self.version,
            [(channel.number, place[channel.layer], channel.commune, channel.size) for channel in chosen],
            {"layers": self.dictionary()},
            joined("x", np.int32),
            joined("y", np.int32),
            joined("ids", np.int32),
            joined("kinds", np.uint8),
        )


def arrange(
    tenant: int, version: int, layers: Mapping[str, Layer], channels: Sequence[tuple[str, int, int, int]], assets: Mapping[str, Mapping[str, NDArray[Any]]]
) -> Layout:
    """A layout from rows of the database.

    channels: (layer, commune, first slot, size). assets: layer → arrays `ids`, `lon`, `lat`, `kind` (keys) in slot order. Rows of layers that are not declared are left out:
    a folder was removed, its assets stay in the database and on no map.
    """
    ordered = tuple(sorted(layers.values(), key=lambda layer: layer.order))
    place = {layer.key: layer.order for layer in ordered}
    known = sorted((row for row in channels if row[0] in place), key=lambda row: (place[row[0]], row[0], row[1]))
    columns = {}
    for key, rows in assets.items():
        if key not in place:
            continue
        kinds = {kind.key: index for index, kind in enumerate(layers[key].kinds)}
        x, y = encode.mercator(rows["lon"], rows["lat"])
        columns[key] = Column(x=x, y=y, ids=rows["ids"].astype(np.int32), kinds=np.array([kinds.get(kind, 255) for kind in rows["kind"]], dtype=np.uint8))
    numbered = tuple(Channel(number=number, layer=row[0], commune=row[1], first=row[2], size=row[3]) for number, row in enumerate(known) if row[0] in columns)
    return Layout(tenant, version, ordered, numbered, columns)
