"""/api/v1/replay/disclosures: the complete incident file, which shows names: who asks, who decides, and the file once agreed."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.disclosure import LEAST_MOTIVE
from hypervisor.operations import disclosures as operations
from hypervisor.queries import disclosures as queries
from hypervisor.security.require import require, signed_in


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reason(_Body):
    """Why; it may be empty only to approve."""

    reason: str = Field("", max_length=2000)


class Asked(_Body):
    """A complete file to ask for."""

    since: Instant
    until: Instant = Field(description="A day after since at most; what is still to come is left out")
    motive: str = Field(max_length=2000, description=f"Who decides reads it: {LEAST_MOTIVE} characters at least")
    event_id: int | None = Field(None, description="The file is then about this event alone")


def router(h: Hypervisor) -> APIRouter:
    """Routes of the complete file."""
    routes = APIRouter(prefix="/api/v1/replay/disclosures", tags=["replay"])

    @routes.get("")
    def listed() -> dict[str, Any]:
        """One's own requests, and those that one may decide, newest first; `acts` are the verbs that one may use now, `sentence` says where each stands."""
        who = signed_in()
        with h.database.unit_of_work(who.tenant) as uow:
            return {"items": queries.listed(uow, who, h.clock.now()), "next": None}

    @routes.post("", status_code=201)
    def ask(body: Asked, request: Request) -> Response:
        """Asks for the complete file of a period, or of an event: another person decides within three days."""
        return perform(
            h, request, queries.ASK, body, lambda uow, who, at: operations.ask(uow, body.since, body.until, body.motive, who, at, body.event_id), 201
        )

    @routes.post("/{number}/approve")
    def approve(number: int, body: Reason, request: Request) -> Response:
        """Agrees: who asked may take the file for 24 h. Refused (403) to who asked."""
        return perform(h, request, queries.DECIDE, body, lambda uow, who, at: operations.approve(uow, number, body.reason, who, at))

    @routes.post("/{number}/refuse")
    def refuse(number: int, body: Reason, request: Request) -> Response:
        """Refuses, with a reason."""
        return perform(h, request, queries.DECIDE, body, lambda uow, who, at: operations.refuse(uow, number, body.reason, who, at))

    @routes.post("/{number}/revoke")
    def revoke(number: int, body: Reason, request: Request) -> Response:
        """Takes an agreement back, with a reason."""
        return perform(h, request, queries.DECIDE, body, lambda uow, who, at: operations.revoke(uow, number, body.reason, who, at))

    @routes.post("/{number}/withdraw")
    def withdraw(number: int, request: Request) -> Response:
        """Gives one's own request up."""
        return perform(h, request, queries.ASK, Remark(), lambda uow, who, at: operations.withdraw(uow, number, who, at))

    @routes.get("/{number}/file", response_class=Response)
    def complete_file(number: int) -> Response:
        """The complete incident file, for who asked and while it is open; 403 with the reason otherwise."""
        who = require(queries.ASK)
        name, body = operations.export(h, number, who)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(body, media_type="application/zip", headers=headers)

    return routes
