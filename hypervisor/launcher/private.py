"""The private services of one data folder: which are wanted, on which ports."""

import json
from dataclasses import dataclass

from hypervisor.launcher import addresses, processes, secret_files
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.launcher.valkey import PrivateValkey
from hypervisor.settings import Settings

PORTS_FILE = "ports.json"


@dataclass(frozen=True, kw_only=True)
class PrivateServices:
    """PostgreSQL and Valkey of this installation; None where the settings give a URL."""

    postgres: PrivatePostgres | None
    valkey: PrivateValkey | None

    def notices(self) -> list[str]:
        """What the person who starts Vigie has to know about where data is."""
        return [service.home.notice for service in (self.postgres, self.valkey) if service and service.home.notice]

    def refuse_if_not_installed(self) -> None:
        """Raise BadConfiguration, with what to install, now rather than in a supervisor that tries for ever."""
        for service in (self.postgres, self.valkey):
            if service:
                service.command  # noqa: B018 — finding the server is the question

    def stop(self) -> None:
        """Stop the servers that run in these folders, whoever started them."""
        for service in (self.valkey, self.postgres):
            if service:
                service.stop()

    def remember(self, settings: Settings) -> None:
        """Write down where they are, for the other processes."""
        addresses.remember(settings.data_dir, self.postgres.urls if self.postgres else None, self.valkey.url if self.valkey else None)


def of(settings: Settings) -> PrivateServices:
    """The services on the ports that they had last time."""
    ports = _ports(settings)
    return PrivateServices(
        postgres=None if settings.database_url else PrivatePostgres(settings.data_dir / "postgres", ports.get("postgres", 0)),
        valkey=None if settings.redis_url else PrivateValkey(settings.data_dir / "valkey", ports.get("valkey", 0)),
    )


def choose_ports(settings: Settings) -> None:
    """Keep the ports of last time where they are still free, and write down the choice. Nothing of ours may be running."""
    before = _ports(settings)
    chosen = {name: processes.free_port(before.get(name)) for name in ("postgres", "valkey", "supervisor")}
    secret_files.write(settings.data_dir / PORTS_FILE, json.dumps(chosen))


def supervisor_port(settings: Settings) -> int:
    """Where the supervisor of this data folder listens."""
    return _ports(settings)["supervisor"]


def _ports(settings: Settings) -> dict[str, int]:
    file = settings.data_dir / PORTS_FILE
    return json.loads(file.read_text()) if file.exists() else {}
