"""Lines and areas of a perimeter: vector tiles put together from the pieces of its channels, and which of them a click selects (docs/live-protocol.md §6)."""

import asyncio
import gzip
import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

from hypervisor.feed.channels import Layout
from hypervisor.feed.pick import ABNORMAL_PX, ANY_PX, EARTH_M, Picked
from hypervisor.feed.tiles import AT_ONCE, Tile
from hypervisor.store.asset_shapes import Near

MEMORY_BYTES = 32_000_000
KEPT_ANSWERS = 512
"""Compressed tiles kept: a screen asks for about six at a time, a room has few perimeters."""
ABNORMAL_FROM, ALL_FROM = 11, 14
"""Zooms from which lines and outlines of assets in alarm are drawn, and those of all: farther away, the points inside them stand for them (assets/worker/shapes.js)."""

Pieces = Mapping[tuple[str, int], bytes]
Place = tuple[int, int, int, int, int]
"""tenant, version of its layout, z, x, y."""


class Shapes:
    """draw(tenant, z, x, y) gives the pieces by (layer, commune), and blocks. A tile is read once for all perimeters; each perimeter's answer is compressed once."""

    def __init__(self, draw: Callable[[int, int, int, int], Pieces]) -> None:
        self._draw = draw
        self._pieces: OrderedDict[Place, asyncio.Task[Pieces]] = OrderedDict()
        self._answers: OrderedDict[tuple[Place, tuple[int, ...]], Tile] = OrderedDict()
        self._bytes = 0
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def get(self, layout: Layout, numbers: Sequence[int], z: int, x: int, y: int) -> Tile:
        """The tile of these channels of the layout; its body is empty where none of them has a line or an area. Raises Unavailable when it must be drawn and cannot."""
        place = (layout.tenant, layout.version, z, x, y)
        key = (place, tuple(numbers))
        if key not in self._answers:
            pieces = await asyncio.shield(self._task(place))
            wanted = (pieces.get((layout.channels[number].layer, layout.channels[number].commune), b"") for number in numbers)
            self._answers[key] = await asyncio.to_thread(_answer, wanted)
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        self._answers.move_to_end(key)
        return self._answers[key]

    def _task(self, place: Place) -> "asyncio.Task[Pieces]":
        task = self._pieces.get(place)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._pieces[place] = asyncio.create_task(self._drawn(place))
        self._pieces.move_to_end(place)
        return task

    async def _drawn(self, place: Place) -> Pieces:
        tenant, _version, z, x, y = place
        async with self._turns:
            pieces = await asyncio.to_thread(self._draw, tenant, z, x, y)
        self._bytes += _size(pieces)
        while self._bytes > MEMORY_BYTES and len(self._pieces) > 1:
            _place, dropped = self._pieces.popitem(last=False)
            if dropped.done() and not dropped.cancelled() and dropped.exception() is None:
                self._bytes -= _size(dropped.result())
        return pieces


def _size(pieces: Pieces) -> int:
    return sum(map(len, pieces.values()))


def _answer(pieces: Iterable[bytes]) -> Tile:
    whole = b"".join(pieces)
    body = gzip.compress(whole, 6, mtime=0) if whole else b""
    return Tile(body, f'"{hashlib.sha256(body).hexdigest()[:16]}"')


def reach_degrees(zoom: float) -> float:
    """How far from a click a line may be, in degrees, wherever on the map: a degree of latitude is never shorter on the screen than one of longitude."""
    width_px: float = 256 * 2.0**zoom
    return ABNORMAL_PX * 360 / width_px


def pick(near: Iterable[Near], severity_of: Callable[[Near], int], lat: float, zoom: float) -> Picked | None:
    """Which of these lines and areas a click at that zoom selects, when no point is near enough: in alarm within 18 pixels of its line, else within 12, else the smallest in alarm around it."""
    metre_px = 256 * 2.0**zoom / EARTH_M
    found: list[tuple[int, float, int]] = []
    for each in near:
        distance, is_abnormal = each.line_m * metre_px, severity_of(each) > 0
        if zoom < (ABNORMAL_FROM if is_abnormal else ALL_FROM):
            continue
        if distance <= (ABNORMAL_PX if is_abnormal else ANY_PX):
            found.append((0 if is_abnormal else 1, distance, each.asset_id))
        elif is_abnormal and each.is_inside:
            found.append((2, each.area or 0.0, each.asset_id))
    if not found:
        return None
    rank, distance, asset_id = min(found)
    return Picked(asset_id, 0.0 if rank == 2 else distance / metre_px * math.cos(math.radians(lat)))
