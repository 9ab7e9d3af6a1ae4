"""How a demonstration's invented past enters history: days of the lake that PostgreSQL never held, declarations, closed alarms. Role vigie_worker; never a real tenant's."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from hypervisor.store.days import Filed
from hypervisor.store.engine import Cursor


def known_days(cursor: Cursor, tenant: int) -> set[date]:
    """Days that history holds in any form: the past is only put where there is none."""
    return {day for (day,) in cursor.execute("SELECT day FROM history_day WHERE tenant = %s", (tenant,))}


def file_day(cursor: Cursor, tenant: int, day: date, filed: Filed, now: datetime) -> None:
    """Says that the lake alone holds a day."""
    cursor.execute(
        "INSERT INTO history_day (tenant, day, state, rows, bytes, file, digest, hours_file, hours_digest, closed_at, is_hot) "
        "VALUES (%s, %s, 'closed', %s, %s, %s, %s, %s, %s, %s, false) ON CONFLICT DO NOTHING",
        (tenant, day, filed.rows, filed.bytes, filed.file, filed.digest, filed.hours_file, filed.hours_digest, now),
    )


def assets(cursor: Cursor, tenant: int, attributes: Sequence[str]) -> list[tuple[int, str, str, int, Mapping[str, Any]]]:
    """(id, layer, kind, commune, those attributes that it has), by id."""
    return cursor.execute(
        "SELECT id, layer, kind, commune_id, (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(attributes) WHERE key = ANY(%s)) "
        "FROM asset WHERE tenant = %s ORDER BY id",
        (list(attributes), tenant),
    ).fetchall()


def has_old_alarms(cursor: Cursor, tenant: int, before: datetime) -> bool:
    """Whether alarms were raised before, citizens' reports left aside: those have a past of their own (store/past_room.py)."""
    row = cursor.execute("SELECT EXISTS (SELECT FROM alarm WHERE tenant = %s AND raised_at < %s AND cause NOT LIKE 'report:%%')", (tenant, before)).fetchone()
    return bool(row and row[0])


def add_alarms(cursor: Cursor, tenant: int, rows: Iterable[tuple[Any, ...]]) -> None:
    """Closed alarms: (asset, layer, commune, kind, cause, title, priority, raised, acknowledged, cleared, decide before)."""
    cursor.executemany(
        "INSERT INTO alarm (tenant, asset_id, layer, commune_id, kind, source, cause, rule, title, priority, active, acknowledged, raised_at, observed_at, received_at, "
        "acknowledged_at, acknowledged_by, acknowledged_name, cleared_at, decide_before) "
        "VALUES (%s, %s, %s, %s, %s, 'rule', %s, %s, %s, %s, false, true, %s, %s, %s, %s, 'demonstration', 'Démonstration', %s, %s)",
        [(tenant, asset, layer, commune, kind, cause, cause, title, priority, raised, raised, raised, acknowledged, cleared, before)
         for asset, layer, commune, kind, cause, title, priority, raised, acknowledged, cleared, before in rows],
    )  # fmt: skip


def declare(cursor: Cursor, tenant: int, rows: Iterable[tuple[str, date, date, float, str, str]]) -> None:
    """Declared volumes (key, since, until, amount, unit, source), those of months that nobody has declared."""
    cursor.executemany(
        "INSERT INTO indicator_declared (tenant, key, since, until, amount, unit, source) SELECT %(t)s, %(key)s, %(since)s, %(until)s, %(amount)s, %(unit)s, %(source)s "
        "WHERE NOT EXISTS (SELECT FROM indicator_declared WHERE tenant = %(t)s AND key = %(key)s AND since < %(until)s AND until > %(since)s)",
        [
            {"t": tenant, "key": key, "since": since, "until": until, "amount": amount, "unit": unit, "source": source}
            for key, since, until, amount, unit, source in rows
        ],
    )
