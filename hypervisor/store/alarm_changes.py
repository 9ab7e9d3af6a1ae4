"""Alarms changed by the clock, by works or by a cause: locked, written with their transitions and facts. Not for several acts on one alarm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from hypervisor.domain.alarm import Facts
from hypervisor.i18n import N_, _
from hypervisor.store import alarm_rows, causes, masking, relay

ENGINE = N_("Moteur")
HELD = (
    "SELECT a.id, a.title, a.asset_id, s.name, a.layer, a.commune_id, a.event_id, a.parent_id, a.acknowledged_at, "
    "a.active, a.acknowledged, a.priority, a.latched, a.announced_at, a.repeats, a.masking FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id "
)


@dataclass(frozen=True, slots=True)
class Held:
    """A locked alarm."""

    facts: Facts
    id: int
    title: str
    asset_id: int
    asset_name: str
    layer: str
    commune_id: int
    event_id: int | None
    parent_id: int | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of an alarm: its facts after, the word of the log, and the logbook's sentence, none for no line."""

    alarm: Held
    after: Facts
    action: str
    sentence: str = ""


def held(cursor: psycopg.Cursor, where: str, values: Sequence[object], most: int = 5000, *, waits: bool = False) -> list[Held]:
    """Alarms `a` on assets `s` that meet a condition of ours, locked. One that somebody holds is left for the next time, unless waits."""
    skip = "" if waits else " SKIP LOCKED"
    rows = cursor.execute(f"{HELD}WHERE {where} ORDER BY a.id LIMIT {most} FOR UPDATE OF a{skip}", values).fetchall()
    return [Held(masking.facts(*row[9:]), *row[:9]) for row in rows]


def save(cursor: psycopg.Cursor, tenant: int, changes: Sequence[Change], now: datetime, actor: str = "worker", actor_name: str = "") -> list[dict[str, object]]:
    """Writes the changes with their transitions and facts; gives the logbook's lines, to be appended last."""
    if not changes:
        return []
    alarm_rows.mask(
        cursor,
        tenant,
        [
            {
                "id": change.alarm.id, "acknowledged": change.after.acknowledged, "repeats": change.after.repeats, "masks": list(change.after.mask_names),
                "masking": masking.entries(change.after.masks), "parent_id": causes.parent_of(change.after.masks), "announced": change.after.announced,
                "wake_at": masking.wake_at(change.after, change.alarm.acknowledged_at if change.after.acknowledged else None),
            }
            for change in changes
        ],
        now,
    )  # fmt: skip
    name = actor_name or _(ENGINE)
    alarm_rows.log(
        cursor,
        [
            {
                "tenant": tenant, "alarm_id": change.alarm.id, "at": now, "actor": actor, "actor_name": name, "action": change.action,
                "from_state": change.alarm.facts.state, "to_state": change.after.state,
            }
            for change in changes
        ],
    )  # fmt: skip
    parents = {parent for change in changes for parent in (change.alarm.parent_id, causes.parent_of(change.after.masks)) if parent is not None}
    tell(cursor, tenant, [change.alarm.id for change in changes], parents, now)
    return [
        {
            "at": now.isoformat(), "actor": actor, "actor_name": name, "kind": "system", "text": f"{change.sentence} : {_(change.alarm.title)} – {change.alarm.asset_name}",
            "layer": change.alarm.layer, "commune_id": change.alarm.commune_id, "alarm_id": change.alarm.id, "event_id": change.alarm.event_id,
            "asset_id": change.alarm.asset_id, "action": change.action, "from_state": change.alarm.facts.state, "to_state": change.after.state,
        }
        for change in changes
        if change.sentence
    ]  # fmt: skip


def tell(cursor: psycopg.Cursor, tenant: int, alarm_ids: Iterable[int], parents: Iterable[int], now: datetime) -> None:
    """Facts of alarms, and of their causes, whose count of effects has changed."""
    ids = set(alarm_ids)
    counting = sorted(set(parents) - ids)
    if counting:
        cursor.execute("UPDATE alarm SET version = version + 1 WHERE tenant = %s AND id = ANY(%s)", (tenant, counting))
    relay.add_alarms(cursor, tenant, sorted(ids | set(counting)), now)
    relay.notify(cursor)
