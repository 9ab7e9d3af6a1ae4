"""/api/v1/replay/access: the past by motive, for who has no right of their own to read it: an hour, one window, read-only, each read in the audit."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.motivated import LEAST_MOTIVE
from hypervisor.operations import motivated as operations
from hypervisor.queries import motivated as queries
from hypervisor.security.motivated import OPEN
from hypervisor.security.require import require


class Window(BaseModel):
    """A window of the past to open."""

    model_config = ConfigDict(extra="forbid")

    since: Instant
    until: Instant = Field(description="A day after since at most; what is still to come is left out")
    motive: str = Field(max_length=2000, description=f"Kept in the audit with each read: {LEAST_MOTIVE} characters at least")


def router(h: Hypervisor) -> APIRouter:
    """Routes of access by motive."""
    routes = APIRouter(prefix="/api/v1/replay/access", tags=["replay"])

    @routes.get("")
    def listed() -> dict[str, Any]:
        """One's own accesses, newest first; `is_open` says whether one still lends its window."""
        with h.database.unit_of_work(require(OPEN).tenant) as uow:
            return {"items": queries.listed(uow, h.clock.now()), "next": None}

    @routes.post("", status_code=201)
    def open_access(body: Window, request: Request) -> Response:
        """Opens a window for an hour: GET /api/v1/replay and /api/v1/map/past then answer inside it, and 403 outside or afterwards."""
        return perform(h, request, OPEN, body, lambda uow, who, at: operations.open_access(uow, body.since, body.until, body.motive, who, at), 201)

    @routes.post("/{number}/close")
    def close_access(number: int, request: Request) -> Response:
        """Closes one's own access before its time."""
        return perform(h, request, OPEN, Remark(), lambda uow, who, at: operations.close_access(uow, number, who, at))

    return routes
