"""The offline base map: tiles drawn by PostGIS once, then kept compressed in memory and on disk for as long as the territory does not change."""

import asyncio
import gzip
import hashlib
import shutil
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hypervisor.settings import Settings

MEMORY_BYTES = 32_000_000
AT_ONCE = 2
"""Tiles drawn at the same time: a first view asks for forty, and the operators' queries come first."""

CREDITS = {
    "geopf.fr": "© IGN Géoplateforme",
    "openstreetmap.org": "© les contributeurs d’OpenStreetMap",
    "openstreetmap.fr": "© les contributeurs d’OpenStreetMap",
}
"""host → the credit that its licence asks for (Licence Ouverte 2.0; ODbL 1.0, 4.3). Another host's is given by HYPERVISOR_TILE_ATTRIBUTION."""


def source(settings: Settings) -> dict[str, str]:
    """Which base map the page draws: `kind` offline (our own tiles), xyz (images by template, a WMTS too) or pmtiles (one file read by ranges), its `url` and its `attribution`."""
    if not settings.tile_url:
        return {"kind": "offline"}
    address = urlsplit(settings.tile_url)
    credit = settings.tile_attribution or next((words for host, words in CREDITS.items() if (address.hostname or "").endswith(host)), "")
    return {"kind": "pmtiles" if address.path.endswith(".pmtiles") else "xyz", "url": settings.tile_url, "attribution": credit}


Key = tuple[int, int, int, int, int]
"""tenant, version of its territory, z, x, y."""


@dataclass(frozen=True)
class Tile:
    """body: gzip of the vector tile, empty when nothing is there."""

    body: bytes
    etag: str


class Tiles:
    """draw(tenant, z, x, y) gives the uncompressed tile and blocks; folder is made when first needed, and holds one version of each tenant's territory."""

    def __init__(self, draw: Callable[[int, int, int, int], bytes], folder: Path) -> None:
        self._draw, self._folder = draw, folder
        self._memory: OrderedDict[Key, Tile] = OrderedDict()
        self._drawing: dict[Key, asyncio.Task[Tile]] = {}
        self._bytes = 0
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def get(self, tenant: int, version: int, z: int, x: int, y: int) -> Tile:
        """A tile of that version of the territory. Raises Unavailable when it must be drawn and cannot."""
        key = (tenant, version, z, x, y)
        if key in self._memory:
            self._memory.move_to_end(key)
            return self._memory[key]
        if key not in self._drawing:
            self._drawing[key] = asyncio.create_task(self._draw_in_turn(key))
            self._drawing[key].add_done_callback(lambda _done: self._drawing.pop(key))
        # A reader who leaves does not take the tile away from those who wait for the same one.
        return await asyncio.shield(self._drawing[key])

    async def _draw_in_turn(self, key: Key) -> Tile:
        async with self._turns:
            tile = await asyncio.to_thread(self._made, *key)
        self._keep(key, tile)
        return tile

    def _made(self, tenant: int, version: int, z: int, x: int, y: int) -> Tile:
        own = self._folder / f"{tenant}-{version}"
        file = own / str(z) / str(x) / f"{y}.mvt.gz"
        try:
            body = file.read_bytes()
        except FileNotFoundError:
            drawn = self._draw(tenant, z, x, y)
            body = gzip.compress(drawn, 6, mtime=0) if drawn else b""
            if not own.exists():
                # The first tile of a version: nobody will ask for another one's, but a page about to learn of it, for which it is drawn again.
                for other in self._folder.glob(f"{tenant}-*"):
                    shutil.rmtree(other, ignore_errors=True)
            file.parent.mkdir(parents=True, exist_ok=True)
            half = file.with_suffix(f".{hashlib.sha256(body).hexdigest()[:8]}")
            half.write_bytes(body)
            half.replace(file)
        return Tile(body, f'"{hashlib.sha256(body).hexdigest()[:16]}"')

    def _keep(self, key: Key, tile: Tile) -> None:
        self._memory[key] = tile
        self._bytes += len(tile.body)
        while self._bytes > MEMORY_BYTES and len(self._memory) > 1:
            _old, dropped = self._memory.popitem(last=False)
            self._bytes -= len(dropped.body)
