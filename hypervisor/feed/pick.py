"""Which asset a click selects: the rule of docs/live-protocol.md §6, the same as the page's (assets/worker/place.js)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hypervisor.feed import encode
from hypervisor.feed.mirror import Mirror

ABNORMAL_PX, ANY_PX = 18.0, 12.0
EARTH_M = 40_075_016.686
"""Circumference of the Web Mercator sphere."""


@dataclass(frozen=True)
class Picked:
    """asset_id, and the ground distance from the click in metres."""

    asset_id: int
    distance_m: float


def pick(mirror: Mirror, channels: Sequence[int], lon: float, lat: float, zoom: float) -> Picked | None:
    """The asset selected by a click at that zoom, None when none is near enough."""
    x, y = (int(axis[0]) for axis in encode.mercator(np.array([lon]), np.array([lat])))
    unit_px = 256 * 2.0**zoom / 2**32
    found: list[tuple[bool, float, int]] = []
    for channel in (mirror.layout.channels[number] for number in channels):
        column, part = mirror.layout.columns[channel.layer], slice(channel.first, channel.first + channel.size)
        distance = np.hypot(column.x[part] - float(x), column.y[part] - float(y)) * unit_px
        is_abnormal = (mirror.appearances(channel.layer)[part] & 0b111) > 0
        for of_interest, reach in ((is_abnormal, ABNORMAL_PX), (np.ones_like(is_abnormal), ANY_PX)):
            near = np.flatnonzero(of_interest & (distance <= reach))
            if len(near):
                nearest = near[np.lexsort((column.ids[part][near], distance[near]))[0]]
                found.append((reach != ABNORMAL_PX, float(distance[nearest]), int(column.ids[part][nearest])))
    if not found:
        return None
    _rank, distance_px, asset_id = min(found)
    return Picked(asset_id, distance_px / unit_px / 2**32 * EARTH_M * float(np.cos(np.radians(lat))))
