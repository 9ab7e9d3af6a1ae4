"""Contacts, rosters, turns and codes of the on-call duty in PostgreSQL."""

import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import text

from hypervisor.domain.on_call import Duty, Kind
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

# A turn that another replaces is not held during the other's time: its latest replacement is.
IN_FORCE = """SELECT o.roster_id, r.kind, r.layer, r.communes, o.rank, o.contact_id FROM on_call o JOIN roster r ON r.tenant = o.tenant AND r.id = o.roster_id
    WHERE o.tenant = {tenant} AND r.retired_at IS NULL AND o.cancelled_at IS NULL AND o.starts_at <= {at} AND o.ends_at > {at}
    AND NOT EXISTS (SELECT FROM on_call p WHERE p.tenant = o.tenant AND p.replaces = o.id AND p.cancelled_at IS NULL AND p.starts_at <= {at} AND p.ends_at > {at})"""
MINE = "(r.layer IS NULL OR cast(:layers AS text[]) IS NULL OR r.layer = ANY (:layers))"


def duties(cursor: psycopg.Cursor, tenant: int, at: datetime) -> list[Duty]:
    """Who is on call at that instant."""
    return [_duty(row) for row in cursor.execute(IN_FORCE.format(tenant="%(t)s", at="%(at)s"), {"t": tenant, "at": at})]


def duties_of(uow: UnitOfWork, at: datetime) -> list[Duty]:
    """The same, in an operation's transaction."""
    return [_duty(tuple(row)) for row in uow.connection.execute(text(IN_FORCE.format(tenant=":t", at=":at")), {"t": uow.tenant, "at": at})]


def _duty(row: Sequence[Any]) -> Duty:
    roster_id, kind, layer, communes, rank, contact_id = row
    return Duty(roster_id=roster_id, kind=Kind(kind), layer=layer, communes=None if communes is None else frozenset(communes), rank=rank, contact_id=contact_id)


