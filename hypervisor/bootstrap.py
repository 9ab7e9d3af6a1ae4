"""Builds everything once from the settings: the only place that knows all the parts."""

from dataclasses import dataclass

from hypervisor import clock, layers
from hypervisor.domain.layer import Layer
from hypervisor.hot.client import Redis, connect
from hypervisor.lake.history import History
from hypervisor.launcher import addresses
from hypervisor.security.signing import signing_key as signing_key
from hypervisor.settings import Settings
from hypervisor.store import Database


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
