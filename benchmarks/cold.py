"""The cold side: the officials' page on two years of a metropolis, and the lake against plain PostgreSQL on the same values.

First, `--rows` values of 30 days (100 million by default, 40 GB of disk) are put in PostgreSQL and closed into a lake, as `benchmarks/history.py` does with fewer; the hourly mean of every
asset is asked to both in turn, read in pieces on both sides, and the memory of the lake's process watched. Then the demonstration's territory and `--days` of its past (two years, about 68 million values) are written as
closed days, every measure is computed, and `/elus` is asked over HTTP to a web process that has just started (cold), then again (warm), then for a period it has not seen (new).
"""

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import httpx
import psutil
import psycopg

from benchmarks import history
from hypervisor.clock import SystemClock
from hypervisor.demo import load, past
from hypervisor.lake.client import Client
from hypervisor.lake.history import History
from hypervisor.lake.indicators import Indicators
from hypervisor.lake.places import Place
from hypervisor.launcher import processes
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.launcher.valkey import PrivateValkey
from hypervisor.layers import all_layers
from hypervisor.security import demo_accounts
from hypervisor.store import Database
from hypervisor.store.engine import Engine
from hypervisor.store.migrate import migrate
from hypervisor.store.observations import Whose
from tests.services import own_folder, plain

ROOT = Path(__file__).parents[1]
PASSWORD = "tramway-azur-87"
MEMORY_MB = 1024
BYTES_A_ROW = 250
"""Of PostgreSQL's heap, index, roll-up and log, while days close."""


def main() -> None:
    """Both parts, in databases of their own."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=100_000_000)
    arguments.add_argument("--days", type=int, default=730)
    arguments.add_argument("--assets", type=int, default=None)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    print(f"{platform.platform()}, {psutil.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, DuckDB {duckdb.__version__}")
    if given.rows:
        free = shutil.disk_usage(tempfile.gettempdir()).free
        if free < given.rows * BYTES_A_ROW:
            sys.exit(
                f"{given.rows:,} values need {given.rows * BYTES_A_ROW / 1e9:.0f} GB of disk in {tempfile.gettempdir()}, which has {free / 1e9:.0f}: free some, set TMPDIR, or ask for fewer by --rows"
            )
        with own_folder() as folder:
            against_postgresql(folder, given.rows, given.rounds)
    with own_folder() as folder:
        officials(folder, given.days, given.assets, given.rounds)


def against_postgresql(folder: Path, rows: int, rounds: int) -> None:
    """The same values in PostgreSQL's heap and in the lake."""
    assets = rows // (history.DAYS * 24 * 60 // history.STEP_MIN)
    cluster = PrivatePostgres(folder / "postgres", processes.free_port())
    urls = cluster.start()
    try:
        migrate(urls.owner)
        history.filling(urls, assets)
        history.closing(urls, folder)
        database = Database(urls.app, pool_size=2)
        ours = History(database, str(folder / "lake"), MEMORY_MB, 600)
        whose = Whose(property_ids=[1])
        ours.count(1, whose, history.START, history.END)
        query = history.HOURLY.format(since=history.START.isoformat(), until=history.END.isoformat())
        with psycopg.connect(plain(urls.worker), autocommit=True) as worker, watching(ours.client) as peak:
            pairs = [
                (history.took(lambda: deque(ours.hours(1, whose, history.START, history.END), maxlen=0)), history.took(lambda: history._read(worker, query)))
                for _round in range(rounds)
            ]
        mine, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"hourly mean of {assets:,} assets over {history.DAYS} days: {mine:.2f} s; plain PostgreSQL {peer:.2f} s; ratio {peer / mine:.1f} (target 4); "
              f"memory of the lake's process {peak[0] / 2**20:,.0f} MiB (target 2,048)")  # fmt: skip
        ours.close()
        database.close()
    finally:
        cluster.stop()


