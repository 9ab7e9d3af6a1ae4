"""What the sensors of one asset said during a period of the past, each value with the moment it was received: what a replay may show as known then."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.i18n import _
from hypervisor.queries.replay import check
from hypervisor.security import motivated, reach
from hypervisor.security.require import signed_in
from hypervisor.store import assets, snapshot
from hypervisor.store.observations import Whose

MOST = 20_000
"""Values of one answer at most: three properties heard every 15 s for a day are 17,280. Chosen by us."""
LEVELS = frozenset({"above", "below"})
"""Comparisons whose threshold is a level of the property itself; that of "rising" is a change per hour and has no place on its axis."""


def curves(h: Hypervisor, asset_id: int, since: datetime, until: datetime) -> dict[str, Any]:
    """The asset and its properties, those that rules watch first, each with `points` [observed epoch ms, received epoch ms, value, quality's code] in [since, until), oldest first.

    `rules`: keys of the rules whose threshold is a level of that property. `read_until`: where the values end when there were too many, None otherwise.
    Never a mean: what averages a minute tells its end before it came. By an access by motive: what its window knew, and in the audit.
    Raises NotFound, also outside the perimeter, and InvalidRequest as queries.replay.check does.
    """
    now = h.clock.now()
    with h.database.unit_of_work(signed_in().tenant) as uow:
        who, access = motivated.reader(uow, ("observation:read",), now)
        check(since, until, now)
        if access:
            motivated.hold(uow, access, who, since, until, now, "curves", asset=asset_id)
        asset = assets.one(uow, asset_id, who.layers, who.communes)
        if asset is None:
            raise reach.unseen(
                who, "observation:read", f"asset:{asset_id}", _("L’équipement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=asset_id)
            )
        numbers = snapshot.property_numbers(uow)
    layer = h.layers.get(asset["layer"])
    kind = next((kind for kind in layer.kinds if kind.key == asset["kind"]), None) if layer else None
    shown = [prop for prop in _ordered(layer, kind) if (layer.key, prop.key) in numbers] if layer and kind else []
    by_number: dict[int, list[list[float]]] = {numbers[asset["layer"], prop.key]: [] for prop in shown}
    found = h.history.series(who.tenant, Whose(property_ids=list(by_number), asset_id=asset_id), since, min(until, now), MOST + 1).to_pylist() if shown else []
    known_ms = until.timestamp() * 1000 if access else float("inf")
    for row in found[:MOST]:
        # What came after a window that was opened by motive is not of it, as of the story's alarms.
        if row["received_at_ms"] <= known_ms:
            by_number[row["property_id"]].append([row["observed_at_ms"], row["received_at_ms"], row["value"], row["quality"]])
    return {
        "since": since.isoformat(), "until": min(until, now).isoformat(), "read_until": _iso(found[MOST - 1]["observed_at_ms"]) if len(found) > MOST else None,
        "asset": {key: asset[key] for key in ("id", "name", "code", "layer", "address")} | {"kind": _(kind.label) if kind else asset["kind"]},
        "properties": [_words(prop) | {"rules": _rules(layer, kind, prop), "points": by_number[numbers[asset["layer"], prop.key]]} for prop in shown],
    }  # fmt: skip


def _ordered(layer: Layer, kind: Kind) -> Iterable[Property]:
    """The kind's properties: watched by a rule, then read as figures, then the words, each in the layer's order."""
    return sorted((layer.property_of(key) for key in kind.properties), key=lambda prop: (not _rules(layer, kind, prop), bool(prop.words)))


def _rules(layer: Layer | None, kind: Kind | None, prop: Property) -> list[str]:
    return [rule.key for rule in layer.rules if rule.property == prop.key and rule.kind == kind.key and rule.comparison in LEVELS] if layer and kind else []


def _words(prop: Property) -> dict[str, Any]:
    return {
        "key": prop.key, "label": _(prop.label), "unit": prop.unit, "period_s": prop.period.total_seconds(),
        "words": {str(code): _(prop.word_labels.get(word, word)) for word, code in prop.words.items()},
    }  # fmt: skip


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
