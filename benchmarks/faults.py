"""The fault table, long: 20 kills of each process, minutes of absence, full disks. Writes docs/reliability.md from what it finds.

`--moments 4 --minutes 0.1` for a short one. Every scenario is that of tests/integration/fault_scenarios.py.
"""

import argparse
import platform
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.integration import fault_scenarios as faults
from tests.integration.fault_scenarios import Outcome
from tests.integration.fault_world import CONTAINERS, FAKETIME, Installation, installation, small_disk

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
FLOOR_MB = 96
KILLED = ("door", "worker", "redis", "postgresql")
HEAD = """# What happens when something breaks

Written by `make bench NAME=faults`, not by hand: {date}, {machine}. Real processes: the ingest door, the worker, PostgreSQL and Valkey with their durable settings
(`appendfsync always`, `synchronous_commit on`). A sender posts one value of {containers} containers per request, without pause but 10 ms, and repeats a request until it is answered
204; what is counted as acknowledged is what got that answer. Containers burn and cool, so that each alarm's raising and ending is known beforehand.

*Lost*: acknowledged, and neither in history nor refused with its cause. *Doubled*: in history twice. *Transitions*: alarms raised, repeated and ended, found ÷ expected.

| fault | moments | acknowledged | in history | refused | lost | doubled | transitions | seconds | |
|---|---|---|---|---|---|---|---|---|---|
"""
FOOT = """
Kills are SIGKILL: the page cache survives them, so this table says nothing of a power cut. The machine's clock is that of door, worker, Valkey and PostgreSQL, moved by libfaketime; "clock" alone is
`HYPERVISOR_CLOCK` in the door and the worker, where an entry numbered an hour ahead stands for Valkey's. A value dated more than five minutes ahead of the platform is refused, counted and kept
for inspection: with a platform clock an hour late that is every value of a sender whose clock is right.
"""


def main() -> None:
    """Plays everything, prints each line as it comes, and writes the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--moments", type=int, default=20)
    arguments.add_argument("--minutes", type=float, default=5.0)
    arguments.add_argument("--flood-s", type=float, default=300.0, help="how long to fill the stream at most; 0 leaves this line out")
    given = arguments.parse_args()
    chance = random.Random(2026)
    outcomes: list[Outcome] = []

    def play(scenario: Callable[[], Outcome]) -> None:
        outcome = scenario()
        outcomes.append(outcome)
        print(_line(outcome), flush=True)

    with installation() as place:
        for rank, name in enumerate(KILLED):
            play(lambda rank=rank, name=name: faults.killed(place, name, given.moments, _first(rank), chance))
        play(lambda: faults.paused(place, 60 * given.minutes, _first(4)))
        play(lambda: faults.without_database(place, 60 * given.minutes, _first(5)))
        play(lambda: faults.clock_jump(place, [3600, -3600], _first(6)))
        play(lambda: faults.disordered(place, _first(7), chance))
        play(lambda: faults.poisoned(place, _first(8)))
        play(lambda: faults.clock_jump(place, [-3600], _first(9), is_emptied=True))
    if FAKETIME is None:
        print("the machine's clock: not played, libfaketime is not installed; deploy/setup/system.sh test installs it")
    else:
        with installation(has_machine_clock=True) as place:
            play(lambda: faults.clock_jump(place, [3600, -3600], _first(0)))
            play(lambda: faults.clock_jump(place, [-3600], _first(1), is_emptied=True))
    if given.flood_s:
        with installation() as place:
            play(lambda: faults.flooded(place, 1, given.flood_s))
    try:
        with small_disk(768) as folder, installation(folder, HYPERVISOR_FREE_DISK_MB=str(FLOOR_MB)) as place:
            play(lambda: _full(place))
    except PermissionError as refused:
        print(f"disk full: not played, mounting a small file system is refused here ({refused})")
    machine = f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GiB, {platform.system()}"
    head = HEAD.format(date=datetime.now(UTC).date().isoformat(), machine=machine, containers=CONTAINERS)
    PAGE.write_text(head + "".join(_line(outcome) + "\n" for outcome in outcomes) + FOOT)
    broken = [outcome.fault for outcome in outcomes if not outcome.is_whole]
    if broken:
        raise SystemExit(f"not whole: {', '.join(broken)}")


def _full(place: Installation) -> Outcome:
    return faults.full_disk(place, 1, FLOOR_MB)


def _first(rank: int) -> int:
    return 1 + rank * CONTAINERS


def _line(outcome: Outcome) -> str:
    transitions = f"{outcome.alarms[1]:,} ÷ {outcome.alarms[0]:,}" if outcome.alarms[0] else "–"
    cells = [
        outcome.fault,
        *(f"{number:,}" for number in (outcome.moments, outcome.acknowledged, outcome.stored, outcome.refused, outcome.lost, outcome.doubled)),
    ]
    return f"| {' | '.join([*cells, transitions, f'{outcome.seconds:.0f}', '; '.join(outcome.notes)])} |"


if __name__ == "__main__":
    main()
