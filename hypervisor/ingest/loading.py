"""From rows to the worker's memory and back: loads a tenant's present, translates alarms and refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Layer
from hypervisor.hot import state
from hypervisor.hot.client import Redis
from hypervisor.hot.part import Part
from hypervisor.ingest import rulebooks
from hypervisor.ingest.directory import AssetRow, Directory
from hypervisor.ingest.pipeline import Refusal
from hypervisor.ingest.present import OpenAlarm, Present
from hypervisor.rules.combination import Combinations
from hypervisor.rules.compile import Rulebook
from hypervisor.rules.conditions import Conditions
from hypervisor.store import assets_index, history, verdicts
from hypervisor.store.engine import Engine

LOOK_BACK = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""How far history is read for last values when Redis was emptied: most sensors speak within the hour, and a day is stale for all."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What a worker knows of a tenant. layers: with the tenant's own rules."""

    layers: Mapping[str, Layer]
    rulebook: Rulebook
    present: Present
    conditions: Conditions
    combinations: Combinations


def load(engine: Engine, client: Redis, tenant: int, part: Part, layers: Mapping[str, Layer], now: datetime) -> Memory:
    """The memory that the worker of a part has of a tenant. Last values come from Redis, from history too for a layer that Redis does not hold whole. Raises Unavailable."""
    with engine.reading() as cursor:
        layers, rulebook = rulebooks.effective(layers, cursor, tenant)
        attributes = sorted({one.rule.threshold_attribute for one in rulebook.rules if one.rule.threshold_attribute})
        rows = assets_index.assets(cursor.connection, tenant, attributes)
        assets = (AssetRow(id=i, urn=u, layer=layer, kind=k, commune_id=c, slot=s, thresholds=t) for i, u, layer, k, c, s, t in rows)
        directory = Directory(layers, assets_index.property_ids(cursor.connection), rulebook, assets, part)
        present = Present(directory)
        scopes = rulebooks.scopes(cursor, tenant, rulebook, directory)
        conditions = Conditions(rulebook.rules, directory.thresholds, scopes, rulebooks.surroundings_of(present))
        combinations = rulebooks.combinations(cursor, tenant, rulebook, directory)
        alarms = assets_index.open_alarms(cursor, tenant)
        _restore_conditions(present, conditions, rulebook, alarms, assets_index.pending(cursor, tenant))
        for row in alarms:
            if row.source == verdicts.SOURCE:
                combinations.know(row.asset_id, row.cause, row.id, row.version, active=row.active)
        is_complete = True
        for layer in layers:
            # Asked first: a worker killed while it wrote the present again left a part of the values.
            is_shown = state.is_shown(client, tenant, layer, part)
            present.restore(state.read_values(client, tenant, layer))
            is_complete &= is_shown and present.held[layer] > 0
        if not is_complete:
            present.restore(state.HotValue(*row, quality=0) for row in history.last_values(cursor, tenant, now, LOOK_BACK))
    return Memory(layers=layers, rulebook=rulebook, present=present, conditions=conditions, combinations=combinations)


def alarm_of_row(alarm: verdicts.WrittenAlarm) -> OpenAlarm:
    """What the map needs of an alarm just written."""
    facts = alarm.facts
    return OpenAlarm(
        id=alarm.id,
        asset_id=alarm.decision.asset_id,
        cause=alarm.decision.rule.key,
        version=alarm.version,
        priority=facts.priority,
        active=facts.active,
        acknowledged=facts.acknowledged,
        masked=bool(facts.masks),
        latched=facts.latched,
    )


class _Told(msgspec.Struct):
    """What the map needs of an alarm's fact; the rest of it is not read, which is most of what an avalanche would cost here."""

    id: int
    asset_id: int
    cause: str
    source: str
    version: int
    priority: str
    condition: str
    acknowledged: bool
    masks: list[str]
    latched: bool


def alarm_of_fact(body: bytes) -> OpenAlarm:
    """What the map needs of an alarm's fact, from its JSON. Raises MsgspecError or ValueError when it is not one."""
    told = msgspec.json.decode(body, type=_Told)
    return OpenAlarm(
        id=told.id,
        asset_id=told.asset_id,
        cause=told.cause if told.source == verdicts.SOURCE else "",
        version=told.version,
        priority=Priority.of(told.priority),
        active=told.condition == "active",
        acknowledged=told.acknowledged,
        masked=bool(told.masks),
        latched=told.latched,
    )


def kept(refusal: Refusal) -> tuple[int, str, str, str, str, dict[str, object]]:
    """A refusal as it is kept for inspection."""
    observation = refusal.observation
    payload: dict[str, object] = {"type": observation.type, "value": observation.value, "observed_at_ms": observation.observed_at_ms, "unit": observation.unit}
    if refusal.reason:
        payload["reason"] = refusal.reason
    return refusal.received_at_ms, refusal.cause, refusal.source, observation.entity, observation.property, payload


def _restore_conditions(
    present: Present, conditions: Conditions, rulebook: Rulebook, alarms: list[assets_index.OpenAlarmRow], waiting: list[assets_index.PendingCondition]
) -> None:
    directory = present.directory

    def rule_of(place: int, cause: str) -> int | None:
        table = directory.table[place]
        return rulebook.by_cause.get((table.layer.key, table.kind.key, cause))

    met, pending = set(), {}
    for row in alarms:
        place = present.know_alarm(
            OpenAlarm(
                id=row.id,
                asset_id=row.asset_id,
                cause=row.cause if row.source == verdicts.SOURCE else "",
                version=row.version,
                priority=Priority(row.priority),
                active=row.active,
                acknowledged=row.acknowledged,
                masked=bool(row.masks),
                latched=row.latched,
            )
        )
        if place is not None and row.source == verdicts.SOURCE and row.active and (number := rule_of(place, row.cause)) is not None:
            met.add((place, number))
    for condition in waiting:
        place = directory.by_id.get(condition.asset_id)
        if place is not None and (number := rule_of(place, condition.rule)) is not None:
            pending[place, number] = condition.since_ms
    conditions.restore(met, pending)
