"""What the ingest door asks PostgreSQL, as vigie_worker: who holds a token, and what a source declared."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypervisor.store.engine import Cursor


@dataclass(frozen=True, kw_only=True)
class TokenHolder:
    """A program and what it may send; layers None is every layer; connector and template: what the source of that name declared, when it was asked by name."""

    tenant: int
    tenant_key: str
    name: str
    scope: str
    layers: list[str] | None
    expires_at: datetime | None
    connector: str = ""
    template: dict[str, Any] | None = None


def holder(cursor: Cursor, token_hash: bytes) -> TokenHolder | None:
    """The holder of a live token."""
    row = cursor.execute(
        "SELECT t.tenant, n.key, t.name, t.scope, t.layers, t.expires_at FROM token_by_hash(%s) t JOIN tenant n ON n.id = t.tenant", (token_hash,)
    ).fetchone()
    return TokenHolder(tenant=row[0], tenant_key=row[1], name=row[2], scope=row[3], layers=row[4], expires_at=row[5]) if row else None


def holder_named(cursor: Cursor, tenant: int, name: str) -> TokenHolder | None:
    """The holder of the live token of that name."""
    row = cursor.execute(
        """SELECT t.tenant, n.key, t.name, t.scope, t.layers, t.expires_at, coalesce(s.connector, ''), s.template FROM api_token t JOIN tenant n ON n.id = t.tenant
           LEFT JOIN source s ON s.tenant = t.tenant AND s.name = t.name WHERE t.tenant = %s AND t.name = %s AND t.revoked_at IS NULL""",
        (tenant, name),
    ).fetchone()
    if row is None:
        return None
    return TokenHolder(
        tenant=row[0], tenant_key=row[1], name=row[2], scope=row[3], layers=row[4], expires_at=row[5], connector=row[6], template=row[7]
    )  # fmt: skip
