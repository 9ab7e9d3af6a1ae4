"""How the command line asks a running simulator for an incident: a file per request in the data folder, answered beside it."""

import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypervisor.settings import Settings

FOLDER, LOCK = "simulator.requests", "simulator.lock"
ANSWER_WITHIN_S = 5.0


@contextmanager
def alone(settings: Settings) -> Iterator[bool]:
    """Whether this process is the only simulator of the data folder, for the length of the block."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(settings.data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)


def ask(settings: Settings, scenario: str, asset: str | None) -> dict[str, Any] | None:
    """The running simulator's answer, None when it gave none in time; the request is then withdrawn."""
    folder = settings.data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    _replace(folder / f"{name}.request", {"scenario": scenario, "asset": asset})
    answer = folder / f"{name}.answer"
    end = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < end:
        if answer.exists():
            read: dict[str, Any] = json.loads(answer.read_text())
            answer.unlink()
            return read
        time.sleep(0.02)
    (folder / f"{name}.request").unlink(missing_ok=True)
    return None


def pending(settings: Settings) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Requests that wait, each taken off the pile, with the path for `answer`."""
    folder = settings.data_dir / FOLDER
    for request in sorted(folder.glob("*.request")) if folder.is_dir() else ():
        try:
            body = json.loads(request.read_text())
            request.unlink()
        except (OSError, ValueError):
            continue  # Withdrawn meanwhile.
        yield request.with_suffix(".answer"), body


def answer(path: Path, body: dict[str, Any]) -> None:
    """Answers a request."""
    _replace(path, body)


def forget(settings: Settings) -> None:
    """Removes what nobody waits for any more."""
    folder = settings.data_dir / FOLDER
    for left in folder.glob("*.*") if folder.is_dir() else ():
        left.unlink(missing_ok=True)


def _replace(path: Path, body: dict[str, Any]) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(body))
    draft.replace(path)
