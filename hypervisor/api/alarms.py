"""/api/v1/alarms."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api import bbox, cursor
from hypervisor.api.events import Assignment
from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority, State
from hypervisor.domain.operator import Principal
from hypervisor.operations import alarms as operations
from hypervisor.operations import events as event_operations
from hypervisor.queries import alarms as queries
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork

Word = Literal["critical", "major", "minor", "info"]
VERBS = {"acknowledge": operations.acknowledge, "unacknowledge": operations.unacknowledge, "comment": operations.comment}
"""verb → operation. Path parameters accept these alone."""


def router(h: Hypervisor) -> APIRouter:
    """Routes of alarms."""
    routes = APIRouter(prefix="/api/v1/alarms", tags=["alarms"])

    @routes.get("")
    def listed(
        state: State | None = None,
        layer: str | None = None,
        priority: Word | None = None,
        acknowledged: bool | None = None,
        condition: Literal["active", "normal"] | None = None,
        since: Instant | None = None,
        event_id: int | None = None,
        asset_id: int | None = None,
        bbox_: Annotated[str | None, Query(alias="bbox", description="west,south,east,north in degrees")] = None,
        is_open: Annotated[Literal["true", "false", "all"], Query(alias="open", description="open alarms alone unless a state asks for others")] = "true",
        limit: Annotated[int, Query(ge=1, le=cursor.MOST)] = cursor.DEFAULT_LIMIT,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> dict[str, Any]:
        """Alarms, newest first. Open ones unless `open` says otherwise."""
        wishes = {
            "state": state, "layer": layer, "priority": None if priority is None else int(Priority.of(priority)), "acknowledged": acknowledged,
            "active": None if condition is None else condition == "active", "since": since, "event_id": event_id, "asset_id": asset_id, "bbox": bbox.read(bbox_),
        }  # fmt: skip
        filters = {name: value for name, value in wishes.items() if value is not None} | cursor.after(cursor_)
        wanted = None if is_open == "all" or state is State.NORMAL else is_open == "true"
        with h.database.unit_of_work(require("alarm:read").tenant) as uow:
            return cursor.page(queries.listed(uow, filters, limit + 1, is_open=wanted), limit)

    @routes.get("/{alarm_id}")
    def one(alarm_id: int) -> dict[str, Any]:
        """One alarm, with its own log in `transitions`."""
        with h.database.unit_of_work(require("alarm:read").tenant) as uow:
            return queries.one(uow, alarm_id)

    @routes.post("/{alarm_id}/take")
    def take(alarm_id: int, request: Request, body: Remark | None = None) -> Response:
        """Takes the alarm's event, opened now when it has none; answers the event."""
        remark = body or Remark()
        return perform(h, request, "event:act", remark, lambda uow, who, at: event_operations.create_from_alarm(uow, alarm_id, who, at, remark.comment))

    @routes.post("/{alarm_id}/assign")
    def assign(alarm_id: int, body: Assignment, request: Request) -> Response:
        """Gives the alarm's event, opened now when it has none, to someone; answers the event."""

        def act(uow: UnitOfWork, who: Principal, at: datetime) -> dict[str, Any]:
            event = event_operations.create_from_alarm(uow, alarm_id, who, at)
            return event_operations.assign(uow, event["id"], who, at, body.to, body.comment)

        return perform(h, request, "event:assign", body, act)

    @routes.post("/{alarm_id}/{verb}")
    def act(alarm_id: int, verb: Literal["acknowledge", "unacknowledge", "comment"], request: Request, body: Remark | None = None) -> Response:
        """Acts on the alarm; 409 with `by` and `at` when another was first."""
        remark = body or Remark()
        return perform(h, request, "alarm:act", remark, lambda uow, who, at: VERBS[verb](uow, alarm_id, who, at, remark.comment, "api"))

    return routes
