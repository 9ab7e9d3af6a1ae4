"""The desk under load, at the server: 200,000 open alarms, 1,000 more each second for a minute, people who acknowledge, and consoles that ask for the queue.

Alarms are raised by the product's own writer (`store.verdicts.apply`, as the worker's transaction does) in batches of a hundred; acknowledgements are
`operations.alarms.acknowledge`, commit included; a console's snapshot is `store.snapshot` (the first 500 and the exact counts), which is compared with a plain count.
Figures with browsers (key to paint) are elsewhere: this one has no screen.
"""

import argparse
import threading
import time
from datetime import UTC, datetime

import psycopg

from benchmarks._alarm_platform import OPERATOR, Ground, ground, share
from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from hypervisor.operations import alarms
from hypervisor.store import Database, snapshot, verdicts
from hypervisor.store.engine import Engine
from hypervisor.store.verdicts import Decision

BATCH = 100
ASSETS = 40_000
OPEN = "SELECT count(*) FROM alarm WHERE tenant = 1 AND is_open"
STANDING = (
    "INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at, announced_at) "
    "SELECT 1, 1 + n %% 40000, 'lighting', 'luminaire', 'rule', 'old_' || n / 40000, 'Ancienne', 1 + (n %% 100 > 4)::int + (n %% 100 > 19)::int, true, n %% 2 = 0, "
    "now() - n * interval '1 second', now() FROM generate_series(0, %s - 1) n"
)


def main() -> None:
    """Runs the minute and prints its figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--open", type=int, default=200_000)
    arguments.add_argument("--rate", type=int, default=1000, help="alarms raised each second")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--people", type=int, default=6, help="who acknowledge once a second each")
    arguments.add_argument("--snapshots-s", type=float, default=2.0, help="seconds between two consoles that mount")
    arguments.add_argument("--port", type=int, default=21610)
    given = arguments.parse_args()
    with ground(given.port, ASSETS) as platform:
        with psycopg.connect(platform.owner_url, autocommit=True) as owner:
            owner.execute(STANDING, (given.open,))
            owner.execute("VACUUM ANALYZE alarm")
        _minute(platform, given)


def _minute(platform: Ground, given: argparse.Namespace) -> None:
    database = Database(platform.urls.app, pool_size=given.people + 2)
    ending, acknowledged, mounted, wrong = threading.Event(), [], [], []
    threads = [threading.Thread(target=_acknowledge, args=(database, ending, number, acknowledged)) for number in range(given.people)]
    threads.append(threading.Thread(target=_mount, args=(database, ending, given.snapshots_s, mounted, wrong)))
    for thread in threads:
        thread.start()
    raised, seconds, late = _raise(platform, given.rate, given.seconds)
    ending.set()
    for thread in threads:
        thread.join()
    database.close()
    print(
        f"open at the start {given.open}; raised {raised} in {seconds:.1f} s = {raised / seconds:.0f}/s (asked {given.rate}/s); a batch's worst delay {late:.2f} s"
    )
    print(
        f"acknowledge, commit included: n {len(acknowledged)}, median {_ms(acknowledged, 0.5)}, p95 {_ms(acknowledged, 0.95)}, worst {_ms(acknowledged, 1)} (target p95 <= 150 ms)"
    )
    print(f"snapshot of the first 500 with counts: n {len(mounted)}, median {_ms(mounted, 0.5)}, p95 {_ms(mounted, 0.95)}; counts or order wrong: {sum(wrong)}")


def _raise(platform: Ground, rate: int, seconds: float) -> tuple[int, float, float]:
    """Raises batches at their times; gives how many alarms, in how long, and the worst delay of a batch behind its time."""
    engine = Engine(platform.urls.worker, "bench")
    began, raised, worst = time.monotonic(), 0, 0.0
    while raised < rate * seconds:
        due = began + raised / rate
        time.sleep(max(0.0, due - time.monotonic()))
        now = datetime.now(UTC)
        with engine.transaction() as cursor:
            _written, lines = verdicts.apply(cursor, 1, [_decision(raised + n, now) for n in range(BATCH)], now)
            verdicts.append_lines(cursor, 1, lines)
        raised += BATCH
        worst = max(worst, time.monotonic() - due)
    engine.close()
    return raised, time.monotonic() - began, worst


def _decision(number: int, now: datetime) -> Decision:
    priority = Priority.CRITICAL if number % 20 == 0 else Priority.MAJOR if number % 20 < 4 else Priority.MINOR
    rule = Rule(key=f"new_{number // ASSETS}_{priority}", kind="luminaire", property="", title="Nouvelle", priority=priority)
    return Decision(
        asset_id=1 + number % ASSETS,
        layer="lighting",
        kind="luminaire",
        commune_id=0,
        rule=rule,
        unit="",
        threshold=None,
        holds=True,
        value=1.0,
        observed_at=now,
        received_at=now,
    )


def _acknowledge(database: Database, ending: threading.Event, number: int, durations: list[float]) -> None:
    """One person who acknowledges the oldest of what waits, each their own share."""
    with database.unit_of_work(1) as uow:
        waiting = [
            row[0]
            for row in uow.connection.exec_driver_sql(
                f"SELECT id FROM alarm WHERE is_open AND NOT acknowledged AND mod(id, 64) = {number} ORDER BY id LIMIT 5000"
            )
        ]
    for alarm_id in waiting:
        if ending.wait(1.0):
            return
        began = time.monotonic()
        with database.unit_of_work(1) as uow:
            alarms.acknowledge(uow, alarm_id, OPERATOR, datetime.now(UTC))
        durations.append(time.monotonic() - began)


def _mount(database: Database, ending: threading.Event, every_s: float, durations: list[float], wrong: list[bool]) -> None:
    """Consoles that mount one after the other. No alarm closes meanwhile: exact counts lie between a plain count before and one after."""
    perimeter = snapshot.Perimeter(layers=None, communes=None)
    while not ending.wait(every_s):
        with database.unit_of_work(1) as uow:
            before = uow.connection.exec_driver_sql(OPEN).scalar_one()
            began = time.monotonic()
            queue, counts = snapshot.alarms(uow, perimeter), snapshot.counts(uow, perimeter)
            durations.append(time.monotonic() - began)
            after = uow.connection.exec_driver_sql(OPEN).scalar_one()
        counted = sum(sum(states.values()) for states in counts.values())
        ranks = [(bool(one["masks"]), Priority.of(one["priority"]), one["raised_at"]) for one in queue]
        wrong.append(len(queue) != 500 or ranks != sorted(ranks) or not before <= counted <= after)


def _ms(values: list[float], part: float) -> str:
    return f"{share(values, part) * 1000:.0f} ms"


if __name__ == "__main__":
    main()
