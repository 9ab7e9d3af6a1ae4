"""What the health page and the metrics count in PostgreSQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork


def answers(uow: UnitOfWork) -> None:
    """Returns when PostgreSQL answers."""
    uow.connection.execute(text("SELECT 1"))


def open_alarms(uow: UnitOfWork) -> dict[int, tuple[int, int]]:
    """priority → (open alarms, those that wait for acknowledgement)."""
    rows = uow.connection.execute(
        text("SELECT priority, count(*) AS n, count(*) FILTER (WHERE NOT acknowledged) AS waiting FROM alarm WHERE tenant = :t AND is_open GROUP BY priority"),
        {"t": uow.tenant},
    )
    return {row.priority: (row.n, row.waiting) for row in rows}


def raised_since(uow: UnitOfWork, since: datetime) -> dict[int, int]:
    """priority → alarms raised since."""
    rows = uow.connection.execute(
        text("SELECT priority, count(*) AS n FROM alarm WHERE tenant = :t AND raised_at >= :since GROUP BY priority"), {"t": uow.tenant, "since": since}
    )
    return {row.priority: row.n for row in rows}


def waiting_facts(uow: UnitOfWork) -> int:
    """Facts written and not yet relayed to the feed."""
    found: int = uow.connection.execute(text("SELECT count(*) FROM outbox WHERE tenant = :t AND relayed_at IS NULL"), {"t": uow.tenant}).scalar_one()
    return found


def rejected(uow: UnitOfWork, limit: int) -> list[dict[str, Any]]:
    """Rejected observations kept for inspection, newest first."""
    rows = uow.connection.execute(
        text("""SELECT iso(received_at) AS received_at, cause, source, entity, property, payload FROM rejected_observation
                WHERE tenant = :t ORDER BY received_at DESC, id DESC LIMIT :limit"""),
        {"t": uow.tenant, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def database_size(uow: UnitOfWork) -> int:
    """Bytes that the database takes on its disk."""
    found: int = uow.connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    return found
