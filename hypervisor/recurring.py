"""What is done again and again on a thread of its own, beside the beat of the jobs, since it takes longer than a pulse may wait."""

import logging
import threading

from hypervisor.errors import VigieError
from hypervisor.store.engine import LockTaken

logger = logging.getLogger(__name__)


class Recurring(threading.Thread):
    """Calls `turn` after `first_s`, then `every_s` after each end, until `stop`. What fails is logged once as `waiting`, and tried again at the next turn.

    grace_s: how long `stop` waits for the turn in hand before it is left to die with its process; None: until it ends.
    """

    def __init__(self, name: str, waiting: str, *, first_s: float, every_s: float, grace_s: float | None = None) -> None:
        super().__init__(name=name, daemon=grace_s is not None)
        self._waiting, self._first_s, self._every_s, self._grace_s = waiting, first_s, every_s, grace_s
        self._ending = threading.Event()
        self._said = ""

    def turn(self) -> object:
        """One turn. Raises what `run` may try again: VigieError, OSError, or LockTaken when another process does it."""
        raise NotImplementedError

    @property
    def is_ending(self) -> bool:
        """Whether the thread was asked to end: a long turn looks at it."""
        return self._ending.is_set()

    def stop(self) -> None:
        """Asks the thread to end, and waits for it."""
        self._ending.set()
        self.join(self._grace_s)

    def run(self) -> None:
        """Takes turns until asked to end."""
        wait_s = self._first_s
        while not self._ending.wait(wait_s):
            wait_s = self._every_s
            try:
                self.turn()
                self._said = ""
            except LockTaken:
                logger.debug("another process does it: %s", self.name)
            except (VigieError, OSError) as error:
                # Said once: the same work is tried again at each turn.
                if str(error) != self._said:
                    logger.warning("%s: %s", self._waiting, error.__cause__ or error)
                self._said = str(error)
