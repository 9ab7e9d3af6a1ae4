"""One byte says how an asset looks on every map: severity, quality, acknowledgement, activity.

bits 0-2 severity (0 normal, 1 information, 2 minor, 3 major, 4 critical) · bits 3-5 quality (the codes of `quality.Quality`) ·
bit 6 an alarm waits for acknowledgement · bit 7 active (lit, occupied, open). `docs/live-protocol.md` repeats it for other readers.
"""

from hypervisor.domain.alarm import Priority
from hypervisor.domain.quality import Quality

SEVERITY_OF = {None: 0, Priority.INFO: 1, Priority.MINOR: 2, Priority.MAJOR: 3, Priority.CRITICAL: 4}
NEVER_SEEN = int(Quality.NEVER_RECEIVED) << 3


def appearance(worst: Priority | None, quality: Quality, is_unacknowledged: bool, is_active: bool) -> int:
    """The byte, 0-255, of an asset whose worst open alarm has priority `worst`."""
    return SEVERITY_OF[worst] | int(quality) << 3 | is_unacknowledged << 6 | is_active << 7


def severity(byte: int) -> int:
    """Severity 0-4 of an appearance byte."""
    return byte & 0b111


def quality(byte: int) -> Quality:
    """Quality of an appearance byte."""
    return Quality(byte >> 3 & 0b111)
