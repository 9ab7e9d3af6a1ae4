"""Dashboards sent to officials, in PostgreSQL: plans and documents, inside the reader's perimeter."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text

from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

INSIDE = """(cast(:layers AS text[]) IS NULL OR p.domain = ANY (:layers)) AND (cast(:communes AS int[]) IS NULL OR p.commune_id = ANY (:communes))"""
"""A first page ('') and the whole territory (0) are in no list: whoever has a perimeter sees neither."""
PLAN = """p.id, p.domain, p.commune_id, coalesce((SELECT c.name FROM commune c WHERE c.tenant = p.tenant AND c.id = p.commune_id AND c.id > 0), '') AS commune,
    p.rhythm, p.recipients, p.first_day, p.created_by, p.created_name, p.created_at, p.ended_at"""
REPORT = """r.id, r.plan_id, r.period, r.state, r.version, r.highlight, r.sentence, r.digest, r.written_by, r.written_name, r.prepared_at, r.decided_name, r.decided_at, r.motive,
    p.domain, p.commune_id, p.recipients, p.ended_at, coalesce((SELECT c.name FROM commune c WHERE c.tenant = p.tenant AND c.id = p.commune_id AND c.id > 0), '') AS commune,
    (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM (SELECT m.state, count(*) AS n FROM message m WHERE m.tenant = r.tenant AND m.id = ANY (r.messages) GROUP BY 1) s) AS deliveries"""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A document to keep: its text and its bytes. written_by, written_name: who answers for the text."""

    highlight: str
    sentence: str
    document: bytes
    digest: str
    written_by: str
    written_name: str


def plans(uow: UnitOfWork, layers: Set[str] | None = None, communes: Set[int] | None = None) -> list[dict[str, Any]]:
    """Plans in force, in the order of their writing."""
    rows = uow.connection.execute(
        text(f"SELECT {PLAN} FROM report_plan p WHERE p.tenant = :t AND p.ended_at IS NULL AND {INSIDE} ORDER BY p.id"),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes)},
    )
    return [dict(row) for row in rows.mappings()]


def add_plan(
    uow: UnitOfWork, domain: str, commune: int, rhythm: str, recipients: Sequence[Mapping[str, str]], first_day: date, by: tuple[str, str], at: datetime
) -> int:
    """Adds a plan; gives its number. by: account's name and person's name."""
    number: int = uow.connection.execute(
        text("""INSERT INTO report_plan (tenant, domain, commune_id, rhythm, recipients, first_day, created_by, created_name, created_at)
                VALUES (:t, :domain, :commune, :rhythm, :recipients, :first, :by, :name, :at) RETURNING id"""),
        {"t": uow.tenant, "domain": domain, "commune": commune, "rhythm": rhythm, "recipients": Jsonb(list(recipients)), "first": first_day, "by": by[0], "name": by[1], "at": at},
    ).scalar_one()  # fmt: skip
    return number


def has_plan(uow: UnitOfWork, number: int, layers: Set[str] | None, communes: Set[int] | None) -> bool:
    """Whether the perimeter has that plan, in force or ended."""
    found = uow.connection.execute(
        text(f"SELECT 1 FROM report_plan p WHERE p.tenant = :t AND p.id = :id AND {INSIDE}"),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "id": number, "layers": array(layers), "communes": array(communes)},
    )
    return found.first() is not None


def end_plan(uow: UnitOfWork, number: int, at: datetime, layers: Set[str] | None, communes: Set[int] | None) -> bool:
    """Ends a plan and erases the addresses of its recipients; whether there was one in force."""
    found = uow.connection.execute(
        text(f"""UPDATE report_plan p SET ended_at = :at, recipients = (SELECT coalesce(jsonb_agg(e - 'email'), '[]') FROM jsonb_array_elements(p.recipients) e)
                 WHERE p.tenant = :t AND p.id = :id AND p.ended_at IS NULL AND {INSIDE}"""),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "id": number, "at": at, "layers": array(layers), "communes": array(communes)},
    )
    return found.rowcount > 0


def councils(uow: UnitOfWork, today: date) -> list[dict[str, Any]]:
    """Councils declared of today and later, nearest first: id, day, created_name."""
    rows = uow.connection.execute(
        text("SELECT id, day, created_name FROM council WHERE tenant = :t AND withdrawn_at IS NULL AND day >= :today ORDER BY day"),
        {"t": uow.tenant, "today": today},
    )
    return [dict(row) for row in rows.mappings()]


def add_council(uow: UnitOfWork, day: date, by: tuple[str, str], at: datetime) -> int | None:
    """Declares a council; None when that day has one already."""
    number: int | None = uow.connection.execute(
        text("""INSERT INTO council (tenant, day, created_by, created_name, created_at) VALUES (:t, :day, :by, :name, :at)
                ON CONFLICT (tenant, day) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id"""),
        {"t": uow.tenant, "day": day, "by": by[0], "name": by[1], "at": at},
    ).scalar_one_or_none()
    return number


