"""/api/v1/messages: the outbox of what is sent to people and to other systems."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.operations import messages as operations
from hypervisor.queries import messages as queries
from hypervisor.security.require import require


def router(h: Hypervisor) -> APIRouter:
    """Routes of messages."""
    routes = APIRouter(prefix="/api/v1/messages", tags=["messages"])

    @routes.get("")
    def listed(
        state: Literal["waiting", "sending", "sent", "kept", "refused", "given_up", "held"] | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> dict[str, Any]:
        """Messages, newest first. `kept`: no server is set for their channel; `held`: an exercise kept it back, for ever; `doubts`: attempts that may have left a copy, under the same `ref`."""
        with h.database.unit_of_work(require("message:read").tenant) as uow:
            return {"items": queries.listed(uow, limit, state), "next": None}

    @routes.post("/{message_id}/send-again")
    def send_again(message_id: int, request: Request) -> Response:
        """Tries again a message that is at rest (`kept`, `refused`, `given_up`)."""
        return perform(h, request, "message:send", Remark(), lambda uow, who, at: operations.send_again(uow, message_id, who, at))

    return routes
