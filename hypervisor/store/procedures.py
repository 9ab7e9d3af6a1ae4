"""Versions of procedures, and their runs on events, in PostgreSQL."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb
from sqlalchemy import Row, text

from hypervisor.domain.procedure import Act, Procedure
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

COLUMNS = "key, version, layer, state, body, author, author_name, written_at, published_by, published_name, published_at, retired_at"
NUMBERING = 0x50524F43  # "PROC": the advisory lock under which one transaction at a time numbers and publishes a tenant's versions


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version and who answers for it."""

    key: str
    version: int
    layer: str
    state: str
    procedure: Procedure
    author: str
    author_name: str
    written_at: datetime
    published_by: str | None
    published_name: str | None
    published_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """The version frozen on an event. left_…: why the event was closed with mandatory steps open; seen_…: the chief who read it."""

    event_id: int
    key: str
    version: int
    procedure: Procedure
    started_at: datetime
    started_by: str
    started_name: str
    left_reason: str | None
    left_steps: list[int] | None
    left_by: str | None
    left_name: str | None
    left_at: datetime | None
    seen_name: str | None
    seen_at: datetime | None


def serialise(uow: UnitOfWork) -> None:
    """Lets one transaction at a time number and publish versions of the tenant."""
    uow.connection.execute(text("SELECT pg_advisory_xact_lock(:n, :t)"), {"n": NUMBERING, "t": uow.tenant})


def versions(uow: UnitOfWork, key: str) -> list[Version]:
    """Every version of a procedure, newest first."""
    rows = uow.connection.execute(
        text(f"SELECT {COLUMNS} FROM procedure_version WHERE tenant = :t AND key = :key ORDER BY version DESC"),  # noqa: S608 - COLUMNS
        {"t": uow.tenant, "key": key},
    )
    return [_version(row) for row in rows]


def in_state(uow: UnitOfWork, state: str, layers: Set[str] | None = None) -> list[Version]:
    """The versions of that state in these layers (None: all of them), by key."""
    rows = uow.connection.execute(
        text(f"""SELECT {COLUMNS} FROM procedure_version WHERE tenant = :t AND state = :state
                 AND (cast(:layers AS text[]) IS NULL OR layer = ANY(cast(:layers AS text[]))) ORDER BY key"""),  # noqa: S608 - COLUMNS
        {"t": uow.tenant, "state": state, "layers": array(layers)},
    )
    return [_version(row) for row in rows]


def for_cause(uow: UnitOfWork, layer: str, cause: str) -> Version | None:
    """The version in force of a layer for a cause of alarm or a type of event; the first by key when several are."""
    row = uow.connection.execute(
        text(f"""SELECT {COLUMNS} FROM procedure_version WHERE tenant = :t AND state = 'in_force' AND layer = :layer AND body->'causes' ? :cause
                 ORDER BY key LIMIT 1"""),  # noqa: S608 - COLUMNS
        {"t": uow.tenant, "layer": layer, "cause": cause},
    ).one_or_none()
    return None if row is None else _version(row)


def save_draft(uow: UnitOfWork, procedure: Procedure, layer: str, number: int, author: str, author_name: str, at: datetime) -> None:
    """Writes the draft of that number, over the one of the same number."""
    uow.connection.execute(
        text("""INSERT INTO procedure_version (tenant, key, version, layer, body, author, author_name, written_at)
                VALUES (:t, :key, :version, :layer, :body, :author, :name, :at)
                ON CONFLICT (tenant, key, version) DO UPDATE SET layer = excluded.layer, body = excluded.body, author = excluded.author,
                    author_name = excluded.author_name, written_at = excluded.written_at"""),
        {"t": uow.tenant, "key": procedure.key, "version": number, "layer": layer, "body": Jsonb(msgspec.to_builtins(procedure)), "author": author,
         "name": author_name, "at": at},
    )  # fmt: skip


def retire(uow: UnitOfWork, key: str, at: datetime) -> None:
    """Ends the version in force, if there is one."""
    uow.connection.execute(
        text("UPDATE procedure_version SET state = 'retired', retired_at = :at WHERE tenant = :t AND key = :key AND state = 'in_force'"),
        {"t": uow.tenant, "key": key, "at": at},
    )


def put_in_force(uow: UnitOfWork, key: str, version: int, by: str, name: str, at: datetime) -> None:
    """Makes the draft the version in force."""
    uow.connection.execute(
        text("""UPDATE procedure_version SET state = 'in_force', published_by = :by, published_name = :name, published_at = :at
                WHERE tenant = :t AND key = :key AND version = :version"""),
        {"t": uow.tenant, "key": key, "version": version, "by": by, "name": name, "at": at},
    )


# Runs -----------------------------------------------------------------------------------------------------------------


