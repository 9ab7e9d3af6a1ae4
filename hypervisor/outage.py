"""One log line when a source is lost and one when it is back, however often it was tried meanwhile."""

import logging
import time


class Outage:
    """See the module. name: as an operator reads it in the log, "mqtt"."""

    def __init__(self, name: str, logger: logging.Logger) -> None:
        self._name = name
        self._logger = logger
        self._since: float | None = None
        self.reason = ""

    @property
    def is_on(self) -> bool:
        """Whether the source is lost."""
        return self._since is not None

    def lost(self, reason: object) -> None:
        """The source cannot be reached; only the first time is said."""
        self.reason = str(reason)
        if self._since is None:
            self._since = time.monotonic()
            self._logger.warning("source %s lost: %s", self._name, reason)

    def back(self) -> None:
        """It answers."""
        if self._since is not None:
            self._logger.info("source %s back after %.0f s", self._name, time.monotonic() - self._since)
        self._since, self.reason = None, ""
