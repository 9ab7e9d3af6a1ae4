"""Bytes of the live protocol (docs/live-protocol.md §4 and §5). Pure: arrays in, bytes out."""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

PROTOCOL = 1
DELTA, FULL = 1, 2
HEAD = struct.Struct("<BBHIII dd".replace(" ", ""))
SECTION = struct.Struct("<HHI")
MAGIC, FORMAT = b"VGMP", 1
SNAPSHOT_HEAD = struct.Struct("<4sHHIIIIQ")
CHANNEL = struct.Struct("<HBBiII")
QUANTUM = 4
"""Coordinates keep 2^4 units of 9 mm, 15 cm at the equator: enough for a dot, and a fifth fewer bytes (live-map.md §3)."""

Bytes = NDArray[np.uint8]


def head(kind: int, sections: int, layout: int, map_seq: int, at_ms: float, oldest_ms: float = 0.0) -> bytes:
    """The 32 bytes that begin every binary message."""
    return HEAD.pack(kind, PROTOCOL, sections, layout, map_seq & 0xFFFFFFFF, 0, at_ms, oldest_ms)


def delta_section(channel: int, slots: NDArray[np.uint32], appearances: Bytes) -> bytes:
    """Changed assets of one channel: encoded once, then shared by every perimeter that holds the channel."""
    return _padded(SECTION.pack(channel, 0, len(slots)) + slots.astype("<u4").tobytes() + appearances.tobytes())


def full_section(channel: int, appearances: Bytes) -> bytes:
    """Every asset of one channel, in slot order."""
    return _padded(SECTION.pack(channel, 0, len(appearances)) + appearances.tobytes())


def _padded(section: bytes) -> bytes:
    return section + bytes(-len(section) % 8)


def mercator(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Degrees → normalised Web Mercator as int32, x from west, y from north."""
    x = lon / 360.0
    y = 0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi) - 0.5
    limit = 2**31 - 1
    return tuple(np.clip(np.rint(axis * 2**32), -limit, limit).astype(np.int32) for axis in (x, y))  # type: ignore[return-value]


def degrees(x: float, y: float) -> tuple[float, float]:
    """The inverse of `mercator`, for one point: (lon, lat)."""
    return x / 2**32 * 360.0, float(np.degrees(np.arctan(np.sinh(-2 * np.pi * y / 2**32))))


def snapshot(
    layout: int,
    channels: Iterable[tuple[int, int, int, int]],
    dictionary: Mapping[str, object],
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    ids: NDArray[np.int32],
    kinds: Bytes,
) -> bytes:
    """The positions of a perimeter. channels: (number, layer index, commune id, size), in the order of the columns, which are in slot order inside each."""
    table, first = [], 0
    for number, layer, commune, size in channels:
        table.append(CHANNEL.pack(number, layer, 0, commune, size, first))
        first += size
    words = json.dumps(dictionary, ensure_ascii=False, separators=(",", ":")).encode()
    columns = (_planes(x >> QUANTUM), _planes(y >> QUANTUM), _planes(ids), kinds.astype(np.uint8).tobytes())
    return b"".join((SNAPSHOT_HEAD.pack(MAGIC, FORMAT, len(table), layout, first, len(words), QUANTUM, 0), *table, words, bytes(-len(words) % 4), *columns))


def _planes(column: NDArray[np.int32]) -> bytes:
    """Zig-zag differences as four byte planes: neighbours in a street differ little, so that three planes are nearly zeros for gzip."""
    zigzag = np.array(column, np.int32)
    sign = zigzag.copy()
    sign[1:] -= zigzag[:-1]
    np.left_shift(sign, 1, out=zigzag)
    sign >>= 31
    zigzag ^= sign
    places = zigzag.astype("<i4", copy=False).view(np.uint8)
    planes = np.empty((4, len(zigzag)), np.uint8)
    for plane in range(4):
        planes[plane] = places[plane::4]
    return planes.tobytes()


def fact(kind: str, seq: int, body: bytes) -> str:
    """A relayed fact as the screen gets it; the body is the noun's shape, passed on as it is."""
    return f'{{"t":"{kind}","seq":{seq},"body":{body.decode()}}}'


def together(facts: Sequence[tuple[str, int]]) -> str:
    """Several facts, each (as the screen gets it, its seq), as one message that says the highest seq in it."""
    return f'{{"t":"facts","seq":{max(seq for _fact, seq in facts)},"items":[{",".join(fact for fact, _seq in facts)}]}}'


def message(kind: str, **fields: object) -> str:
    """A text message of the protocol."""
    return json.dumps({"t": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
