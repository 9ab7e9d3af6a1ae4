"""A part of the feed that breaks begins again, and the dependencies go on being watched."""

import asyncio
import threading

from hypervisor.feed import lasting, vitals
from hypervisor.feed.vitals import Vitals


def test_a_part_that_breaks_is_said_and_begins_again(monkeypatch, caplog):
    monkeypatch.setattr(lasting, "RETRY_S", 0.0)
    turns = []

    async def scene():
        done = asyncio.Event()

        async def part():
            turns.append(len(turns))
            if len(turns) < 3:
                raise KeyError("one bad entry")
            done.set()
            await asyncio.sleep(60)

        task = asyncio.create_task(lasting.for_ever(part))
        await asyncio.wait_for(done.wait(), 30)
        task.cancel()

    asyncio.run(scene())
    assert turns == [0, 1, 2]
    assert caplog.text.count("a part of the feed broke and starts again: part") == 2


def test_a_watch_that_broke_watches_again(monkeypatch):
    """The database's answer raises what nobody foresaw, once: the next one is heard."""
    monkeypatch.setattr(lasting, "RETRY_S", 0.0)
    monkeypatch.setattr(vitals, "EVERY_S", 0.0)
    asked, again = [], threading.Event()

    class Database:
        def answers(self):
            asked.append(1)
            if len(asked) == 1:
                raise RuntimeError("nobody foresaw this")
            again.set()
            return True

    class Live:
        async def answers(self):
            return True

        async def pulse(self, _tenant, _name):
            return None

    async def scene():
        watch = Vitals(Database(), Live(), lambda: None)
        watch.start(list)
        assert await asyncio.to_thread(again.wait, 30)
        await watch.stop()

    asyncio.run(scene())
