"""/api/v1/pairing, which a wall polls without being signed in, and /api/v1/walls, where people approve and revoke."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor.api.verbs import perform
from hypervisor.bootstrap import Hypervisor
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

    @routes.delete("/walls/{session_id}", status_code=204)
    def revoke(session_id: str) -> Response:
        """Ends a wall's session: it shows a code again."""
        who = require("wall:approve")
        with h.database.unit_of_work(who.tenant) as uow:
            pairing.revoke(uow, session_id, who, machine_now())
        return Response(status_code=204)

    return routes
