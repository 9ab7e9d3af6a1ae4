"""Makes alarms of the programs that the supervisor has given up: the jobs process watches the others, a worker watches the jobs."""

import time
from collections.abc import Set
from datetime import datetime
from pathlib import Path

from hypervisor import layers
from hypervisor.launcher import programs, sentinel
from hypervisor.store import assets_index, program_alarms
from hypervisor.store.engine import Engine

FIRST_CHOICE = "security"
"""The layer whose people hear of the platform itself; chosen by us: those who keep machines and access. The first one where there is none."""
AGAIN_S = 60.0


class Watch:
    """See the module. data_dir: of the installation, None for none; only: the programs watched, all when None."""

    def __init__(self, data_dir: Path | None, only: Set[str] | None = None) -> None:
        self._data_dir = data_dir
        self._only = only
        self._told: frozenset[str] | None = None
        self._looked_at = -AGAIN_S
        shelf = layers.all_layers()
        self._layer = FIRST_CHOICE if FIRST_CHOICE in shelf else next(iter(shelf))

    def look(self, engine: Engine, now: datetime) -> None:
        """Tells every tenant what changed since it looked last; all of it at the first time, and once a minute. Raises Unavailable: then it is told next time."""
        if self._data_dir is None:
            return
        found = frozenset(sentinel.given_up(self._data_dir, time.time()))
        if found == self._told and time.monotonic() - self._looked_at < AGAIN_S:
            return
        with engine.reading() as cursor:
            tenants = list(assets_index.tenants(cursor))
        for tenant in tenants:
            with engine.transaction() as cursor:
                program_alarms.judge(cursor, tenant, self._layer, found, now, programs.LABELS, self._only)
        self._told, self._looked_at = found, time.monotonic()
