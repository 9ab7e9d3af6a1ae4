"""/api/v1/assets, as JSON or, with `Accept: application/geo+json`, as GeoJSON."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor.api import bbox, cursor
from hypervisor.bootstrap import Hypervisor
from hypervisor.queries import assets as queries
from hypervisor.security.require import require

GEOJSON = "application/geo+json"
MOST = 5000


def router(h: Hypervisor) -> APIRouter:
    """Routes of assets."""
    routes = APIRouter(prefix="/api/v1/assets", tags=["assets"])

    @routes.get("", responses={200: {"content": {GEOJSON: {}}}})
    def listed(
        request: Request,
        layer: str | None = None,
        kind: str | None = None,
        bbox_: Annotated[str | None, Query(alias="bbox", description="west,south,east,north in degrees")] = None,
        area: Annotated[str | None, Query(description="a commune: its number, name or INSEE code")] = None,
        state: Annotated[Literal["normal", "alarm", "unacknowledged"] | None, Query(description="by its open alarms")] = None,
        q: Annotated[str | None, Query(max_length=100, description="words of the name, code or address; or the URN")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = cursor.DEFAULT_LIMIT,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> Response:
        """Assets by id."""
        wishes = {"layer": layer, "kind": kind, "bbox": bbox.read(bbox_), "area": area, "q": q, "after": int(cursor.read(cursor_, 1)[0]) if cursor_ else None}
        filters = {name: value for name, value in wishes.items() if value not in (None, "")}
        as_geojson = GEOJSON in request.headers.get("accept", "")
        with h.database.unit_of_work(require("asset:read").tenant) as uow:
            rows = queries.listed(uow, filters, limit + 1, state=state, with_geometry=as_geojson)
        after = cursor.write(rows[limit - 1]["id"]) if len(rows) > limit else None
        if as_geojson:
            return JSONResponse({"type": "FeatureCollection", "features": [feature(row) for row in rows[:limit]], "next": after}, media_type=GEOJSON)
        return JSONResponse({"items": rows[:limit], "next": after})

    @routes.get("/{asset_id}", responses={200: {"content": {GEOJSON: {}}}})
    def one(asset_id: int, request: Request) -> Response:
        """One asset: its last values, its open alarms, its neighbours in the graph."""
        found = queries.one(h, asset_id)
        if GEOJSON in request.headers.get("accept", ""):
            return JSONResponse(feature(found), media_type=GEOJSON)
        return JSONResponse(found)

    return routes


def feature(row: dict[str, Any]) -> dict[str, Any]:
    """The GeoJSON feature of an asset's columns (RFC 7946)."""
    return {"type": "Feature", "id": row["id"], "geometry": row["geometry"], "properties": {name: value for name, value in row.items() if name != "geometry"}}
