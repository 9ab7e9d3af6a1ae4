"""A whole Vigie in its own folder and ports, started as a newcomer starts it, whose processes a test can hurt."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg

ROOT = Path(__file__).parents[2]
PASSWORD = "essai-de-bout-en-bout-2026"
START_S = 420  # A first start generates the territory: the issue allows four minutes on two quiet cores.


@dataclass
class Platform:
    """One installation. `url` serves every screen, `wall_url` walls alone, `door_url` observations."""

    data_dir: Path
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    def __post_init__(self) -> None:
        ports = _free_ports(3)
        self.ports = dict(zip(("web", "ingest", "wall"), ports, strict=True))
        self.url, self.door_url, self.wall_url = (f"http://127.0.0.1:{port}" for port in ports)
        self.log = self.data_dir / "up.log"
        self.clock_file = self.data_dir / "clock.json"
        self.ahead_s = 0.0

    def environment(self) -> dict[str, str]:
        """What the installation is told; nothing of ours leaks into it."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "HYPERVISOR_PORT": str(self.ports["web"]),
            "HYPERVISOR_INGEST_PORT": str(self.ports["ingest"]),
            "HYPERVISOR_WALL_PORT": str(self.ports["wall"]),
            "HYPERVISOR_DATA_DIR": str(self.data_dir),
            "HYPERVISOR_DEMO_PASSWORD": PASSWORD,
            "HYPERVISOR_DEMO_PAST_DAYS": "0",
            "HYPERVISOR_CLOCK": f"file:{self.clock_file}",
            **self.env,
        }

    def start(self) -> None:
        """Runs `up` and returns when everything answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not self.clock_file.exists():
            self.set_clock(0)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hypervisor", "up"], cwd=ROOT, env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self.is_ready, START_S, lambda: f"the platform did not start: {self.log.read_text(errors='replace')[-3000:]}")

    def stop(self) -> None:
        """Ends it as Ctrl-C does, and waits for it."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)

    def is_ready(self) -> bool:
        """Whether the web says that everything behind it lives."""
        if self.process and self.process.poll() is not None:
            raise AssertionError(f"the platform ended while starting: {self.log.read_text(errors='replace')[-3000:]}")
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200 and httpx.get(f"{self.door_url}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def set_clock(self, offset_s: float, speed: float = 1.0) -> None:
        """Moves the platform's time; every process reads the file within 100 ms."""
        draft = self.clock_file.with_suffix(".new")
        draft.write_text(json.dumps({"offset_s": offset_s, "speed": speed, "origin": time.time()}))
        draft.replace(self.clock_file)

    def advance(self, seconds: float) -> None:
        """Moves the platform's time forward, from where it is."""
        self.ahead_s += seconds
        self.set_clock(self.ahead_s)

    def pids(self, *words: str) -> list[int]:
        """Processes of this installation whose command line holds all the words."""
        mine = [p for p in psutil.process_iter(["pid", "cmdline"]) if self._is_mine(p)]
        return [p.pid for p in mine if all(any(word in part for part in p.info["cmdline"]) for word in words)]

    def signal(self, name: signal.Signals, *words: str) -> list[int]:
        """Sends a signal to the processes whose command line holds the words, and returns them."""
        wait_until(lambda: self.pids(*words), 30, f"no process of this installation has {words} in its command line")
        found = self.pids(*words)
        for pid in found:
            os.kill(pid, name)
        return found

    def _is_mine(self, process: psutil.Process) -> bool:
        try:
            if str(self.data_dir) in " ".join(process.info["cmdline"] or []):
                return True
            return process.environ().get("HYPERVISOR_DATA_DIR") == str(self.data_dir)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    @contextmanager
    def session(self, username: str) -> Iterator[httpx.Client]:
        """A signed-in client of the API, with its CSRF header."""
        with httpx.Client(base_url=self.url, timeout=10) as client:
            answer = client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
            answer.raise_for_status()
            client.headers["X-CSRFToken"] = answer.json()["csrf"]
            yield client

    def asked(self, statement: str, role: str = "owner") -> list[tuple]:
        """What the installation's own database says to one of its roles."""
        urls = json.loads((self.data_dir / "addresses.json").read_text())["database"]
        with psycopg.connect(urls[role].replace("postgresql+psycopg://", "postgresql://")) as connection:
            if role == "app":
                connection.execute("SELECT set_config('app.tenant', '1', true)")
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def run(self, *arguments: str, timeout: float = 120, typed: str | None = None) -> str:
        """`python -m hypervisor …` against this installation, with what a person types; what it printed."""
        ran = subprocess.run(
            [sys.executable, "-m", "hypervisor", *arguments], cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=timeout, input=typed
        )
        assert ran.returncode == 0, f"{arguments} failed: {ran.stdout}{ran.stderr}"
        return ran.stdout


class Door:
    """A sender with its own token, as an integrator's would be."""

    def __init__(self, platform: Platform) -> None:
        printed = platform.run("token", "add", f"essai-{time.time_ns()}", "--scope", "ingest")
        token = max(printed.split(), key=len)
        self._client = httpx.Client(base_url=platform.door_url, timeout=30, headers={"Authorization": f"Bearer {token}"})

    def send(self, *entities: dict, **headers: str) -> httpx.Response:
        """Upserts entities (normalized or concise) in one request."""
        return self._client.post("/ngsi-ld/v1/entityOperations/upsert", json=list(entities), headers=headers)


def wait_until(condition, limit_s: float, complaint) -> None:
    """Asks again each 50 ms until the condition holds; fails with the complaint at the limit."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, complaint() if callable(complaint) else complaint
        time.sleep(0.05)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
