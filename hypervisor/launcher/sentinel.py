"""Watches the programs for the supervisor: writes their state where others read it, and never lets one stay given up.

Run by supervisord as an event listener; `read` is for whoever shows it (/readyz, /sante).
"""

import json
import logging
import os
import sys
import time
from pathlib import Path

from supervisor import childutils

from hypervisor.launcher import secret_files
from hypervisor.settings import load

logger = logging.getLogger(__name__)

FILE = Path("run") / "programs.json"
BAD = {"FATAL", "BACKOFF", "UNKNOWN"}
FAILING_S = 10.0
"""A program that fails for less is being restarted; chosen by us: its third try at the earliest."""


def read(data_dir: Path) -> dict[str, dict[str, object]]:
    """program → {"state", "since" (epoch s), "starts" (how many times it was started)}; empty before the first start."""
    file = data_dir / FILE
    return json.loads(file.read_text()) if file.exists() else {}


def down(data_dir: Path) -> list[str]:
    """Programs that the supervisor has given up, or keeps starting in vain."""
    return sorted(name for name, program in read(data_dir).items() if program["state"] in BAD)


def given_up(data_dir: Path, now_s: float) -> list[str]:
    """Programs that have not stayed alive for FAILING_S, however often they were started; now_s: epoch seconds."""
    return sorted(name for name, program in read(data_dir).items() if "failing_since" in program and now_s - float(str(program["failing_since"])) >= FAILING_S)


def note(known: dict[str, dict[str, object]], event: str, program: str) -> None:
    """Write one change of state, named as supervisord names it (PROCESS_STATE_RUNNING), into what is known."""
    state = event.removeprefix("PROCESS_STATE_")
    before = known.get(program, {"starts": 0})
    starts = int(str(before["starts"])) + (state == "STARTING")
    now_s = round(time.time(), 1)
    known[program] = {"state": state, "since": now_s, "starts": starts}
    if state in BAD or (state == "STARTING" and "failing_since" in before):
        known[program]["failing_since"] = before.get("failing_since", now_s)
    if state == "FATAL":
        logger.error("%s does not stay alive after many tries: read its log; it is tried again every minute", program)


def main() -> None:
    """Answer supervisord's events for ever."""
    data_dir = load().data_dir
    known: dict[str, dict[str, object]] = {}
    while True:
        headers, payload = childutils.listener.wait(sys.stdin, sys.stdout)
        if headers["eventname"].startswith("TICK"):
            _try_again([name for name, program in known.items() if program["state"] == "FATAL"])
        else:
            note(known, headers["eventname"], dict(word.split(":", 1) for word in payload.split())["processname"])
            secret_files.write(data_dir / FILE, json.dumps(known))
        childutils.listener.ok(sys.stdout)


def _try_again(given_up: list[str]) -> None:
    supervisor = childutils.getRPCInterface(os.environ).supervisor
    for name in given_up:
        supervisor.startProcess(name, False)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    main()
