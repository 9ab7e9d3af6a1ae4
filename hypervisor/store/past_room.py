"""How a demonstration's invented past of the room is written, each part where the room has none of its own: postures and an exercise (role of the owner), leaks and reports (vigie_worker)."""

from collections.abc import Iterable
from datetime import datetime

from hypervisor.store.engine import Cursor

BY, OTHER, NAME = "demonstration", "demonstration-2", "Démonstration"


def population(cursor: Cursor, tenant: int) -> int:
    """Inhabitants of the territory."""
    row = cursor.execute("SELECT coalesce(sum(population), 0) FROM commune WHERE tenant = %s AND id > 0", (tenant,)).fetchone()
    return int(row[0]) if row else 0


def add_postures(cursor: Cursor, tenant: int, postures: Iterable[tuple[int, datetime]], exercise: tuple[datetime, datetime]) -> bool:
    """(level, from when) oldest first, and when an exercise began and ended; nothing where there is a posture or an exercise. Gives whether they were written."""
    found = cursor.execute(
        "SELECT EXISTS (SELECT FROM posture_change WHERE tenant = %(t)s) OR EXISTS (SELECT FROM exercise WHERE tenant = %(t)s)", {"t": tenant}
    ).fetchone()
    if found and found[0]:
        return False
    begin, end = exercise
    cursor.execute(
        "INSERT INTO exercise (tenant, title, reason, started_at, until, by, by_name, ended_at, ended_by, ended_name, ended_reason) "
        "VALUES (%(t)s, 'Crue de la rivière', 'Exercice du plan communal de sauvegarde', %(begin)s, %(end)s, %(by)s, %(name)s, %(end)s, %(by)s, %(name)s, 'Scénario joué')",
        {"t": tenant, "begin": begin, "end": end, "by": BY, "name": NAME},
    )
    cursor.executemany(
        "INSERT INTO posture_change (tenant, level, reason, proposed_at, proposed_by, proposed_name, outcome, decided_at, decided_by, decided_name) "
        "VALUES (%(t)s, %(level)s, 'Vigilance météorologique', %(at)s, %(by)s, %(name)s, 'accepted', %(at)s, %(other)s, %(name)s)",
        [{"t": tenant, "level": level, "at": at, "by": BY, "other": OTHER, "name": NAME} for level, at in postures],
    )
    return True


def add_leaks(cursor: Cursor, tenant: int, leaks: Iterable[tuple[int, int, str, str, datetime, datetime]]) -> None:
    """(asset, commune, number, cause, opened, resolved), closed; numbers already known are left alone."""
    cursor.executemany(
        "INSERT INTO event (tenant, number, title, type, layer, commune_id, asset_id, priority, status, opened_at, resolved_at, closed_at, cause, outcome, owner_name) "
        "VALUES (%(t)s, %(number)s, 'Fuite d’eau signalée', 'reported_leak', 'water', %(commune)s, %(asset)s, 2, 'closed', %(opened)s, %(resolved)s, %(resolved)s, %(cause)s, "
        "'Démonstration : fuite réparée', %(name)s) ON CONFLICT (tenant, number) DO NOTHING",
        [
            {"t": tenant, "number": number, "commune": commune, "asset": asset, "opened": opened, "resolved": resolved, "cause": cause, "name": NAME}
            for asset, commune, number, cause, opened, resolved in leaks
        ],
    )


def has_reports(cursor: Cursor, tenant: int) -> bool:
    """Whether citizens ever reported something."""
    row = cursor.execute("SELECT EXISTS (SELECT FROM alarm WHERE tenant = %s AND cause LIKE 'report:%%')", (tenant,)).fetchone()
    return bool(row and row[0])


def add_reports(cursor: Cursor, tenant: int, reports: Iterable[tuple[int, int, datetime, datetime, datetime]]) -> None:
    """(asset, commune, raised, replied, ended): reports of a dark light, closed."""
    cursor.executemany(
        "INSERT INTO alarm (tenant, asset_id, layer, commune_id, kind, source, cause, title, priority, active, acknowledged, raised_at, observed_at, received_at, "
        "acknowledged_at, acknowledged_by, acknowledged_name, cleared_at) VALUES (%(t)s, %(asset)s, 'lighting', %(commune)s, 'luminaire', 'supervisor:Démonstration', 'report:001', "
        "'Point lumineux en panne', 3, false, true, %(raised)s, %(raised)s, %(raised)s, %(replied)s, %(by)s, %(name)s, %(ended)s)",
        [
            {"t": tenant, "asset": asset, "commune": commune, "raised": raised, "replied": replied, "ended": ended, "by": BY, "name": NAME}
            for asset, commune, raised, replied, ended in reports
        ],
    )
