"""What another system says of a condition on an asset: it becomes an alarm by the same path as a rule's verdict."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypervisor.domain.alarm import Stake


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is said of one condition on one asset.

    holds: it is there, or over; asset: URN or code; severity: the source's own word, ranked by SEVERITIES unless stake says the consequence;
    lon, lat (WGS84) and layer: where an asset is that no inventory holds.
    """

    holds: bool
    asset: str
    cause: str
    title: str = ""
    severity: str = "minor"
    stake: Stake | None = None
    respond_within: timedelta | None = None
    value: float | None = None
    unit: str = ""
    observed_at: datetime | None = None
    explains: tuple[str, ...] = ()
    latched: bool = False
    layer: str = ""
    name: str = ""
    lon: float | None = None
    lat: float | None = None
