"""Answers already given to a POST that carries an Idempotency-Key, kept 24 h."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork

LIFE = timedelta(hours=24)


def given(uow: UnitOfWork, actor: str, key: str, at: datetime) -> tuple[bytes, Any] | None:
    """(hash of the request, answer) of that key, None when it is new or old. The key stays locked until the transaction ends."""
    uow.connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:k, :t))"), {"k": f"{actor} {key}", "t": uow.tenant})
    uow.connection.execute(text("DELETE FROM idempotency WHERE tenant = :t AND actor = :a AND at < :old"), {"t": uow.tenant, "a": actor, "old": at - LIFE})
    row = uow.connection.execute(
        text("SELECT request_hash, answer FROM idempotency WHERE tenant = :t AND actor = :a AND key = :k"), {"t": uow.tenant, "a": actor, "k": key}
    ).one_or_none()
    return None if row is None else (bytes(row.request_hash), row.answer)


def remember(uow: UnitOfWork, actor: str, key: str, request_hash: bytes, status: int, answer: Any, at: datetime) -> None:
    """Keeps an answer."""
    uow.connection.execute(
        text("""INSERT INTO idempotency (tenant, actor, key, request_hash, status, answer, at)
                VALUES (:t, :a, :k, :h, :status, cast(:answer AS jsonb), :at)"""),
        {"t": uow.tenant, "a": actor, "k": key, "h": request_hash, "status": status, "answer": json.dumps(answer), "at": at},
    )
