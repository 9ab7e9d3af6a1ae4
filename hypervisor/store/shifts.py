"""Posts, teams, shifts, instructions and handovers in PostgreSQL."""

import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.store import outbox
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

SHIFT = """SELECT s.*, p.name AS station_name, p.layers, t.name AS team_name, to_char(t.starts_at, 'HH24:MI') AS team_from, to_char(t.ends_at, 'HH24:MI') AS team_to
    FROM shift s JOIN station p ON p.tenant = s.tenant AND p.id = s.station_id JOIN team t ON t.tenant = s.tenant AND t.id = s.team_id
    WHERE s.tenant = :t AND s.ended_at IS NULL"""


def _rows(uow: UnitOfWork, statement: str, **values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in uow.connection.execute(text(statement), {"t": uow.tenant, **values}).mappings()]


def stations(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Posts in service, by name, each with its holder of now."""
    return _rows(
        uow,
        """SELECT p.id, p.name, p.layers, s.id AS shift_id, s.operator, s.operator_name, s.started_at, s.due_at, s.seen_at, s.late_at FROM station p
           LEFT JOIN shift s ON s.tenant = p.tenant AND s.station_id = p.id AND s.ended_at IS NULL AND NOT s.is_double
           WHERE p.tenant = :t AND p.retired_at IS NULL ORDER BY p.name, p.id""",
    )


def teams(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Teams in service, by name, with their hours as HH:MM."""
    return _rows(
        uow,
        "SELECT id, name, to_char(starts_at, 'HH24:MI') AS starts_at, to_char(ends_at, 'HH24:MI') AS ends_at FROM team WHERE tenant = :t AND retired_at IS NULL ORDER BY name, id",
    )


def add_station(uow: UnitOfWork, name: str, layers: Sequence[str] | None) -> int:
    """Adds a post."""
    number: int = uow.connection.execute(
        text("INSERT INTO station (tenant, name, layers) VALUES (:t, :name, :layers) RETURNING id"), {"t": uow.tenant, "name": name, "layers": layers}
    ).scalar_one()
    return number


def add_team(uow: UnitOfWork, name: str, starts_at: str, ends_at: str) -> int:
    """Adds a team, its hours as HH:MM in the territory's time."""
    number: int = uow.connection.execute(
        text("INSERT INTO team (tenant, name, starts_at, ends_at) VALUES (:t, :name, cast(:a AS time), cast(:b AS time)) RETURNING id"),
        {"t": uow.tenant, "name": name, "a": starts_at, "b": ends_at},
    ).scalar_one()
    return number


def lock_station(uow: UnitOfWork, station_id: int) -> dict[str, Any] | None:
    """A post, locked: two people who take it at once are one after the other."""
    found = _rows(uow, "SELECT id, name, layers FROM station WHERE tenant = :t AND id = :id AND retired_at IS NULL FOR UPDATE", id=station_id)
    return found[0] if found else None


def holder(uow: UnitOfWork, station_id: int) -> dict[str, Any] | None:
    """The shift that holds a post."""
    found = _rows(uow, f"{SHIFT} AND s.station_id = :id AND NOT s.is_double", id=station_id)
    return found[0] if found else None


def of_operator(uow: UnitOfWork, username: str) -> dict[str, Any] | None:
    """The open shift of a person."""
    found = _rows(uow, f"{SHIFT} AND s.operator = :who", who=username)
    return found[0] if found else None


def add(uow: UnitOfWork, values: Mapping[str, object], checks: Mapping[str, object]) -> int:
    """Opens a shift. values: station_id, team_id, role, by, name, is_double, at, due_at."""
    number: int = uow.connection.execute(
        text("""INSERT INTO shift (tenant, station_id, team_id, role, operator, operator_name, is_double, checks, started_at, due_at, seen_at)
                VALUES (:t, :station_id, :team_id, :role, :by, :name, :is_double, cast(:checks AS jsonb), :at, :due_at, :at) RETURNING id"""),
        {"t": uow.tenant, "checks": json.dumps(checks), **values},
    ).scalar_one()
    return number


def end(uow: UnitOfWork, shift_id: int, how: str, at: datetime) -> None:
    """Ends a shift: handed_over, absent, closed or left."""
    uow.connection.execute(
        text("UPDATE shift SET ended_at = :at, ended_how = :how WHERE tenant = :t AND id = :id AND ended_at IS NULL"),
        {"t": uow.tenant, "id": shift_id, "how": how, "at": at},
    )


def seen(uow: UnitOfWork, username: str, at: datetime) -> bool:
    """A screen of this person lives; whether they hold a post."""
    return bool(
        uow.connection.execute(
            text("UPDATE shift SET seen_at = greatest(seen_at, :at) WHERE tenant = :t AND operator = :who AND ended_at IS NULL"),
            {"t": uow.tenant, "who": username, "at": at},
        ).rowcount
    )


def pending(uow: UnitOfWork, station_id: int) -> dict[str, Any] | None:
    """The handover that the outgoing has signed and nobody has answered."""
    found = _rows(
        uow,
        """SELECT h.* FROM handover h WHERE h.tenant = :t AND h.station_id = :id AND h.outgoing IS NOT NULL
           AND NOT EXISTS (SELECT FROM handover_end e WHERE e.tenant = h.tenant AND e.handover_id = h.id) ORDER BY h.id DESC LIMIT 1""",
        id=station_id,
    )
    return found[0] if found else None


def last_handover(uow: UnitOfWork, station_id: int) -> dict[str, Any] | None:
    """The last handover of a post that was accepted."""
    found = _rows(
        uow,
        """SELECT h.id, h.number, h.at, h.outgoing_name, e.incoming_name, e.at AS ended_at FROM handover h JOIN handover_end e ON e.tenant = h.tenant AND e.handover_id = h.id
           WHERE h.tenant = :t AND h.station_id = :id AND e.outcome = 'accepted' ORDER BY h.id DESC LIMIT 1""",
        id=station_id,
    )
    return found[0] if found else None


def refused(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Posts whose last handover was refused."""
    return _rows(
        uow,
        """SELECT DISTINCT ON (h.station_id) h.station_id, p.name AS station_name, h.number, e.outcome, e.incoming_name, e.reason, e.at FROM handover h
           JOIN station p ON p.tenant = h.tenant AND p.id = h.station_id LEFT JOIN handover_end e ON e.tenant = h.tenant AND e.handover_id = h.id
           WHERE h.tenant = :t ORDER BY h.station_id, h.id DESC""",
    )


def listed(uow: UnitOfWork, limit: int) -> list[dict[str, Any]]:
    """Handovers, newest first, with their two signatures."""
    return _rows(
        uow,
        """SELECT h.id, h.number, p.name AS station, h.since, h.at, h.outgoing_name, e.outcome, e.incoming_name, e.at AS ended_at, e.reason FROM handover h
           JOIN station p ON p.tenant = h.tenant AND p.id = h.station_id LEFT JOIN handover_end e ON e.tenant = h.tenant AND e.handover_id = h.id
           WHERE h.tenant = :t ORDER BY h.id DESC LIMIT :limit""",
        limit=limit,
    )


def handover(uow: UnitOfWork, handover_id: int) -> dict[str, Any] | None:
    """A handover whole."""
    found = _rows(
        uow,
        """SELECT h.*, e.outcome, e.incoming, e.incoming_name, e.at AS ended_at, e.reason, e.read_sections FROM handover h
           LEFT JOIN handover_end e ON e.tenant = h.tenant AND e.handover_id = h.id WHERE h.tenant = :t AND h.id = :id""",
        id=handover_id,
    )
    return found[0] if found else None


def sign(uow: UnitOfWork, values: Mapping[str, object], dossier: Mapping[str, object], notes: Mapping[str, str], at: datetime) -> tuple[int, str]:
    """Writes a handover for ever; (id, number). values: station_id, shift_id, since, year, outgoing, outgoing_name."""
    uow.connection.execute(text("SELECT pg_advisory_xact_lock(:t, hashtext('handover'))"), {"t": uow.tenant})
    row = uow.connection.execute(
        text("""INSERT INTO handover (tenant, number, station_id, shift_id, since, at, dossier, notes, outgoing, outgoing_name)
                SELECT :t, cast(:year AS text) || '-' || lpad((1 + count(*))::text, 4, '0'), :station_id, :shift_id, :since, :at, cast(:dossier AS jsonb), cast(:notes AS jsonb),
                    :outgoing, :outgoing_name FROM handover WHERE tenant = :t AND number LIKE cast(:year AS text) || '-%' RETURNING id, number"""),
        {"t": uow.tenant, "at": at, "dossier": json.dumps(dossier), "notes": json.dumps(notes), **values},
    ).one()
    return row.id, row.number


def answer(uow: UnitOfWork, handover_id: int, outcome: str, by: tuple[str, str], at: datetime, *, reason: str | None = None, read: Sequence[int] = ()) -> None:
    """Writes the incoming's signature, or refusal, for ever. by: (username, name)."""
    uow.connection.execute(
        text("""INSERT INTO handover_end (tenant, handover_id, outcome, incoming, incoming_name, at, reason, read_sections)
                VALUES (:t, :id, :outcome, :by, :name, :at, :reason, :read)"""),
        {"t": uow.tenant, "id": handover_id, "outcome": outcome, "by": by[0], "name": by[1], "at": at, "reason": reason, "read": sorted(read)},
    )


def instructions(uow: UnitOfWork, layers: Set[str] | None, at: datetime) -> list[dict[str, Any]]:
    """Instructions and callbacks in force, of everyone or of those domains, newest first."""
    return _rows(
        uow,
        """SELECT id, kind, title, body, layer, until, created_name, created_at FROM instruction WHERE tenant = :t AND ended_at IS NULL
           AND (kind <> 'temporary' OR until IS NULL OR until > :at) AND (layer IS NULL OR cast(:layers AS text[]) IS NULL OR layer = ANY (:layers)) ORDER BY created_at DESC, id DESC""",
        layers=array(layers),
        at=at,
    )


def add_instruction(uow: UnitOfWork, values: Mapping[str, object]) -> int:
    """Adds one. values: kind, title, body, layer, until, by, name, at."""
    number: int = uow.connection.execute(
        text("""INSERT INTO instruction (tenant, kind, title, body, layer, until, created_by, created_name, created_at)
                VALUES (:t, :kind, :title, :body, :layer, :until, :by, :name, :at) RETURNING id"""),
        {"t": uow.tenant, **values},
    ).scalar_one()
    return number


def end_instruction(uow: UnitOfWork, instruction_id: int, name: str, at: datetime) -> str | None:
    """Ends one; its title, None when it is not in force."""
    title: str | None = uow.connection.execute(
        text("UPDATE instruction SET ended_at = :at, ended_name = :name WHERE tenant = :t AND id = :id AND ended_at IS NULL RETURNING title"),
        {"t": uow.tenant, "id": instruction_id, "name": name, "at": at},
    ).scalar_one_or_none()
    return title


# What the dossier counts. Lists are cut, counts are not ---------------------------------------------------------------
_LAYERS = "(cast(:layers AS text[]) IS NULL OR layer = ANY (:layers))"


def open_events(uow: UnitOfWork, layers: Set[str] | None, most: int) -> tuple[int, list[dict[str, Any]]]:
    """(count, the most pressing) of events that are not finished."""
    found = _rows(
        uow,
        f"""SELECT number, title, layer, priority, status, owner_name, iso(opened_at) AS opened_at, count(*) OVER () AS total FROM event
            WHERE tenant = :t AND status IN ('new', 'in_progress', 'on_hold', 'resolved') AND {_LAYERS} ORDER BY priority, opened_at LIMIT :most""",  # noqa: S608 - a constant of ours
        layers=array(layers),
        most=most,
    )
    return (found[0]["total"] if found else 0), [{name: value for name, value in row.items() if name != "total"} for row in found]


def masked_alarms(uow: UnitOfWork, layers: Set[str] | None, mask: str, most: int) -> tuple[int, list[dict[str, Any]]]:
    """(count, the most pressing) of open alarms under a mask."""
    found = _rows(
        uow,
        f"""SELECT a.id, a.title, s.name AS asset, a.layer, a.priority, (SELECT min(m->>'until') FROM jsonb_array_elements(a.masking) m WHERE m->>'kind' = :mask) AS until,
                (SELECT min(m->>'reason') FROM jsonb_array_elements(a.masking) m WHERE m->>'kind' = :mask) AS reason, count(*) OVER () AS total
            FROM (SELECT * FROM alarm WHERE tenant = :t AND is_open AND :mask = ANY (masks) AND {_LAYERS}) a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id
            ORDER BY a.priority, a.raised_at LIMIT :most""",  # noqa: S608 - a constant of ours
        layers=array(layers),
        mask=mask,
        most=most,
    )
    return (found[0]["total"] if found else 0), [{name: value for name, value in row.items() if name != "total"} for row in found]


def silent_supervisors(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Supervisors that are not heard."""
    return _rows(uow, "SELECT label, iso(silent_since) AS silent_since FROM supervisor WHERE tenant = :t AND silent_since IS NOT NULL ORDER BY label")


def waiting_alarms(uow: UnitOfWork, layers: Set[str] | None) -> dict[int, int]:
    """priority → alarms to acknowledge."""
    found = _rows(
        uow,
        f"SELECT priority, count(*) AS n FROM alarm WHERE tenant = :t AND is_open AND NOT acknowledged AND NOT is_masked AND priority < 4 AND {_LAYERS} GROUP BY 1",  # noqa: S608
        layers=array(layers),
    )
    return {row["priority"]: row["n"] for row in found}


def load_since(uow: UnitOfWork, layers: Set[str] | None, since: datetime, until: datetime) -> dict[str, Any]:
    """{events opened, median seconds to an acknowledgement, messages to those on call} of a period."""
    found = _rows(
        uow,
        f"""SELECT (SELECT count(*) FROM event WHERE tenant = :t AND opened_at >= :since AND opened_at < :until AND {_LAYERS}) AS events,
            (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - raised_at)) FROM alarm
                WHERE tenant = :t AND acknowledged_at >= :since AND acknowledged_at < :until AND {_LAYERS}) AS acknowledged_s,
            (SELECT count(*) FROM escalation WHERE tenant = :t AND at >= :since AND at < :until AND message_id IS NOT NULL) AS calls""",  # noqa: S608
        layers=array(layers),
        since=since,
        until=until,
    )
    return found[0]


def tell(uow: UnitOfWork, at: datetime) -> None:
    """Tells the screens that something has changed about posts: they read it again."""
    uow.connection.execute(
        text("INSERT INTO outbox (tenant, at, kind, body) VALUES (:t, :at, 'shift', jsonb_build_object('at', iso(:at)))"), {"t": uow.tenant, "at": at}
    )
    outbox.wake_relay(uow)
