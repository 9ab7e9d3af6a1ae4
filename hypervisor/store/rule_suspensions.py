"""Rules suspended at once for a time: begun and ended by people, ended by the clock. Each change leaves the fact that makes the worker read its rules again."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import text

from hypervisor.domain.facts import Fact
from hypervisor.i18n import N_, _
from hypervisor.store import relay, verdicts
from hypervisor.store.outbox import wake_relay
from hypervisor.store.unit_of_work import UnitOfWork

ACTOR, ACTOR_NAME = "system:clock", N_("Horloge")
RESUMED = N_("Règle « {key} » ({layer}) : la suspension d’urgence de {name} est terminée, la règle a repris")


def begin(uow: UnitOfWork, layer: str, key: str, reason: str, by: str, name: str, at: datetime, until: datetime) -> bool:
    """Suspends a rule; False when it is suspended already."""
    values = {"t": uow.tenant, "layer": layer, "key": key, "reason": reason, "by": by, "name": name, "at": at, "until": until}
    added = uow.connection.execute(
        text("""INSERT INTO rule_suspension (tenant, layer, key, reason, at, until, by, by_name)
                VALUES (:t, :layer, :key, :reason, :at, :until, :by, :name) ON CONFLICT DO NOTHING"""),
        values,
    )
    if added.rowcount:
        _tell(uow, layer, key, at)
    return bool(added.rowcount)


def end(uow: UnitOfWork, layer: str, key: str, by: str, at: datetime) -> bool:
    """Ends the suspension of a rule before its time; False when it is not suspended."""
    ended = uow.connection.execute(
        text("UPDATE rule_suspension SET ended_at = :at, ended_by = :by WHERE tenant = :t AND layer = :layer AND key = :key AND ended_at IS NULL"),
        {"t": uow.tenant, "layer": layer, "key": key, "at": at, "by": by},
    )
    if ended.rowcount:
        _tell(uow, layer, key, at)
    return bool(ended.rowcount)


def running(uow: UnitOfWork) -> dict[tuple[str, str], dict[str, Any]]:
    """(layer, key) → {reason, by, by_name, at, until} of the rules suspended now."""
    query = "SELECT layer, key, reason, by, by_name, iso(at) AS at, iso(until) AS until FROM rule_suspension WHERE tenant = :t AND ended_at IS NULL"
    found = uow.connection.execute(text(query), {"t": uow.tenant}).mappings()
    return {(row["layer"], row["key"]): {name: row[name] for name in ("reason", "by", "by_name", "at", "until")} for row in found}


def suspended(cursor: psycopg.Cursor, tenant: int) -> frozenset[tuple[str, str]]:
    """(layer, key) of the rules suspended now, for the worker. Their end is the clock's row, not the hour: what is applied is what was logged."""
    return frozenset(cursor.execute("SELECT layer, key FROM rule_suspension WHERE tenant = %s AND ended_at IS NULL", (tenant,)).fetchall())


def resume_due(cursor: psycopg.Cursor, tenant: int, now: datetime) -> int:
    """Ends the suspensions whose time is over, with their facts and logbook lines; how many."""
    ended = cursor.execute(
        "UPDATE rule_suspension SET ended_at = %s, ended_by = %s WHERE tenant = %s AND ended_at IS NULL AND until <= %s RETURNING layer, key, by_name",
        (now, ACTOR, tenant, now),
    ).fetchall()
    for layer, key, _name in ended:
        relay.add(cursor, tenant, Fact.RULE_CHANGED, layer, {"layer": layer, "key": key}, now)
    if ended:
        relay.notify(cursor)
    verdicts.append_lines(
        cursor,
        tenant,
        [
            {
                "at": now.isoformat(), "actor": ACTOR, "actor_name": _(ACTOR_NAME), "kind": "system", "layer": layer, "action": "rule-resume",
                "text": _(RESUMED, key=key, layer=layer, name=name),
            }
            for layer, key, name in ended
        ],
    )  # fmt: skip
    return len(ended)


def _tell(uow: UnitOfWork, layer: str, key: str, at: datetime) -> None:
    uow.connection.execute(
        text("INSERT INTO outbox (tenant, at, kind, layer, body) VALUES (:t, :at, :kind, :layer, :body)"),
        {"t": uow.tenant, "at": at, "kind": str(Fact.RULE_CHANGED), "layer": layer, "body": Jsonb({"layer": layer, "key": key})},
    )
    wake_relay(uow)
