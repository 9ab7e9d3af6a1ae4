"""Requests that come while another of their kind is being written share the next transaction: group commit, without a clock.

The first to come runs alone and at once; those that come meanwhile wait, and the first of them runs for all. Each has its own answer. When a shared run fails, each runs
alone, so that one that cannot be written costs itself only.
"""

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from enum import Enum, auto
from typing import Generic, TypeVar

MOST = 200
"""In one transaction; chosen by us, so that nobody waits for a transaction of seconds."""


class _Turn(Enum):
    RUN = auto()  # this one's turn to run for those that wait
    ALONE = auto()  # the shared run failed


Kind = TypeVar("Kind", bound=Hashable)
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Gathering(Generic[Kind, Item, Answer]):
    """run: does the work of several of one kind, and gives their answers in order. Safe from several threads."""

    def __init__(self, run: Callable[[Kind, Sequence[Item]], Sequence[Answer]]) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._waiting: dict[Kind, list[tuple[Item, Future[Answer | _Turn]]]] = {}

    def do(self, kind: Kind, item: Item) -> Answer:
        """The answer to one. Raises what `run` raises for it alone."""
        mine: Future[Answer | _Turn] = Future()
        with self._lock:
            is_first = kind not in self._waiting
            self._waiting.setdefault(kind, []).append((item, mine))
        turn = _Turn.RUN if is_first else mine.result()
        if turn is _Turn.ALONE:
            return self._run(kind, [item])[0]
        if turn is not _Turn.RUN:
            return turn
        with self._lock:
            taken, self._waiting[kind] = self._waiting[kind][:MOST], self._waiting[kind][MOST:]
        try:
            return self._run_for(kind, taken)
        finally:
            self._hand_over(kind)

    def _run_for(self, kind: Kind, taken: Sequence[tuple[Item, Future[Answer | _Turn]]]) -> Answer:
        (_mine, _turn), *others = taken
        answers: Sequence[Answer | _Turn] = [_Turn.ALONE] * len(taken)
        try:
            done = self._run(kind, [item for item, _future in taken])
            answers = done
            return done[0]
        except Exception:
            if not others:
                raise
            return self._run(kind, [taken[0][0]])[0]
        finally:
            for (_item, future), answer in zip(others, answers[1:], strict=True):
                future.set_result(answer)

    def _hand_over(self, kind: Kind) -> None:
        with self._lock:
            if self._waiting[kind]:
                self._waiting[kind][0][1].set_result(_Turn.RUN)
            else:
                del self._waiting[kind]
