"""Builds everything once from the settings: the only place that knows all the parts."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from hypervisor import clock, layers
from hypervisor.domain.layer import Layer
from hypervisor.errors import BadConfiguration
from hypervisor.hot.client import Redis, connect
from hypervisor.lake.history import History
from hypervisor.launcher import addresses
from hypervisor.settings import Settings
from hypervisor.store import Database

KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Hypervisor:
    """What a process needs: where things are, what time it is, what is supervised."""

    settings: Settings
    addresses: addresses.Addresses
    clock: clock.Clock
    database: Database
    redis: Redis
    layers: dict[str, Layer]
    key: bytes
    history: History

    def close(self) -> None:
        """Gives the connections back."""
        self.history.close()
        self.database.close()
        self.redis.close()


def build(settings: Settings) -> Hypervisor:
    """Everything, connected lazily. Raises BadConfiguration with a sentence when a setting or a layer is wrong."""
    found = addresses.resolve(settings)
    database = Database(found.database.app)
    return Hypervisor(
        settings=settings,
        addresses=found,
        clock=clock.from_setting(settings.clock),
        database=database,
        redis=connect(found.redis),
        layers=layers.all_layers(),
        key=signing_key(settings.key_file),
        history=History(database, settings.lake, settings.lake_memory_mb, settings.lake_timeout_s),
    )


def signing_key(path: Path) -> bytes:
    """The key in the file, made there (0600) the first time. Raises BadConfiguration when it is too short to be one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise BadConfiguration(f"HYPERVISOR_SECRET_KEY_FILE names a file of {len(key)} bytes where {KEY_BYTES} are needed: remove it and a new one is made")
    return key


_current: Hypervisor | None = None


def set_current(built: Hypervisor) -> None:
    """Makes `built` what `current()` gives; called once by app.py, and by tests."""
    global _current
    _current = built


def current() -> Hypervisor:
    """What app.py built. Raises RuntimeError before."""
    if _current is None:
        raise RuntimeError("bootstrap.set_current() has not been called in this process")
    return _current
