"""/api/v1/works: windows during which assets are out of service."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.imports import works_report
from hypervisor.operations import works as operations
from hypervisor.queries import works as queries
from hypervisor.security.require import require


class Declaration(BaseModel):
    """Body of new works. The window is [starts_at, ends_at)."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["work_order", "planned_cut", "decree", "event"]
    title: str = Field(max_length=200)
    starts_at: Instant
    ends_at: Instant
    asset_ids: list[int] = Field(default_factory=list, max_length=operations.MOST_ASSETS)
    area: dict[str, Any] | None = Field(None, description="GeoJSON geometry in WGS84, instead of a list or beside it")
    layers: list[str] | None = Field(None, description="Layers concerned in the area; all of the perimeter when absent")
    commune_id: int | None = Field(None, description="The whole commune, instead of a drawn area")
    with_dependents: bool = Field(False, description="With asset_ids: what hangs on them in the graph too, such as the lights of a cabinet")
    reference: str = Field("", max_length=100, description="Number of the order or of the arrêté")
    comment: str = Field("", max_length=2000)
    contractor: str = Field("", max_length=200)


class Moving(Remark):
    """Body of move."""

    starts_at: Instant
    ends_at: Instant


def _brought(h: Hypervisor, who: Principal, content: bytes, name: str, layers: list[str] | None) -> dict[str, Any]:
    with h.database.unit_of_work(who.tenant) as uow:
        told = works_report.bring(uow, content, name, layers, who, h.clock)
    counts = {"added": told.added, "updated": told.updated, "unchanged": told.unchanged, "left": told.left}
    return counts | {"refused": [{"place": place, "title": title, "reason": reason} for place, title, reason in told.refused]}


def router(h: Hypervisor) -> APIRouter:
    """Routes of works."""
    routes = APIRouter(prefix="/api/v1/works", tags=["works"])

    @routes.get("")
    def listed(
        over: Annotated[bool, Query(description="those that are over too")] = False,
        asset_id: Annotated[int | None, Query(description="those that cover this asset")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """Works planned and running."""
        with h.database.unit_of_work(require("alarm:read").tenant) as uow:
            return {"items": queries.listed(uow, h.clock.now(), limit, over=over, asset_id=asset_id), "next": None}

    @routes.get("/{work_id}")
    def one(work_id: int) -> dict[str, Any]:
        """Works by their number."""
        with h.database.unit_of_work(require("alarm:read").tenant) as uow:
            return queries.one(uow, work_id)

    @routes.post("", status_code=201)
    def declare(body: Declaration, request: Request) -> Response:
        """Declares works: their assets' alarms are out of service from start to end, end excluded, then show their truth again."""
        plan = operations.Plan(**body.model_dump())
        return perform(h, request, "works:write", body, lambda uow, who, at: operations.declare(uow, plan, who, at), 201)

    @routes.post("/import")
    async def bring(
        request: Request,
        name: Annotated[str, Query(max_length=200, description="Name of the file, for the report and the logbook")],
        layer: Annotated[list[str] | None, Query(description="Layers concerned; all of the perimeter when absent")] = None,
    ) -> dict[str, Any]:
        """Brings in the works of a file, its body: GeoJSON or DATEX II, 1 MB at most. The same file again changes nothing; each refused row has its reason."""
        who = require("works:write")
        content = await request.body()
        return await run_in_threadpool(_brought, h, who, content, name, layer)

    @routes.post("/{work_id}/move")
    def move(work_id: int, body: Moving, request: Request) -> Response:
        """Changes the window."""
        return perform(h, request, "works:write", body, lambda uow, who, at: operations.move(uow, work_id, who, at, body.starts_at, body.ends_at, body.comment))

    @routes.post("/{work_id}/cancel")
    def cancel(work_id: int, request: Request, body: Remark | None = None) -> Response:
        """Ends them now."""
        remark = body or Remark()
        return perform(h, request, "works:write", remark, lambda uow, who, at: operations.cancel(uow, work_id, who, at, remark.comment))

    return routes
