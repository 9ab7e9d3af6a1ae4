"""A callback that waits holds up nobody else: the heartbeat of every screen runs in the same loop."""

import asyncio
import threading
from contextvars import ContextVar
from typing import Any

import pytest
from dash import Dash

from layouts.index import Page

who: ContextVar[str] = ContextVar("who", default="nobody")


def test_a_callback_that_waits_leaves_the_loop_free_and_keeps_its_context(monkeypatch: pytest.MonkeyPatch):
    freed = threading.Event()

    def waits() -> tuple[bool, str]:
        return freed.wait(10), who.get()

    monkeypatch.setattr(Dash, "_execute_callback", lambda *_arguments: waits)

    async def answered() -> Any:
        page: Page = object.__new__(Page)
        told = who.set("Mme Petit")
        answer = asyncio.ensure_future(page._execute_callback(None, None, None, None)())
        who.reset(told)
        await asyncio.sleep(0)  # The callback has begun, and this loop goes on: it alone can free it.
        freed.set()
        return await answer

    assert asyncio.run(answered()) == (True, "Mme Petit")
