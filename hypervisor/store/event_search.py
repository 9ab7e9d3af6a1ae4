"""Events found by likeness: near in space, time and type."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from hypervisor.domain.event import LIVE
from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork

NEAR_M, NEAR_TIME = 200, timedelta(hours=2)
"""A duplicate is proposed within these (screens.md 1.2, manual event)."""
PAST_NEAR_M, PAST = 500, timedelta(days=365)
PROPOSED = 5

# Degrees that hold the radius at any latitude of the territory's country: the index answers this box, the distance is exact inside it.
_BOX = "e.lon BETWEEN :lon - :degrees AND :lon + :degrees AND e.lat BETWEEN :lat - :degrees AND :lat + :degrees"
_DISTANCE = "ST_DistanceSphere(ST_MakePoint(e.lon, e.lat), ST_MakePoint(:lon, :lat))"

_DUPLICATES = text(f"""
    SELECT v.shape, round({_DISTANCE})::int AS distance_m, e.type = :type AS same_type
    FROM event e JOIN event_shape v ON v.tenant = e.tenant AND v.id = e.id
    WHERE e.tenant = :t AND e.status = ANY(:live) AND e.id <> :self AND e.layer = :layer AND e.opened_at BETWEEN :since AND :until
        AND {_BOX} AND {_DISTANCE} <= :m AND {INSIDE}
    ORDER BY same_type DESC, distance_m, e.id LIMIT :most""")  # noqa: S608 - constants of ours

_SIMILAR = text(f"""
    SELECT e.id, e.number, e.title, e.cause, e.outcome, iso(e.opened_at) AS opened_at, iso(e.closed_at) AS closed_at, e.status,
        extract(epoch FROM e.closed_at - e.opened_at)::int AS lasted_s, round({_DISTANCE})::int AS distance_m,
        coalesce(e.asset_id = ANY(:assets), false) AS same_asset
    FROM event e JOIN event_shape v ON v.tenant = e.tenant AND v.id = e.id
    WHERE e.tenant = :t AND e.status = 'closed' AND e.type = :type AND e.id <> :self AND e.closed_at >= :since AND {_BOX} AND {_DISTANCE} <= :m AND {INSIDE}
    ORDER BY same_asset DESC, e.closed_at DESC LIMIT :most""")  # noqa: S608 - constants of ours


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """What an event is compared by. Degrees are WGS 84; own_id: the event itself, 0 for one that is not written yet."""

    type: str
    layer: str
    lon: float | None
    lat: float | None
    at: datetime
    own_id: int = 0
    asset_ids: tuple[int, ...] = ()


def duplicates(uow: UnitOfWork, like: Likeness, layers: Set[str] | None, communes: Set[int] | None) -> list[dict[str, Any]]:
    """Live events of the same layer within 200 m and 2 h, the same type first, then the nearest: shapes with distance_m and same_type."""
    if like.lon is None or like.lat is None:
        return []
    rows = uow.connection.execute(
        _DUPLICATES,
        {**_around(uow, like, NEAR_M, layers, communes), "layer": like.layer, "live": [status.value for status in LIVE], "since": like.at - NEAR_TIME, "until": like.at + NEAR_TIME},
    )  # fmt: skip
    return [row.shape | {"distance_m": row.distance_m, "same_type": row.same_type} for row in rows]


def similar(uow: UnitOfWork, like: Likeness, layers: Set[str] | None, communes: Set[int] | None) -> list[dict[str, Any]]:
    """Closed events of the same type within 500 m in the last year, those of the same asset first, then the latest, with their cause and outcome."""
    if like.lon is None or like.lat is None:
        return []
    rows = uow.connection.execute(_SIMILAR, {**_around(uow, like, PAST_NEAR_M, layers, communes), "assets": list(like.asset_ids), "since": like.at - PAST})
    return [dict(row) for row in rows.mappings()]


def commune_at(uow: UnitOfWork, lon: float, lat: float) -> int:
    """The commune that holds a place, 0 outside all of them."""
    found = uow.connection.execute(
        text("SELECT id FROM commune WHERE tenant = :t AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) ORDER BY id DESC LIMIT 1"),
        {"t": uow.tenant, "lon": lon, "lat": lat},
    ).scalar()
    return int(found or 0)


def is_live(uow: UnitOfWork, event_id: int) -> bool:
    """Whether that event is still on the screens."""
    status = uow.connection.execute(text("SELECT status FROM event WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": event_id}).scalar()
    return status in LIVE


def likeness(uow: UnitOfWork, event_id: int) -> Likeness | None:
    """What an event is compared by, None when the tenant has none of this id."""
    row = uow.connection.execute(
        text("""SELECT e.type, e.layer, e.lon, e.lat, e.opened_at,
                    array_remove(ARRAY(SELECT a.asset_id FROM alarm a WHERE a.tenant = e.tenant AND a.event_id = e.id) || e.asset_id, NULL) AS asset_ids
                FROM event e WHERE e.tenant = :t AND e.id = :id"""),
        {"t": uow.tenant, "id": event_id},
    ).one_or_none()
    if row is None:
        return None
    return Likeness(type=row.type, layer=row.layer, lon=row.lon, lat=row.lat, at=row.opened_at, own_id=event_id, asset_ids=tuple(row.asset_ids))


def caller_of(uow: UnitOfWork, event_id: int) -> str | None:
    """Who called about the event: personal data, for those who act on it."""
    return uow.connection.execute(text("SELECT caller FROM event WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": event_id}).scalar()


def _around(uow: UnitOfWork, like: Likeness, metres: int, layers: Set[str] | None, communes: Set[int] | None) -> dict[str, Any]:
    # 1° of longitude is 65 km at 54° N and 1° of latitude 111 km: 60 km per degree holds the radius everywhere south of there.
    return {
        "t": uow.tenant, "type": like.type, "self": like.own_id, "lon": like.lon, "lat": like.lat, "m": metres, "degrees": metres / 60_000, "most": PROPOSED,
        "layers": array(layers), "communes": array(communes),
    }  # fmt: skip
