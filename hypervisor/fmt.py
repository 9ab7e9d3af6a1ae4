"""Numbers, quantities, dates and delays as a reader writes them, in the reader's language; times are those of Paris.

assets/js/25-words.js says the same in scripts. B612 has no narrow no-break space: the ordinary one takes its place everywhere.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal

from hypervisor.i18n import _, current_locale

ZONE = ZoneInfo("Europe/Paris")
NBSP, NARROW_NBSP = "\u00a0", "\u202f"
LOCALES = {"fr": "fr_FR", "en": "en_GB"}


def number(value: float, digits: int | None = None) -> str:
    """« 1 234 567,8 ». digits: exact count of decimals; none keeps what a glance keeps, three significant figures: 0,42 · 1,42 · 88,4 · 412."""
    if digits is None:
        size = abs(value)
        pattern = "#,##0" if size == int(size) or size >= 100 else "#,##0.#" if size >= 10 else "#,##0.##"
    else:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _plain(format_decimal(value, pattern, locale=_locale()))


def plain(value: float, digits: int, decimal: str = ",") -> str:
    """The same digits as `number` prints, for a file: no thousands separator, a minus sign that programs read. decimal: comma or point."""
    written = format_decimal(value, "0" + ("." + "0" * digits if digits else ""), locale="en_US")
    return written.replace(".", decimal)


def quantity(value: float, unit: str, digits: int | None = None) -> str:
    """A number and its unit, never parted at the end of a line: « 412 m³/h », « 88,4 % »."""
    return f"{number(value, digits)}{NBSP}{unit}" if unit else number(value, digits)


def time(at: datetime, *, seconds: bool = False) -> str:
    """« 18:04 », or « 18:04:32 »."""
    return format_datetime(at, "HH:mm:ss" if seconds else "HH:mm", tzinfo=ZONE, locale=_locale())


def day(at: datetime) -> str:
    """« mer. 11 févr. 2026 »."""
    return _plain(format_datetime(at, "EEE d MMM y", tzinfo=ZONE, locale=_locale()))


def moment(at: datetime) -> str:
    """Day and hour: « mer. 11 févr. 2026, 18:04 »."""
    return f"{day(at)}, {time(at)}"


def age(delay: timedelta) -> str:
    """« 00:42 », then « 1 h 05 », then « 2 j 03 h ». Never negative: a clock ahead of ours is age zero."""
    seconds = max(0, int(delay.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if seconds < 3600:
        return f"{minutes:02d}:{seconds % 60:02d}"
    if seconds < 86_400:
        return _("{h} h {m}", h=hours, m=f"{minutes % 60:02d}")
    return _("{j} j {h} h", j=days, h=f"{hours % 24:02d}")


def duration(length: timedelta) -> str:
    """« 0 s », « 90 s », « 1 min », « 1 h 30 », « 2 j »: a length that somebody chose, never rounded below a second."""
    seconds = length.total_seconds()
    if seconds < 60 or seconds % 60:
        return quantity(seconds, "s")
    if seconds < 3600 or (seconds < 7200 and seconds % 3600):
        return quantity(seconds / 60, "min")
    if seconds < 2 * 86_400 or seconds % 86_400:
        hours, minutes = divmod(int(seconds) // 60, 60)
        return f"{hours}{NBSP}h" + (f"{NBSP}{minutes:02d}" if minutes else "")
    return quantity(seconds / 86_400, _("j"))


def ago(at: datetime, now: datetime) -> str:
    """« il y a 12 s », « il y a 3 min », « il y a 2 h », then the day."""
    seconds = max(0, round((now.astimezone(UTC) - at.astimezone(UTC)).total_seconds()))
    if seconds < 120:
        return _("il y a {delay}", delay=f"{seconds}{NBSP}s")
    if seconds < 7200:
        return _("il y a {delay}", delay=f"{round(seconds / 60)}{NBSP}min")
    return _("il y a {delay}", delay=f"{round(seconds / 3600)}{NBSP}h") if seconds < 86_400 else moment(at)


def _locale() -> str:
    return LOCALES[current_locale.get()]


def _plain(text: str) -> str:
    return text.replace(NARROW_NBSP, NBSP)
