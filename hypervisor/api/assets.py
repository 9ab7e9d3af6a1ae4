"""/api/v1/assets, as JSON or, by `Accept`, as GeoJSON or CSV."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor.api import asset_table, cursor
from hypervisor.api.asset_filters import Asked
from hypervisor.bootstrap import Hypervisor
from hypervisor.queries import assets as queries
from hypervisor.security.require import require

GEOJSON, CSV = "application/geo+json", "text/csv"
MOST = 5000
MOST_WRITTEN = 50_000


class Chosen(BaseModel):
    """The assets of an export."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] = Field(min_length=1, max_length=MOST_WRITTEN)


def router(h: Hypervisor) -> APIRouter:
    """Routes of assets."""
    routes = APIRouter(prefix="/api/v1/assets", tags=["assets"])

    @routes.get("", responses={200: {"content": {GEOJSON: {}, CSV: {}}}})
    def listed(
        request: Request,
        asked: Asked,
        limit: Annotated[int, Query(ge=1, le=MOST)] = cursor.DEFAULT_LIMIT,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> Response:
        """Assets by id."""
        filters = asked.filters | ({"after": int(cursor.read(cursor_, 1)[0])} if cursor_ else {})
        accepted = request.headers.get("accept", "")
        with h.database.unit_of_work(require("asset:read").tenant) as uow:
            rows = queries.listed(uow, filters, limit + 1, state=asked.state, with_geometry=GEOJSON in accepted)
        after = cursor.write(rows[limit - 1]["id"]) if len(rows) > limit else None
        if GEOJSON in accepted:
            return JSONResponse({"type": "FeatureCollection", "features": [feature(row) for row in rows[:limit]], "next": after}, media_type=GEOJSON)
        if CSV in accepted:
            return Response(asset_table.table(rows[:limit]), media_type=CSV, headers={"X-Next-Cursor": after or ""})
        return JSONResponse({"items": rows[:limit], "next": after})

    @routes.get("/counts")
    def counted(asked: Asked) -> dict[str, Any]:
        """How many assets the list would give, by layer, kind and state."""
        with h.database.unit_of_work(require("asset:read").tenant) as uow:
            rows = queries.counted(uow, asked.filters, state=asked.state)
        return {"items": rows, "total": sum(row["n"] for row in rows), "next": None}

    @routes.get("/ids", responses={200: {"content": {"application/octet-stream": {}}}})
    def ids(asked: Asked) -> Response:
        """Their ids alone, ascending, as little-endian int32: what a map needs to keep a part of its points."""
        with h.database.unit_of_work(require("asset:read").tenant) as uow:
            found = queries.ids(uow, asked.filters)
        return Response(np.array(found, dtype="<i4").tobytes(), media_type="application/octet-stream", headers={"Cache-Control": "no-store"})

    @routes.get("/contractors")
    def contractors() -> dict[str, Any]:
        """Who keeps the assets of the perimeter, and how many each."""
        with h.database.unit_of_work(require("asset:read").tenant) as uow:
            return {"items": queries.contractors(uow), "next": None}

    @routes.post("/table", responses={200: {"content": {CSV: {}}}})
    def written(chosen: Chosen) -> Response:
        """These assets of the perimeter as a table: what a person keeps of a map. The export is audited."""
        with h.database.unit_of_work(require("asset:read").tenant) as uow:
            text = asset_table.table(queries.exported(uow, chosen.ids, h.clock.now()))
        return Response(text, media_type=CSV, headers={"Content-Disposition": 'attachment; filename="equipements.csv"'})

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
