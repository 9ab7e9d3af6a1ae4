"""On-call: its three legal kinds (decree 2005-542), who comes first for a place, where nobody does, and the ladder of screens.md B.4."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from hypervisor.domain.alarm import Priority


class Kind(StrEnum):
    """The kinds of on-call duty."""

    OPERATION = "operation"
    SAFETY = "safety"
    DECISION = "decision"


SAFETY_LAYERS = frozenset({"security"})


def kind_for(layer: str) -> Kind:
    """Who is phoned first for an alarm of this layer."""
    return Kind.SAFETY if layer in SAFETY_LAYERS else Kind.OPERATION


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A step of the ladder. after: since the alarm began to wait; tells: who is told; by: the channel, empty for the room's own screens."""

    key: str
    after: timedelta
    tells: str
    by: str = ""


def _rung(key: str, after_s: int, tells: str, by: str = "") -> Rung:
    return Rung(key=key, after=timedelta(seconds=after_s), tells=tells, by=by)


LADDER: Mapping[Priority, tuple[Rung, ...]] = MappingProxyType(
    {
        Priority.CRITICAL: (
            _rung("louder", 30, "room"),
            _rung("chief", 60, "chief"),
            _rung("on_call_sms", 180, "on_call", "sms"),
            _rung("on_call_call", 240, "on_call", "call"),
            _rung("decision", 600, "decision", "sms"),
        ),
        Priority.MAJOR: (_rung("chief", 300, "chief"), _rung("on_call_sms", 1200, "on_call", "sms")),
        Priority.MINOR: (_rung("list", 14_400, "service", "email"),),
    }
)
"""screens.md B.4; the call follows the SMS by a minute (chosen by us)."""
LONGEST_DELAY = timedelta(days=7)


def ladder(priority: Priority, delays: Mapping[str, int | None] | None = None) -> tuple[Rung, ...]:
    """The rungs of a priority, soonest first. delays: rung → seconds of the tenant's own, None to leave it out."""
    own = delays or {}
    rungs = [
        Rung(key=rung.key, after=rung.after if rung.key not in own else timedelta(seconds=own[rung.key] or 0), tells=rung.tells, by=rung.by)
        for rung in LADDER.get(priority, ())
        if own.get(rung.key, 0) is not None
    ]
    return tuple(sorted(rungs, key=lambda rung: rung.after))


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Someone on call now. layer and communes: of the roster, None for everything."""

    roster_id: int
    kind: Kind
    layer: str | None
    communes: frozenset[int] | None
    rank: int
    contact_id: int


def answering(duties: Iterable[Duty], kind: Kind, layer: str | None, commune: int | None) -> list[Duty]:
    """Who answers for that place, first to last: the first rank before the second, and in a rank the roster that is closest to the place and the trade."""
    able = [
        duty for duty in duties if duty.kind is kind and (duty.layer is None or duty.layer == layer) and (duty.communes is None or commune in duty.communes)
    ]
    return sorted(able, key=lambda duty: (duty.rank, duty.communes is None, duty.layer is None, duty.roster_id))


Span = tuple[datetime, datetime]


def gaps(turns: Sequence[Span], since: datetime, until: datetime) -> list[Span]:
    """The times of [since, until) that no turn covers, in order."""
    found, covered = [], since
    for start, end in sorted(turns):
        if start > covered:
            found.append((covered, min(start, until)))
        covered = max(covered, end)
        if covered >= until:
            break
    if covered < until:
        found.append((covered, until))
    return [(start, end) for start, end in found if start < end]
