"""How much of each hour is astronomical night: between sunset and sunrise at a place."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

HOUR_S = 3600


@lru_cache(maxsize=2000)
def _sun(day: date, lon: float, lat: float) -> tuple[float, float] | None:
    """Sunrise and sunset of a day as epoch seconds (upper limb, refraction included: 0.833° under the horizon); None where the sun does not set or rise."""
    from astral import Observer
    from astral.sun import sunrise, sunset

    try:
        here = Observer(lat, lon)
        return sunrise(here, day, tzinfo=UTC).timestamp(), sunset(here, day, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def share_of(hour: int, lon: float, lat: float) -> float:
    """Part (0 to 1) of an hour since 1970 that lies between sunset and sunrise."""
    begin, end = hour * HOUR_S, (hour + 1) * HOUR_S
    light = 0.0
    day = datetime.fromtimestamp(begin, UTC).date()
    for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
        found = _sun(near, round(lon, 4), round(lat, 4))
        if found is not None and found[0] < found[1]:
            light += max(0.0, min(end, found[1]) - max(begin, found[0]))
    return max(0.0, 1.0 - light / HOUR_S)
