"""Times as French rooms write them. Everything is stored in UTC and shown in the room's time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

from hypervisor.i18n import current_locale

ROOM = ZoneInfo("Europe/Paris")


def parsed(iso: str) -> datetime:
    """The instant that a shape's ISO text says."""
    return datetime.fromisoformat(iso.replace("Z", "+00:00"))


def clock(iso: str | datetime) -> str:
    """Hours, minutes and seconds in the room."""
    return _local(iso).strftime("%H:%M:%S")


def day_and_time(iso: str | datetime) -> str:
    """Short day and minutes in the room."""
    return _local(iso).strftime("%d/%m %H:%M")


def day(iso: str | datetime) -> str:
    """Day in words, in the reader's language."""
    return format_date(_local(iso).date(), "EEEE d MMMM", locale=current_locale.get())


def ago(iso: str | datetime, now: datetime) -> str:
    """How long ago, in words, in the reader's language."""
    return format_timedelta(
        _local(iso) - now.astimezone(ROOM), granularity="second", threshold=1.2, add_direction=True, format="short", locale=current_locale.get()
    )


def _local(iso: str | datetime) -> datetime:
    return (parsed(iso) if isinstance(iso, str) else iso).astimezone(ROOM)
