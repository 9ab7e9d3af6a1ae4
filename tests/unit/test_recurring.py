"""The thread that takes turns: it goes on after a failure, says a failure once, and ends when it is asked."""

import logging
import threading

import pytest

from hypervisor.errors import Unavailable
from hypervisor.recurring import Recurring
from hypervisor.store.engine import LockTaken

LIMIT_S = 20.0


class Turns(Recurring):
    """Ends its turns as it is told, one after the other, then well."""

    def __init__(self, *endings: Exception | None) -> None:
        super().__init__("essai", "the work waits", first_s=0.0, every_s=0.0)
        self.endings, self.done, self.over = list(endings), 0, threading.Event()

    def turn(self) -> None:
        """Takes the next ending."""
        if not self.endings:
            self.over.set()
            return
        self.done += 1
        ending = self.endings.pop(0)
        if ending is not None:
            raise ending


def taken(turns: Turns) -> Turns:
    turns.start()
    assert turns.over.wait(LIMIT_S), "the thread ended before its turns"
    turns.stop()
    assert not turns.is_alive()
    return turns


def test_a_failure_is_said_once_and_again_after_a_turn_that_went_well(caplog: pytest.LogCaptureFixture) -> None:
    down = [Unavailable("no database") for _ in range(3)]
    with caplog.at_level(logging.WARNING, "hypervisor.recurring"):
        turns = taken(Turns(down[0], down[1], None, down[2], OSError("disk full")))
    assert turns.done == 5
    assert [record.message for record in caplog.records] == [
        "the work waits: no database",
        "the work waits: no database",
        "the work waits: disk full",
    ]


def test_work_that_another_process_does_is_nobodys_failure(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "hypervisor.recurring"):
        assert taken(Turns(LockTaken("taken"), LockTaken("taken"))).done == 2
    assert caplog.records == []
