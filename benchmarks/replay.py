"""Replay: how long the map of a minute of the past takes to be ready, over HTTP, while its day is in PostgreSQL and once the lake alone has it.

The demonstration's territory (`--assets`, 41,600 by default) has three hours and a half of yesterday: each property at its own period, for every asset that has it. A moment is asked
with the ten minutes that follow, as the page does, and alone. Floors of the same run: the map as it is now through the same process, and the same rows counted by PostgreSQL.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import psycopg

from benchmarks.cold import PASSWORD, ROOT, until_it_answers
from hypervisor.clock import FixedClock
from hypervisor.demo import load
from hypervisor.lake.closing import Closer
from hypervisor.lake.places import Place
from hypervisor.launcher import processes
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.launcher.valkey import PrivateValkey
from hypervisor.layers import all_layers
from hypervisor.security import demo_accounts
from hypervisor.store import Database
from hypervisor.store.engine import Engine
from hypervisor.store.migrate import migrate
from tests.services import own_folder, plain

TARGET_S = 2.0
LASTS = timedelta(hours=3, minutes=30)
FILL = """
    INSERT INTO observation (observed_at, received_at, value, asset_id, property_id, quality, tenant)
    SELECT t + a.id %% 50 * interval '1 second', t + a.id %% 50 * interval '1 second', a.id %% 2, a.id, %(property)s, 0, 1
    FROM generate_series(%(since)s::timestamptz, %(until)s::timestamptz, make_interval(secs => %(period)s)) t, asset a WHERE a.tenant = 1 AND a.layer = %(layer)s AND a.kind = %(kind)s"""


def main() -> None:
    """Fills yesterday, asks for a minute of it, closes it, asks again."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--assets", type=int, default=None)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    with own_folder() as folder:
        cluster, valkey = PrivatePostgres(folder / "postgres", processes.free_port()), PrivateValkey(folder / "valkey", processes.free_port())
        urls, redis_url = cluster.start(), valkey.start()
        try:
            migrate(urls.owner)
            load.load(urls.owner, given.assets)
            database = Database(urls.app, pool_size=1)
            with database.unit_of_work(1) as uow:
                demo_accounts.give_password(uow, PASSWORD)
            database.close()
            moment = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
            assets, rows = fill(urls, moment)
            print(
                f"{platform.platform()}, {psutil.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, {assets:,} assets, {rows:,} values, {given.rounds} rounds, medians"
            )
            with serving(folder, urls, redis_url) as web:
                ask(web, urls, moment, "in PostgreSQL", given.rounds)
                engine = Engine(urls.worker, "bench-closing")
                Closer(engine, Place(str(folder / "lake")), FixedClock(moment + timedelta(days=2)), timedelta(days=-3), timedelta(days=900), {}).run()
                engine.close()
                ask(web, None, moment, "in the lake alone", given.rounds)
        finally:
            valkey.stop()
            cluster.stop()


def fill(urls: DatabaseUrls, moment: datetime) -> tuple[int, int]:
    """Yesterday's hours around the moment; (assets, values)."""
    with psycopg.connect(plain(urls.owner), autocommit=True) as owner:
        owner.execute("SELECT make_observation_partition(%s::date)", (moment.date(),))
        numbers = {(layer, key): number for layer, key, number in owner.execute("SELECT layer, key, id FROM property")}
        for layer in all_layers().values():
            for kind in layer.kinds:
                for key in kind.properties:
                    if (layer.key, key) in numbers:
                        period = layer.property_of(key).period.total_seconds()
                        values = {"property": numbers[layer.key, key], "period": period, "layer": layer.key, "kind": kind.key}
                        owner.execute(FILL, {**values, "since": moment - LASTS + timedelta(minutes=30), "until": moment + timedelta(minutes=30)})
        owner.execute("ANALYZE observation")
        (assets,) = owner.execute("SELECT count(*) FROM asset").fetchone() or (0,)
        (rows,) = owner.execute("SELECT count(*) FROM observation").fetchone() or (0,)
    return assets, rows


@contextmanager
def serving(folder: Path, urls: DatabaseUrls, redis_url: str) -> Iterator[httpx.Client]:
    """A web process, and somebody of the room signed in to it."""
    port = processes.free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "HYPERVISOR_PORT": str(port), "HYPERVISOR_DEMO": "0", "HYPERVISOR_SIMULATE": "0", "HYPERVISOR_DATA_DIR": str(folder / "var"), "HYPERVISOR_DATABASE_URL": urls.owner,
        "HYPERVISOR_DATABASE_WORKER_URL": urls.worker, "HYPERVISOR_DATABASE_APP_URL": urls.app, "HYPERVISOR_REDIS_URL": redis_url, "HYPERVISOR_LAKE_URL": str(folder / "lake"),
    }  # fmt: skip
    (folder / "var").mkdir()
    process = subprocess.Popen([sys.executable, "-m", "uvicorn", "app:server", "--port", str(port), "--log-level", "error"], cwd=ROOT, env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as web:
            until_it_answers(web)
            web.post("/api/v1/session", json={"username": "chef", "password": PASSWORD}).raise_for_status()
            yield web
    finally:
        process.terminate()
        process.wait()


def ask(web: httpx.Client, urls: DatabaseUrls | None, moment: datetime, where: str, rounds: int) -> None:
    """Prints the times of a moment with what follows, of a moment alone, and the floors. urls None: PostgreSQL no longer has it."""
    sizes: list[int] = []

    def took(path: str) -> float:
        began = time.perf_counter()
        answer = web.get(path)
        answer.raise_for_status()
        sizes.append(len(answer.content))
        return time.perf_counter() - began

    def past(at: datetime, minutes: int) -> float:
        return took(f"/api/v1/map/past?at={at.isoformat().replace('+00:00', 'Z')}&minutes={minutes}")

    past(moment, 0)  # The process wakes the lake and reads its layout once.
    chapters = [past(moment + timedelta(minutes=number), 10) for number in range(rounds)]
    size = sizes[-1]
    alone = [past(moment + timedelta(minutes=number), 0) for number in range(rounds)]
    now = [took("/api/v1/map/state") for _round in range(rounds)]
    floor = ""
    if urls is not None:
        with psycopg.connect(plain(urls.worker), autocommit=True) as worker:
            began = time.perf_counter()
            worker.execute(
                "SELECT count(*), max(value) FROM observation WHERE tenant = 1 AND observed_at >= %s AND observed_at < %s",
                (moment - timedelta(hours=3), moment),
            ).fetchone()
            floor = f"; the same three hours counted by PostgreSQL {time.perf_counter() - began:.2f} s"
    print(f"a minute {where}, with the ten that follow: {statistics.median(chapters):.2f} s for {size / 1e6:.2f} MB (target {TARGET_S:g} s); alone {statistics.median(alone):.2f} s; "
          f"floors: the map of now {statistics.median(now):.2f} s{floor}")  # fmt: skip


if __name__ == "__main__":
    main()
