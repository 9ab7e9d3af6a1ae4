"""Keeps officials' daily sums up to date beside the other jobs, on a thread of its own: a question to two years of history takes longer than a pulse may wait."""

import logging
import threading

from hypervisor import layers
from hypervisor.clock import Clock
from hypervisor.demo import past
from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.lake.client import Client
from hypervisor.lake.indicators import Indicators
from hypervisor.lake.places import Place
from hypervisor.settings import Settings
from hypervisor.store.engine import INDICATORS_LOCK, ContentRefused, Engine, LockTaken

logger = logging.getLogger(__name__)

EVERY_S = 30.0
TIMEOUT_S = 300.0
GRACE_S = 5.0


class Keeper:
    """See the module; a demonstration's invented past is started with it."""

    def __init__(self, settings: Settings, worker_url: str, clock: Clock) -> None:
        self._settings = settings
        client = Client(settings.lake, settings.lake_memory_mb, TIMEOUT_S, threads=1, gently=True)
        self._indicators = Indicators(Engine(worker_url, "vigie-indicators", lock=INDICATORS_LOCK), client, Place(settings.lake), clock, layers.all_layers())
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indicators", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._past = past.start(self._settings)
        self._thread.start()

    def stop(self) -> None:
        """Ends; a question being asked is given five seconds more, then left to die with its process."""
        self._ending.set()
        if self._past is not None:
            self._past.terminate()
            self._past.wait()
        self._thread.join(GRACE_S)
        self._indicators.close()

    def _run(self) -> None:
        is_lost = False
        while not self._ending.is_set():
            try:
                self._indicators.run(lambda: not self._ending.is_set())
                is_lost = False
            except LockTaken:
                logger.debug("another process computes the indicators")
            except (Unavailable, ContentRefused, InvalidRequest) as error:
                if not is_lost:
                    logger.warning("no indicator is computed for now: %s", error.__cause__ or error)
                is_lost = True
            self._ending.wait(EVERY_S)
