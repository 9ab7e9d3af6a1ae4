"""History: adding it, closing a day, one asset over 30 days, hourly mean of every asset over 30 days, and what a value weighs.

A private cluster is filled with 20 million values of 30 days (9,259 assets, one value each 20 minutes, in the order of time as they would have come), the days are
closed into a lake, and each question is asked to `hypervisor.lake.history` and to plain PostgreSQL in turn. Floors and peers of the same run: psql's own
binary COPY of the same rows, and the same question in SQL to the partitions. `--rows` for less. Needs 4 GB of disk for 20 million.
"""

import argparse
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import psutil
import psycopg

from hypervisor.clock import FixedClock
from hypervisor.lake.closing import Closer
from hypervisor.lake.history import History
from hypervisor.lake.places import Place
from hypervisor.launcher import processes
from hypervisor.launcher.postgres import PrivatePostgres, find_binaries
from hypervisor.store import Database, history
from hypervisor.store.engine import Engine
from hypervisor.store.migrate import migrate
from hypervisor.store.observations import Whose
from tests.services import own_folder, plain

DAYS, STEP_MIN = 30, 20
FIRST = date(2026, 9, 1)
START, END = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (FIRST, FIRST + timedelta(days=DAYS)))
COPIED, PER_TRANSACTION = 500_000, 5_000
FILL = """
    INSERT INTO observation (observed_at, received_at, value, asset_id, property_id, quality, tenant)
    SELECT t + a %% 12000 * interval '100 ms', t + a %% 12000 * interval '100 ms' + interval '800 ms', round((20 + 10 * sin(extract(epoch FROM t) / 13751 + a) + random())::numeric, 1), a, 1, 0, 1
    FROM generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 minute', make_interval(mins => %(step)s)) t, generate_series(1, %(assets)s) a"""
HOURLY = """
    SELECT asset_id, property_id, floor(extract(epoch FROM observed_at)::float8 / 3600)::int, count(*), avg(value), min(value), max(value) FROM observation
    WHERE tenant = 1 AND property_id = 1 AND observed_at >= '{since}' AND observed_at < '{until}' GROUP BY 1, 2, 3"""


def main() -> None:
    """Fills, closes, asks, prints."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=20_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--folder", type=Path, default=None, help="kept, and asked again by the next run as it is")
    given = arguments.parse_args()
    assets = given.rows // (DAYS * 24 * 60 // STEP_MIN)
    with kept(given.folder) as folder:
        cluster = PrivatePostgres(folder / "postgres", processes.free_port())
        urls = cluster.start()
        try:
            migrate(urls.owner)
            with psycopg.connect(plain(urls.owner), autocommit=True) as owner:
                version = owner.execute("SHOW server_version").fetchone()
            print(
                f"{platform.platform()}, {psutil.cpu_count()} cores, PostgreSQL {version and version[0]}, DuckDB {duckdb.__version__}, {given.rounds} rounds, medians"
            )
            if not (folder / "lake").exists():
                adding(urls, folder, given.rounds)
                filling(urls, assets)
                closing(urls, folder)
            asking(cluster, urls, folder, assets, given.rounds)
        finally:
            cluster.stop()


@contextmanager
def kept(folder: Path | None) -> Iterator[Path]:
    """The folder given, made when it is not there; else one that is erased at the end."""
    if folder is None:
        with own_folder() as made:
            yield made
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    yield folder.resolve()


def adding(urls, folder: Path, rounds: int) -> None:
    """The worker's COPY against psql's of the same rows, 5,000 per transaction against one; both into a day with its BRIN index."""
    day = FIRST - timedelta(days=40)
    base = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    measured = np.array([(1 + n % 9000, 1, 20 + n % 100 / 10, base + n * 100, base + n * 100 + 800) for n in range(COPIED)], history.MEASURED)
    psql, file = find_binaries() / "psql", folder / "rows.bin"
    ours, raw = [], []
    with psycopg.connect(plain(urls.worker), autocommit=True) as worker, psycopg.connect(plain(urls.owner), autocommit=True) as owner:
        with worker.transaction(), worker.cursor() as cursor:
            history.make_day(cursor, day)
        for round_ in range(rounds):
            owner.execute("TRUNCATE observation")
            ours.append(took(lambda: _copy(worker, measured)))
            if not round_:
                with owner.cursor() as cursor, cursor.copy("COPY (SELECT * FROM observation) TO STDOUT (FORMAT BINARY)") as wire:
                    file.write_bytes(b"".join(bytes(piece) for piece in wire))
            owner.execute("TRUNCATE observation")
            command = [str(psql), "-X", "-q", "-d", plain(urls.owner), "-c", f"\\copy observation FROM '{file}' (FORMAT BINARY)"]
            raw.append(took(lambda command=command: subprocess.run(command, check=True)))
        owner.execute("TRUNCATE observation")
    file.unlink()
    mine, floor = statistics.median(ours), statistics.median(raw)
    print(
        f"COPY of history: {COPIED / mine:,.0f} rows/s, {PER_TRANSACTION} per transaction; psql binary COPY: {COPIED / floor:,.0f} rows/s; ratio {floor / mine:.2f} (target 0.5)"
    )


def filling(urls, assets: int) -> None:
    """30 days, one transaction each."""
    began = time.monotonic()
    with psycopg.connect(plain(urls.worker), autocommit=True) as worker:
        for number in range(DAYS):
            day = START + timedelta(days=number)
            with worker.transaction(), worker.cursor() as cursor:
                history.make_day(cursor, day.date())
                cursor.execute(FILL, {"from": day, "to": day + timedelta(days=1), "step": STEP_MIN, "assets": assets})
        row = worker.execute("SELECT count(*) FROM observation").fetchone()
    print(f"{row[0] if row else 0:,} values of {assets:,} assets over {DAYS} days, made in {time.monotonic() - began:.0f} s")


def closing(urls, folder: Path) -> None:
    """Every day, by the jobs' own closer."""
    heap = _size(urls)
    closer = Closer(
        Engine(urls.worker, "bench"), Place(str(folder / "lake")), FixedClock(END + timedelta(hours=3)), timedelta(days=400), timedelta(days=4000), {}
    )
    began = time.monotonic()
    closed = closer.close_due()
    took_s = time.monotonic() - began
    with psycopg.connect(plain(urls.owner)) as owner:
        rows, in_lake = owner.execute("SELECT sum(rows), sum(bytes) FROM history_day").fetchone() or (0, 0)
    hours = sum(path.stat().st_size for path in (folder / "lake").rglob("hours-*.parquet"))
    print(
        f"{len(closed)} days closed in {took_s:.0f} s, {took_s / len(closed):.1f} s each. Bytes per value: heap {heap / rows:.1f}, with its index by asset and its roll-up "
        f"{_size(urls) / rows:.1f}, lake {in_lake / rows:.1f} (roll-up {hours / rows:.1f} more); lake ÷ heap {in_lake / heap:.3f}"
    )


