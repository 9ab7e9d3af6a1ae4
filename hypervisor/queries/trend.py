"""Alarms raised day by day over the last week, for the officials' chart and its table."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypervisor import fmt
from hypervisor.bootstrap import Hypervisor
from hypervisor.security.require import require
from hypervisor.store import trend as store

DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Trend:
    """days: oldest first, today (unfinished) last; by_layer: layer key → alarms raised each of those days, layers of the reader's perimeter."""

    days: list[date]
    by_layer: dict[str, list[int]]

    @property
    def totals(self) -> list[int]:
        """Alarms of all those layers, by day."""
        return [sum(counts) for counts in zip(*self.by_layer.values(), strict=True)] if self.by_layer else [0] * len(self.days)


def alarms_by_day(h: Hypervisor) -> Trend:
    """The last seven days of the territory's calendar. Raises Unavailable."""
    who = require("indicator:read")
    now = h.clock.now()
    today = now.astimezone(fmt.ZONE).date()
    days = [today - timedelta(days=DAYS - 1 - rank) for rank in range(DAYS)]
    first = datetime(days[0].year, days[0].month, days[0].day, tzinfo=fmt.ZONE)
    with h.database.unit_of_work(who.tenant) as uow:
        counted = store.alarms_by_day(uow, first, now)
    layers = [layer.key for layer in sorted(h.layers.values(), key=lambda layer: layer.order) if who.may("indicator:read", layer.key)]
    return Trend(days=days, by_layer={layer: [counted.get((day, layer), 0) for day in days] for layer in layers})
