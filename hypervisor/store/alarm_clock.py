"""What the clock does to alarms, about once a second: masks end, works begin, supervisors fall silent, causes let go of what outlasts them, old acknowledgements ask again."""

from datetime import datetime

import psycopg

from hypervisor.domain.alarm import REMIND_AFTER, Facts, State, expired, masked, reminded, unmasked
from hypervisor.domain.masking import CAUSE_WINDOW
from hypervisor.i18n import N_, _, ngettext
from hypervisor.store import alarm_changes, masking, supervisors, verdicts, works
from hypervisor.store.alarm_changes import Change, Held

ENDED = {"shelved": N_("Mise de côté terminée"), "suppressed": N_("Inhibition terminée"), "out_of_service": N_("Remise en service")}
REMINDED = N_("Acquittée depuis longtemps et toujours active, l’alarme est de nouveau à acquitter")
RELEASED = N_("La cause a cessé et l’alarme dure")


def tick(cursor: psycopg.Cursor, tenant: int, now: datetime) -> int:
    """Does what is due in the caller's transaction; gives how many alarms changed."""
    lines = supervisors.fall_silent(cursor, tenant, now)
    count = _begin_works(cursor, tenant, now, lines)
    for due in (_woken, _released):
        changes = due(cursor, tenant, now)
        lines += alarm_changes.save(cursor, tenant, changes, now)
        count += len(changes)
    verdicts.append_lines(cursor, tenant, lines)
    return count


def _begin_works(cursor: psycopg.Cursor, tenant: int, now: datetime, lines: list[dict[str, object]]) -> int:
    count = 0
    for work_id, title, state, ends_at in works.due(cursor, tenant, now):
        changes = []
        if state == "running":
            where = f"a.tenant = %s AND a.is_open AND EXISTS (SELECT FROM works w WHERE w.tenant = a.tenant AND w.id = %s AND {works.COVERS})"
            put_on = works.mask(work_id, title, ends_at, now)
            held = alarm_changes.held(cursor, where, (tenant, work_id), waits=True)
            changes = [Change(alarm, masked(alarm.facts, put_on), "out-of-service") for alarm in held]
            alarm_changes.save(cursor, tenant, changes, now)
        count += len(changes)
        text = (
            ngettext(
                "Début des travaux : {title}, {count} alarme mise hors service",
                "Début des travaux : {title}, {count} alarmes mises hors service",
                len(changes),
                title=title,
            )
            if state == "running"
            else _("Fin des travaux : {title}, alarmes remises en service", title=title)
        )
        lines.append(
            {"at": now.isoformat(), "actor": "worker", "actor_name": _(alarm_changes.ENGINE), "kind": "system", "text": text, "action": f"works-{state}"}
        )
    return count


def _woken(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[Change]:
    """Alarms to which something has happened by now. The others are looked at again when their patience ends once more."""
    found = alarm_changes.held(cursor, "a.tenant = %s AND a.wake_at <= %s", (tenant, now))
    followed = _followed(cursor, tenant, found)
    changes = [change for alarm in found if (change := _due(alarm, now, alarm.event_id in followed)) is not None]
    changed = {change.alarm.id for change in changes}
    cursor.executemany(
        "UPDATE alarm SET wake_at = %s WHERE tenant = %s AND id = %s",
        [(masking.wake_at(alarm.facts, now), tenant, alarm.id) for alarm in found if alarm.id not in changed],
    )
    return changes


def _followed(cursor: psycopg.Cursor, tenant: int, found: list[Held]) -> set[int | None]:
    """Events of these alarms that somebody has in hand."""
    events = sorted({alarm.event_id for alarm in found if alarm.event_id is not None})
    cursor.execute("SELECT id FROM event WHERE tenant = %s AND id = ANY(%s) AND owner IS NOT NULL AND status IN ('in_progress', 'on_hold')", (tenant, events))
    return {number for (number,) in cursor}


def _due(alarm: Held, now: datetime, is_followed: bool) -> Change | None:
    """What has come for an alarm: a mask ends, or the room is asked again, but not about what somebody has in hand."""
    facts = expired(alarm.facts, now)
    ended = [mask.kind for mask in alarm.facts.masks - facts.masks]
    if _is_forgotten(facts, alarm, now) and not is_followed:
        return Change(alarm, reminded(facts), "remind", _(REMINDED))
    return Change(alarm, facts, f"end-{ended[0].replace('_', '-')}", _(ENDED[ended[0]])) if ended else None


def _is_forgotten(facts: Facts, alarm: Held, now: datetime) -> bool:
    patience = REMIND_AFTER.get(facts.priority)
    is_seen = facts.truth is State.ACKNOWLEDGED and not facts.masks
    return patience is not None and is_seen and alarm.acknowledged_at is not None and alarm.acknowledged_at + patience <= now


def _released(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[Change]:
    """Effects whose cause ended long enough ago, and that last: they come back alone."""
    where = (
        "a.tenant = %s AND a.is_open AND a.parent_id IS NOT NULL "
        "AND EXISTS (SELECT FROM alarm p WHERE p.tenant = a.tenant AND p.id = a.parent_id AND NOT p.active AND p.cleared_at <= %s)"
    )
    held = alarm_changes.held(cursor, where, (tenant, now - CAUSE_WINDOW))
    return [Change(alarm, unmasked(alarm.facts, "suppressed", f"alarm:{alarm.parent_id}"), "release", _(RELEASED)) for alarm in held]


def sum_up(cursor: psycopg.Cursor) -> None:
    """Keeps the counters of open alarms short: what transactions have added becomes one row for each layer, commune, priority and state."""
    cursor.execute("SELECT alarm_tally_sum_up()")
