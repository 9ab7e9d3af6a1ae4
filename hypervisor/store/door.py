"""What the ingest door asks PostgreSQL, as vigie_worker: who holds a token, and which tenants there are."""

from dataclasses import dataclass
from datetime import datetime

from hypervisor.store.engine import Cursor


@dataclass(frozen=True, kw_only=True)
class TokenHolder:
    """A program and what it may send; layers None is every layer."""

    tenant: int
    tenant_key: str
    name: str
    scope: str
    layers: list[str] | None
    expires_at: datetime | None


def holder(cursor: Cursor, token_hash: bytes) -> TokenHolder | None:
    """The holder of a live token."""
    row = cursor.execute(
        "SELECT t.tenant, n.key, t.name, t.scope, t.layers, t.expires_at FROM token_by_hash(%s) t JOIN tenant n ON n.id = t.tenant", (token_hash,)
    ).fetchone()
    return TokenHolder(tenant=row[0], tenant_key=row[1], name=row[2], scope=row[3], layers=row[4], expires_at=row[5]) if row else None