def contacts(uow: UnitOfWork, ids: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """Contacts that are not retired, by name; those of `ids` alone, retired or not, when given."""
    which = "retired_at IS NULL" if ids is None else "id = ANY (:ids)"
    rows = uow.connection.execute(
        text(f"SELECT id, name, phone, email, account FROM contact WHERE tenant = :t AND {which} ORDER BY name, id"),  # noqa: S608 - a constant of ours
        {"t": uow.tenant, "ids": list(ids or ())},
    )
    return [dict(row) for row in rows.mappings()]


def contact(cursor: psycopg.Cursor, tenant: int, contact_id: int) -> tuple[str, str | None, str | None]:
    """(name, phone, e-mail) of a contact."""
    row = cursor.execute("SELECT name, phone, email FROM contact WHERE tenant = %s AND id = %s", (tenant, contact_id)).fetchone()
    assert row is not None, "a turn names a contact that exists"
    return row[0], row[1], row[2]


def write_contact(uow: UnitOfWork, contact_id: int | None, values: Mapping[str, object]) -> int | None:
    """Adds a contact, or changes it; its number, None when there is none of this number. values: name, phone, email, account."""
    statement = (
        "INSERT INTO contact (tenant, name, phone, email, account) VALUES (:t, :name, :phone, :email, :account) RETURNING id"
        if contact_id is None
        else "UPDATE contact SET name = :name, phone = :phone, email = :email, account = :account WHERE tenant = :t AND id = :id AND retired_at IS NULL RETURNING id"
    )
    number: int | None = uow.connection.execute(text(statement), {"t": uow.tenant, "id": contact_id, **values}).scalar_one_or_none()
    return number


def rosters(uow: UnitOfWork, layers: Set[str] | None) -> list[dict[str, Any]]:
    """Rosters of a perimeter that are not retired."""
    rows = uow.connection.execute(
        text(
            f"SELECT id, kind, label, layer, communes, ranks FROM roster r WHERE tenant = :t AND retired_at IS NULL AND {MINE} ORDER BY kind = 'decision', label, id"  # noqa: S608 - constants of ours
        ),
        {"t": uow.tenant, "layers": array(layers)},
    )
    return [dict(row) for row in rows.mappings()]


def add_roster(uow: UnitOfWork, values: Mapping[str, object]) -> int:
    """Adds a roster. values: kind, label, layer, communes, ranks."""
    number: int = uow.connection.execute(
        text("INSERT INTO roster (tenant, kind, label, layer, communes, ranks) VALUES (:t, :kind, :label, :layer, :communes, :ranks) RETURNING id"),
        {"t": uow.tenant, **values},
    ).scalar_one()
    return number


def turns(uow: UnitOfWork, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Turns that touch [since, until), by start, with their contact's name."""
    rows = uow.connection.execute(
        text("""SELECT o.id, o.roster_id, o.rank, o.contact_id, c.name AS contact_name, o.starts_at, o.ends_at, o.replaces, o.reason
                FROM on_call o JOIN contact c ON c.tenant = o.tenant AND c.id = o.contact_id
                WHERE o.tenant = :t AND o.cancelled_at IS NULL AND o.starts_at < :until AND o.ends_at > :since ORDER BY o.starts_at, o.rank, o.id"""),
        {"t": uow.tenant, "since": since, "until": until},
    )
    return [dict(row) for row in rows.mappings()]


def turns_of(uow: UnitOfWork, username: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Turns of an account that touch [since, until), by start, each with who stands in for a part of it (replaced_by)."""
    rows = uow.connection.execute(
        text("""SELECT o.id, o.roster_id, r.kind, r.label, r.layer, o.rank, o.starts_at, o.ends_at, o.replaces IS NOT NULL AS is_replacement,
                    coalesce((SELECT jsonb_agg(jsonb_build_object('name', n.name, 'starts_at', iso(p.starts_at), 'ends_at', iso(p.ends_at)) ORDER BY p.starts_at)
                        FROM on_call p JOIN contact n ON n.tenant = p.tenant AND n.id = p.contact_id
                        WHERE p.tenant = o.tenant AND p.replaces = o.id AND p.cancelled_at IS NULL AND p.ends_at > :since), '[]') AS replaced_by
                FROM on_call o JOIN contact c ON c.tenant = o.tenant AND c.id = o.contact_id JOIN roster r ON r.tenant = o.tenant AND r.id = o.roster_id
                WHERE o.tenant = :t AND c.account = :account AND r.retired_at IS NULL AND o.cancelled_at IS NULL AND o.starts_at < :until AND o.ends_at > :since
                ORDER BY o.starts_at, o.id LIMIT 60"""),
        {"t": uow.tenant, "account": username, "since": since, "until": until},
    )
    return [dict(row) for row in rows.mappings()]


def add_turn(uow: UnitOfWork, values: Mapping[str, object]) -> int:
    """Adds a turn. values: roster_id, rank, contact_id, starts_at, ends_at, replaces, reason, by, name, at."""
    number: int = uow.connection.execute(
        text("""INSERT INTO on_call (tenant, roster_id, rank, contact_id, starts_at, ends_at, replaces, reason, created_by, created_name, created_at)
                VALUES (:t, :roster_id, :rank, :contact_id, :starts_at, :ends_at, :replaces, :reason, :by, :name, :at) RETURNING id"""),
        {"t": uow.tenant, **values},
    ).scalar_one()
    return number


def turn(uow: UnitOfWork, turn_id: int) -> dict[str, Any] | None:
    """A turn that is in force, locked, with its roster's label and layer."""
    row = uow.connection.execute(
        text("""SELECT o.*, r.label, r.layer, r.ranks, c.name AS contact_name FROM on_call o JOIN roster r ON r.tenant = o.tenant AND r.id = o.roster_id
                JOIN contact c ON c.tenant = o.tenant AND c.id = o.contact_id WHERE o.tenant = :t AND o.id = :id AND o.cancelled_at IS NULL FOR UPDATE OF o"""),
        {"t": uow.tenant, "id": turn_id},
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def overlaps(uow: UnitOfWork, roster_id: int, rank: int, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether somebody already holds that rank in that time. Replacements are meant to overlap what they replace."""
    found: bool = uow.connection.execute(
        text("""SELECT EXISTS (SELECT FROM on_call WHERE tenant = :t AND roster_id = :r AND rank = :rank AND cancelled_at IS NULL AND replaces IS NULL
                AND starts_at < :ends AND ends_at > :starts)"""),
        {"t": uow.tenant, "r": roster_id, "rank": rank, "starts": starts_at, "ends": ends_at},
    ).scalar_one()
    return found


def cancel_turn(uow: UnitOfWork, turn_id: int, at: datetime) -> None:
    """Cancels a turn and what replaced it."""
    uow.connection.execute(
        text("UPDATE on_call SET cancelled_at = :at WHERE tenant = :t AND (id = :id OR replaces = :id) AND cancelled_at IS NULL"),
        {"t": uow.tenant, "id": turn_id, "at": at},
    )


def settings(cursor: psycopg.Cursor, tenant: int) -> tuple[dict[str, dict[str, int | None]], dict[str, str]]:
    """(delays by priority and rung, service's e-mail by layer) of a tenant."""
    row = cursor.execute("SELECT delays, services FROM ladder WHERE tenant = %s", (tenant,)).fetchone()
    return (row[0], row[1]) if row else ({}, {})


def write_settings(uow: UnitOfWork, delays: Mapping[str, object], services: Mapping[str, str]) -> None:
    """Replaces the tenant's ladder."""
    uow.connection.execute(
        text("""INSERT INTO ladder (tenant, delays, services) VALUES (:t, cast(:d AS jsonb), cast(:s AS jsonb))
                ON CONFLICT (tenant) DO UPDATE SET delays = excluded.delays, services = excluded.services"""),
        {"t": uow.tenant, "d": json.dumps(delays), "s": json.dumps(services)},
    )


def live_codes(uow: UnitOfWork, at: datetime, *, phone: str | None = None, link_hash: bytes | None = None, ref: str | None = None) -> list[dict[str, Any]]:
    """Codes that still open something, of a phone, of a link or of a message; locked, so that one answer alone uses each."""
    which = "c.phone = :phone" if phone is not None else "k.link_hash = :link" if link_hash is not None else "m.ref = cast(:ref AS uuid)"
    rows = uow.connection.execute(
        text(f"""SELECT k.id, k.alarm_id, k.contact_id, k.code_hash, k.used_at, c.name FROM on_call_code k
                 JOIN contact c ON c.tenant = k.tenant AND c.id = k.contact_id JOIN message m ON m.tenant = k.tenant AND m.id = k.message_id
                 WHERE k.tenant = :t AND k.used_at IS NULL AND k.expires_at > :at AND {which} ORDER BY k.id FOR UPDATE OF k"""),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "at": at, "phone": phone, "link": link_hash, "ref": ref},
    )
    return [dict(row) for row in rows.mappings()]


def use_code(uow: UnitOfWork, alarm_id: int, contact_id: int, origin: str, at: datetime) -> None:
    """Uses every code that this person had for this alarm: an SMS answered, the call's key opens nothing any more."""
    uow.connection.execute(
        text(
            "UPDATE on_call_code SET used_at = :at, used_from = :origin WHERE tenant = :t AND alarm_id = :alarm AND contact_id = :contact AND used_at IS NULL"
        ),
        {"t": uow.tenant, "alarm": alarm_id, "contact": contact_id, "origin": origin, "at": at},
    )
