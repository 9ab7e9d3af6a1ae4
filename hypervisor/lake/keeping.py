"""Keeps officials' daily sums up to date beside the other jobs, on a thread of its own: a question to two years of history takes longer than a pulse may wait."""

from hypervisor import layers
from hypervisor.clock import Clock
from hypervisor.demo import past
from hypervisor.lake.client import Client
from hypervisor.lake.indicators import Indicators
from hypervisor.lake.places import Place
from hypervisor.recurring import Recurring
from hypervisor.settings import Settings
from hypervisor.store.engine import INDICATORS_LOCK, Engine

EVERY_S = 30.0
TIMEOUT_S = 300.0
GRACE_S = 5.0


class Keeper(Recurring):
    """See the module; a demonstration's invented past is started with it. A question being asked when it ends is given five seconds more."""

    def __init__(self, settings: Settings, worker_url: str, clock: Clock) -> None:
        super().__init__("indicators", "no indicator is computed for now", first_s=0.0, every_s=EVERY_S, grace_s=GRACE_S)
        self._settings = settings
        client = Client(settings.lake, settings.lake_memory_mb, TIMEOUT_S, threads=1, gently=True)
        self._indicators = Indicators(Engine(worker_url, "vigie-indicators", lock=INDICATORS_LOCK), client, Place(settings.lake), clock, layers.all_layers())

    def start(self) -> None:
        """Begins."""
        self._past = past.start(self._settings)
        super().start()

    def stop(self) -> None:
        """Ends."""
        if self._past is not None:
            self._past.terminate()
            self._past.wait()
        super().stop()
        self._indicators.close()

    def turn(self) -> None:
        """Computes what is not up to date."""
        self._indicators.run(lambda: not self.is_ending)
