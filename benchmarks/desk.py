"""The desk under load: 200,000 open alarms, 1,000 more each second for a minute, thirty consoles, people who acknowledge, and screens that mount.

A whole platform of 40,000 assets without its simulator. Alarms are raised by the product's own writer (`store.verdicts.apply`, as the worker's transaction does) in batches of
a hundred, in a process of their own, as people's acts are, since worker and web are two. Acknowledgements are `operations.alarms.acknowledge`, commit included; a console's
snapshot is `store.snapshot` (the first 500 and the exact counts), every fifth of which is compared with a plain count. Of the thirty consoles two are Chromium's, whose keys are
timed from key to paint in a calm queue, before the old alarms and beside the new ones, and twenty-eight are clients of the protocol (`_desk_consoles`); all must end with the
last fact and the database's own counts.
"""

import argparse
import json
import os
import platform as machine
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import psutil
import psycopg

from benchmarks._alarm_platform import OPERATOR, share
from benchmarks._desk_consoles import PROCESSES, Clients, Keys, floor, until
from benchmarks._tabs import chromium
from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from hypervisor.launcher.addresses import FILE, DatabaseUrls
from hypervisor.operations import alarms
from hypervisor.store import Database, snapshot, verdicts
from hypervisor.store.engine import Engine
from hypervisor.store.verdicts import Decision
from tests.e2e.platform import Platform

BATCH = 100
CALM_S, SETTLE_S = 20.0, 8.0
CONVERGE_S = 180.0
PERIMETER = snapshot.Perimeter(layers=None, communes=None)
LAMPS = "SELECT id, commune_id FROM asset WHERE tenant = 1 AND kind = 'luminaire' ORDER BY id"
OPEN = "SELECT count(*) FROM alarm WHERE tenant = 1 AND is_open"
LAST_FACT = "SELECT coalesce(max(id), 0) FROM outbox WHERE tenant = 1"
STANDING = (
    "INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at, announced_at) "
    "SELECT 1, (%(lamps)s::int[])[1 + n %% %(count)s], 'lighting', 'luminaire', 'rule', 'old_' || n / %(count)s, 'Ancienne', 1 + (n %% 100 > 4)::int + (n %% 100 > 19)::int, true, n %% 2 = 0, "
    "now() - n * interval '1 second', now() FROM generate_series(0, %(open)s - 1) n"
)
Lamp = tuple[int, int]
"""(asset id, commune id)."""


def main() -> None:
    """Runs the minute and prints its figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--open", type=int, default=200_000)
    arguments.add_argument("--rate", type=int, default=1000, help="alarms raised each second")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--people", type=int, default=6, help="who acknowledge once a second each")
    arguments.add_argument("--snapshots-s", type=float, default=2.0, help="seconds between two consoles that mount")
    arguments.add_argument("--clients", type=int, default=28, help="consoles that are clients of the protocol, beside the two in Chromium")
    arguments.add_argument("--assets", type=int, default=40_000)
    arguments.add_argument("--key-every-ms", type=int, default=100, help="in each of the two consoles in Chromium")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigie-desk-") as folder:
        Path(folder).chmod(0o755)
        platform = Platform(Path(folder) / "var", env={"HYPERVISOR_SIMULATE": "0", "HYPERVISOR_DEMO_ASSETS": str(given.assets)})
        try:
            platform.start()
            with chromium() as browser:
                print(
                    f"{machine.platform()}, {psutil.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}, Chromium {browser.version}, {given.assets} assets"
                )
                _watched(platform, Keys(browser, platform, given.key_every_ms), given)
        finally:
            platform.stop()


def _watched(platform: Platform, keys: Keys, given: argparse.Namespace) -> None:
    """The minute with thirty consoles: keys before it and during it, then what each console holds."""
    urls = DatabaseUrls(**json.loads((platform.data_dir / FILE).read_text())["database"])
    with psycopg.connect(urls.owner.replace("+psycopg", "", 1), autocommit=True) as owner:
        lamps: list[Lamp] = owner.execute(LAMPS).fetchall()
        _calm(urls, lamps, owner)
        until(lambda: all(count > 0 for _seq, _counts, count in keys.held()), 30, "no alarm in the consoles")
        time.sleep(SETTLE_S)
        ends = time.monotonic() + CALM_S
        _say("key to paint, calm queue", keys.press(lambda: time.monotonic() < ends), floor(platform))
        owner.execute(STANDING, {"lamps": [number for number, _commune in lamps], "count": len(lamps), "open": given.open})
        owner.execute("VACUUM ANALYZE alarm")
        keys.mount()
        with Clients(platform, given.clients).reading() as clients:
            minute = PROCESSES.Process(target=_minute, args=(urls, lamps, given))
            minute.start()
            floors: list[float] = []
            beside = threading.Thread(target=lambda: floors.extend(floor(platform, given.seconds)))
            beside.start()
            pressed = keys.press(minute.is_alive)
            minute.join()
            beside.join()
            if minute.exitcode:
                raise RuntimeError("the minute failed: its error is above, and the figures would be those of a calm queue")
            _say("key to paint beside the alarms", pressed, floors)
            _converged(urls, keys, clients, owner)


def _calm(urls: DatabaseUrls, lamps: Sequence[Lamp], owner: psycopg.Connection) -> None:
    """Twenty alarms, for a queue to walk in."""
    engine = Engine(urls.worker, "bench")
    now = datetime.now(UTC)
    with engine.transaction() as cursor:
        _written, lines = verdicts.apply(cursor, 1, [_decision(n, now, lamps, "calm") for n in range(20)], now)
        verdicts.append_lines(cursor, 1, lines)
    engine.close()


def _converged(urls: DatabaseUrls, keys: Keys, clients: Clients, owner: psycopg.Connection) -> None:
    """How long after the last alarm each console has the last fact, and the counts of the database."""
    row = owner.execute(LAST_FACT).fetchone()
    last = row[0] if row else 0
    database = Database(urls.app, pool_size=1)
    with database.unit_of_work(1) as uow:
        counts = snapshot.counts(uow, PERIMETER)
    database.close()
    began = time.monotonic()
    behind = until(lambda: min(clients.told()[0]) >= last, CONVERGE_S, f"protocol clients stay behind fact {last}")
    same = until(lambda: all(held == counts for held in clients.told()[1]), CONVERGE_S, "counts of a protocol client differ")
    until(lambda: all(seq >= last and _plain(held) == counts for seq, held, _size in keys.held()), CONVERGE_S, "a console in Chromium differs")
    openings = clients.told()[2]
    print(
        f"all consoles converge: protocol clients {behind:.1f} s after the last alarm, their counts {behind + same:.1f} s, those in Chromium {time.monotonic() - began:.1f} s, which hold "
        f"{[size for _seq, _counts, size in keys.held()]} alarms of {sum(sum(states.values()) for states in counts.values())}; "
        f"snapshots asked again after a queue was dropped: {sum(openings) - len(openings)}"
    )


def _plain(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Without what a page keeps at zero."""
    kept = {priority: {state: n for state, n in states.items() if n} for priority, states in counts.items()}
    return {priority: states for priority, states in kept.items() if states}


