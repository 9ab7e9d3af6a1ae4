"""A tile is drawn once for each version of the territory, and memory is bounded."""

import asyncio
import gzip

import pytest

from hypervisor.errors import Unavailable
from hypervisor.feed import tiles as module
from hypervisor.feed.tiles import Tiles, source
from hypervisor.settings import Settings


class Drawer:
    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.is_down = False

    def __call__(self, *tile: int) -> bytes:
        if self.is_down:
            raise Unavailable("down")
        self.asked.append(tile)
        return b"" if tile[3] == 0 else repr(tile).encode() * 100


def test_a_tile_is_drawn_once_and_kept_on_disk_for_the_next_process(tmp_path):
    draw = Drawer()

    async def twice(tiles: Tiles):
        return await asyncio.gather(tiles.get(1, 3, 10, 5, 6), tiles.get(1, 3, 10, 5, 6))

    first, second = asyncio.run(twice(Tiles(draw, tmp_path)))
    assert gzip.decompress(first.body) == b"(1, 10, 5, 6)" * 100
    assert first == second
    draw.is_down = True
    assert asyncio.run(Tiles(draw, tmp_path).get(1, 3, 10, 5, 6)) == first
    assert draw.asked == [(1, 10, 5, 6)]


def test_another_version_or_tenant_is_another_tile(tmp_path):
    draw = Drawer()
    tiles = Tiles(draw, tmp_path)
    for tenant, version in ((1, 3), (1, 4), (2, 3)):
        asyncio.run(tiles.get(tenant, version, 10, 5, 6))
    assert draw.asked == [(1, 10, 5, 6), (1, 10, 5, 6), (2, 10, 5, 6)]


def test_the_tiles_of_an_older_version_are_deleted_and_another_tenant_s_stay(tmp_path):
    tiles = Tiles(Drawer(), tmp_path)
    for tenant, version in ((1, 3), (11, 3), (1, 4), (1, 5)):
        asyncio.run(tiles.get(tenant, version, 10, 5, 6))
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["1-5", "11-3"]
    # A page that has not heard of the new version yet.
    draw = Drawer()
    asyncio.run(Tiles(draw, tmp_path).get(1, 4, 10, 5, 6))
    assert draw.asked == [(1, 10, 5, 6)]


def test_an_empty_tile_is_empty_and_remembered(tmp_path):
    draw = Drawer()
    tiles = Tiles(draw, tmp_path)
    assert asyncio.run(tiles.get(1, 1, 3, 0, 0)).body == b""
    assert asyncio.run(Tiles(draw, tmp_path).get(1, 1, 3, 0, 0)).body == b""
    assert len(draw.asked) == 1


def test_a_tile_that_cannot_be_drawn_is_not_kept(tmp_path):
    draw = Drawer()
    draw.is_down = True
    tiles = Tiles(draw, tmp_path)
    with pytest.raises(Unavailable):
        asyncio.run(tiles.get(1, 1, 3, 1, 1))
    draw.is_down = False
    assert asyncio.run(tiles.get(1, 1, 3, 1, 1)).body


def test_memory_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MEMORY_BYTES", 500)
    tiles = Tiles(Drawer(), tmp_path)

    async def many():
        for x in range(40):
            await tiles.get(1, 1, 10, x, 1)

    asyncio.run(many())
    assert tiles._bytes <= 500
    assert tiles._bytes == sum(len(tile.body) for tile in tiles._memory.values())


def test_the_settings_choose_the_base_map_and_its_credit(tmp_path):
    def chosen(**changes: str) -> dict[str, str]:
        return source(Settings(_env_file=None, data_dir=tmp_path, **changes))

    assert chosen() == {"kind": "offline"}
    ign = "https://data.geopf.fr/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&FORMAT=image/png&TILEMATRIXSET=PM&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
    assert chosen(tile_url=ign) == {"kind": "xyz", "url": ign, "attribution": "© IGN Géoplateforme"}
    assert chosen(tile_url="https://tuiles.example/france.pmtiles", tile_attribution="© Exemple")["kind"] == "pmtiles"
    assert chosen(tile_url="https://tuiles.example/{z}/{x}/{y}.png")["attribution"] == ""