def officials(folder: Path, days: int, assets: int | None, rounds: int) -> None:
    """The territory, its past, its measures, its page."""
    cluster, valkey = PrivatePostgres(folder / "postgres", processes.free_port()), PrivateValkey(folder / "valkey", processes.free_port())
    urls, redis_url = cluster.start(), valkey.start()
    try:
        migrate(urls.owner)
        load.load(urls.owner, assets)
        database = Database(urls.app, pool_size=1)
        with database.unit_of_work(1) as uow:
            demo_accounts.give_password(uow, PASSWORD)
        database.close()
        lake, now, engine = folder / "lake", datetime.now(UTC), Engine(urls.worker, "bench")
        past.BREATH = 0.0
        began = time.monotonic()
        past.remember(engine, Place(str(lake)), now, days)
        with engine.reading() as cursor:
            rows, size = cursor.execute("SELECT sum(rows), sum(bytes) FROM history_day").fetchone() or (0, 0)
        print(f"past: {days} days, {rows:,} values written in {time.monotonic() - began:.0f} s, {size / rows:.1f} bytes each")
        client = Client(str(lake), MEMORY_MB, 600)
        computing = Indicators(engine, client, Place(str(lake)), SystemClock(), all_layers())
        began = time.monotonic()
        with watching(client) as peak:
            done = computing.run()
        print(f"measures: {done:,} daily sums in {time.monotonic() - began:.0f} s; memory of the lake's process {peak[0] / 2**20:,.0f} MiB")
        began = time.monotonic()
        computing.run()
        print(f"measures again, nothing due: {time.monotonic() - began:.2f} s")
        computing.close()
        views = [view(folder, urls, redis_url, number) for number in range(rounds)]
        cold, warm, new = (statistics.median(side) for side in zip(*views, strict=True))
        print(
            f"/elus: first view of a process that has just started {cold:.2f} s (target 1.5), again {warm * 1000:.0f} ms (target 300), another period {new:.2f} s"
        )
    finally:
        valkey.stop()
        cluster.stop()


def view(folder: Path, urls, redis_url: str, number: int) -> tuple[float, float, float]:
    """Seconds of the page's figures over HTTP: cold, warm, and for another period. Signing in is not counted."""
    port = processes.free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "HYPERVISOR_PORT": str(port), "HYPERVISOR_DEMO": "0", "HYPERVISOR_SIMULATE": "0", "HYPERVISOR_DATA_DIR": str(folder / f"var{number}"), "HYPERVISOR_DATABASE_URL": urls.owner,
        "HYPERVISOR_DATABASE_WORKER_URL": urls.worker, "HYPERVISOR_DATABASE_APP_URL": urls.app, "HYPERVISOR_REDIS_URL": redis_url, "HYPERVISOR_LAKE_URL": str(folder / "lake"),
    }  # fmt: skip
    (folder / f"var{number}").mkdir()
    process = subprocess.Popen([sys.executable, "-m", "uvicorn", "app:server", "--port", str(port), "--log-level", "error"], cwd=ROOT, env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as web:
            until_it_answers(web)
            csrf = web.post("/api/v1/session", json={"username": "elu", "password": PASSWORD}).json()["csrf"]
            headers = {"X-CSRFToken": csrf}

            def ask(period: str) -> float:
                choice = {"territory": 0, "period": period, "comparison": "n-1", "domain": "", "focus": ""}
                asked = {"output": "elus-corps.children", "outputs": {"id": "elus-corps", "property": "children"}, "changedPropIds": ["elus-choix.data"],
                         "inputs": [{"id": "elus-choix", "property": "data", "value": choice}, {"id": "elus-relire", "property": "n_clicks", "value": None}]}  # fmt: skip
                began = time.monotonic()
                answer = web.post("/_dash-update-component", json=asked, headers=headers)
                answer.raise_for_status()
                assert re.search("elu-carte-energy_avoided", answer.text), answer.text[:500]
                return time.monotonic() - began

            return ask(""), ask(""), ask("12m")
    finally:
        process.terminate()
        process.wait()


def until_it_answers(web: httpx.Client) -> None:
    """Returns once the process serves; its start is not the page's."""
    for _attempt in range(600):
        try:
            if web.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the web process did not start")


class watching:  # noqa: N801 - reads as a verb
    """The greatest resident memory of the lake's process during the block, in a list of one."""

    def __init__(self, client: Client) -> None:
        self._client, self._peak, self._done = client, [0], threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> list[int]:
        self._thread.start()
        return self._peak

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.1):
            if self._client.pid:
                try:
                    self._peak[0] = max(self._peak[0], psutil.Process(self._client.pid).memory_info().rss)
                except psutil.Error:
                    continue


if __name__ == "__main__":
    main()
