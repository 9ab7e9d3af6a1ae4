"""The logbook in PostgreSQL: lines enter by logbook_append alone, which chains and announces them."""

import json
from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.store import outbox
from hypervisor.store.perimeter import INSIDE_OR_EVERYONES, array
from hypervisor.store.unit_of_work import UnitOfWork

VERIFIED_AT_ONCE = 5000
"""Lines of one statement: about 1.5 s on a busy machine, far from the statements' limit of 15 s."""
APPENDED = f"SELECT logbook_append(cast(:t AS smallint), cast(:lines AS jsonb)), {outbox.WAKING}"
FILTERS = {
    "kind": "l.kind = :kind",
    "actor": "l.actor = :actor",
    "layer": "v.layer = :layer",
    "alarm_id": "v.alarm_id = :alarm_id",
    "event_id": "v.event_id = :event_id",
    "asset_id": "l.asset_id = :asset_id",
    "since": "v.at >= :since",
    "until": "v.at < :until",
    "author": "fold(l.actor_name) LIKE '%' || fold(:author) || '%'",
    "event_number": "v.event_id IN (SELECT e.id FROM event e WHERE e.tenant = :t AND upper(e.number) LIKE '%' || upper(:event_number) || '%')",
    # The expression of the index logbook_words, word for word.
    "text": "to_tsvector('public.vigie_french'::regconfig, l.text) @@ websearch_to_tsquery('public.vigie_french'::regconfig, :text)",
    # Nothing of an exercise comes before the first one: most logbooks have none, and are not read for it.
    "exercise": """v.is_exercise = :exercise
        AND (NOT :exercise OR v.seq >= (SELECT min(b.seq) FROM logbook b WHERE b.tenant = :t AND b.action IN ('exercise-begin', 'exercise-end')))""",
    "before": "v.seq < :before",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line to append. kind is one of the logbook's (0001_spine.sql); corrects is the number of the line it corrects."""

    at: datetime
    actor: str
    actor_name: str
    kind: str
    text: str
    layer: str | None = None
    commune_id: int | None = None
    alarm_id: int | None = None
    event_id: int | None = None
    asset_id: int | None = None
    action: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    corrects: int | None = None


def append(uow: UnitOfWork, *lines: Line) -> None:
    """Appends the lines with the commit, or the next statement. The last of a transaction: it locks the chain's head until the commit."""
    uow.later(APPENDED, _appended(uow, lines))


def append_one(uow: UnitOfWork, line: Line) -> int:
    """Appends the line at once and gives its number."""
    seq: int = uow.connection.execute(text(APPENDED), _appended(uow, [line])).scalar_one()
    return seq


def _appended(uow: UnitOfWork, lines: Sequence[Line]) -> dict[str, Any]:
    return {"t": uow.tenant, "lines": json.dumps([asdict(line) | {"at": line.at.isoformat()} for line in lines])}


def shape_of(uow: UnitOfWork, seq: int) -> dict[str, Any] | None:
    """One line as everyone reads it."""
    return uow.connection.execute(text("SELECT shape FROM logbook_shape WHERE tenant = :t AND seq = :seq"), {"t": uow.tenant, "seq": seq}).scalar_one_or_none()


def listed(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, filters: dict[str, Any], limit: int) -> Sequence[Row[Any]]:
    """(shape, seq), newest first. Lines that name no layer or commune are everyone's."""
    where = " AND ".join(["v.tenant = :t", INSIDE_OR_EVERYONES, *(FILTERS[name] for name in filters)])
    return uow.connection.execute(
        text(f"""SELECT v.shape, v.seq FROM logbook_shape v JOIN logbook l ON l.tenant = v.tenant AND l.seq = v.seq
                 WHERE {where} ORDER BY v.seq DESC LIMIT :limit"""),  # noqa: S608 - FILTERS
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "limit": limit, **filters},
    ).all()


