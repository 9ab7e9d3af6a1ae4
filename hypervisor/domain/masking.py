"""How long an alarm may be hidden, for which reasons, and by what: masks put on by people are rationed by priority."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from hypervisor.domain.alarm import Priority

LONGEST_SHELVING: Mapping[Priority, timedelta] = MappingProxyType(
    {Priority.CRITICAL: timedelta(minutes=30), Priority.MAJOR: timedelta(hours=2), Priority.MINOR: timedelta(hours=8), Priority.INFO: timedelta(hours=8)}
)
"""Shelving lasts a shift at most (screens.md B.3: 8 h); less for what is worse, chosen by us: a critical alarm is seen again within the half hour."""
LONGEST_SUPPRESSION = timedelta(days=7)
LONGEST_OUT_OF_SERVICE = timedelta(days=30)
"""Chosen by us: a longer absence is a work order, which has its own window."""

CAUSE_WINDOW = timedelta(seconds=60)
"""An alarm raised this long before its cause, or after the cause's return, is still the cause's doing (screens.md B.5: 60 s)."""
