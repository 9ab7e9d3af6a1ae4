"""Compressed positions are made once, shared by who asks meanwhile, and there before the first screen asks."""

import asyncio
import gzip

from hypervisor.feed import snapshots
from hypervisor.feed.snapshots import Snapshots
from tests.unit.feed.world import layout


def test_a_snapshot_is_compressed_once_however_many_ask(monkeypatch):
    made = []
    compressed = snapshots.compressed
    monkeypatch.setattr(snapshots, "compressed", lambda *asked: made.append(asked) or compressed(*asked))

    async def ask():
        kept, found = Snapshots(), layout()
        every = tuple(range(len(found.channels)))
        kept.warm(found)
        bodies = await asyncio.gather(*(kept.get(found, every) for _ in range(5)))
        assert {gzip.decompress(body) for body in bodies} == {found.snapshot(every)} and len(made) == 1
        await kept.get(found, every[:1])
        assert len(made) == 2 and kept.etag(found, every) != kept.etag(found, every[:1])

    asyncio.run(ask())


def test_one_that_failed_is_made_again(monkeypatch):
    compressed = snapshots.compressed

    async def ask():
        kept, found = Snapshots(), layout()
        monkeypatch.setattr(snapshots, "compressed", lambda *_asked: 1 / 0)
        for _ in range(2):
            try:
                await kept.get(found, (0,))
            except ZeroDivisionError:
                continue
            raise AssertionError("it should have failed")
        monkeypatch.setattr(snapshots, "compressed", compressed)
        assert gzip.decompress(await kept.get(found, (0,))) == found.snapshot((0,))

    asyncio.run(ask())
