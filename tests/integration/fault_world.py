"""A small installation of real processes that a fault can strike: durable PostgreSQL and Valkey, the product's own door and worker, containers, and a sender.

The sender sends one value of every container at each step, through the door, and repeats a request until it is answered 204: what it counts as sent is what was
acknowledged. Containers burn and cool every HALF_PERIOD steps, so that the alarms that must be found are known.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import redis

from hypervisor.hot import keys
from hypervisor.launcher import addresses, processes
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.launcher.valkey import PrivateValkey
from hypervisor.store.layout import assign_slots
from hypervisor.store.migrate import migrate
from tests.services import own_folder, plain

ROOT = Path(__file__).parents[2]
TOKEN = "vigie_fault"
CONTAINERS, HALF_PERIOD = 20, 5
CALM, FIRE = 20.0, 90.0
PATIENCE_S = 120.0
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"


@dataclass
class Installation:
    """Services and processes in one folder. `kill` sends SIGKILL to one of door, worker, redis, postgresql; `revive` starts it again.

    has_machine_clock: the system's time of all four is libfaketime's, so that `shift_clock` moves the machine's; otherwise it moves HYPERVISOR_CLOCK.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    has_machine_clock: bool = False

    def start(self) -> None:
        """Starts everything, and settles the containers."""
        self.postgres = PrivatePostgres(self.folder / "postgres", processes.free_port())
        self.valkey = PrivateValkey(self.folder / "valkey", processes.free_port())
        self.clock_file = self.folder / "clock"
        self.shift_clock(0)
        with self._machine_clock():
            self.urls, self.redis_url = self.postgres.start(), self.valkey.start()
        self.door_port = processes.free_port()
        addresses.remember(self.folder, self.urls, self.redis_url)
        passwords = {name: getattr(self.urls, name).split("://", 1)[1].split("@", 1)[0].split(":", 1)[1] for name in ("worker", "app")}
        migrate(self.urls.owner, worker_password=passwords["worker"], app_password=passwords["app"])
        with psycopg.connect(plain(self.urls.owner), autocommit=True) as owner:
            owner.execute("UPDATE tenant SET label = 'Essai' WHERE id = 1")
            owner.execute(
                "INSERT INTO asset (tenant, id, urn, layer, kind, name, commune_id, geom, lon, lat) SELECT 1, n, %s || n, 'waste', 'container', 'Bac ' || n, 0, "
                "ST_SetSRID(ST_MakePoint(3.8, 43.6), 4326), 3.8, 43.6 FROM generate_series(1, %s) n",
                (urn(""), 10 * CONTAINERS),
            )
            digest = hashlib.sha256(TOKEN.encode()).digest()
            owner.execute("INSERT INTO api_token (tenant, id, name, token_hash, scope, created_at) VALUES (1, 1000, 'essai', %s, 'ingest', now())", (digest,))
            assign_slots(owner, 1)
        for name in ("door", "worker"):
            self.revive(name)
        self.until(lambda: self.answers() and self.redis().exists(keys.pulse(1, "worker:0")) == 1, "the installation does not start")

    def stop(self) -> None:
        """Ends everything that was started here, paused or not."""
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.valkey.stop()
        self.postgres.stop()

    def kill(self, name: str) -> None:
        """SIGKILL, as the machine's lack of memory would."""
        if name in self.running:
            self.running[name].kill()
            self.running[name].wait()
            return
        pids = self.valkey.running_pids() if name == "redis" else [self.postgres.running_pid() or 0]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        assert processes.until(lambda: not any(map(processes.is_alive, pids)), 20)

    def revive(self, name: str) -> None:
        """Starts it again, as the supervisor would."""
        if name in ("redis", "postgresql"):
            with self._machine_clock():
                (self.valkey if name == "redis" else self.postgres).start()
        else:
            command = {"door": "ingest"}.get(name, name)
            kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
            own = {"HYPERVISOR_DATA_DIR": str(self.folder), "HYPERVISOR_INGEST_PORT": str(self.door_port)}
            own |= self._faked() if self.has_machine_clock else {"HYPERVISOR_CLOCK": f"file:{self.clock_file}"}
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    [sys.executable, "-m", "hypervisor", command], cwd=ROOT, env=kept | own | self.environment, stdout=log, stderr=log, start_new_session=True
                )

    def is_up(self, name: str) -> bool:
        """Whether a store answers."""
        return (self.valkey if name == "redis" else self.postgres).is_ready()

    def signal(self, name: str, number: signal.Signals) -> None:
        """A signal to the door or the worker."""
        self.running[name].send_signal(number)

    def shift_clock(self, offset_s: float) -> None:
        """Moves the time of the machine, or that of the door and the worker, which read it within 100 ms."""
        draft = self.clock_file.with_suffix(".new")
        draft.write_text(f"{offset_s:+.0f}\n" if self.has_machine_clock else json.dumps({"offset_s": offset_s, "speed": 1, "origin": 0}))
        draft.chmod(0o644)
        draft.replace(self.clock_file)

    def _faked(self) -> dict[str, str]:
        # Durations stay true: only the calendar jumps when a machine's clock is set.
        return {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.clock_file), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    @contextmanager
    def _machine_clock(self) -> Iterator[None]:
        """Servers started meanwhile inherit the faked clock."""
        own = self._faked() if self.has_machine_clock else {}
        os.environ.update(own)
        try:
            yield
        finally:
            for name in own:
                del os.environ[name]

    def ahead_s(self) -> tuple[float, float]:
        """By how much Valkey's and PostgreSQL's clocks are ahead of ours."""
        seconds, _micros = self.redis().time()  # type: ignore[misc]
        [(now,)] = self.rows("SELECT extract(epoch FROM clock_timestamp())::float8")
        return seconds - time.time(), now - time.time()

    def answers(self) -> bool:
        """Whether the door is open."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.door_port}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def redis(self) -> redis.Redis:
        """A connection of our own."""
        return redis.Redis.from_url(self.redis_url)

    def rows(self, query: str, *values: object) -> list[tuple]:
        """What the database holds, as its owner sees it."""
        with psycopg.connect(plain(self.urls.owner), autocommit=True) as owner:
            return owner.execute(query, values).fetchall()  # type: ignore[arg-type]

    def stored(self, first: int) -> tuple[int, int]:
        """(values in history, distinct ones) of the containers first … first + CONTAINERS - 1."""
        found = self.rows(
            "SELECT count(*), count(DISTINCT (asset_id, property_id, observed_at)) FROM observation WHERE asset_id BETWEEN %s AND %s",
            first,
            first + CONTAINERS - 1,
        )
        return found[0][0], found[0][1]

    def until(self, condition, complaint: str, patience_s: float = PATIENCE_S) -> None:
        """Waits for a condition, which may fail while a service is away."""

        def holds() -> bool:
            try:
                return bool(condition())
            except (psycopg.Error, redis.RedisError, OSError):
                return False

        assert processes.until(holds, patience_s), f"{complaint}\n{self.logs()}"

    def drain(self) -> None:
        """Waits until everything accepted is in history."""
        self.until(lambda: self.redis().xlen(keys.stream(1, 0)) == 0, "the stream is not emptied")

    def logs(self) -> str:
        """The end of each process's log, for a test that fails."""
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in sorted(self.folder.glob("*.log")))


