"""How far a measurement can be trusted, independently of how bad it is (screens.md B.2)."""

from datetime import timedelta
from enum import IntEnum

LATE_PERIODS = 1.5
STALE_PERIODS = 3.0


class Quality(IntEnum):
    """The number is the code stored in history and drawn by the map."""

    FRESH = 0
    LATE = 1
    STALE = 2
    INVALID = 3
    NEVER_RECEIVED = 4
    SIMULATED = 5
    MANUAL = 6
    INHIBITED = 7


def by_age(age: timedelta, period: timedelta) -> Quality:
    """Fresh, late or stale, by the age of the value against the period its source promises."""
    if age > STALE_PERIODS * period:
        return Quality.STALE
    return Quality.LATE if age > LATE_PERIODS * period else Quality.FRESH
