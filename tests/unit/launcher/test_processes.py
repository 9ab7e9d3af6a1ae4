"""What a killed supervisor leaves alive is found and ended; locks never let two run."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from hypervisor.launcher import processes, sentinel
from hypervisor.launcher.start import hold

OBEDIENT = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def mark() -> str:
    return f"VIGIE_TEST={uuid.uuid4()}"


@pytest.fixture
def orphans(mark: str) -> Iterator[list[subprocess.Popen[str]]]:
    name, _, value = mark.partition("=")
    environment = {**os.environ, name: value}
    started = [subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True) for code in (OBEDIENT, STUBBORN)]
    assert started[1].stdout is not None
    started[1].stdout.readline()
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_processes_are_found_by_their_mark_and_no_others(mark: str, orphans: list[subprocess.Popen[str]]) -> None:
    assert sorted(processes.carrying(mark)) == sorted(process.pid for process in orphans)
    assert processes.carrying(mark + "0") == []


def test_a_process_that_does_not_listen_is_killed(mark: str, orphans: list[subprocess.Popen[str]]) -> None:
    processes.end(processes.carrying(mark), patience_s=0.5)
    assert processes.carrying(mark) == []
    assert [process.wait() for process in orphans] == [-15, -9]


def test_a_lock_is_held_by_what_the_holder_becomes_and_free_when_that_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "run" / "worker.lock"
    become = "import os, sys; from pathlib import Path; from hypervisor.launcher.start import hold; hold(Path(sys.argv[1]), 1); print('held', flush=True); os.execvp('sleep', ['sleep', '60'])"
    holder = subprocess.Popen([sys.executable, "-c", become, str(file)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert processes.until(lambda: processes.command_of(holder.pid)[:1] == ["sleep"], 5)

    refused = hold(file, patience_s=0.2)
    holder.kill()
    holder.wait()
    taken = hold(file, patience_s=1)

    assert refused is None
    assert taken is not None
    os.close(taken)


def test_a_program_that_does_not_stay_alive_is_given_up_after_ten_seconds_however_often_it_starts(tmp_path, monkeypatch) -> None:
    now, known = 1000.0, {}
    monkeypatch.setattr(sentinel.time, "time", lambda: now)
    (tmp_path / "run").mkdir()

    def happens(event: str, at: float) -> list[str]:
        nonlocal now
        now = at
        sentinel.note(known, f"PROCESS_STATE_{event}", "jobs")
        (tmp_path / sentinel.FILE).write_text(json.dumps(known))
        return sentinel.given_up(tmp_path, at)

    assert sentinel.given_up(tmp_path, now) == []
    events = [
        ("STARTING", 1000),
        ("BACKOFF", 1001),
        ("STARTING", 1008),
        ("BACKOFF", 1011),
        ("STARTING", 1013),
        ("FATAL", 1014),
        ("STARTING", 1074),
        ("RUNNING", 1077),
    ]
    assert [bool(happens(event, at)) for event, at in events] == [False, False, False, True, True, True, True, False]


def test_a_program_given_up_is_said_until_it_runs_again() -> None:
    known: dict[str, dict[str, object]] = {}
    for event in ("STARTING", "BACKOFF", "STARTING", "FATAL"):
        sentinel.note(known, f"PROCESS_STATE_{event}", "worker")
    assert (known["worker"]["state"], known["worker"]["starts"]) == ("FATAL", 2)

    sentinel.note(known, "PROCESS_STATE_STARTING", "worker")
    sentinel.note(known, "PROCESS_STATE_RUNNING", "worker")
    assert (known["worker"]["state"], known["worker"]["starts"]) == ("RUNNING", 3)