def urn(number: object) -> str:
    return f"urn:ngsi-ld:WasteContainer:{number}"


class Sender(threading.Thread):
    """Sends until stopped, and ends on a full period with every container calm.

    first: its first container. is_dated: each value carries its time; otherwise each request has an Idempotency-Key. `steps` counts those acknowledged, `refusals` the
    answers 429 and 503 by status, `broken` the requests that got no answer.
    """

    def __init__(self, installation: Installation, first: int = 1, every_s: float = 0.01, *, is_dated: bool = True) -> None:
        super().__init__(daemon=True)
        self._installation, self._first, self._every_s, self._is_dated = installation, first, every_s, is_dated
        self._ending = threading.Event()
        self._start = time.time() - 600
        self.steps = self.broken = 0
        self.refusals: dict[int, int] = {}

    def run(self) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{self._installation.door_port}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10) as client:
            while not self._ending.wait(self._every_s) or self.steps % (2 * HALF_PERIOD):
                self._post(client, self._body(), f"{self._first}-{self._start}-{self.steps}")
                self.steps += 1

    def stop(self) -> None:
        self._ending.set()
        self.join(PATIENCE_S)
        assert not self.is_alive(), f"the sender is never answered 204\n{self._installation.logs()}"

    def _body(self) -> list[dict]:
        value = FIRE if HALF_PERIOD <= self.steps % (2 * HALF_PERIOD) < 2 * HALF_PERIOD - 1 else CALM
        at = {"observedAt": iso(self._start + self.steps / 1000)} if self._is_dated else {}
        return [
            {"id": urn(number), "type": "WasteContainer", "temperature": {"type": "Property", "value": value, **at}}
            for number in range(self._first, self._first + CONTAINERS)
        ]

    def _post(self, client: httpx.Client, body: list[dict], key: str) -> None:
        headers = {} if self._is_dated else {"Idempotency-Key": key}
        while True:
            try:
                status = client.post(UPSERT, json=body, headers=headers).status_code
            except httpx.HTTPError:
                self.broken += 1
            else:
                if status == 204:
                    return
                assert status in (429, 503), f"the door answers {status}"
                self.refusals[status] = self.refusals.get(status, 0) + 1
            time.sleep(0.05)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A folder on a file system of its own, that small. Raises PermissionError where mounting is refused."""
    with own_folder() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)], capture_output=True, text=True)
        if mounted.returncode:
            raise PermissionError(mounted.stderr.strip())
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def installation(folder: Path | None = None, *, has_machine_clock: bool = False, **environment: str) -> Iterator[Installation]:
    """A running installation, erased at the end, or in a folder that is given."""
    with own_folder() if folder is None else nullcontext(folder) as found:
        made = Installation(found, environment, has_machine_clock=has_machine_clock)
        try:
            made.start()
            yield made
        finally:
            made.stop()


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
