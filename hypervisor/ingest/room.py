"""The guard of the disk: producers are stopped while what was accepted can still be stored.

With `appendfsync always` Valkey exits when its disk is full, and PostgreSQL may too: nothing is lost, and nothing works. So the door refuses early.
"""

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from hypervisor.errors import Unavailable
from hypervisor.launcher import private
from hypervisor.settings import Settings

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
SHORT = "the disk is nearly full ({free} MB left in {folder}, {floor} MB are kept): nothing was accepted; free some space, then send the same request again"


class Room:
    """Watches the file systems of these folders; each must keep `floor` bytes free."""

    def __init__(self, folders: Sequence[Path], floor: int) -> None:
        self._folders = tuple(folders)
        self._floor = floor
        self._looked_at = -LOOK_EVERY_S
        self._short = ""

    def check(self) -> None:
        """Raises Unavailable when one is short of room. The disks are looked at four times a second at most."""
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            self._look()
        if self._short:
            raise Unavailable(self._short)

    def _look(self) -> None:
        free, folder = min(((shutil.disk_usage(each).free, each) for each in self._folders if each.exists()), default=(self._floor, Path()))
        was, self._short = self._short, SHORT.format(free=free >> 20, folder=folder, floor=self._floor >> 20) if free < self._floor else ""
        if self._short and not was:
            logger.error("the door is closed: %d MB left in %s", free >> 20, folder)
        elif was and not self._short:
            logger.warning("the door is open again: %d MB left in %s", free >> 20, folder)


def of(settings: Settings) -> Room:
    """The disks of this installation: its data folder and its private services. Those of services given by a URL are watched where they run."""
    services = private.of(settings)
    homes = [service.home.path for service in (services.postgres, services.valkey) if service]
    return Room([settings.data_dir, *homes], settings.free_disk_mb << 20)
