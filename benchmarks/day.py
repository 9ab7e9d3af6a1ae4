"""A day of the demonstration metropolis at high speed: how much the room is asked, before and after causes are said once and avalanches grouped.

The simulator's fleets say, each STEP_S of a day that does not exist, what is due: each asset once a period, at once when it switches or is struck. The engine's own conditions
judge it and its own counts group it; what they decide is written by the worker's own writer in a real PostgreSQL, with the clock that ends masks and causes. Two people acknowledge what waits after two minutes
and take the event of what must be acted on now, critical and major (its *fiche réflexe* is the event's; minor alarms are a list for working hours: screens.md B.4); --only-acknowledge plays a room that takes nothing. INCIDENTS is the day: how often each scenario of
the simulator strikes 40,000 assets, and for how long, chosen by us from what such territories tell; four sensors chatter for two hours.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import psycopg

from benchmarks._alarm_platform import Ground, ground
from hypervisor import layers
from hypervisor.demo.load import inventory, load
from hypervisor.demo.simulator import incidents
from hypervisor.demo.simulator.inventory import Inventory
from hypervisor.demo.simulator.moment import Moment
from hypervisor.demo.simulator.world import Lane, World
from hypervisor.domain.alarm import Priority
from hypervisor.domain.alarm_load import FLOOD
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.domain.units import affine
from hypervisor.errors import VigieError
from hypervisor.ingest import rulebooks
from hypervisor.operations import alarms, events
from hypervisor.queries import alarm_health
from hypervisor.rules.combination import Combinations
from hypervisor.rules.compile import Watch, compile_rules
from hypervisor.rules.conditions import Changes, Conditions, Verdict
from hypervisor.security.context import current_principal
from hypervisor.store import Database, alarm_clock, verdicts
from hypervisor.store.engine import Engine
from hypervisor.store.verdicts import Decision

MIDNIGHT = datetime(2026, 2, 11, tzinfo=UTC)
STEP_S = 20
PEOPLE = 2
SEEN_AFTER = timedelta(minutes=2)
CHIEF = Principal(tenant=1, account_id=None, name="chef", display_name="Chef", role=Role.CHIEF, permissions=PERMISSIONS[Role.CHIEF])
# scenario → (how many a day for 40,000 assets, minutes that one lasts)
INCIDENTS = {
    "overflow": (24, 240), "lamp": (12, 720), "camera_offline": (8, 40), "cabinet_trip": (3, 50), "door_forced": (3, 10), "car_park_closed": (2, 45), "pump_trip": (2, 60),
    "drift": (2, 30), "burst": (1, 120), "fire": (1, 25), "freeze": (1, 60), "flood": (1, 30),
}  # fmt: skip
CHATTERS = (("cabinet", "door"), ("district_meter", "pressure"), ("switch", "switch_temperature"), ("container", "filling"))
CHATTERING_S = 2 * 3600.0
SAME = timedelta(seconds=60)


@dataclass
class Column:
    """A property of a kind: what was last judged and when, and thresholds of the assets' own by rule.

    assets: row → number in the database; scale: factor and offset of the wire.
    """

    lane: Lane
    key: str
    watch: Watch
    assets: list[int]
    scale: tuple[float, float]
    words: dict[str, int]
    own: dict[int, np.ndarray] = field(default_factory=dict)
    last: np.ndarray = field(init=False)
    last_ms: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.last = np.full(len(self.assets), np.nan)
        self.last_ms = np.zeros(len(self.assets), np.int64)


class Day:
    """The engine's judgement on a day that is made up."""

    def __init__(self, platform: Ground, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = World(_played(platform.owner_url))
        with psycopg.connect(platform.owner_url) as owner:
            found = owner.execute("SELECT urn, id, commune_id, layer, kind FROM asset WHERE tenant = 1").fetchall()
            self.book = compile_rules(layers.all_layers())
            self.combinations = Combinations(self.book.rules, rulebooks.groups(owner.cursor(), 1, self.book))
        self.known = {urn: (number, commune) for urn, number, commune, _layer, _kind in found}
        self.kinds = {number: (layer, kind) for _urn, number, _commune, layer, kind in found}
        self.columns = list(self._columns())
        thresholds = {
            (asset, number): own
            for column in self.columns
            for number, found in column.own.items()
            for asset, own in zip(column.assets, found.tolist(), strict=True)
        }
        self.conditions = Conditions(self.book.rules, thresholds)
        self.communes = dict(self.known.values())
        self.plan = sorted(self._planned(), key=lambda one: one[0])
        self.chatters = [
            (kind, key, self.dice.randrange(self.world.lanes[kind].size), self.dice.uniform(8, 18) * 3600) for kind, key in CHATTERS if kind in self.world.lanes
        ]

    def _columns(self) -> Iterator[Column]:
        for (layer, kind, key), watch in self.book.watches.items():
            lane = self.world.lanes.get(kind)
            if lane is None or lane.fleet.layer.key != layer:
                continue
            prop = lane.fleet.layer.property_of(key)
            column = Column(lane, key, watch, [self.known[item.urn][0] for item in lane.fleet.items], affine(prop.wire_unit, prop.unit), prop.words)
            for number in watch.own:
                rule = self.book.rules[number].rule
                column.own[number] = np.array([rule.threshold_for(item.attributes) for item in lane.fleet.items])
            yield column

    def _planned(self) -> Iterator[tuple[float, str, float]]:
        part = len(self.known) / 40_000
        for name, (count, minutes) in INCIDENTS.items():
            for _each in range(max(1, round(count * part))):
                yield self.dice.uniform(0, 86_400 - 60), name, minutes * self.dice.uniform(0.5, 1.5) * 60

    def step(self, at: datetime) -> list[Verdict]:
        """What is decided at this instant, causes that are counted first."""
        epoch_s, now_ms = at.timestamp(), int(at.timestamp() * 1000)
        while self.plan and self.plan[0][0] <= (at - MIDNIGHT).total_seconds():
            _at, name, lasts_s = self.plan.pop(0)
            if (incident := incidents.start(self.world, name, epoch_s, self.dice, is_asked=True)) is not None:
                incident.ends_s = epoch_s + lasts_s
                self.world.begin(incident)
        for over in [one for one in self.world.incidents if one.ends_s <= epoch_s]:
            self.world.end(over)
        changes = Changes()
        moment = self.world.moment(now_ms)
        by_kind: dict[str, list[Column]] = {}
        for column in self.columns:
            by_kind.setdefault(column.lane.fleet.kind.key, []).append(column)
        for kind, columns in by_kind.items():
            rows = self._due(kind, moment, (at - MIDNIGHT).total_seconds())
            measured = columns[0].lane.fleet.measure(rows, moment) if len(rows) else {}
            for column in columns if len(rows) else ():
                self._judge(column, rows, self._values(column, rows, measured[column.key], epoch_s, at), now_ms, changes)
        changes.verdicts += [self._waited(asset, number, now_ms) for asset, number in self.conditions.due(now_ms)]
        rules = self.book.rules
        self.combinations.foresee(((one.asset, rules[one.rule].rule.key, one.holds) for one in changes.verdicts), self.conditions, now_ms, changes)
        return changes.verdicts

    def combine(self, written: list[verdicts.WrittenAlarm], now_ms: int) -> list[Verdict]:
        """What counting decides once those alarms are written."""
        for alarm in written:
            self.combinations.know(alarm.decision.asset_id, alarm.decision.rule.key, alarm.id, alarm.version, active=alarm.facts.active)
        changes = Changes()
        self.combinations.judge(self.conditions, now_ms, changes)
        return changes.verdicts

    def _waited(self, asset: int, number: int, now_ms: int) -> Verdict:
        counts = self.book.rules[number].rule.comparison == "count"
        return Verdict(asset, number, True, self.combinations.count(asset, number) if counts else None, now_ms, now_ms)

    def _due(self, kind: str, moment: Moment, since_s: float) -> np.ndarray:
        """Rows that speak now: those of their period, those that have switched, those struck or repaired; all of them at midnight."""
        lane = self.world.lanes[kind]
        rows, urgent = lane.rows_due(moment, STEP_S, is_looking=True)
        restless = [row for chattering, _key, row, from_s in self.chatters if chattering == kind and 0 <= since_s - from_s < CHATTERING_S]
        return np.arange(lane.size) if since_s == 0 else np.unique(np.concatenate((rows, urgent, np.array(restless, np.intp))))

    def _values(self, column: Column, rows: np.ndarray, wire: Any, epoch_s: float, at: datetime) -> np.ndarray:
        kind = column.lane.fleet.kind.key
        said = list(wire)
        for place, row in enumerate(rows.tolist()) if column.lane.affected else ():
            for incident in column.lane.affected.get(row, ()):
                if effect := incident.effects.get(kind, {}).get(column.key):
                    said[place] = effect(said[place], epoch_s - incident.started_s, row)
        values = np.array([column.words.get(one, np.nan) if isinstance(one, str) else float(one) * column.scale[0] + column.scale[1] for one in said])
        since = (at - MIDNIGHT).total_seconds()
        for chattering, key, row, from_s in self.chatters:
            if (chattering, key) == (kind, column.key) and 0 <= since - from_s < CHATTERING_S:
                values[rows == row] = self._restless(column, is_beyond=int(since) // STEP_S % 2 == 0)
        return values

    def _restless(self, column: Column, *, is_beyond: bool) -> float:
        """A contact that bounces, or a value that trembles about its threshold: by half a percent beyond it, and by three percent back."""
        kind = column.lane.fleet.kind.key
        rule = next(
            one.rule for one in self.book.rules if (one.rule.kind, one.rule.property) == (kind, column.key) and one.rule.comparison in ("above", "below")
        )
        if rule.threshold <= 1:
            return float(is_beyond)
        away = (0.005 if is_beyond else -0.03) * abs(rule.threshold)
        return rule.threshold + (away if rule.comparison == "above" else -away)

    def _judge(self, column: Column, rows: np.ndarray, values: np.ndarray, now_ms: int, changes: Changes) -> None:
        last, last_ms = column.last[rows], column.last_ms[rows]
        moved = column.watch.index.may_cross(last, values) | np.full(len(rows), column.watch.rates is not None)
        for number, own in column.own.items():
            margin = self.book.rules[number].rule.hysteresis
            for level in (own[rows], own[rows] - margin, own[rows] + margin):
                moved |= np.isnan(last) | ((last >= level) != (values >= level)) | ((last <= level) != (values <= level))
        for place in np.flatnonzero(moved & ~np.isnan(values)).tolist():
            before = float(last[place])
            self.conditions.observe(
                column.assets[rows[place]], column.watch, before, float(values[place]), now_ms, now_ms, changes, before, int(last_ms[place])
            )
        column.last[rows], column.last_ms[rows] = values, now_ms


def _played(owner_url: str) -> Inventory:
    items = list(inventory(owner_url))
    return Inventory(sum(item.lon for item in items) / len(items), sum(item.lat for item in items) / len(items), items)


def _write(engine: Engine, day: Day, decided: list[Verdict], at: datetime) -> list[verdicts.WrittenAlarm]:
    made = []
    for verdict in decided:
        one = day.book.rules[verdict.rule]
        layer, kind = day.kinds[verdict.asset]
        made.append(
            Decision(
                asset_id=verdict.asset,
                layer=layer,
                kind=kind,
                commune_id=day.communes[verdict.asset],
                rule=one.rule,
                unit=one.unit,
                threshold=None,
                holds=verdict.holds,
                value=verdict.value,
                observed_at=at,
                received_at=at,
            )
        )
    with engine.transaction() as cursor:
        written, lines = verdicts.apply(cursor, 1, made, at)
        verdicts.append_lines(cursor, 1, lines)
    return written


def _minute(engine: Engine, database: Database, at: datetime, *, takes: bool) -> None:
    """The clock, and two people: what has waited for two minutes is acknowledged, its event taken when it must be acted on now, and closed when it is over."""
    with engine.transaction() as cursor:
        alarm_clock.tick(cursor, 1, at)
    with database.unit_of_work(1) as uow, uow.cursor() as cursor:
        waiting = cursor.execute(
            "SELECT id, priority FROM alarm WHERE is_open AND NOT is_masked AND NOT acknowledged AND announced_at <= %s AND priority < 4", (at - SEEN_AFTER,)
        ).fetchall()
        over = cursor.execute(
            "SELECT e.id FROM event e WHERE e.status = 'in_progress' AND NOT EXISTS (SELECT FROM alarm a WHERE a.tenant = e.tenant AND a.event_id = e.id AND a.active)"
        ).fetchall()
    for number, priority in waiting:
        _try(database, alarms.acknowledge, number, at)
        if takes and priority <= Priority.MAJOR:
            _try(database, events.create_from_alarm, number, at)
    for (number,) in over:
        _try(database, events.resolve, number, at)
        _try(database, events.close, number, at, outcome="Terminé", motive="Étapes faites de vive voix")


def _try(database: Database, operation: Callable[..., Any], number: int, at: datetime, **more: str) -> None:
    with suppress(VigieError), database.unit_of_work(1) as uow:  # It ended, or was taken, meanwhile.
        operation(uow, number, CHIEF, at, **more)


def main() -> None:
    """Plays the day and prints its figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--assets", type=int, default=40_000)
    arguments.add_argument("--hours", type=float, default=24)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--port", type=int, default=21640)
    arguments.add_argument("--only-acknowledge", action="store_true", help="nobody takes an event")
    given = arguments.parse_args()
    with ground(given.port, 0) as platform:
        load(platform.owner_url, given.assets)
        day = Day(platform, given.seed)
        engine, database = Engine(platform.urls.worker, "bench"), Database(platform.urls.app, pool_size=2)
        began = time.monotonic()
        for step in range(int(given.hours * 3600 / STEP_S)):
            at = MIDNIGHT + timedelta(seconds=step * STEP_S)
            decided = day.step(at)
            # What already holds at midnight is yesterday's.
            while decided and step:
                decided = day.combine(_write(engine, day, decided, at), int(at.timestamp() * 1000))
            if step % (60 // STEP_S) == 0:
                _minute(engine, database, at, takes=not given.only_acknowledge)
        print(f"{given.hours:g} h of {len(day.known)} assets played in {time.monotonic() - began:.0f} s")
        _print(platform, database, given.hours)
        engine.close()
        database.close()


def _print(platform: Ground, database: Database, hours: float) -> None:
    until = MIDNIGHT + timedelta(hours=hours)
    token = current_principal.set(CHIEF)
    with database.unit_of_work(1) as uow:
        read = alarm_health.health(uow, MIDNIGHT, until, PEOPLE)
    current_principal.reset(token)
    with psycopg.connect(platform.owner_url) as owner:
        risen = owner.execute(
            "SELECT x.at, v.cause, v.commune_id, v.priority FROM alarm_transition x JOIN alarm v USING (tenant) WHERE v.id = x.alarm_id AND x.action IN ('raise', 'repeat') AND v.priority < 4 ORDER BY x.at"
        ).fetchall()
        asked = owner.execute(
            "SELECT x.at, v.cause, v.commune_id, v.priority, x.action FROM alarm_transition x JOIN alarm v USING (tenant) WHERE v.id = x.alarm_id AND x.to_state = 'unacknowledged' AND x.from_state IS DISTINCT FROM 'unacknowledged' AND x.action <> 'unacknowledge' AND v.priority < 4 ORDER BY x.at"
        ).fetchall()
    # An alarm that asks again is annunciated again (ANSI/ISA-18.2-2016, re-alarming): the load of the room counts it. Shares of priorities are told both ways.
    first = [row for row in asked if row[4] != "remind"]
    for label, rows in (
        ("raised by rules", risen),
        ("asked after suppression", asked),
        ("the same without reminders", first),
        ("asked after grouping", _grouped(asked)),
    ):
        print(f"{label}: {_figures(rows, hours)}")
    print("most asked: " + ", ".join(f"{one['cause']} {one['count']} ({one['asset_name']})" for one in read["worst"][:5]))
    print(
        f"chattering (three a minute): {len(read['chattering'])} {[(one['cause'], one['count']) for one in read['chattering']]}; standing over a day {read['standing']}; by cause {Counter(row[1] for row in asked).most_common(12)}"
    )


def _grouped(rows: list[Any]) -> list[Any]:
    """One for each cause and commune whose alarms follow one another within a minute, as the queue groups an avalanche behind its first."""
    kept = []
    for _same, found in groupby(sorted(rows, key=lambda row: (row[1], row[2], row[0])), key=lambda row: (row[1], row[2])):
        last = None
        for row in found:
            if last is None or row[0] - last > SAME:
                kept.append(row)
            last = row[0]
    return sorted(kept)


def _figures(rows: list[Any], hours: float) -> str:
    steps = int(hours * 6)
    counts = Counter(int((row[0] - MIDNIGHT).total_seconds() // 600) for row in rows)
    by = Counter(row[3] for row in rows)
    total = len(rows) or 1
    flood = sum(counts.get(step, 0) / PEOPLE > FLOOD for step in range(steps)) / steps
    return (
        f"{len(rows)}, {len(rows) / PEOPLE / steps:.2f} per operator per 10 min (aim 1), busiest {max(counts.values(), default=0) / PEOPLE:.1f}, in flood {100 * flood:.1f} % (aim 1), "
        f"critical {100 * by[1] / total:.1f} % (aim 5), major {100 * by[2] / total:.1f} %, minor {100 * by[3] / total:.1f} %"
    )


if __name__ == "__main__":
    main()
