"""History inside the reader's perimeter: values of an asset and their gaps, means by hour or day, counts."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypervisor import fmt
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.domain.quality import Quality
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import assets, snapshot
from hypervisor.store.observations import Whose

WITHOUT_SINCE = timedelta(hours=24)
GAP_PERIODS = 3
"""Periods of a property without a value that make a gap: as for staleness, one message may be lost and one late."""
BUCKETS = {"hour": 1, "day": 24}
MOST_BUCKETS = 10_000
HOUR_S = 3600


def of_asset(h: Hypervisor, asset_id: int, key: str | None, since: datetime | None, until: datetime | None, limit: int) -> list[dict[str, Any]]:
    """Values oldest first in [since, until), the last 24 hours by default. Raises NotFound, also outside the perimeter, and InvalidRequest."""
    who = require("observation:read")
    start, end = period(h, since, until)
    numbers = _asset(h, who, asset_id, key)
    found = h.history.series(who.tenant, Whose(property_ids=list(numbers), asset_id=asset_id), start, end, limit)
    return [
        {
            "asset_id": asset_id, "property": numbers[row["property_id"]], "value": row["value"], "quality": Quality(row["quality"]).name.lower(),
            "observed_at": _iso(row["observed_at_ms"]), "received_at": _iso(row["received_at_ms"]),
        }
        for row in found.to_pylist()
    ]  # fmt: skip


def gaps(h: Hypervisor, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where values of a property that has a period are missing, between items of one asset as `of_asset` gives them: property, since, until."""
    periods = {prop.key: prop.period for layer in h.layers.values() for prop in layer.properties if prop.period}
    times: dict[str, list[str]] = {}
    for item in items:
        times.setdefault(item["property"], []).append(item["observed_at"])
    return [
        {"property": key, "since": before, "until": after}
        for key, found in times.items()
        if key in periods
        for before, after in pairwise(found)
        if datetime.fromisoformat(after) - datetime.fromisoformat(before) > GAP_PERIODS * periods[key]
    ]


def means(
    h: Hypervisor, bucket: str, asset_id: int | None, layer: str | None, key: str | None, since: datetime | None, until: datetime | None
) -> list[dict[str, Any]]:
    """Mean, least and greatest value and count by hour or by day of the territory's calendar, of one asset or of all those of a layer in the perimeter.

    The period is widened to whole hours. Raises NotFound and InvalidRequest.
    """
    who = require("observation:read", layer)
    start, end = period(h, since, until)
    if (end - start) / timedelta(hours=BUCKETS[bucket]) > MOST_BUCKETS:
        raise InvalidRequest(_("La période compte plus de {most} intervalles : réduisez-la, ou demandez des jours.", most=MOST_BUCKETS))
    if asset_id is not None:
        numbers = _asset(h, who, asset_id, key)
    elif layer is None or key is None:
        raise InvalidRequest(_("Donnez asset_id, ou layer et property : une moyenne porte sur une seule grandeur."))
    else:
        numbers = _numbers(h, who, layer, key)
    shifts = local_shifts(start, end) if bucket == "day" else [(0, 0)]
    communes = None if who.communes is None or asset_id is not None else sorted(who.communes)
    whose = Whose(property_ids=list(numbers), asset_id=asset_id, communes=communes)
    found = h.history.means(who.tenant, whose, start, end, BUCKETS[bucket], shifts, by_asset=False)
    return [
        {
            "asset_id": asset_id, "property": numbers[row["property_id"]], "at": start_of(bucket, row["bucket"]).isoformat(), "mean": row["mean"],
            "low": row["low"], "high": row["high"], "count": row["n"],
        }
        for row in found.to_pylist()
    ]  # fmt: skip


def count(h: Hypervisor, layer: str | None, key: str | None, since: datetime | None, until: datetime | None) -> int:
    """Values in history in [since, until) of a property of a layer; either may be left out."""
    who = require("observation:read", layer)
    start, end = period(h, since, until)
    numbers = _numbers(h, who, layer, key)
    communes = None if who.communes is None else sorted(who.communes)
    return h.history.count(who.tenant, Whose(property_ids=list(numbers), communes=communes), start, end)


def period(h: Hypervisor, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """[since, until) with its defaults: until now, and a second more for clocks that differ; since the day before."""
    end = until or h.clock.now() + timedelta(seconds=1)
    start = since or end - WITHOUT_SINCE
    if start >= end:
        raise InvalidRequest(_("La période est vide : « since » doit précéder « until »."))
    return start, end


def local_shifts(since: datetime, until: datetime) -> list[tuple[int, int]]:
    """(from hour since 1970, hours to add) for each time that the territory's clocks change in the period."""
    shifts: list[tuple[int, int]] = []
    for hour in range(int(since.timestamp()) // HOUR_S, int(until.timestamp()) // HOUR_S + 1):
        offset = datetime.fromtimestamp(hour * HOUR_S, fmt.ZONE).utcoffset() or timedelta()
        shift = int(offset.total_seconds()) // HOUR_S
        if not shifts or shifts[-1][1] != shift:
            shifts.append((hour, shift))
    return shifts


def start_of(bucket: str, number: int) -> datetime:
    """When a bucket begins, UTC: an hour since 1970, or a day of the territory's calendar since 1970."""
    if bucket == "hour":
        return datetime.fromtimestamp(number * HOUR_S, UTC)
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return datetime(day.year, day.month, day.day, tzinfo=fmt.ZONE).astimezone(UTC)


def _asset(h: Hypervisor, who: Principal, asset_id: int, key: str | None) -> dict[int, str]:
    """Property by number, of an asset inside the perimeter."""
    with h.database.unit_of_work(who.tenant) as uow:
        asset = assets.one(uow, asset_id, who.layers, who.communes)
        if asset is None:
            raise reach.unseen(
                who, "observation:read", f"asset:{asset_id}", _("L’équipement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=asset_id)
            )
        numbers = {number: prop for (layer, prop), number in snapshot.property_numbers(uow).items() if layer == asset["layer"] and key in (None, prop)}
    if not numbers:
        raise _unknown(key or "")
    return numbers


def _numbers(h: Hypervisor, who: Principal, layer: str | None, key: str | None) -> dict[int, str]:
    """Property by number, of the layers of the perimeter."""
    with h.database.unit_of_work(who.tenant) as uow:
        numbers = {
            number: prop
            for (its_layer, prop), number in snapshot.property_numbers(uow).items()
            if layer in (None, its_layer) and key in (None, prop) and who.may("observation:read", its_layer)
        }
    if not numbers:
        raise _unknown(key or layer or "")
    return numbers


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def _unknown(name: str) -> InvalidRequest:
    return InvalidRequest(_("La grandeur ou la couche {name} n’existe pas : voyez /api/v1/layers.", name=name))
