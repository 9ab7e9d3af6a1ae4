"""Requests that share a transaction: who runs, who waits, whose fault a failure is."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from hypervisor.api.gathering import MOST, Gathering


class Desk:
    """A run that stops until it is let go, so that the others' coming meanwhile is no chance."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []
        self.begun, self.may_end = threading.Semaphore(0), threading.Event()

    def run(self, _kind: str, items: Sequence[int]) -> list[int]:
        self.runs.append(list(items))
        self.begun.release()
        assert self.may_end.wait(10)
        if any(item < 0 for item in items):
            raise ValueError(f"{items} has a negative")
        return [10 * item for item in items]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def gathering(desk: Desk) -> Gathering[str, int, int]:
    return Gathering(desk.run)


def held(gathering: Gathering[str, int, int], kind: str, count: int) -> None:
    """Waits until that many wait behind the one that runs."""
    while len(gathering._waiting.get(kind, ())) < count:
        threading.Event().wait(0.001)


def test_one_that_comes_alone_runs_at_once_and_leaves_nothing_behind(desk: Desk, gathering: Gathering[str, int, int]) -> None:
    desk.may_end.set()
    assert [gathering.do("a", 1), gathering.do("a", 2)] == [10, 20]
    assert desk.runs == [[1], [2]]
    assert gathering._waiting == {}


def test_those_that_come_meanwhile_share_the_next_run_and_each_has_its_answer(desk: Desk, gathering: Gathering[str, int, int]) -> None:
    with ThreadPoolExecutor(MOST + 20) as threads:
        first = threads.submit(gathering.do, "a", 0)
        assert desk.begun.acquire(timeout=10)
        others = [threads.submit(gathering.do, "a", number) for number in range(1, MOST + 11)]
        held(gathering, "a", MOST + 10)
        desk.may_end.set()
        assert [one.result(10) for one in [first, *others]] == [10 * number for number in range(MOST + 11)]
    assert [len(run) for run in desk.runs] == [1, MOST, 10]
    assert gathering._waiting == {}


def test_another_kind_does_not_wait(desk: Desk, gathering: Gathering[str, int, int]) -> None:
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(gathering.do, kind, 1) for kind in "ab"]
        assert desk.begun.acquire(timeout=10)
        assert desk.begun.acquire(timeout=10)
        desk.may_end.set()
        assert [one.result(10) for one in both] == [10, 10]


def test_one_that_fails_costs_itself_only(desk: Desk, gathering: Gathering[str, int, int]) -> None:
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(gathering.do, "a", 0)
        assert desk.begun.acquire(timeout=10)
        others = [threads.submit(gathering.do, "a", number) for number in (1, -2, 3)]
        held(gathering, "a", 3)
        desk.may_end.set()
        assert first.result(10) == 0
        assert [others[0].result(10), others[2].result(10)] == [10, 30]
        with pytest.raises(ValueError, match=r"\[-2\] has a negative"):
            others[1].result(10)
    assert gathering._waiting == {}