def asking(cluster: PrivatePostgres, urls, folder: Path, assets: int, rounds: int) -> None:
    """The two questions of the target, asked in turn."""
    database = Database(urls.app, pool_size=2)
    ours = History(database, str(folder / "lake"), 1024, 120)
    chance = np.random.default_rng(7)
    ours.count(1, Whose(property_ids=[1]), START, END)  # The lake's process has started.
    with psycopg.connect(plain(urls.worker), autocommit=True) as worker:
        one = [took(lambda: ours.series(1, Whose(property_ids=[1], asset_id=int(chance.integers(1, assets))), START, END)) for _ in range(4 * rounds)]
        hourly_one = [took(lambda: ours.means(1, Whose(property_ids=[1], asset_id=int(chance.integers(1, assets))), START, END)) for _ in range(4 * rounds)]
        before = _processor_s(cluster)
        for _ in range(4 * rounds):
            ours.series(1, Whose(property_ids=[1], asset_id=int(chance.integers(1, assets))), START, END)
        each = (_processor_s(cluster) - before) / (4 * rounds)
        print(
            f"one asset over {DAYS} days: {DAYS * 72:,} values in {_ms(one)}, of which {each * 1000:.1f} ms of processor, PostgreSQL's included; "
            f"its hourly means in {_ms(hourly_one)} (target 50 ms)"
        )
        query = HOURLY.format(since=START.isoformat(), until=END.isoformat())
        pairs = [(took(lambda: ours.means(1, Whose(property_ids=[1]), START, END)), took(lambda: _read(worker, query))) for _ in range(min(3, rounds))]
        mine, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"hourly mean of every asset over {DAYS} days: {mine:.2f} s; plain PostgreSQL {peer:.2f} s; ratio {peer / mine:.1f} (target 4)")
        all_together = [took(lambda: ours.means(1, Whose(property_ids=[1]), START, END, by_asset=False)) for _ in range(rounds)]
        counted = [took(lambda: ours.count(1, Whose(property_ids=[1]), START, END)) for _ in range(rounds)]
        print(f"hourly mean of all of them together: {_ms(all_together)}; count: {_ms(counted)}")
        cold = [
            took(lambda: ours.client.ask(_cold(urls, folder, int(chance.integers(1, assets)))))
            for _ in range(rounds)
        ]  # fmt: skip
        print(f"one asset over {DAYS} days when the lake alone has them: {_ms(cold)}")
    ours.close()
    database.close()


def _cold(urls, folder: Path, asset: int):
    from hypervisor.lake.questions import Question, Reach

    with psycopg.connect(plain(urls.owner)) as owner:
        files = [str(folder / "lake" / name) for (name,) in owner.execute("SELECT file FROM history_day ORDER BY day").fetchall()]
    return Question(kind="series", files=files, reach=Reach(tenant=1, property_ids=[1], assets=np.array([asset], "<i4").tobytes()), since_ms=0, until_ms=2**52)


def _copy(worker: psycopg.Connection, measured: np.ndarray) -> None:
    for start in range(0, len(measured), PER_TRANSACTION):
        with worker.transaction(), worker.cursor() as cursor:
            history.copy(cursor, 1, measured[start : start + PER_TRANSACTION])


def _read(worker: psycopg.Connection, query: str) -> None:
    with worker.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as wire:  # type: ignore[arg-type]
        for _piece in wire:
            pass


def _processor_s(cluster: PrivatePostgres) -> float:
    """Processor time so far of this process and of the cluster's, those that live."""
    roots = [psutil.Process(cluster.running_pid() or 0), *psutil.Process(cluster.running_pid() or 0).children()]
    return time.process_time() + sum(sum(process.cpu_times()[:2]) for process in roots)


def _size(urls) -> int:
    with psycopg.connect(plain(urls.owner)) as owner:
        row = owner.execute(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent IN ('observation'::regclass, 'observation_hour'::regclass)"
        ).fetchone()
    return int(row[0] or 0) if row else 0


def took(step: Callable[[], object]) -> float:
    """Seconds of one run."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} ms"


if __name__ == "__main__":
    main()
