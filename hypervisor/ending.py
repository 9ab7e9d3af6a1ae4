"""Ending asyncio tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.1


async def end(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancels the tasks until each has ended; what they raise is dropped.

    Once is not enough: until Python 3.12, `asyncio.wait_for` forgets a cancellation that comes as its inner work completes, and redis-py sends each command through it.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=AGAIN_S)
        for task in ended:
            _ = task.cancelled() or task.exception()  # Retrieved, or asyncio writes it in the log as forgotten.
