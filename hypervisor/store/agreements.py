"""Factors, targets and declared volumes as services write them, and the history of every change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text

from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

TABLES = {
    "factor": ("indicator_factor", "key", ("value", "unit", "source")),
    "target": ("indicator_target", "indicator", ("low", "high", "source")),
    "declared": ("indicator_declared", "key", ("until", "amount", "unit", "source")),
}
"""kind → its table, the column of its key, and what is written beside the day."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A line of the history. before None: there was none; after None: it was taken away."""

    at: datetime
    by: str
    by_name: str
    layer: str
    kind: str
    key: str
    since: date
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def found(uow: UnitOfWork, kind: str, key: str, since: date) -> dict[str, Any] | None:
    """What is written from that day on, None for nothing. Held until the transaction ends, so that its history is that of what it replaces."""
    table, name, columns = TABLES[kind]
    row = uow.connection.execute(
        text(f"SELECT {', '.join(columns)} FROM {table} WHERE tenant = :t AND {name} = :key AND since = :since FOR UPDATE"),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "key": key, "since": since},
    ).one_or_none()
    return None if row is None else {column: _plain(getattr(row, column)) for column in columns}


def put(uow: UnitOfWork, kind: str, key: str, since: date, values: Mapping[str, Any]) -> None:
    """Writes it from that day on, in place of what was there. values: the columns of TABLES."""
    table, name, columns = TABLES[kind]
    take(uow, kind, key, since)
    uow.connection.execute(
        text(f"INSERT INTO {table} (tenant, {name}, since, {', '.join(columns)}) VALUES (:t, :key, :since, {', '.join(f':{column}' for column in columns)})"),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "key": key, "since": since, **{column: values[column] for column in columns}},
    )


def take(uow: UnitOfWork, kind: str, key: str, since: date) -> None:
    """Takes it away."""
    table, name, _columns = TABLES[kind]
    uow.connection.execute(
        text(f"DELETE FROM {table} WHERE tenant = :t AND {name} = :key AND since = :since"),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "key": key, "since": since},
    )


def overlaps(uow: UnitOfWork, key: str, since: date, until: date) -> tuple[date, date] | None:
    """Another declaration of the same volume that shares days with [since, until)."""
    row = uow.connection.execute(
        text("SELECT since, until FROM indicator_declared WHERE tenant = :t AND key = :key AND commune_id = 0 AND since <> :since AND since < :until AND until > :since ORDER BY since LIMIT 1"),
        {"t": uow.tenant, "key": key, "since": since, "until": until},
    ).one_or_none()  # fmt: skip
    return None if row is None else (row.since, row.until)


def remember(uow: UnitOfWork, change: Change) -> None:
    """Adds a line to the history."""
    uow.connection.execute(
        text("""INSERT INTO indicator_change (tenant, at, by, by_name, layer, kind, key, since, before, after)
                VALUES (:t, :at, :by, :name, :layer, :kind, :key, :since, :before, :after)"""),
        {"t": uow.tenant, "at": change.at, "by": change.by, "name": change.by_name, "layer": change.layer, "kind": change.kind, "key": change.key, "since": change.since,
         "before": None if change.before is None else Jsonb(dict(change.before)), "after": None if change.after is None else Jsonb(dict(change.after))},
    )  # fmt: skip


def history(uow: UnitOfWork, layers: Collection[str] | None, limit: int) -> list[Change]:
    """The last changes of these layers, newest first."""
    rows = uow.connection.execute(
        text("""SELECT at, by, by_name, layer, kind, key, since, before, after FROM indicator_change
                WHERE tenant = :t AND (cast(:layers AS text[]) IS NULL OR layer = ANY (:layers)) ORDER BY id DESC LIMIT :limit"""),
        {"t": uow.tenant, "layers": None if layers is None else array(frozenset(layers)), "limit": limit},
    )
    return [Change(**row) for row in rows.mappings()]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
