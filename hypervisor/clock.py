"""What time it is: UTC, and replaceable in a demonstration.

`system` is the machine's clock. `file:PATH` reads `{"offset_s": …, "speed": …, "origin": epoch}` from a file, so that every process of a
demonstration or a test shares one accelerated or shifted time: now = origin + offset_s + (machine - origin) × speed. The file is read
again when it changes, at most ten times a second. Settings refuse it outside a demonstration.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

REREAD_S = 0.1


class Clock(Protocol):
    """Gives the present, as an aware UTC datetime and as epoch milliseconds."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    def epoch_ms(self) -> int:
        """The present in milliseconds since 1970."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """As Clock says."""
        return datetime.now(UTC)

    def epoch_ms(self) -> int:
        """As Clock says."""
        return time.time_ns() // 1_000_000


class FileClock:
    """A clock shifted and accelerated by a file that tests write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = -REREAD_S
        self._shift = (0.0, 1.0, 0.0)

    def epoch_ms(self) -> int:
        """As Clock says."""
        offset_s, speed, origin = self._current_shift()
        machine = time.time()
        return int((origin + offset_s + (machine - origin) * speed) * 1000)

    def now(self) -> datetime:
        """As Clock says."""
        return datetime.fromtimestamp(self.epoch_ms() / 1000, UTC)

    def shift(self) -> dict[str, float]:
        """Offset and speed as read last, for the heartbeat."""
        offset_s, speed, origin = self._current_shift()
        return {"offset_s": offset_s, "speed": speed, "origin": origin}

    def _current_shift(self) -> tuple[float, float, float]:
        if time.monotonic() - self._read_at >= REREAD_S:
            self._read_at = time.monotonic()
            try:
                read = json.loads(self._path.read_text())
                self._shift = (float(read.get("offset_s", 0)), float(read.get("speed", 1)), float(read.get("origin", 0)))
            except (OSError, ValueError):
                pass  # The file is being replaced: the last shift stays in force until it is whole again.
        return self._shift


class FixedClock:
    """A clock that a test moves by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """As Clock says."""
        return self.at

    def epoch_ms(self) -> int:
        """As Clock says."""
        return int(self.at.timestamp() * 1000)


def from_setting(setting: str) -> Clock:
    """The clock that the setting `HYPERVISOR_CLOCK` names: `system` or `file:PATH`."""
    return FileClock(Path(setting.removeprefix("file:"))) if setting.startswith("file:") else SystemClock()
