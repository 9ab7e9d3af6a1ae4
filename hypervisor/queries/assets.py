"""Assets as lists, and one with its present: last values, open alarms, neighbours in the graph."""

from datetime import datetime, timedelta
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.layer import Property
from hypervisor.domain.quality import Quality, by_age
from hypervisor.hot import reading
from hypervisor.hot.state import HotValue
from hypervisor.i18n import _
from hypervisor.security import audit, reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, alarms, assets, snapshot

MOST_NEIGHBOURS = 100


def listed(uow: UnitOfWork, filters: dict[str, Any], limit: int, *, state: str | None = None, with_geometry: bool = False) -> list[dict[str, Any]]:
    """Columns of assets by id; filters as in store.assets.FILTERS, state as in store.assets.STATES."""
    who = require("asset:read")
    return assets.listed(uow, who.layers, who.communes, state=state, filters=filters, limit=limit, with_geometry=with_geometry)


def counted(uow: UnitOfWork, filters: dict[str, Any], *, state: str | None = None) -> list[dict[str, Any]]:
    """layer, kind, state and n of the assets that `listed` would give, however many."""
    who = require("asset:read")
    return assets.counted(uow, who.layers, who.communes, state=state, filters=filters)


def ids(uow: UnitOfWork, filters: dict[str, Any]) -> list[int]:
    """Their ids, ascending: what a screen needs to keep a part of the points it holds already."""
    who = require("asset:read")
    return assets.ids(uow, who.layers, who.communes, filters=filters)


def exported(uow: UnitOfWork, chosen: list[int], at: datetime) -> list[dict[str, Any]]:
    """Columns of the chosen assets that are in the perimeter, by id; who took them and how many is in the audit."""
    who = require("asset:read")
    rows = assets.listed(uow, who.layers, who.communes, state=None, filters={"ids": chosen}, limit=len(chosen), with_geometry=False)
    audit.done(uow, who, "operator:asset:export", at, assets=len(rows))
    return rows


def contractors(uow: UnitOfWork) -> list[dict[str, Any]]:
    """name and n of each contractor who keeps assets of the perimeter."""
    who = require("asset:read")
    return assets.contractors(uow, who.layers, who.communes)


def one(h: Hypervisor, asset_id: int) -> dict[str, Any]:
    """The asset with `values`, `alarms` (open) and `neighbours`. Raises NotFound, also outside the perimeter, and Unavailable."""
    who = require("asset:read")
    with h.database.unit_of_work(who.tenant) as uow:
        asset = assets.one(uow, asset_id, who.layers, who.communes)
        if asset is None:
            raise reach.unseen(who, "asset:read", f"asset:{asset_id}", _("L’équipement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=asset_id))
        numbers = snapshot.property_numbers(uow)
        open_alarms = alarms.listed(uow, who.layers, who.communes, is_open=True, filters={"asset_id": asset_id}, limit=100) if who.may("alarm:read") else []
        neighbours = assets.neighbours(uow, asset_id, who.layers, who.communes, MOST_NEIGHBOURS)
    layer = h.layers.get(asset["layer"])
    kinds = {kind.key: kind for kind in layer.kinds} if layer else {}
    declared = [layer.property_of(key) for key in kinds[asset["kind"]].properties] if layer and asset["kind"] in kinds else []
    by_number = {numbers[asset["layer"], prop.key]: prop for prop in declared if (asset["layer"], prop.key) in numbers}
    values = [described(h, by_number[held.property_id], held) for held in reading.last_values(h.redis, who.tenant, asset["layer"], asset_id, list(by_number))]
    return asset | {"values": values, "alarms": [row[0] for row in open_alarms], "neighbours": neighbours}


def described(h: Hypervisor, prop: Property, held: HotValue) -> dict[str, Any]:
    """A last value as people and programs read it: with its word, its unit, and how far it can be trusted now."""
    code = next((word for word, number in prop.words.items() if number == held.value), None)
    quality = Quality(held.quality)
    if quality in (Quality.FRESH, Quality.LATE):
        # The worker marks ages once in a while; the reader wants the one of this instant.
        quality = by_age(max(h.clock.now() - reading.instant(held), timedelta(0)), prop.period)
    return {
        "property": prop.key, "label": _(prop.label), "value": held.value, "unit": prop.unit, "word": code, "word_label": _(prop.word_labels[code]) if code in prop.word_labels else None,
        "observed_at": reading.instant(held).isoformat(timespec="milliseconds").replace("+00:00", "Z"), "quality": quality.name.lower(),
    }  # fmt: skip
