"""Access to the past by motive: who has no right to read it opens one window of it, read-only, for an hour (screens.md B.9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LASTS = timedelta(hours=1)
"""How long an access stays open: time enough to look at a day at ×60, short enough that a session left open closes by itself. Chosen by us."""
LONGEST = timedelta(hours=24)
"""The longest window of one access, as of one replay."""
MINUTE = timedelta(minutes=1)
LEAST_MOTIVE, LONGEST_MOTIVE = 10, 500
LENT = frozenset({"map:read", "observation:read", "alarm:read", "event:read", "logbook:read"})
"""What an access lends, to the replay of its window alone. It never lends a right to act, to note or to export."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """A window [since, until] of the past, whole minutes, opened to one person until open_until, or until they closed it."""

    id: int
    since: datetime
    until: datetime
    motive: str
    opened_at: datetime
    by: str
    by_name: str
    open_until: datetime
    closed_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """When it ended or will."""
        return self.open_until if self.closed_at is None else min(self.closed_at, self.open_until)

    def is_open(self, now: datetime) -> bool:
        """Whether it lends anything now."""
        return self.opened_at <= now < self.ends_at

    def holds(self, since: datetime, until: datetime) -> bool:
        """Whether the whole of a period is inside the window."""
        return self.since <= since <= until <= self.until

    def cut(self, at: datetime, minutes: int) -> tuple[datetime, int] | None:
        """(first minute, how many follow) of a run of minutes that is inside the window; None when none is."""
        first, last = max(at, self.since), min(at + minutes * MINUTE, self.until)
        return None if first > last else (first, (last - first) // MINUTE)


def whole_minutes(since: datetime, until: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The window that is opened when this one is asked for: from its first minute to its last that is past."""
    return _minute(since), _minute(min(until, now))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
