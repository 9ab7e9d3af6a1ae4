"""The audit: who did or was refused what. It can only grow."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork


def write(
    uow: UnitOfWork, at: datetime, actor: str, action: str, outcome: str, *, about: str | None = None, address: str = "", detail: dict[str, Any] | None = None
) -> None:
    """Adds one line. action is subject:object:action; outcome is "done" or "refused"."""
    uow.connection.execute(
        text("""INSERT INTO audit (tenant, at, actor, action, object, outcome, address, detail)
                VALUES (:tenant, :at, :actor, :action, :about, :outcome, :address, cast(:detail AS jsonb))"""),
        {
            "tenant": uow.tenant, "at": at, "actor": actor, "action": action, "about": about, "outcome": outcome, "address": address,
            "detail": json.dumps(detail or {}),
        },
    )  # fmt: skip


def latest(uow: UnitOfWork, limit: int) -> list[dict[str, Any]]:
    """The last lines, newest first."""
    rows = uow.connection.execute(
        text("SELECT id, iso(at) AS at, actor, action, object, outcome, address, detail FROM audit WHERE tenant = :t ORDER BY at DESC, id DESC LIMIT :limit"),
        {"t": uow.tenant, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def now(uow: UnitOfWork) -> datetime:
    """The database's own time: a demonstration's shifted clock does not date what the officer reads."""
    found: datetime = uow.connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found
