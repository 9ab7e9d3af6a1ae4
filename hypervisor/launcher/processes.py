"""Processes of this machine, read in /proc: who lives, who is left over, and how to end them."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

POLL_S = 0.05


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie, which its parent has not buried, does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return False
    return state not in "ZX"


def command_of(pid: int) -> list[str]:
    """The command line of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def carrying(mark: str) -> list[int]:
    """Processes, other than this one, whose environment at their start held this NAME=value."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if mark.encode() in (entry / "environ").read_bytes().split(b"\0") and is_alive(int(entry.name)):
                found.append(int(entry.name))
    return found


def end(pids: Sequence[int], first: signal.Signals = signal.SIGTERM, patience_s: float = 8.0) -> None:
    """Ask these processes to stop, then kill those that have not after patience_s."""
    for signal_number, wait_s in ((first, patience_s), (signal.SIGKILL, 3.0)):
        alive = [pid for pid in pids if is_alive(pid)]
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        if until(partial(_none_alive, alive), wait_s):
            return


def _none_alive(pids: Sequence[int]) -> bool:
    return not any(map(is_alive, pids))


def until(condition: Callable[[], bool], patience_s: float) -> bool:
    """Wait for a condition; False when it has not come in time."""
    limit = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(POLL_S)
    return True


def free_port(preferred: int | None = None) -> int:
    """A loopback port that nobody listens on, the preferred one if it can be had."""
    for candidate in (preferred, 0):
        if candidate is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", candidate))
                return int(probe.getsockname()[1])
    raise OSError("no loopback port is free")
