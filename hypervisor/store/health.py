"""What the health page and the metrics count in PostgreSQL."""

from collections.abc import Set
from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.domain.alarm import MASKS, State
from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork

MASKED = [state.value for state in MASKS.values()]
WAITING = [State.UNACKNOWLEDGED.value, State.RETURNED.value, State.LATCHED_UNACKNOWLEDGED.value]


def answers(uow: UnitOfWork) -> None:
    """Returns when PostgreSQL answers."""
    uow.connection.execute(text("SELECT 1"))


def tenants(uow: UnitOfWork) -> list[tuple[int, str]]:
    """(number, key) of every tenant; asked outside any of them."""
    return [(row.id, row.key) for row in uow.connection.execute(text("SELECT id, key FROM tenant_keys()"))]


def open_alarms(uow: UnitOfWork, layers: Set[str] | None = None, communes: Set[int] | None = None) -> dict[int, tuple[int, int]]:
    """priority → (open alarms that no mask hides, those of them that wait for acknowledgement)."""
    rows = uow.connection.execute(
        text(f"""SELECT priority, sum(n)::int AS n, coalesce(sum(n) FILTER (WHERE state = ANY(:waiting)), 0)::int AS waiting FROM alarm_tally v
                 WHERE tenant = :t AND state <> ALL(:masked) AND {INSIDE} GROUP BY priority HAVING sum(n) > 0"""),  # noqa: S608 - a constant of ours
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "masked": MASKED, "waiting": WAITING},
    )
    return {row.priority: (row.n, row.waiting) for row in rows}


def raised_since(uow: UnitOfWork, since: datetime, layers: Set[str] | None = None, communes: Set[int] | None = None) -> dict[int, int]:
    """priority → alarms raised since."""
    rows = uow.connection.execute(
        text(f"SELECT priority, count(*) AS n FROM alarm v WHERE tenant = :t AND raised_at >= :since AND {INSIDE} GROUP BY priority"),  # noqa: S608 - a constant of ours
        {"t": uow.tenant, "since": since, "layers": array(layers), "communes": array(communes)},
    )
    return {row.priority: row.n for row in rows}


def waiting_facts(uow: UnitOfWork) -> int:
    """Facts written and not yet relayed to the feed."""
    found: int = uow.connection.execute(text("SELECT count(*) FROM outbox WHERE tenant = :t AND relayed_at IS NULL"), {"t": uow.tenant}).scalar_one()
    return found


def rejected(uow: UnitOfWork, limit: int, layers: Set[str] | None = None, communes: Set[int] | None = None) -> list[dict[str, Any]]:
    """Rejected observations kept for inspection, newest first. Inside a perimeter, those of its assets: what names no known asset is shown to who sees all."""
    rows = uow.connection.execute(
        text(f"""SELECT iso(received_at) AS received_at, cause, source, entity, property, payload FROM rejected_observation r
                 WHERE tenant = :t AND ((cast(:layers AS text[]) IS NULL AND cast(:communes AS int[]) IS NULL)
                     OR EXISTS (SELECT FROM asset v WHERE v.tenant = r.tenant AND v.urn = r.entity AND {INSIDE}))
                 ORDER BY received_at DESC, id DESC LIMIT :limit"""),  # noqa: S608 - a constant of ours
        {"t": uow.tenant, "limit": limit, "layers": array(layers), "communes": array(communes)},
    )
    return [dict(row) for row in rows.mappings()]


def database_size(uow: UnitOfWork) -> int:
    """Bytes that the database takes on its disk."""
    found: int = uow.connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    return found