def run_of(uow: UnitOfWork, event_id: int) -> Run | None:
    """The run of an event; None while it has none."""
    row = uow.connection.execute(
        text("""SELECT event_id, key, version, body, started_at, started_by, started_name, left_reason, left_steps, left_by, left_name, left_at, seen_name, seen_at
                FROM procedure_run WHERE tenant = :t AND event_id = :id"""),
        {"t": uow.tenant, "id": event_id},
    ).one_or_none()
    return None if row is None else _run(row)


def freeze(uow: UnitOfWork, event_id: int, version: Version, by: str, name: str, at: datetime) -> None:
    """Starts a run: the event keeps this version whatever is published later."""
    uow.connection.execute(
        text("""INSERT INTO procedure_run (tenant, event_id, key, version, body, started_at, started_by, started_name)
                VALUES (:t, :id, :key, :version, :body, :at, :by, :name)"""),
        {"t": uow.tenant, "id": event_id, "key": version.key, "version": version.version, "body": Jsonb(msgspec.to_builtins(version.procedure)), "at": at,
         "by": by, "name": name},
    )  # fmt: skip
    uow.connection.execute(
        text("UPDATE event SET procedure = :said WHERE tenant = :t AND id = :id"),
        {"t": uow.tenant, "id": event_id, "said": f"{version.key} v{version.version}"},
    )


def add_act(uow: UnitOfWork, event_id: int, act: Act, name: str) -> None:
    """Adds to the acts of a run. `name`: the actor's name as it is shown."""
    uow.connection.execute(
        text("""INSERT INTO procedure_act (tenant, event_id, step, verb, answer, reason, actor, actor_name, at)
                VALUES (:t, :id, :step, :verb, :answer, :reason, :by, :name, :at)"""),
        {"t": uow.tenant, "id": event_id, "name": name, **msgspec.structs.asdict(act)},
    )


def acts_of(uow: UnitOfWork, event_id: int) -> list[Act]:
    """The acts of a run, oldest first; `by` is the name that is shown."""
    rows = uow.connection.execute(
        text("SELECT step, verb, answer, reason, actor_name, at FROM procedure_act WHERE tenant = :t AND event_id = :id ORDER BY id"),
        {"t": uow.tenant, "id": event_id},
    )
    return [Act(step=row.step, verb=row.verb, answer=row.answer, reason=row.reason, by=row.actor_name, at=row.at) for row in rows]


def leave(uow: UnitOfWork, event_id: int, reason: str, steps: Sequence[int], by: str, name: str, at: datetime) -> None:
    """Keeps why an event is closed with these mandatory steps open; a chief has to read it again."""
    uow.connection.execute(
        text("""UPDATE procedure_run SET left_reason = :reason, left_steps = :steps, left_by = :by, left_name = :name, left_at = :at, seen_name = NULL, seen_at = NULL
                WHERE tenant = :t AND event_id = :id"""),
        {"t": uow.tenant, "id": event_id, "reason": reason, "steps": list(steps), "by": by, "name": name, "at": at},
    )


def see(uow: UnitOfWork, event_id: int, name: str, at: datetime) -> bool:
    """Says that a chief has read it; False when there was nothing to read."""
    done = uow.connection.execute(
        text("UPDATE procedure_run SET seen_name = :name, seen_at = :at WHERE tenant = :t AND event_id = :id AND left_reason IS NOT NULL AND seen_at IS NULL"),
        {"t": uow.tenant, "id": event_id, "name": name, "at": at},
    )
    return bool(done.rowcount)


def left(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, limit: int, *, is_seen: bool) -> list[dict[str, Any]]:
    """Events closed with mandatory steps open, newest first: those that no chief has read, or all."""
    rows = uow.connection.execute(
        text("""SELECT e.id AS event_id, e.number, e.title, e.layer, e.closed_at, r.key, r.version, r.left_reason AS reason, r.left_steps AS steps,
                    r.left_name AS by, iso(r.left_at) AS at, r.seen_name AS seen_by, iso(r.seen_at) AS seen_at
                FROM procedure_run r JOIN event e ON e.tenant = r.tenant AND e.id = r.event_id
                WHERE r.tenant = :t AND r.left_reason IS NOT NULL AND (:seen OR r.seen_at IS NULL)
                    AND (cast(:layers AS text[]) IS NULL OR e.layer = ANY(cast(:layers AS text[])))
                    AND (cast(:communes AS int[]) IS NULL OR e.commune_id = ANY(cast(:communes AS int[])))
                ORDER BY r.left_at DESC LIMIT :limit"""),
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "limit": limit, "seen": is_seen},
    )
    return [{**row, "closed_at": row["closed_at"].isoformat() if row["closed_at"] else None} for row in rows.mappings()]


def _version(row: Row[Any]) -> Version:
    fields = dict(row._mapping)
    return Version(procedure=msgspec.convert(fields.pop("body"), Procedure), **fields)


def _run(row: Row[Any]) -> Run:
    fields = dict(row._mapping)
    return Run(procedure=msgspec.convert(fields.pop("body"), Procedure), **fields)
