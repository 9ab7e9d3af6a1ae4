"""History inside the reader's perimeter: one asset's values, and how many there are."""

from datetime import datetime, timedelta
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.quality import Quality
from hypervisor.errors import InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import assets, observations, snapshot

WITHOUT_SINCE = timedelta(hours=24)


def of_asset(h: Hypervisor, asset_id: int, key: str | None, since: datetime | None, until: datetime | None, limit: int) -> list[dict[str, Any]]:
    """Values oldest first in [since, until), the last 24 hours by default. Raises NotFound, also outside the perimeter, and InvalidRequest."""
    who = require("observation:read")
    start, end = period(h, since, until)
    with h.database.unit_of_work(who.tenant) as uow:
        asset = assets.one(uow, asset_id, who.layers, who.communes)
        if asset is None:
            raise NotFound(_("L’équipement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=asset_id))
        numbers = {number: prop for (layer, prop), number in snapshot.property_numbers(uow).items() if layer == asset["layer"] and key in (None, prop)}
        if not numbers:
            raise _unknown(key or "")
        rows = observations.of_asset(uow, asset_id, list(numbers), start, end, limit)
    return [
        {
            "asset_id": asset_id, "property": numbers[row.property_id], "value": row.value, "quality": Quality(row.quality).name.lower(),
            "observed_at": row.observed_at.isoformat(), "received_at": row.received_at.isoformat(),
        }
        for row in rows
    ]  # fmt: skip


def count(h: Hypervisor, layer: str | None, key: str | None, since: datetime | None, until: datetime | None) -> int:
    """Values in history in [since, until) of a property of a layer; either may be left out."""
    who = require("observation:read", layer)
    start, end = period(h, since, until)
    with h.database.unit_of_work(who.tenant) as uow:
        numbers = [
            number
            for (its_layer, prop), number in snapshot.property_numbers(uow).items()
            if layer in (None, its_layer) and key in (None, prop) and who.may("observation:read", its_layer)
        ]
        if not numbers:
            raise _unknown(key or layer or "")
        return observations.count(uow, numbers, None if who.communes is None else sorted(who.communes), start, end)


def period(h: Hypervisor, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """[since, until) with its defaults: until now, and a second more for clocks that differ; since the day before."""
    end = until or h.clock.now() + timedelta(seconds=1)
    start = since or end - WITHOUT_SINCE
    if start >= end:
        raise InvalidRequest(_("La période est vide : « since » doit précéder « until »."))
    return start, end


def _unknown(name: str) -> InvalidRequest:
    return InvalidRequest(_("La grandeur ou la couche {name} n’existe pas : voyez /api/v1/layers.", name=name))
