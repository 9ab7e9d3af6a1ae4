"""What a demonstration's past looks like, one day at a time: the simulator's curves, two years of slow progress, and the sensors that were silent."""

# numpy types many results as Any.
# mypy: disable-error-code="no-any-return"

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hypervisor import layers
from hypervisor.demo.simulator import chance, curves
from hypervisor.lake.nights import share_of
from hypervisor.store.days import Columns

PARIS = ZoneInfo("Europe/Paris")
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
SILENT = 0.015  # Share of sensors silent on a given day: usual of radio networks, chosen by us.
OUTAGE_BACK, OUTAGE_DAYS = 128, 4  # A cut of the containers' network, four months ago, so that one month is incomplete.
DIMMED_FROM, DIMMED_TO = 23.5, 5.0
FLAT = {8: 0.72, 7: 0.88, 12: 1.05}  # month → share of its ordinary parking: August is empty, December full.
REFERENCE_ROUNDS_A_WEEK = 4
COLLECTED_ABOVE = 58.0
QUIET = (
    ("water", "valve", "valve_status", 1.0),
    ("water", "pump", "pump_status", 1.0),
    ("water", "reservoir", "level", 3.0),
    ("security", "access_door", "door_state", 0.0),
)
"""Equipment whose past is one word a day: (layer, kind, property, value)."""
SOURCE = "Démonstration : volumes inventés"

Floats = NDArray[np.float64]