def _say(what: str, pressed: tuple[list[float], int], floors: list[float]) -> None:
    delays, count = pressed
    print(
        f"{what}: {len(delays)} choices of {count} keys, p50 {share(delays, 0.5):.0f} ms, p95 {share(delays, 0.95):.0f} ms (target p95 <= 200 ms); floor, the web process's own empty answer: "
        f"p50 {share(floors, 0.5):.0f} ms, p95 {share(floors, 0.95):.0f} ms; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _minute(urls: DatabaseUrls, lamps: Sequence[Lamp], given: argparse.Namespace) -> None:
    database = Database(urls.app, pool_size=given.people + 2)
    ending, acknowledged, mounted, wrong = threading.Event(), [], [], []
    threads = [threading.Thread(target=_acknowledge, args=(database, ending, number, acknowledged)) for number in range(given.people)]
    threads.append(threading.Thread(target=_mount, args=(database, ending, given.snapshots_s, mounted, wrong)))
    for thread in threads:
        thread.start()
    try:
        with ProcessPoolExecutor(1, PROCESSES) as worker:
            raised, seconds, late = worker.submit(_raise, urls.worker, lamps, given.rate, given.seconds).result()
    finally:
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


def _raise(url: str, lamps: Sequence[Lamp], rate: int, seconds: float) -> tuple[int, float, float]:
    """Raises batches at their times; gives how many alarms, in how long, and the worst delay of a batch behind its time."""
    engine = Engine(url, "bench")
    began, raised, worst = time.monotonic(), 0, 0.0
    while raised < rate * seconds:
        due = began + raised / rate
        time.sleep(max(0.0, due - time.monotonic()))
        now = datetime.now(UTC)
        with engine.transaction() as cursor:
            _written, lines = verdicts.apply(cursor, 1, [_decision(raised + n, now, lamps, "new") for n in range(BATCH)], now)
            verdicts.append_lines(cursor, 1, lines)
        raised += BATCH
        worst = max(worst, time.monotonic() - due)
    engine.close()
    return raised, time.monotonic() - began, worst


def _decision(number: int, now: datetime, lamps: Sequence[Lamp], name: str) -> Decision:
    priority = Priority.CRITICAL if number % 20 == 0 else Priority.MAJOR if number % 20 < 4 else Priority.MINOR
    asset_id, commune_id = lamps[number % len(lamps)]
    rule = Rule(key=f"{name}_{number // len(lamps)}_{priority}", kind="luminaire", property="", title="Nouvelle", priority=priority)
    return Decision(
        asset_id=asset_id,
        layer="lighting",
        kind="luminaire",
        commune_id=commune_id,
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
    """Consoles that mount one after the other. No alarm closes meanwhile: exact counts lie between a plain count before and one after, taken around every fifth one."""
    while not ending.wait(every_s):
        is_counted = len(durations) % 5 == 0
        with database.unit_of_work(1) as uow:
            before = uow.connection.exec_driver_sql(OPEN).scalar_one() if is_counted else 0
            began = time.monotonic()
            queue, counts = snapshot.alarms(uow, PERIMETER), snapshot.counts(uow, PERIMETER)
            durations.append(time.monotonic() - began)
            after = uow.connection.exec_driver_sql(OPEN).scalar_one() if is_counted else inf
        counted = sum(sum(states.values()) for states in counts.values())
        ranks = [(bool(one["masks"]), Priority.of(one["priority"]), one["raised_at"]) for one in queue]
        wrong.append(len(queue) != 500 or ranks != sorted(ranks) or not before <= counted <= after)


def _ms(values: list[float], part: float) -> str:
    return f"{share(values, part) * 1000:.0f} ms"


if __name__ == "__main__":
    main()
