"""What runs, as a table: how each program is started, what it waits for, how it is stopped."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from hypervisor.i18n import N_
from hypervisor.settings import MOST_SHARDS, Settings

BOTH = ("database", "redis")


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program under the supervisor, one process at a time.

    command is None for a private service, which knows its own. `needs` is what it waits for before it starts.
    """

    command: Callable[[Settings], list[str]] | None
    needs: tuple[str, ...] = BOTH
    when: Callable[[Settings], bool] = lambda _settings: True
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_wait_s: int = 10


def _web(port: Callable[[Settings], int]) -> Callable[[Settings], list[str]]:
    # Connections that stay open, as the feed's do, must not hold up a stop.
    # Frames are shared between screens; compressing them again for each socket would cost one screen's work for every screen.
    options = ["--no-access-log", "--timeout-graceful-shutdown", "3", "--ws-per-message-deflate", "false"]
    return lambda settings: [sys.executable, "-m", "uvicorn", "app:server", "--host", settings.host, "--port", str(port(settings)), *options]


def _command(*words: str) -> Callable[[Settings], list[str]]:
    return lambda _settings: [sys.executable, "-m", "hypervisor", *words]


def _worker(shard: int) -> Program:
    return Program(
        command=lambda settings: [sys.executable, "-m", "hypervisor", "worker", "--shard", f"{shard}/{settings.shards}"],
        when=lambda settings: shard < settings.shards,
    )


SERVICES = {
    # INT is PostgreSQL's "fast" stop: TERM would wait for clients to leave by themselves.
    "postgres": Program(command=None, needs=(), when=lambda settings: settings.database_url is None, stop_signal="INT", stop_wait_s=30),
    "valkey": Program(command=None, needs=(), when=lambda settings: settings.redis_url is None, stop_wait_s=30),
}

PROGRAMS = {
    "worker": _worker(0),
    **{f"worker-{shard}": _worker(shard) for shard in range(1, MOST_SHARDS)},
    "ingest": Program(command=_command("ingest")),
    "mqtt": Program(command=_command("mqtt"), when=lambda settings: settings.mqtt_url is not None),
    "jobs": Program(command=_command("jobs")),
    "web": Program(command=_web(lambda settings: settings.port)),
    "wall": Program(command=_web(lambda settings: settings.wall_port), environment={"HYPERVISOR_SCREENS": "mur"}),
    "simulator": Program(command=_command("simulate"), when=lambda settings: settings.demo and settings.simulate),
}

ALL = SERVICES | PROGRAMS

LABELS = {
    "worker": N_("Moteur"), "jobs": N_("Tâches"), "ingest": N_("Porte d’entrée"), "mqtt": N_("Abonné MQTT"), "web": N_("Serveur des écrans"), "wall": N_("Serveur des murs"),
    "simulator": N_("Simulateur"), "postgres": "PostgreSQL", "valkey": "Redis",
}  # fmt: skip
"""program of the supervisor → what people call it; assets/js/30-frame.js says the same."""
