"""What the ingestion benchmark measures: private PostgreSQL and Valkey, the demonstration's territory, a real door and real workers with many rules.

`python -m benchmarks._ingest_platform K N RULES` is such a worker: the product's own, given more rules than the layers declare.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import psycopg

from hypervisor import clock as clocks
from hypervisor import layers as shelf
from hypervisor import settings as settings_module
from hypervisor.demo import load as territory
from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import Rule
from hypervisor.hot import keys
from hypervisor.hot.client import connect
from hypervisor.launcher import addresses, processes
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.launcher.valkey import PrivateValkey
from hypervisor.store.migrate import migrate
from hypervisor.worker import Worker

ROOT = Path(__file__).parents[1]
TOKEN = "vigie_benchmark"
FIRST_THRESHOLD = 0.6
"""Where the added rules begin, as a share of the property's range; the load stays below 0.5 but for the few values meant to cross one."""


def with_rules(layers: Mapping[str, Layer], count: int) -> dict[str, Layer]:
    """The layers with `count` rules in all, those added spread over every property that is a bounded number."""
    declared = sum(len(layer.rules) for layer in layers.values())
    places = [(layer, kind.key, layer.property_of(key)) for layer in layers.values() for kind in layer.kinds for key in kind.properties]
    places = [(layer, kind, prop) for layer, kind, prop in places if not prop.words and prop.high - prop.low < float("inf")]
    added: dict[str, list[Rule]] = {key: [] for key in layers}
    for number in range(max(0, count - declared)):
        layer, kind, prop = places[number % len(places)]
        share = FIRST_THRESHOLD + (1 - FIRST_THRESHOLD) * (number // len(places)) / (count / len(places) + 1)
        threshold = prop.low + share * (prop.high - prop.low)
        margin = (prop.high - prop.low) / 1000
        title, key = f"Banc {number}", f"bench_{number}"
        added[layer.key].append(
            Rule(key=key, kind=kind, property=prop.key, title=title, priority=Priority.INFO, threshold=threshold, hysteresis=margin, source="benchmark")
        )
    return {key: replace(layer, rules=(*layer.rules, *added[key])) for key, layer in layers.items()}


@dataclass
class Platform:
    """Services and processes of one benchmark. `cpu_s` is the processor time of all of them so far."""

    folder: Path
    first_port: int
    shards: int
    rules: int
    assets: int | None = None
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        """Starts everything; a folder kept from a run before is used again."""
        postgres = PrivatePostgres(self.folder / "postgres", self.first_port)
        self.valkey = PrivateValkey(self.folder / "valkey", self.first_port + 1)
        self.postgres, urls = postgres, postgres.start()
        self.redis_url = self.valkey.start()
        addresses.remember(self.folder, urls, self.redis_url)
        password = {name: getattr(urls, name).split("://", 1)[1].split("@", 1)[0].split(":", 1)[1] for name in ("worker", "app")}
        migrate(urls.owner, worker_password=password["worker"], app_password=password["app"])
        territory.load(urls.owner, self.assets)
        self.owner_url = urls.owner.replace("+psycopg", "", 1)
        with psycopg.connect(self.owner_url, autocommit=True) as owner:
            owner.execute(
                "INSERT INTO api_token (tenant, id, name, token_hash, scope, created_at) VALUES (1, 1000, 'banc', %s, 'ingest', now()) ON CONFLICT DO NOTHING",
                (hashlib.sha256(TOKEN.encode()).digest(),),
            )
        self.client = connect(self.redis_url)
        self.door_port = self.first_port + 2
        self._run("door", "hypervisor", "ingest")
        for shard in range(self.shards):
            self._run(f"worker-{shard}", "benchmarks._ingest_platform", str(shard), str(self.shards), str(self.rules))
        door = f"http://127.0.0.1:{self.door_port}/healthz"
        assert processes.until(lambda: _answers(door) and all(self.client.exists(keys.pulse(1, f"worker:{n}")) for n in range(self.shards)), 120), "not ready"

    def stop(self) -> None:
        """Ends every process started here."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            process.wait(timeout=60)
        self.valkey.stop()
        self.postgres.stop()

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor by process; PostgreSQL with its backends, those that ended included."""
        return {name: _cpu_s(psutil.Process(pid)) for name, pid in self.roots().items()}

    def roots(self) -> dict[str, int]:
        """The first process of each service."""
        return {name: process.pid for name, process in self.running.items()} | {
            "valkey": self.valkey.running_pids()[0],
            "postgres": self.postgres.running_pid() or 0,
        }

    def waiting(self) -> int:
        """Entries that no worker has finished."""
        return sum(int(self.client.xlen(keys.stream(1, shard))) for shard in range(self.shards))  # type: ignore[arg-type]

    def _run(self, name: str, *words: str) -> None:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        own = {"HYPERVISOR_DATA_DIR": str(self.folder), "HYPERVISOR_INGEST_PORT": str(self.door_port), "HYPERVISOR_DEMO": "0"}
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", *words]
            own["HYPERVISOR_SHARDS"] = str(self.shards)
            self.running[name] = subprocess.Popen(command, cwd=ROOT, env=kept | own, stdout=log, stderr=log, start_new_session=True)


@contextmanager
def platform(first_port: int, shards: int, rules: int, assets: int | None, kept: Path | None) -> Iterator[Platform]:
    """A platform that is erased at the end, unless its folder is given."""
    folder = kept or Path(tempfile.mkdtemp(prefix="vigie-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    made = Platform(folder.resolve(), first_port, shards, rules, assets)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _cpu_s(process: psutil.Process) -> float:
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children():
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _work(shard: int, shards: int, rules: int) -> None:
    settings = settings_module.load()
    found = addresses.resolve(settings)
    layers = with_rules(shelf.all_layers(), rules)
    worker = Worker(found.database.worker, found.redis, layers, clocks.from_setting(settings.clock), timedelta(days=30), shard, shards)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: worker.stop())
    worker.run()


if __name__ == "__main__":
    _work(*(int(word) for word in sys.argv[1:4]))