def corrections(uow: UnitOfWork, seqs: Sequence[int]) -> dict[int, list[int]]:
    """Number of a line → numbers of those that correct it, for the lines that have some."""
    rows = uow.connection.execute(
        text("SELECT corrects, array_agg(seq ORDER BY seq) AS by FROM logbook WHERE tenant = :t AND corrects = ANY(:seqs) GROUP BY corrects"),
        {"t": uow.tenant, "seqs": list(seqs)},
    )
    return {row.corrects: list(row.by) for row in rows}


def numbers(uow: UnitOfWork, event_ids: Sequence[int]) -> dict[int, str]:
    """Id of an event → its number."""
    rows = uow.connection.execute(text("SELECT id, number FROM event WHERE tenant = :t AND id = ANY(:ids)"), {"t": uow.tenant, "ids": list(event_ids)})
    return {row.id: row.number for row in rows}


def whole(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, filters: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """The newest lines that answer the filters, by number, with every field that is hashed, `previous_hash` and `hash` in hexadecimal."""
    where = " AND ".join(["v.tenant = :t", INSIDE_OR_EVERYONES, *(FILTERS[name] for name in filters)])
    rows = uow.connection.execute(
        text(f"""SELECT v.shape || jsonb_build_object('tenant', l.tenant, 'previous_hash', encode(l.previous_hash, 'hex'), 'hash', encode(l.hash, 'hex'))
                 FROM logbook_shape v JOIN logbook l ON l.tenant = v.tenant AND l.seq = v.seq WHERE {where} ORDER BY v.seq DESC LIMIT :limit"""),  # noqa: S608 - FILTERS
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "limit": limit, **filters},
    ).scalars()
    return list(rows)[::-1]


def head(uow: UnitOfWork) -> tuple[int, bytes] | None:
    """Number and hash of the last line; None of an empty logbook."""
    row = uow.connection.execute(text("SELECT seq, hash FROM logbook_head WHERE tenant = :t AND seq > 0"), {"t": uow.tenant}).one_or_none()
    return None if row is None else (row.seq, bytes(row.hash))


def hash_of(uow: UnitOfWork, seq: int) -> str | None:
    """Hash of a line in hexadecimal, None when there is no such line."""
    found: str | None = uow.connection.execute(
        text("SELECT encode(hash, 'hex') FROM logbook WHERE tenant = :t AND seq = :seq"), {"t": uow.tenant, "seq": seq}
    ).scalar_one_or_none()
    return found


def add_seal(uow: UnitOfWork, night: date, seq: int, digest: bytes, at: datetime, broken: int | None) -> bool:
    """Keeps a night's seal; False when it was kept already."""
    done = uow.connection.execute(
        text("INSERT INTO logbook_seal (tenant, day, seq, hash, sealed_at, first_broken) VALUES (:t, :day, :seq, :hash, :at, :broken) ON CONFLICT DO NOTHING"),
        {"t": uow.tenant, "day": night, "seq": seq, "hash": digest, "at": at, "broken": broken},
    )
    return bool(done.rowcount)


def seals(uow: UnitOfWork, limit: int) -> list[dict[str, Any]]:
    """The last seals, newest first."""
    rows = uow.connection.execute(
        text("""SELECT day::text AS night, seq, encode(hash, 'hex') AS hash, iso(sealed_at) AS sealed_at, first_broken FROM logbook_seal
                WHERE tenant = :t ORDER BY day DESC LIMIT :limit"""),
        {"t": uow.tenant, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def tenants(uow: UnitOfWork) -> list[int]:
    """Numbers of the tenants."""
    return list(uow.connection.execute(text("SELECT id FROM tenant_keys()")).scalars())


def first_broken(uow: UnitOfWork) -> int | None:
    """Number of the first line whose number, link or hash does not hold; None when the whole chain does. Read in pieces, so that no statement takes long."""
    last = head(uow)
    for after in range(0, last[0] if last else 0, VERIFIED_AT_ONCE):
        until = min(after + VERIFIED_AT_ONCE, last[0] if last else 0)
        seq: int | None = uow.connection.execute(
            text("SELECT logbook_first_broken_in(cast(:t AS smallint), :a, :b)"), {"t": uow.tenant, "a": after, "b": until}
        ).scalar_one()
        if seq is not None:
            return seq
    return None
