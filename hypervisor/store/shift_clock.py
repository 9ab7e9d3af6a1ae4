"""What the clock does to posts: a handover that is late, a post that nobody holds. In a transaction of the worker's role."""

from datetime import datetime, timedelta

import psycopg

from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_, _
from hypervisor.store import escalation, relay, verdicts
from hypervisor.store.verdicts import Decision, Origin

LATE, UNMANNED = timedelta(minutes=15), timedelta(minutes=3)
"""screens.md 1.0."""
CAUSE = "post_unmanned"
RULE = Rule(key=CAUSE, kind="unlisted", property="", title=N_("Poste non tenu depuis 3 min"), priority=Priority.CRITICAL)
ORIGIN = Origin(source="shift", actor="system:shift", name="Postes")
HOME = "security"
"""The domain of an alarm about a post that has them all."""


def tick(cursor: psycopg.Cursor, tenant: int, now: datetime) -> None:
    """Says once that a handover is late; raises and ends « Poste non tenu »."""
    lines = _late(cursor, tenant, now)
    decisions = _unmanned(cursor, tenant, now)
    if decisions:
        lines += verdicts.apply(cursor, tenant, decisions, now, ORIGIN)[1]
    verdicts.append_lines(cursor, tenant, lines)


def _late(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[dict[str, object]]:
    cursor.execute(
        "UPDATE shift s SET late_at = %s FROM station p WHERE s.tenant = %s AND p.tenant = s.tenant AND p.id = s.station_id AND s.ended_at IS NULL AND NOT s.is_double "
        "AND s.late_at IS NULL AND s.due_at + %s <= %s RETURNING p.name, s.operator_name",
        (now, tenant, LATE, now),
    )
    found = cursor.fetchall()
    if found:
        relay.add(cursor, tenant, "shift", None, {"at": now.isoformat()}, now)
        relay.notify(cursor)
    return [
        {
            "at": now.isoformat(),
            "actor": ORIGIN.actor,
            "actor_name": ORIGIN.name,
            "kind": "system",
            "text": _("Relève non signée : {station}, sortant {name}", station=station, name=name),
            "action": "handover-late",
        }
        for station, name in found
    ]


def _unmanned(cursor: psycopg.Cursor, tenant: int, now: datetime) -> list[Decision]:
    """A post that was held once, was not closed, and whose people no screen has shown for three minutes."""
    cursor.execute(
        """SELECT p.id, p.name, coalesce(p.layers[1], %s), bool_or(s.ended_at IS NULL AND s.seen_at > %s), max(s.seen_at) < %s,
               (array_agg(s.ended_how ORDER BY s.started_at DESC, s.id DESC) FILTER (WHERE NOT s.is_double))[1] IS NOT DISTINCT FROM 'closed'
           FROM station p JOIN shift s ON s.tenant = p.tenant AND s.station_id = p.id WHERE p.tenant = %s AND p.retired_at IS NULL GROUP BY p.tenant, p.id""",
        (HOME, now - UNMANNED, now - UNMANNED, tenant),
    )
    rows = cursor.fetchall()
    raised = {urn: (asset, layer, kind, commune) for asset, layer, kind, commune, urn in escalation.open_gaps(cursor, tenant, ORIGIN.source, CAUSE)}
    decisions = []
    for station_id, name, layer, is_held, is_silent, is_closed in rows:
        urn = f"urn:vigie:post:{station_id}"
        empty = not is_held and is_silent and not is_closed
        if empty and urn not in raised:
            asset_id = escalation.asset_of_duty(cursor, tenant, urn, layer, name)
            decisions.append(Decision.of_duty(RULE, asset_id, layer, "unlisted", 0, now, holds=True))
        elif urn in raised and (is_held or is_closed):
            decisions.append(Decision.of_duty(RULE, *raised[urn], now, holds=False))
    return decisions
