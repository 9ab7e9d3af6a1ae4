"""The logbook's pace: people's lines through `logbook.append` (app's role, chained, announced) while the worker commits alarms with theirs, beside plain INSERTs.

Floor of the same run: the same lines as plain INSERTs into a copy of the table (same columns and indexes, no chain, no fact), by the owner, in
transactions of the same size. Then the chain is verified from its first line, one search is timed, and the lines are counted: none lost, none twice.
"""

import argparse
import threading
import time
from datetime import UTC, datetime

import psycopg

from benchmarks._alarm_platform import Ground, ground
from benchmarks.desk import Lamp, _raise
from hypervisor.store import Database, logbook

TARGET = 1000
WORDS = "Débit du secteur Antigone à 412 m³/h, deux capteurs concordants, fuite confirmée par l’équipe."
COPY = "CREATE TABLE plain_logbook (LIKE logbook INCLUDING INDEXES INCLUDING DEFAULTS)"
PLAIN = "INSERT INTO plain_logbook (tenant, seq, at, actor, actor_name, kind, text, layer, action, previous_hash, hash) VALUES (1, %s, %s, 'banc', 'Banc', 'observation', %s, 'water', 'note', '', '')"


def main() -> None:
    """Runs the two and prints their figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=15)
    arguments.add_argument("--batch", type=int, default=50, help="lines of one transaction")
    arguments.add_argument("--alarms", type=int, default=200, help="alarms that the worker raises each second meanwhile")
    arguments.add_argument("--port", type=int, default=21630)
    given = arguments.parse_args()
    with ground(given.port, 40_000) as platform:
        floor = _plain(platform, given)
        chained, ours = _chained(platform, given)
        database = Database(platform.urls.app, pool_size=1)
        with database.unit_of_work(1) as uow:
            began = time.monotonic()
            broken = logbook.first_broken(uow)
            verified = time.monotonic() - began
            count = uow.connection.exec_driver_sql("SELECT count(*) FROM logbook WHERE actor = 'banc'").scalar_one()
            total = uow.connection.exec_driver_sql("SELECT count(*) FROM logbook").scalar_one()
            began = time.monotonic()
            found = logbook.listed(uow, None, None, {"text": "fuites confirmées"}, 100)
            searched = time.monotonic() - began
        database.close()
    verdict = "met" if chained >= TARGET else "MISSED"
    print(f"chained lines while the worker raises {given.alarms} alarms/s: {chained:.0f}/s, {given.batch} a transaction (target {TARGET}: {verdict})")
    print(f"plain INSERTs, same columns and indexes: {floor:.0f}/s; chained ÷ plain {chained / floor:.2f}")
    print(
        f"lines written {ours}, found {count}; first broken: {broken}; {total} lines verified in {verified:.2f} s; a search over them {searched * 1000:.0f} ms ({len(found)} shown)"
    )


def _plain(platform: Ground, given: argparse.Namespace) -> float:
    with psycopg.connect(platform.owner_url) as owner:
        owner.execute(COPY)
        owner.commit()
        began, written = time.monotonic(), 0
        while time.monotonic() - began < given.seconds / 3:
            with owner.transaction(), owner.cursor() as cursor:
                cursor.executemany(PLAIN, [(written + n, datetime.now(UTC), WORDS) for n in range(given.batch)])
            written += given.batch
        return written / (time.monotonic() - began)


def _chained(platform: Ground, given: argparse.Namespace) -> tuple[float, int]:
    lamps: list[Lamp] = [(number, 0) for number in range(1, 1001)]
    worker = threading.Thread(target=_raise, args=(platform.urls.worker, lamps, given.alarms, given.seconds))
    database = Database(platform.urls.app, pool_size=1)
    worker.start()
    began, written = time.monotonic(), 0
    while time.monotonic() - began < given.seconds:
        line = logbook.Line(at=datetime.now(UTC), actor="banc", actor_name="Banc", kind="observation", text=WORDS, layer="water", action="note")
        with database.unit_of_work(1) as uow:
            logbook.append(uow, *[line] * given.batch)
        written += given.batch
    seconds = time.monotonic() - began
    worker.join()
    with database.unit_of_work(1) as uow:
        raised = uow.connection.exec_driver_sql("SELECT count(*) FROM alarm").scalar_one()
    database.close()
    assert raised >= given.alarms * given.seconds * 0.9, f"the worker raised {raised} alarms: the figure would be of a logbook alone"
    return written / seconds, written


if __name__ == "__main__":
    main()