def withdraw_council(uow: UnitOfWork, number: int, at: datetime) -> bool:
    """Takes a council away; whether there was one."""
    found = uow.connection.execute(
        text("UPDATE council SET withdrawn_at = :at WHERE tenant = :t AND id = :id AND withdrawn_at IS NULL"), {"t": uow.tenant, "id": number, "at": at}
    )
    return found.rowcount > 0


def periods_prepared(uow: UnitOfWork, plan: int) -> set[str]:
    """Periods of a plan that have their document."""
    return set(uow.connection.execute(text("SELECT period FROM report WHERE tenant = :t AND plan_id = :plan"), {"t": uow.tenant, "plan": plan}).scalars())


def add(uow: UnitOfWork, plan: int, period: str, made: Prepared, at: datetime) -> int | None:
    """Keeps a document to validate; None when that period has one already."""
    number: int | None = uow.connection.execute(
        text("""INSERT INTO report (tenant, plan_id, period, highlight, sentence, document, digest, written_by, written_name, prepared_at)
                VALUES (:t, :plan, :period, :highlight, :sentence, :document, :digest, :by, :name, :at) ON CONFLICT (tenant, plan_id, period) DO NOTHING RETURNING id"""),
        {"t": uow.tenant, "plan": plan, "period": period, "at": at, **_values(made)},
    ).scalar_one_or_none()
    return number


def correct(uow: UnitOfWork, number: int, version: int, made: Prepared, at: datetime) -> bool:
    """Puts another document in the place of one that has not left; False when it has, or was changed meanwhile."""
    found = uow.connection.execute(
        text("""UPDATE report SET state = 'to_validate', version = version + 1, highlight = :highlight, sentence = :sentence, document = :document, digest = :digest,
                    written_by = :by, written_name = :name, prepared_at = :at, decided_by = NULL, decided_name = NULL, decided_at = NULL, motive = NULL
                WHERE tenant = :t AND id = :id AND version = :version AND state <> 'sent'"""),
        {"t": uow.tenant, "id": number, "version": version, "at": at, **_values(made)},
    )
    return found.rowcount > 0


def decide(
    uow: UnitOfWork, number: int, version: int, state: str, by: tuple[str, str], at: datetime, motive: str | None = None, messages: Sequence[int] = ()
) -> bool:
    """Writes that it was sent or refused; False when it no longer waits, or was changed meanwhile."""
    found = uow.connection.execute(
        text("""UPDATE report SET state = :state, version = version + 1, decided_by = :by, decided_name = :name, decided_at = :at, motive = :motive, messages = :messages
                WHERE tenant = :t AND id = :id AND version = :version AND state = 'to_validate'"""),
        {"t": uow.tenant, "id": number, "version": version, "state": state, "by": by[0], "name": by[1], "at": at, "motive": motive, "messages": list(messages)},
    )  # fmt: skip
    return found.rowcount > 0


def listed(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, limit: int, number: int | None = None) -> list[dict[str, Any]]:
    """Documents inside the perimeter, without their bytes: those to validate, then the newest. number: that one alone."""
    rows = uow.connection.execute(
        text(f"""SELECT {REPORT} FROM report r JOIN report_plan p ON p.tenant = r.tenant AND p.id = r.plan_id
                 WHERE r.tenant = :t AND (cast(:id AS bigint) IS NULL OR r.id = :id) AND {INSIDE} ORDER BY r.state <> 'to_validate', r.prepared_at DESC, r.id DESC LIMIT :limit"""),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "id": number, "layers": array(layers), "communes": array(communes), "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def document(uow: UnitOfWork, number: int) -> bytes:
    """The bytes of a document that `listed` gave."""
    return bytes(uow.connection.execute(text("SELECT document FROM report WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": number}).scalar_one())


def waiting(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None) -> int:
    """How many documents wait to be validated inside the perimeter."""
    return int(
        uow.connection.execute(
            text(f"""SELECT count(*) FROM report r JOIN report_plan p ON p.tenant = r.tenant AND p.id = r.plan_id
                     WHERE r.tenant = :t AND r.state = 'to_validate' AND {INSIDE}"""),  # noqa: S608 - constants of ours
            {"t": uow.tenant, "layers": array(layers), "communes": array(communes)},
        ).scalar_one()
    )


def _values(made: Prepared) -> dict[str, object]:
    return {
        "highlight": made.highlight,
        "sentence": made.sentence,
        "document": made.document,
        "digest": made.digest,
        "by": made.written_by,
        "name": made.written_name,
    }
