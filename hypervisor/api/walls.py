"""/api/v1/pairing, which a wall polls without being signed in, and /api/v1/walls, where people approve and revoke."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor.api.verbs import perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.operations import walls as operations
from hypervisor.queries import walls as queries
from hypervisor.security import cookies, pairing, sessions
from hypervisor.security.context import current_address
from hypervisor.security.principals import machine_now
from hypervisor.security.require import require
from hypervisor.store import sessions as rows


class Approval(BaseModel):
    """What a person types to let a wall in."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=20, description="The six characters that the wall shows")
    label: str = Field(max_length=80, description="The wall's name: its room")


class View(BaseModel):
    """Where a map looks: degrees, zoom of 256-pixel tiles."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-85, le=85)
    zoom: float = Field(ge=0, le=22)


class Steering(BaseModel):
    """What a wall must show. What is left out is the wall's own; an order without anything gives the wall back to its address."""

    model_config = ConfigDict(extra="forbid")

    screen: int = Field(0, ge=0, le=64, description="The wall's `?ecran=`; 0 for every wall")
    scene: str | None = Field(
        None, max_length=40, pattern=r"^[a-z0-9_-]+$", description="`territoire`, `crise` (what is critical or major alone) or the key of a layer"
    )
    view: View | None = Field(None, description="Where the map is held")
    rotation_s: int | None = Field(None, ge=0, le=3600, description="Seconds per scene; 0 stops the rotation")
    visit: bool | None = Field(None, description="Visit mode: no personal data, nothing of security")
    theme: Literal["auto", "nuit", "jour", "nuit-profonde"] | None = None
    pattern: bool | None = Field(None, description="The test pattern instead of the wall")
    pinned: list[int] | None = Field(None, max_length=2, description="Alarms kept at the head of the list")


def router(h: Hypervisor) -> APIRouter:
    """Routes of walls."""
    routes = APIRouter(prefix="/api/v1", tags=["walls"])

    @routes.get("/pairing")
    def poll(request: Request) -> Response:
        """What became of the code of this wall's cookie: waiting, expired, or approved with the wall's session."""
        secret = request.cookies.get(pairing.cookie_name(h.settings), "")
        opened = pairing.collect(h.database, secret, machine_now(), current_address.get()) if secret else None
        if opened:
            answer = JSONResponse({"state": "approved"})
            cookies.give(answer, h.settings, opened, sessions.WALL)
            answer.delete_cookie(pairing.cookie_name(h.settings))
            return answer
        asked = pairing.waiting(h.database, secret, machine_now()) if secret else None
        return JSONResponse({"state": "waiting", "code": asked.code, "expires_at": asked.expires_at.isoformat()} if asked else {"state": "expired"})

    @routes.post("/pairing", status_code=201)
    def ask() -> Response:
        """Asks for a code without the page: its cookie, and the code to show."""
        asked = pairing.ask(h.database, machine_now(), current_address.get())
        answer = JSONResponse({"code": asked.code, "expires_at": asked.expires_at.isoformat()}, 201)
        answer.set_cookie(pairing.cookie_name(h.settings), asked.secret, httponly=True, samesite="lax", secure=h.settings.is_secure)
        return answer

    @routes.get("/walls")
    def listed() -> dict[str, Any]:
        """Paired walls."""
        with h.database.unit_of_work(require("wall:approve").tenant) as uow:
            return {"items": rows.walls(uow, machine_now()), "next": None}

    @routes.post("/walls", status_code=201)
    def approve(approval: Approval, request: Request) -> Response:
        """Lets in the wall that shows this code."""

        def act(uow: Any, who: Any, _at: Any) -> dict[str, str]:
            pairing.approve(uow, approval.code, approval.label, who, machine_now())
            return {"label": approval.label.strip()}

        return perform(h, request, "wall:approve", approval, act, 201)

    @routes.get("/walls/steering")
    def steering() -> dict[str, Any]:
        """What consoles ordered to walls."""
        with h.database.unit_of_work(require("screen:mur").tenant) as uow:
            return {"items": queries.orders(uow), "next": None}

    @routes.post("/walls/steering")
    def steer(order: Steering, request: Request) -> Response:
        """Steers a wall; it obeys as soon as the feed brings the fact, and says who steers."""
        body = order.model_dump(exclude={"screen"}, exclude_none=True)
        return perform(h, request, "wall:steer", order, lambda uow, who, at: operations.steer(uow, order.screen, body, who, at))

    @routes.delete("/walls/{session_id}", status_code=204)
    def revoke(session_id: str) -> Response:
        """Ends a wall's session: it shows a code again."""
        who = require("wall:approve")
        with h.database.unit_of_work(who.tenant) as uow:
            pairing.revoke(uow, session_id, who, machine_now())
        return Response(status_code=204)

    return routes
