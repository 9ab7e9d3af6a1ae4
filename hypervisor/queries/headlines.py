"""The wall's figures: what layers declare, over the last values; the median time to acknowledge; the share of equipment that can be reached."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.layer import Headline, Kind, Layer
from hypervisor.domain.quality import LATE_PERIODS, Quality
from hypervisor.feed.mirror import Mirror
from hypervisor.hot import figures, present
from hypervisor.i18n import N_
from hypervisor.security.require import require
from hypervisor.store import snapshot

if TYPE_CHECKING:
    from hypervisor.bootstrap import Hypervisor

TRUSTED = (Quality.FRESH, Quality.SIMULATED, Quality.MANUAL)
WINDOW = timedelta(hours=24)
ACKNOWLEDGED_WITHIN_S = 300
"""Reference of the median time to acknowledge: five minutes, when a major alarm goes to the room's chief (screens.md B.4)."""
REACHABLE_SHARE = 98.0
"""Reference of reachable equipment: that of the mock-up of the wall; to be set with each service."""


@dataclass(frozen=True)
class Figures:
    """items: what the `headlines` message carries. newest_ms: layer → time of its newest observation."""

    items: list[dict[str, Any]]
    newest_ms: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one headline is computed from: fresh values of its property on assets of its kind; how many such assets there are."""

    values: NDArray[np.float64]
    kind: Kind
    headline: Headline


def _share(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None


MEASURES: Mapping[str, Callable[[Sample], float | None]] = {
    "share_active": lambda s: _share(int(np.count_nonzero(s.values >= (s.kind.active or ("", 1.0))[1])), len(s.values)),
    "mean": lambda s: float(np.mean(s.values)) if len(s.values) else None,
    "sum": lambda s: float(np.sum(s.values)) if len(s.values) else None,
    "count_above": lambda s: float(np.count_nonzero(s.values >= (s.headline.at_least or 0.0))) if len(s.values) else None,
}
"""measure of a declared headline → its value over fresh values, None when there is none. share_fresh needs the stale ones too: see `_declared`."""


def shared(h: "Hypervisor", tenant: int) -> list[dict[str, Any]]:
    """The figures of all communes computed last, inside the reader's layers; empty for who may see some communes alone, and when nothing computed any for a minute.

    Raises Unavailable.
    """
    principal = require("indicator:read")
    if principal.communes is not None:
        return []
    found = figures.read(h.redis, tenant)
    return [item for item in found["items"] if not item["layer"] or principal.layers is None or item["layer"] in principal.layers] if found else []


def compute(h: "Hypervisor", mirror: Mirror, communes: Collection[int] | None = None) -> Figures:
    """Figures for the feed, which filters them by layer.

    Those of the whole tenant are computed here when it is this process's turn, else they are those of the process whose turn it was. Those of some communes,
    which few sessions read, are computed for each process, and have no history.
    """
    tenant = mirror.layout.tenant
    if communes is not None:
        return _now(h, mirror, communes)
    other = None if figures.take_turn(h.redis, tenant) else figures.read(h.redis, tenant)
    if other is not None:
        return Figures(other["items"], other["newest_ms"])
    found = _now(h, mirror, None)
    past = figures.histories(h.redis, tenant, {item["key"]: item["value"] for item in found.items if item["value"] is not None})
    found = Figures([item | {"history": past.get(item["key"], [])} for item in found.items], found.newest_ms)
    figures.share(h.redis, tenant, {"items": found.items, "newest_ms": found.newest_ms})
    return found


def _now(h: "Hypervisor", mirror: Mirror, communes: Collection[int] | None) -> Figures:
    now_ms = h.clock.epoch_ms()
    items: list[dict[str, Any]] = []
    newest_ms: dict[str, float] = {}
    for layer in mirror.layout.layers:
        if layer.key in mirror.layout.columns:
            own, newest = _of_layer(h, mirror, layer, now_ms, communes)
            items += own
            newest_ms |= newest
    items += [_acknowledgement(h, mirror.layout.tenant, communes), _reachable(mirror, communes)]
    as_of = h.clock.now().isoformat().replace("+00:00", "Z")
    return Figures([item | {"as_of": as_of, "history": []} for item in items], newest_ms)


def _of_layer(h: "Hypervisor", mirror: Mirror, layer: Layer, now_ms: int, communes: Collection[int] | None) -> tuple[list[dict[str, Any]], dict[str, float]]:
    held = present.read(h.redis, mirror.layout.tenant, layer.key)
    numbers = _property_numbers(h, mirror.layout.tenant)
    kind_of = _kind_of(mirror, layer, held.assets, communes)
    items = [_declared(layer, headline, held, kind_of, numbers.get((layer.key, headline.property), -1), now_ms) for headline in layer.headlines]
    heard = held.observed_at_ms if communes is None else held.observed_at_ms[kind_of >= 0]
    return items, ({layer.key: float(heard.max())} if len(heard) else {})


def _declared(layer: Layer, headline: Headline, held: present.Present, kind_of: NDArray[np.int64], number: int, now_ms: int) -> dict[str, Any]:
    kind = layer.kind(headline.kind)
    period_ms = layer.property_of(headline.property).period.total_seconds() * 1000
    own = (held.properties == number) & (kind_of == layer.kinds.index(kind))
    fresh = own & (now_ms - held.observed_at_ms <= LATE_PERIODS * period_ms) & np.isin(held.qualities, TRUSTED)
    if headline.measure == "share_fresh":
        value = _share(int(fresh.sum()), int(own.sum()))
    else:
        value = MEASURES[headline.measure](Sample(values=held.values[fresh], kind=kind, headline=headline))
    return _item(
        headline.key,
        layer.key,
        headline.label,
        value,
        headline.unit,
        headline.reference,
        headline.reference_label,
        headline.formula,
        is_fresh=bool(fresh.any()),
    )


def _acknowledgement(h: "Hypervisor", tenant: int, communes: Collection[int] | None) -> dict[str, Any]:
    with h.database.unit_of_work(tenant) as uow:
        median_s = snapshot.median_acknowledgement_s(uow, h.clock.now() - WINDOW, communes)
    formula = N_("Médiane, sur les alarmes levées depuis 24 heures et acquittées, du temps entre la levée et l’acquittement.")
    return _item("acknowledgement", "", N_("délai d’acquittement médian, 24 h"), median_s, "s", ACKNOWLEDGED_WITHIN_S, N_("repère"), formula)


def _reachable(mirror: Mirror, communes: Collection[int] | None) -> dict[str, Any]:
    def inside(layer: str) -> NDArray[np.uint8]:
        looks = mirror.appearances(layer)
        return looks if communes is None else looks[np.isin(mirror.layout.commune_of[layer], list(communes))]

    quality = sum((np.bincount(inside(layer) >> 3 & 0b111, minlength=8) for layer in mirror.layout.columns), np.zeros(8, np.int64))
    heard = int(quality.sum() - quality[Quality.NEVER_RECEIVED])
    value = _share(int(quality[list(TRUSTED)].sum()), heard)
    formula = N_("Équipements dont la dernière mesure est fraîche, divisés par les équipements déjà entendus.")
    return _item("reachable", "", N_("équipements joignables"), value, "%", REACHABLE_SHARE, N_("repère"), formula)


def _item(
    key: str, layer: str, label: str, value: float | None, unit: str, reference: float | None, reference_label: str, formula: str, is_fresh: bool = True
) -> dict[str, Any]:
    rounded = None if value is None else round(float(value), 2)
    return {
        "key": key, "layer": layer, "label": label, "value": rounded, "unit": unit, "reference": reference, "reference_label": reference_label, "formula": formula,
        "fresh": is_fresh and rounded is not None,
    }  # fmt: skip


def _kind_of(mirror: Mirror, layer: Layer, assets: NDArray[np.int64], communes: Collection[int] | None = None) -> NDArray[np.int64]:
    """Index of the kind of each asset in the layer's kinds, -1 for an asset that the layout does not hold, or not in these communes."""
    column = mirror.layout.columns[layer.key]
    order = np.argsort(column.ids)
    place = np.clip(np.searchsorted(column.ids, assets, sorter=order), 0, len(order) - 1)
    found = order[place]
    is_known = column.ids[found] == assets
    if communes is not None:
        is_known &= np.isin(mirror.layout.commune_of[layer.key][found], list(communes))
    return np.where(is_known, column.kinds[found].astype(np.int64), -1)


def _property_numbers(h: "Hypervisor", tenant: int) -> Mapping[tuple[str, str], int]:
    with h.database.unit_of_work(tenant) as uow:
        return snapshot.property_numbers(uow)
