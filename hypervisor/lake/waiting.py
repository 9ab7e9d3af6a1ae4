"""Whether somebody still waits for what history is asked: a search that is given up in a browser must not go on here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_left: ContextVar[threading.Event | None] = ContextVar("left", default=None)


def given_up() -> bool:
    """Whether whoever asked has gone. False where nobody said how to know."""
    left = _left.get()
    return left is not None and left.is_set()


@contextmanager
def awaited(left: threading.Event) -> Iterator[None]:
    """Inside, `given_up` is told by this event; threads started for the request inherit it."""
    token = _left.set(left)
    try:
        yield
    finally:
        _left.reset(token)
