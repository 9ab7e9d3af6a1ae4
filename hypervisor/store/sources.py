"""Sources of observations in PostgreSQL: what each speaks, and where it is heard."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import text

from hypervisor.store.door import TokenHolder
from hypervisor.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A source whose token lives, as programs that listen read it."""

    holder: TokenHolder
    connector: str
    topics: tuple[str, ...]
    template: dict[str, Any] | None


def save(uow: UnitOfWork, name: str, connector: str, topics: Sequence[str], template: dict[str, Any] | None, at: datetime) -> None:
    """Declares a source, or declares it anew."""
    uow.connection.execute(
        text("""INSERT INTO source (tenant, name, connector, topics, template, changed_at) VALUES (:t, :name, :connector, :topics, cast(:template AS jsonb), :at)
                ON CONFLICT (tenant, name) DO UPDATE SET connector = excluded.connector, topics = excluded.topics, template = excluded.template, changed_at = excluded.changed_at"""),
        {
            "t": uow.tenant,
            "name": name,
            "connector": connector,
            "topics": list(topics),
            "template": None if template is None else json.dumps(template),
            "at": at,
        },
    )


def remove(uow: UnitOfWork, name: str) -> bool:
    """Forgets a source; False when there is none of that name."""
    return bool(uow.connection.execute(text("DELETE FROM source WHERE tenant = :t AND name = :name"), {"t": uow.tenant, "name": name}).rowcount)


def listed(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The tenant's sources by name; is_open: whether their token lives."""
    rows = uow.connection.execute(
        text("""SELECT s.name, s.connector, s.topics, s.template, iso(s.changed_at) AS changed_at,
                    EXISTS (SELECT 1 FROM api_token t WHERE t.tenant = s.tenant AND t.name = s.name AND t.scope IN ('ingest', 'connect') AND t.revoked_at IS NULL
                        AND (t.expires_at IS NULL OR t.expires_at > now())) AS is_open
                FROM source s WHERE s.tenant = :t ORDER BY s.name"""),
        {"t": uow.tenant},
    )
    return [dict(row) for row in rows.mappings()]


def declared(cursor: psycopg.Cursor, at: datetime) -> list[Declared]:
    """Every tenant's sources whose token lives and may send observations."""
    cursor.execute(
        """SELECT s.tenant, n.key, s.name, t.scope, t.layers, t.expires_at, s.connector, s.topics, s.template FROM source s
           JOIN tenant n ON n.id = s.tenant JOIN api_token t ON t.tenant = s.tenant AND t.name = s.name
           WHERE t.scope IN ('ingest', 'connect') AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %s) ORDER BY s.tenant, s.name""",
        (at,),
    )
    return [
        Declared(
            holder=TokenHolder(tenant=tenant, tenant_key=key, name=name, scope=scope, layers=layers, expires_at=expires_at),
            connector=connector, topics=tuple(topics), template=template,
        )
        for tenant, key, name, scope, layers, expires_at, connector, topics, template in cursor.fetchall()
    ]  # fmt: skip