class Past:
    """See the module. assets: (id, layer, kind, commune, attributes) by id; first, last: the days that may be asked."""

    def __init__(
        self,
        assets: Sequence[tuple[int, str, str, int, Mapping[str, Any]]],
        numbers: Mapping[tuple[str, str], int],
        centre: tuple[float, float],
        first: date,
        last: date,
    ) -> None:
        self._numbers, self._centre, self._first, self._last = numbers, centre, first, last
        self._of: dict[str, list[tuple[int, int, Mapping[str, Any]]]] = {}
        for number, _layer, kind, commune, attributes in assets:
            self._of.setdefault(kind, []).append((number, commune, attributes))

    def day(self, day: date) -> tuple[Columns, Columns]:
        """The values of a day (UTC) sorted by asset, time and property, and their hourly roll-up: the columns of lake/files.py."""
        pieces = [
            piece
            for make in (self._cabinets, self._luminaires, self._car_parks, self._bays, self._meters, self._containers, self._reachable)
            for piece in make(day)
        ]
        columns: list[Any] = [np.concatenate([piece[number] for piece in pieces]) if pieces else np.empty(0) for number in range(4)]
        order = np.lexsort((columns[1], columns[2], columns[0]))
        asset, prop, ms, value = (column[order].astype(kind) for column, kind in zip(columns, (np.int32, np.int16, np.int64, np.float64), strict=True))
        raw = {
            "asset_id": asset,
            "property_id": prop,
            "observed_at_ms": ms,
            "received_at_ms": ms + 800,
            "value": value,
            "quality": np.full(len(asset), 5, np.int16),
        }
        return raw, _rolled_up(asset, prop, ms, value)

    def declarations(self, today: date, ahead: int) -> Iterator[tuple[str, date, date, float, str, str]]:
        """What services would declare, month by month: volumes of water from the flows above, rounds of the reference calendar."""
        nominal = sum(float(attributes.get("nominal_flow_m3_h") or 0) for _id, _commune, attributes in self._of.get("district_meter", []))
        rounds = len({attributes.get("round") for _id, _commune, attributes in self._of.get("container", [])} - {None})
        month = self._first.replace(day=1)
        last = (today.replace(day=1) + timedelta(days=31 * (ahead + 1))).replace(day=1)
        while month < last:
            after = (month + timedelta(days=32)).replace(day=1)
            days = (after - month).days
            supplied = nominal * 24 * days * _season(month)
            authorised = supplied * (1 - self._leaked(month + timedelta(days=15)) + 0.055)
            yield from (
                ("water_authorised", month, after, round(authorised), "m³", SOURCE),
                ("water_counted", month, after, round(authorised * 0.965), "m³", SOURCE),
                ("water_sold", month, after, round(supplied * 0.012), "m³", SOURCE),
                ("rounds_reference", month, after, round(rounds * REFERENCE_ROUNDS_A_WEEK * days / 7), "tournées", SOURCE),
            )
            month = after

    def alarms(self, first: date, last: date) -> Iterator[tuple[Any, ...]]:
        """Closed alarms of the layers' own rules, some each day: as store/past.py writes them."""
        rules = [(layer.key, rule) for layer in layers.all_layers().values() for rule in layer.rules if rule.priority < 4 and rule.kind in self._of]
        for number in range((last - first).days):
            day = first + timedelta(days=number)
            chosen = np.random.default_rng(day.toordinal())
            for _each in range(int(chosen.poisson(6 - 1.5 * self._progress(day))) if rules else 0):
                layer, rule = rules[int(chosen.integers(len(rules)))]
                asset, commune, _attributes = self._of[rule.kind][int(chosen.integers(len(self._of[rule.kind])))]
                raised = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=float(chosen.uniform(0, 86_400)))
                acknowledged = raised + timedelta(seconds=float(chosen.lognormal(5.6 - 0.25 * self._progress(day), 0.8)))
                cleared = acknowledged + timedelta(hours=float(chosen.lognormal(0.9 + 0.4 * (rule.priority - 1), 0.7)))
                before = raised + rule.decide_within if rule.decide_within else None
                yield asset, layer, commune, rule.kind, rule.key, rule.title, int(rule.priority), raised, acknowledged, cleared, before

    def _progress(self, day: date) -> float:
        """0 two years ago, 1 today."""
        return 1 - min(730, max(0, (self._last - day).days)) / 730

    def _leaked(self, day: date) -> float:
        """Share of what is supplied that is lost: two points better in two years."""
        return 0.235 - 0.02 * self._progress(day)

    def _heard(self, kind: str, day: date) -> NDArray[np.bool_]:
        return chance.uniform(self._seeds(kind), day.toordinal()) >= SILENT

    def _ids(self, kind: str) -> NDArray[np.int32]:
        return np.array([number for number, _commune, _attributes in self._of.get(kind, [])], np.int32)

    def _seeds(self, kind: str) -> chance.Seeds:
        return self._ids(kind).astype(np.uint64) * np.uint64(2_654_435_761) + np.uint64(len(kind))

    def _attribute(self, kind: str, name: str, default: float) -> Floats:
        found = (attributes.get(name) for _id, _commune, attributes in self._of.get(kind, []))
        return np.array([value if isinstance(value, int | float) else default for value in found], np.float64)

    def _number(self, layer: str, key: str) -> int:
        return self._numbers[layer, key]

    def _grid(self, kind: str, prop: int, day: date, values: Floats, step_h: int = 1) -> Iterator[tuple[Any, Any, Any, Any]]:
        """values: (assets, instants); assets that were silent that day are left out."""
        heard = self._heard(kind, day)
        ids, values = self._ids(kind)[heard], values[heard]
        instants = _midnight_ms(day) + np.arange(values.shape[1]) * step_h * HOUR_MS
        # Each asset speaks at its own minute.
        offsets = (chance.uniform(self._seeds(kind)[heard], 9) * 55 * 60_000).astype(np.int64)
        yield np.repeat(ids, values.shape[1]), np.full(values.size, prop), (instants[None, :] + offsets[:, None]).ravel(), values.ravel()

    def _cabinets(self, day: date) -> Iterator[tuple[Any, ...]]:
        ids = self._ids("cabinet")
        if not len(ids):
            return
        hours = [_midnight_ms(day) // HOUR_MS + hour for hour in range(24)]
        night = np.array([share_of(hour, *self._centre) for hour in hours])
        clock = np.array([_local_hour(hour) for hour in hours])
        dims = chance.uniform(self._seeds("cabinet"), 2) < 0.25 + 0.40 * self._progress(day)
        level = np.where((clock >= int(DIMMED_FROM)) | (clock < DIMMED_TO), 0.5, 1.0)
        power = self._attribute("cabinet", "power_kw", 4.0)[:, None] * 0.7 * night[None, :] * np.where(dims[:, None], level[None, :], 1.0)
        noise = 1 + 0.02 * (chance.uniform(self._seeds("cabinet"), day.toordinal() + 7) - 0.5)
        yield from self._grid("cabinet", self._number("lighting", "active_power"), day, np.round(0.03 + power * noise[:, None], 2))

    def _luminaires(self, day: date) -> Iterator[tuple[Any, ...]]:
        ids = self._ids("luminaire")
        if not len(ids):
            return
        # A defect lasts a whole week of the calendar: repairs are made by rounds.
        out = chance.uniform(self._seeds("luminaire"), day.toordinal() // 7) < 0.022 - 0.008 * self._progress(day)
        yield ids, np.full(len(ids), self._number("lighting", "luminaire_status")), np.full(len(ids), _midnight_ms(day) + 11 * HOUR_MS), out.astype(np.float64)

    def _car_parks(self, day: date) -> Iterator[tuple[Any, ...]]:
        ids = self._ids("car_park")
        if not len(ids):
            return
        seeds = self._seeds("car_park")
        tables = [curves.PARKING[name] for name in ("centre", "relay", "residents")]
        kind = (chance.uniform(seeds, 1) * len(tables)).astype(int)
        rows = []
        for hour in range(24):
            clock = _local_hour(_midnight_ms(day) // HOUR_MS + hour)
            weekend = _local_day(day, hour).weekday() >= 5
            rows.append(np.array([tables[number][weekend][clock] for number in kind]))
        full = 1.05 + 0.55 * chance.uniform(seeds, 3)
        of_day = 0.94 + 0.12 * chance.uniform(seeds, day.toordinal())
        values = np.clip(np.array(rows).T * (full * of_day)[:, None] * FLAT.get(day.month, 1.0), 2, 99.5)
        yield from self._grid("car_park", self._number("parking", "occupancy"), day, np.round(values, 1))

    def _bays(self, day: date) -> Iterator[tuple[Any, ...]]:
        """Sessions from eight to eight, each in a slot of its own: arrival, departure; and « free » said at night."""
        ids = self._ids("bay")[self._heard("bay", day)] if "bay" in self._of else np.empty(0, np.int32)
        if not len(ids):
            return
        prop, seeds, begin = self._number("parking", "bay_status"), self._seeds("bay")[self._heard("bay", day)], _midnight_ms(day)
        slots = 6 if day.weekday() < 5 else 5
        length = 12 * HOUR_MS // slots
        used = 0.74 * FLAT.get(day.month, 1.0)
        yield ids, np.full(len(ids), prop), np.full(len(ids), begin + 3 * HOUR_MS), np.zeros(len(ids))
        for slot in range(slots):
            draw = day.toordinal() * 50 + slot * 5
            comes = chance.uniform(seeds, draw) < used
            arrival = begin + 7 * HOUR_MS + slot * length + (chance.uniform(seeds, draw + 1) * 0.45 * length).astype(np.int64)
            leaves = arrival + 300_000 + (chance.uniform(seeds, draw + 2) ** 2 * (0.5 * length)).astype(np.int64)
            for instant, value in ((arrival, 1.0), (leaves, 0.0)):
                yield ids[comes], np.full(int(comes.sum()), prop), instant[comes], np.full(int(comes.sum()), value)

    def _meters(self, day: date) -> Iterator[tuple[Any, ...]]:
        ids = self._ids("district_meter")
        if not len(ids):
            return
        leaked = self._leaked(day)
        drunk = np.array([curves.at_hour(curves.WATER, _local_hour(_midnight_ms(day) // HOUR_MS + hour)) for hour in range(24)])
        shape = leaked + (1 - leaked) * drunk / np.mean(curves.WATER)
        noise = 1 + 0.03 * (chance.uniform(self._seeds("district_meter"), day.toordinal()) - 0.5)
        values = self._attribute("district_meter", "nominal_flow_m3_h", 80.0)[:, None] * shape[None, :] * noise[:, None] * _season(day)
        yield from self._grid("district_meter", self._number("water", "flow"), day, np.round(values, 2))

    def _containers(self, day: date) -> Iterator[tuple[Any, ...]]:
        number = (day - self._first).days
        if "container" not in self._of or not 0 <= number < len(self._filling[0]) or OUTAGE_BACK <= (self._last - day).days < OUTAGE_BACK + OUTAGE_DAYS:
            return
        levels, collected, rate = self._filling
        hours = np.arange(0, 24, 3)
        collected_at = 5 + (chance.uniform(self._seeds("container"), 4) * 5)
        before = levels[number][:, None] + rate[:, None] * hours[None, :] / 24
        after = rate[:, None] * np.maximum(0, hours[None, :] - collected_at[:, None]) / 24
        values = np.where(collected[number][:, None] & (hours[None, :] > collected_at[:, None]), after, before)
        yield from self._grid("container", self._number("waste", "filling"), day, np.round(np.clip(values, 0, 108), 1), step_h=3)

    @cached_property
    def _filling(self) -> tuple[list[Floats], list[NDArray[np.bool_]], Floats]:
        """Level of each container at midnight, whether it is collected that day, and the points it gains a day: a round passes, and takes what is full enough."""
        seeds = self._seeds("container")
        rounds = sorted({str(attributes.get("round")) for _id, _commune, attributes in self._of.get("container", [])})
        rank = np.array([rounds.index(str(attributes.get("round"))) for _id, _commune, attributes in self._of.get("container", [])], np.int64)
        rate = 7 + 15 * chance.uniform(seeds, 1)
        level = 80 * chance.uniform(seeds, 2)
        levels, collected = [], []
        for number in range((self._last - self._first).days + 1):
            day = self._first + timedelta(days=number)
            passes = chance.uniform(np.arange(len(rounds), dtype=np.uint64) + np.uint64(77), day.toordinal()) < (0.56 - 0.06 * self._progress(day)) * (
                day.weekday() < 6
            )
            careless = chance.uniform(seeds, day.toordinal() * 3) < 0.05
            taken = passes[rank] & ((level > COLLECTED_ABOVE) | (careless & (level > 25)))
            levels.append(level.copy())
            collected.append(taken)
            level = np.where(taken, rate * 0.6, np.minimum(level + rate, 108))
        return levels, collected, rate

    def _reachable(self, day: date) -> Iterator[tuple[Any, ...]]:
        for kind, key in (("camera", "camera_status"), ("switch", "switch_status")):
            if kind in self._of:
                online = chance.uniform(self._seeds(kind), day.toordinal() * 2) > 0.018 - 0.008 * self._progress(day)
                yield from self._grid(kind, self._number("security", key), day, np.repeat(online.astype(np.float64)[:, None], 8, axis=1), step_h=3)
        for layer, kind, key, value in QUIET:
            if kind in self._of:
                yield from self._grid(kind, self._number(layer, key), day, np.full((len(self._ids(kind)), 1), value))


def _rolled_up(asset: NDArray[np.int32], prop: NDArray[np.int16], ms: NDArray[np.int64], value: Floats) -> Columns:
    hour = (ms // HOUR_MS).astype(np.int32)
    order = np.lexsort((prop, hour, asset))
    asset, prop, hour, value = asset[order], prop[order], hour[order], value[order]
    if not len(asset):
        return {"asset_id": asset, "property_id": prop, "hour": hour, "n": hour, "total": value, "low": value, "high": value}
    starts = np.flatnonzero(np.r_[True, (asset[1:] != asset[:-1]) | (hour[1:] != hour[:-1]) | (prop[1:] != prop[:-1])])
    return {
        "asset_id": asset[starts], "property_id": prop[starts], "hour": hour[starts], "n": np.diff(np.r_[starts, len(asset)]).astype(np.int32),
        "total": np.add.reduceat(value, starts), "low": np.minimum.reduceat(value, starts), "high": np.maximum.reduceat(value, starts),
    }  # fmt: skip


def _season(day: date) -> float:
    """Water supplied on a day of the year ÷ its mean: eight per cent more in high summer."""
    return 1 + 0.08 * float(np.cos((day.timetuple().tm_yday - 200) / 365 * 2 * np.pi))


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _local_hour(hour: int) -> int:
    return datetime.fromtimestamp(hour * 3600, PARIS).hour


def _local_day(day: date, hour: int) -> date:
    return datetime.fromtimestamp((_midnight_ms(day) // 1000) + hour * 3600, PARIS).date()
