"""The instant being played: epoch, local hour, and how high the sun stands."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import elevation

LOCAL = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Moment:
    """epoch_s: seconds UTC; hour: local, with its fraction; weekday: 0 is Monday; month: 1 to 12; sun: degrees above the horizon."""

    epoch_s: float
    hour: float
    weekday: int
    month: int
    sun: float

    @property
    def is_weekend(self) -> bool:
        """Saturday or Sunday."""
        return self.weekday >= 5


@functools.lru_cache(maxsize=8)
def _sun(ten_seconds: int, lon: float, lat: float) -> float:
    return float(elevation(Observer(lat, lon), datetime.fromtimestamp(ten_seconds * 10, UTC)))


def moment(epoch_ms: int, lon: float, lat: float) -> Moment:
    """The instant at a place. The sun is computed once per ten seconds: it moves by 0.04° at most meanwhile."""
    at = datetime.fromtimestamp(epoch_ms / 1000, LOCAL)
    return Moment(epoch_ms / 1000, at.hour + at.minute / 60 + at.second / 3600, at.weekday(), at.month, _sun(epoch_ms // 10_000, lon, lat))
