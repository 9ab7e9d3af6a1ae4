"""What an analyst asks of history: series, a table by hour, day, commune or asset, a map, completeness, and what moves with what. Always inside the perimeter."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import numpy as np

from hypervisor import fmt
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.layer import Layer, Property
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.queries.observations import BUCKETS, local_shifts, period, start_of
from hypervisor.queries.sampling import correlation, sampled
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import assets, exploration, snapshot
from hypervisor.store.observations import Whose

MOST_SERIES = 8
MOST_POINTS = 2_000
MOST_RAW = 200_000
"""Values of one asset read one by one; beyond, hourly means answer, and the answer says so."""
HOUR_MS = 3_600_000
EPOCH = date(1970, 1, 1)
CELL_M = 500
"""Side of a cell of the map's grid. Chosen by us: a few streets, so that one asset is rarely alone in it."""

Measure = Literal["mean", "low", "high", "count"]
By = Literal["hour", "day", "commune", "asset"]
COLUMN = {"mean": "mean", "low": "low", "high": "high", "count": "n"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One series: « asset:41601:filling », or « layer:waste:filling » for all the assets of a layer."""

    layer: str
    key: str
    asset_id: int | None = None


def read(h: Hypervisor, who: Principal, text: str) -> Asked:
    """The series that a text names. Raises InvalidRequest, and NotFound for an asset outside the perimeter."""
    kind, _colon, rest = text.partition(":")
    of, _colon, key = rest.partition(":")
    if kind == "asset" and of.isdigit() and key:
        with h.database.unit_of_work(who.tenant) as uow:
            found = assets.one(uow, int(of), who.layers, who.communes)
        if found is None:
            raise reach.unseen(who, "observation:read", f"asset:{of}", _("L’équipement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=of))
        asked = Asked(layer=found["layer"], key=key, asset_id=int(of))
    elif kind == "layer" and of and key:
        asked = Asked(layer=of, key=key)
    else:
        raise InvalidRequest(_("La série « {text} » ne se lit pas : écrivez asset:NUMÉRO:GRANDEUR ou layer:COUCHE:GRANDEUR.", text=text))
    require("observation:read", asked.layer)
    _property(h, asked.layer, asked.key)
    return asked


def series(h: Hypervisor, texts: list[str], since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Up to eight series over [since, until): points of sampling.Point, and in `bucket_s` what each averages (0: the values themselves), never in silence."""
    who = require("observation:read")
    start, end = period(h, since, until)
    if not 0 < len(texts) <= MOST_SERIES:
        raise InvalidRequest(_("Choisissez de une à {count} séries.", count=MOST_SERIES))
    found = [_one(h, who, text, read(h, who, text), start, end) for text in texts]
    return {"since": start.isoformat(), "until": end.isoformat(), "series": found}


def table(
    h: Hypervisor, layer: str, key: str, measure: Measure, by: By, since: datetime | None, until: datetime | None, kind: str | None = None, most: int = 5_000
) -> dict[str, Any]:
    """rows: [{"group", "value", "n"}] of a property by hour, day, commune or asset, at most `most`; `is_cut` says whether there were more.

    kind narrows it to one kind of the layer's assets.
    """
    who = require("observation:read", layer)
    start, end = period(h, since, until)
    prop = _property(h, layer, key)
    rows = _by_time(h, who, layer, key, measure, by, start, end, kind) if by in BUCKETS else _by_place(h, who, layer, key, measure, by, start, end, kind)
    return {
        "layer": layer, "property": key, "label": _(prop.label), "unit": "" if measure == "count" else prop.unit, "measure": measure, "by": by,
        "since": start.isoformat(), "until": end.isoformat(), "rows": rows[:most], "is_cut": len(rows) > most,
    }  # fmt: skip


def on_map(
    h: Hypervisor, layer: str, key: str, measure: Measure, since: datetime | None, until: datetime | None, kind: str | None = None, *, by_grid: bool = False
) -> dict[str, Any]:
    """The same by commune, or by cell of 500 m, with outlines in metres (EPSG:2154): `communes` [{id, name, rings}], `cells` [{x, y, value, n}]."""
    who = require("observation:read", layer)
    start, end = period(h, since, until)
    prop = _property(h, layer, key)
    folded, places = _by_asset(h, who, layer, key, start, end, kind)
    cells: dict[tuple[int, int], list[Any]] = {}
    by_commune: dict[int, list[Any]] = {}
    for asset_id, said in folded.items():
        place = places.get(asset_id)
        if place is not None:
            by_commune.setdefault(place.commune_id, []).append(said)
            cells.setdefault((int(place.x // CELL_M), int(place.y // CELL_M)), []).append(said)
    with h.database.unit_of_work(who.tenant) as uow:
        outlines = exploration.outlines(uow, who.communes)
    return {
        "label": _(prop.label), "unit": "" if measure == "count" else prop.unit, "measure": measure, "since": start.isoformat(), "until": end.isoformat(), "cell_m": CELL_M,
        "communes": [outline | _together(by_commune.get(outline["id"], []), measure) for outline in outlines],
        "cells": [{"x": x * CELL_M, "y": y * CELL_M} | _together(said, measure) for (x, y), said in sorted(cells.items())] if by_grid else [],
    }  # fmt: skip


def completeness(h: Hypervisor, layer: str, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """By property and local day: values received ÷ values that a healthy source of that many assets would have sent, 0 to 1 and more when it speaks oftener."""
    who = require("observation:read", layer)
    start, end = period(h, since, until)
    declared = _layer(h, layer)
    with h.database.unit_of_work(who.tenant) as uow:
        numbers = {number: key for (of, key), number in snapshot.property_numbers(uow).items() if of == layer}
        places = exploration.assets(uow, who.layers, who.communes, layer, None)
    count_of = {kind.key: sum(place.kind == kind.key for place in places) for kind in declared.kinds}
    speaking = {prop.key: sum(count_of[kind.key] for kind in declared.kinds if prop.key in kind.properties) for prop in declared.properties}
    shifts = local_shifts(start, end)
    whose = Whose(property_ids=list(numbers), communes=None if who.communes is None else sorted(who.communes))
    found = h.history.means(who.tenant, whose, start, end, 24, shifts, by_asset=False)
    received = {(numbers[row["property_id"]], row["bucket"]): row["n"] for row in found.to_pylist()}
    days = _days(start, end)
    return {
        "since": start.isoformat(), "until": end.isoformat(), "days": [start_of("day", day).isoformat() for day in days],
        "properties": [
            {
                "key": prop.key, "label": _(prop.label), "period_s": prop.period.total_seconds(), "assets": speaking[prop.key],
                "shares": [_share(received.get((prop.key, day), 0), speaking[prop.key], prop.period, day, start, end) for day in days],
            }
            for prop in declared.properties
            if speaking[prop.key]
        ],
    }  # fmt: skip


def correlated(h: Hypervisor, first: str, second: str, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Hourly means of two series side by side: `pairs` [[first, second], …], Pearson's r and Spearman's rho, None where they mean nothing."""
    who = require("observation:read")
    start, end = period(h, since, until)
    one, other = (_hourly(h, who, read(h, who, text), start, end) for text in (first, second))
    shared = sorted(one.keys() & other.keys())
    pairs = [[one[hour], other[hour]] for hour in shared]
    columns = np.array(pairs, np.float64).reshape(-1, 2)
    coefficients = correlation(columns[:, 0], columns[:, 1])
    return {
        "since": start.isoformat(), "until": end.isoformat(), "n": len(pairs), "pairs": pairs[:: max(1, len(pairs) // MOST_POINTS)],
        "r": coefficients and coefficients[0], "rho": coefficients and coefficients[1],
        "labels": [_with_unit(h, who, read(h, who, text)) for text in (first, second)],
    }  # fmt: skip


# Parts ------------------------------------------------------------------------------------------------------------------


def _one(h: Hypervisor, who: Principal, text: str, asked: Asked, start: datetime, end: datetime) -> dict[str, Any]:
    prop = _property(h, asked.layer, asked.key)
    period_ms = int(prop.period / timedelta(milliseconds=1))
    whose = _whose(h, who, asked)
    count = h.history.count(who.tenant, whose, start, end)
    if asked.asset_id is not None and count <= MOST_RAW:
        found = h.history.series(who.tenant, whose, start, end)
        said = sampled(found["observed_at_ms"].to_numpy(), found["value"].to_numpy(), period_ms, MOST_POINTS)
        points, bucket_ms, gaps = said.points, said.bucket_ms, said.gaps
    else:
        means = h.history.means(who.tenant, whose, start, end, by_asset=False)
        at_ms, values = means["bucket"].to_numpy().astype(np.int64) * HOUR_MS, means["mean"].to_numpy()
        said = sampled(at_ms, values, HOUR_MS // 2, MOST_POINTS, means["low"].to_numpy(), means["high"].to_numpy())
        points, bucket_ms, gaps = said.points, max(HOUR_MS, said.bucket_ms), said.gaps
    return {
        "key": text,
        "label": _label(h, who, asked),
        "layer": asked.layer,
        "unit": prop.unit,
        "n": count,
        "bucket_s": bucket_ms // 1000,
        "gaps": gaps,
        "points": points,
    }


def _with_unit(h: Hypervisor, who: Principal, asked: Asked) -> str:
    """What an axis says: « Débit, Eau (m³/h) »."""
    unit = _property(h, asked.layer, asked.key).unit
    return _label(h, who, asked) + (f" ({unit})" if unit else "")


def _label(h: Hypervisor, who: Principal, asked: Asked) -> str:
    prop = _(_property(h, asked.layer, asked.key).label)
    if asked.asset_id is None:
        return f"{prop}, {_(_layer(h, asked.layer).label)}"
    with h.database.unit_of_work(who.tenant) as uow:
        found = assets.one(uow, asked.asset_id, who.layers, who.communes)
    return f"{prop}, {found['name']}" if found else prop


def _hourly(h: Hypervisor, who: Principal, asked: Asked, start: datetime, end: datetime) -> dict[int, float]:
    found = h.history.means(who.tenant, _whose(h, who, asked), start, end, by_asset=False)
    return dict(zip(found["bucket"].to_pylist(), found["mean"].to_pylist(), strict=True))


def _by_time(
    h: Hypervisor, who: Principal, layer: str, key: str, measure: Measure, by: By, start: datetime, end: datetime, kind: str | None
) -> list[dict[str, Any]]:
    shifts = local_shifts(start, end) if by == "day" else [(0, 0)]
    whose = _whose(h, who, Asked(layer=layer, key=key))
    if kind is not None:
        with h.database.unit_of_work(who.tenant) as uow:
            of_kind = [place.id for place in exploration.assets(uow, who.layers, who.communes, layer, kind)]
        if not of_kind:
            return []
        whose = replace(whose, communes=None, asset_ids=of_kind)
    found = h.history.means(who.tenant, whose, start, end, BUCKETS[by], shifts, by_asset=False)
    return [{"group": start_of(by, row["bucket"]).isoformat(), "value": row[COLUMN[measure]], "n": row["n"]} for row in found.to_pylist()]


def _by_place(
    h: Hypervisor, who: Principal, layer: str, key: str, measure: Measure, by: By, start: datetime, end: datetime, kind: str | None
) -> list[dict[str, Any]]:
    folded, places = _by_asset(h, who, layer, key, start, end, kind)
    if by == "asset":
        rows = [{"group": places[asset_id].name, "asset_id": asset_id} | _together([said], measure) for asset_id, said in folded.items() if asset_id in places]
    else:
        together: dict[str, list[Any]] = {}
        for asset_id, said in folded.items():
            if asset_id in places:
                together.setdefault(places[asset_id].commune, []).append(said)
        rows = [{"group": commune} | _together(said, measure) for commune, said in together.items()]
    return sorted(rows, key=lambda row: (-row["value"], row["group"]))


def _by_asset(
    h: Hypervisor, who: Principal, layer: str, key: str, start: datetime, end: datetime, kind: str | None
) -> tuple[dict[int, tuple[int, float, float, float]], dict[int, Any]]:
    """asset → (n, total, low, high) over the period, and the assets of the perimeter."""
    whose = _whose(h, who, Asked(layer=layer, key=key))
    hours = max(1, int((end - start) / timedelta(hours=1)) + 2)
    found = h.history.means(who.tenant, whose, start, end, hours)
    folded: dict[int, tuple[int, float, float, float]] = {}
    columns = (found[name].to_pylist() for name in ("asset_id", "n", "mean", "low", "high"))
    for asset_id, n, mean, low, high in zip(*columns, strict=True):
        before = folded.get(asset_id, (0, 0.0, float("inf"), float("-inf")))
        folded[asset_id] = (before[0] + n, before[1] + n * mean, min(before[2], low), max(before[3], high))
    with h.database.unit_of_work(who.tenant) as uow:
        places = {place.id: place for place in exploration.assets(uow, who.layers, who.communes, layer, kind)}
    return folded, places


def _together(said: list[tuple[int, float, float, float]], measure: Measure) -> dict[str, Any]:
    """The mean of several assets is the mean of all their values: one that speaks oftener weighs more, and `n` says by how much."""
    count = sum(each[0] for each in said)
    values = {
        "mean": sum(each[1] for each in said) / count if count else None,
        "low": min((each[2] for each in said), default=None),
        "high": max((each[3] for each in said), default=None),
        "count": count or None,
    }
    return {"value": values[measure], "n": count}


def _whose(h: Hypervisor, who: Principal, asked: Asked) -> Whose:
    with h.database.unit_of_work(who.tenant) as uow:
        number = snapshot.property_numbers(uow).get((asked.layer, asked.key))
    if number is None:
        raise _unknown(asked.key)
    communes = None if who.communes is None or asked.asset_id is not None else sorted(who.communes)
    return Whose(property_ids=[number], asset_id=asked.asset_id, communes=communes)


def _share(received: int, speaking: int, each: timedelta, day: int, start: datetime, end: datetime) -> float | None:
    """None for a day of which nothing was asked."""
    first, last = max(start, start_of("day", day)), min(end, start_of("day", day + 1))
    expected = speaking * ((last - first) / each)
    return received / expected if expected >= 1 else None


def _days(start: datetime, end: datetime) -> range:
    """Numbers of the local days, since 1970, that [start, end) touches."""
    first, last = (at.astimezone(fmt.ZONE).date() for at in (start, end - timedelta(microseconds=1)))
    return range((first - EPOCH).days, (last - EPOCH).days + 1)


def _layer(h: Hypervisor, key: str) -> Layer:
    if key not in h.layers:
        raise _unknown(key)
    return h.layers[key]


def _property(h: Hypervisor, layer: str, key: str) -> Property:
    found = next((prop for prop in _layer(h, layer).properties if prop.key == key), None)
    if found is None:
        raise _unknown(key)
    return found


def _unknown(name: str) -> InvalidRequest:
    return InvalidRequest(_("La grandeur ou la couche {name} n’existe pas : voyez /api/v1/layers.", name=name))
