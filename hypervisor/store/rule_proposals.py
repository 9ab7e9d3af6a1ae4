"""Proposed changes of rules: what is proposed is never rewritten, only decided once."""

from collections.abc import Set
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text

from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

SHAPE = """jsonb_build_object('id', p.id, 'layer', p.layer, 'key', p.key, 'based_on', p.based_on, 'body', p.body, 'enabled', p.enabled, 'reason', p.reason, 'trial', p.trial,
    'status', p.status, 'proposed_by', p.proposed_by, 'proposed_name', p.proposed_name, 'proposed_at', iso(p.proposed_at), 'decided_by', p.decided_by,
    'decided_name', p.decided_name, 'decided_at', iso(p.decided_at), 'remark', p.remark)"""


def add(uow: UnitOfWork, values: dict[str, Any], by: str, name: str, at: datetime) -> int | None:
    """Adds a proposal and gives its number; None when one already waits for that rule. values: layer, key, based_on, body, enabled, reason, trial."""
    return uow.connection.execute(
        text("""INSERT INTO rule_proposal (tenant, layer, key, based_on, body, enabled, reason, trial, proposed_by, proposed_name, proposed_at)
                VALUES (:t, :layer, :key, :based_on, :body, :enabled, :reason, :trial, :by, :name, :at) ON CONFLICT DO NOTHING RETURNING id"""),
        {**values, "body": Jsonb(values["body"]), "trial": Jsonb(values["trial"]), "t": uow.tenant, "by": by, "name": name, "at": at},
    ).scalar_one_or_none()


def lock(uow: UnitOfWork, number: int) -> dict[str, Any] | None:
    """A proposal, locked until the transaction ends; None when the tenant has none of this number."""
    query = f"SELECT {SHAPE} FROM rule_proposal p WHERE p.tenant = :t AND p.id = :id FOR UPDATE"  # noqa: S608 - a constant
    return uow.connection.execute(text(query), {"t": uow.tenant, "id": number}).scalar_one_or_none()


def decide(uow: UnitOfWork, number: int, status: str, by: str, name: str, at: datetime, remark: str) -> None:
    """Writes what became of it."""
    uow.connection.execute(
        text(
            "UPDATE rule_proposal SET status = :status, decided_by = :by, decided_name = :name, decided_at = :at, remark = :remark WHERE tenant = :t AND id = :id"
        ),
        {"t": uow.tenant, "id": number, "status": status, "by": by, "name": name, "at": at, "remark": remark},
    )


def listed(uow: UnitOfWork, layers: Set[str] | None, status: str | None = None, layer: str | None = None, key: str | None = None) -> list[dict[str, Any]]:
    """Proposals of these layers, newest first, 200 at most."""
    query = f"""SELECT {SHAPE} FROM rule_proposal p WHERE p.tenant = :t AND (cast(:layers AS text[]) IS NULL OR p.layer = ANY(:layers))
                AND (cast(:status AS text) IS NULL OR p.status = :status) AND (cast(:layer AS text) IS NULL OR p.layer = :layer)
                AND (cast(:key AS text) IS NULL OR p.key = :key) ORDER BY p.id DESC LIMIT 200"""  # noqa: S608 - a constant
    values = {"t": uow.tenant, "layers": array(layers), "status": status, "layer": layer, "key": key}
    return list(uow.connection.execute(text(query), values).scalars())
