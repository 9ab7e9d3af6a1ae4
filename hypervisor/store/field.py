"""What an agent's phone asks of PostgreSQL besides interventions: the place and the past of a call for help."""

from collections.abc import Set
from typing import Any

from sqlalchemy import text

from hypervisor.domain.event import LIVE
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

FAR_DEGREES = 0.05  # 4 to 5 km in France: an alarm on equipment farther than that would send people to the wrong place


def live_call(uow: UnitOfWork, type_: str, username: str) -> int | None:
    """The event that this person's call has opened and that lives."""
    return uow.connection.execute(
        text("SELECT max(id) FROM event WHERE tenant = :t AND type = :type AND caller = :who AND status = ANY (:live)"),
        {"t": uow.tenant, "type": type_, "who": username, "live": sorted(LIVE)},
    ).scalar_one_or_none()


def place_of_call(uow: UnitOfWork, asset_id: int | None, lon: float | None, lat: float | None, layers: Set[str] | None) -> dict[str, Any] | None:
    """id, layer, kind, commune_id, address, lon, lat of an asset: the one named, else the nearest to the place."""
    columns = "SELECT id, layer, kind, commune_id, address, lon, lat FROM asset WHERE tenant = :t"
    values: dict[str, Any] = {"t": uow.tenant}
    if asset_id is not None:
        row = uow.connection.execute(text(f"{columns} AND id = :id"), values | {"id": asset_id}).one_or_none()
    elif lon is not None and lat is not None:
        row = uow.connection.execute(
            text(f"""{columns} AND geom && ST_MakeEnvelope(:lon - :far, :lat - :far, :lon + :far, :lat + :far, 4326)
                     AND (cast(:layers AS text[]) IS NULL OR layer = ANY (:layers)) ORDER BY ST_Distance(geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)), id LIMIT 1"""),
            values | {"lon": lon, "lat": lat, "far": FAR_DEGREES, "layers": array(layers)},
        ).one_or_none()
    else:
        row = None
    return None if row is None else dict(row._mapping)


def alarms_of_call(uow: UnitOfWork, event_id: int) -> list[dict[str, Any]]:
    """id, asset_id, layer, kind, commune_id and active of the alarms that agents raised in an event, the active ones first."""
    rows = uow.connection.execute(
        text(
            "SELECT id, asset_id, layer, kind, commune_id, active FROM alarm WHERE tenant = :t AND event_id = :event AND source = 'agent' ORDER BY active DESC, id"
        ),
        {"t": uow.tenant, "event": event_id},
    )
    return [dict(row) for row in rows.mappings()]
