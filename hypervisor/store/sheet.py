"""What the console reads about one alarm: its shape, its asset, what is tied to that asset, and what was written about it."""

from collections.abc import Set
from typing import Any

from sqlalchemy import text

from hypervisor.store.perimeter import INSIDE, INSIDE_OR_EVERYONES, array
from hypervisor.store.unit_of_work import UnitOfWork

NEIGHBOURS_SHOWN = 8
LINES_SHOWN = 40

_ALARM = text("SELECT shape FROM alarm_shape WHERE tenant = :tenant AND id = :alarm")

_ASSET = text("""
    SELECT s.id, s.name, s.code, s.kind, s.layer, s.address, s.attributes, s.lon, s.lat, c.name AS commune
    FROM asset s JOIN commune c ON c.tenant = s.tenant AND c.id = s.commune_id
    WHERE s.tenant = :tenant AND s.id = :asset""")

_NEIGHBOURS = text(f"""
    WITH tied AS (
        SELECT parent_id AS id, relation, true AS is_parent FROM asset_edge WHERE tenant = :tenant AND child_id = :asset
        UNION ALL
        SELECT child_id, relation, false FROM asset_edge WHERE tenant = :tenant AND parent_id = :asset)
    SELECT v.id, v.name, v.code, v.kind, v.layer, v.commune_id, t.relation, t.is_parent,
        ST_Distance(v.geom::geography, o.geom::geography)::int AS distance_m, count(*) OVER () AS total
    FROM tied t JOIN asset v ON v.tenant = :tenant AND v.id = t.id JOIN asset o ON o.tenant = :tenant AND o.id = :asset
    WHERE {INSIDE}
    ORDER BY t.is_parent DESC, distance_m LIMIT :shown""")  # noqa: S608 - a constant of ours

_LINES = text(f"""
    SELECT v.shape FROM logbook_shape v
    WHERE v.tenant = :tenant AND (v.alarm_id = :alarm OR v.event_id = :event) AND {INSIDE_OR_EVERYONES}
    ORDER BY v.seq DESC LIMIT :shown""")  # noqa: S608 - a constant of ours


def alarm(uow: UnitOfWork, alarm_id: int) -> dict[str, Any] | None:
    """The shape of an alarm, None when this tenant has none of that number."""
    return uow.connection.execute(_ALARM, {"tenant": uow.tenant, "alarm": alarm_id}).scalar()


def asset(uow: UnitOfWork, asset_id: int) -> dict[str, Any]:
    """The columns of an asset, with the name of its commune."""
    return dict(uow.connection.execute(_ASSET, {"tenant": uow.tenant, "asset": asset_id}).mappings().one())


def neighbours(uow: UnitOfWork, asset_id: int, layers: Set[str] | None = None, communes: Set[int] | None = None) -> list[dict[str, Any]]:
    """The assets of a perimeter tied to this one by the graph: parents first, then the nearest; `total` counts all of them, `distance_m` is in metres."""
    values = {"tenant": uow.tenant, "asset": asset_id, "shown": NEIGHBOURS_SHOWN, "layers": array(layers), "communes": array(communes)}
    return [dict(row) for row in uow.connection.execute(_NEIGHBOURS, values).mappings()]


def lines(
    uow: UnitOfWork, alarm_id: int | None, event_id: int | None, layers: Set[str] | None = None, communes: Set[int] | None = None
) -> list[dict[str, Any]]:
    """Logbook lines of a perimeter about the alarm or its event, oldest first, the last LINES_SHOWN: an event may hold alarms of several domains."""
    values = {"tenant": uow.tenant, "alarm": alarm_id, "event": event_id, "shown": LINES_SHOWN, "layers": array(layers), "communes": array(communes)}
    return list(reversed(uow.connection.execute(_LINES, values).scalars().all()))
