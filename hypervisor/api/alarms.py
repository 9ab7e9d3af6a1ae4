"""/api/v1/alarms."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
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
Verb = Literal["acknowledge", "unacknowledge", "confirm", "unshelve", "unsuppress", "in-service", "reset", "comment"]
VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    "acknowledge": operations.acknowledge,
    "unacknowledge": operations.unacknowledge,
    "confirm": operations.confirm,
    "unshelve": operations.unshelve,
    "unsuppress": operations.unsuppress,
    "in-service": operations.in_service,
    "reset": operations.reset,
    "comment": operations.comment,
}
"""Verbs that need no more than a remark → operation. Path parameters accept these alone."""
PROBLEMS: dict[int | str, dict[str, Any]] = {
    403: {"description": "The role, the perimeter or the alarm's class does not allow it; the attempt is in the audit"},
    404: {"description": "No such alarm, for who sees all of the territory"},
    409: {"description": "Another was first, or the alarm's state refuses the verb: `detail` says it in French, `by` and `at` who and when"},
    422: {"description": "This Idempotency-Key was used for another request"},
}


class Masking(Remark):
    """Body of a mask: why, and until when (`until`, or `duration_s` from now)."""

    reason: str = Field(description="Why, in a few words; kept in the log, the logbook and the alarm")
    until: Instant | None = Field(None, description="When it ends by itself")
    duration_s: int | None = Field(None, gt=0, le=31 * 86_400, description="The same, in seconds from now")

    def end(self, at: datetime) -> datetime | None:
        """When it ends, None when the caller does not say."""
        return self.until if self.duration_s is None else at + timedelta(seconds=self.duration_s)


class Shelving(Masking):
    """Body of shelve."""

    once: bool = Field(False, description="Until its condition ends, once; its priority's longest time still bounds it")


class Suppression(Masking):
    """Body of suppress."""

    parent_id: int | None = Field(None, description="The alarm that explains it: they are linked, and it ends with its condition")


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
        mask: Annotated[Literal["shelved", "suppressed", "out_of_service"] | None, Query(description="alarms under this mask")] = None,
        parent_id: Annotated[int | None, Query(description="alarms suppressed under this one")] = None,
        source: str | None = None,
        bbox_: Annotated[str | None, Query(alias="bbox", description="west,south,east,north in degrees")] = None,
        is_open: Annotated[Literal["true", "false", "all"], Query(alias="open", description="open alarms alone unless a state asks for others")] = "true",
        limit: Annotated[int, Query(ge=1, le=cursor.MOST)] = cursor.DEFAULT_LIMIT,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> dict[str, Any]:
        """Alarms, newest first. Open ones unless `open` says otherwise."""
        wishes = {
            "state": state, "layer": layer, "priority": None if priority is None else int(Priority.of(priority)), "acknowledged": acknowledged,
            "active": None if condition is None else condition == "active", "since": since, "event_id": event_id, "asset_id": asset_id,
            "mask": mask, "parent_id": parent_id, "source": source, "bbox": bbox.read(bbox_),
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

    @routes.post("/{alarm_id}/shelve", responses=PROBLEMS)
    def shelve(alarm_id: int, body: Shelving, request: Request) -> Response:
        """Puts the alarm aside, until a time or once, for its priority's longest time at most."""
        return perform(
            h, request, "alarm:mask", body,
            lambda uow, who, at: operations.shelve(uow, alarm_id, who, at, body.reason, body.end(at), body.once, body.comment, "api"),
        )  # fmt: skip

    @routes.post("/{alarm_id}/suppress", responses=PROBLEMS)
    def suppress(alarm_id: int, body: Suppression, request: Request) -> Response:
        """Hides the alarm by design, under its cause or until a time."""
        return perform(
            h, request, "alarm:mask", body,
            lambda uow, who, at: operations.suppress(uow, alarm_id, who, at, body.reason, body.end(at), body.parent_id, body.comment, "api"),
        )  # fmt: skip

    @routes.post("/{alarm_id}/out-of-service", responses=PROBLEMS)
    def out_of_service(alarm_id: int, body: Masking, request: Request) -> Response:
        """Puts the alarm out of service."""
        return perform(
            h,
            request,
            "alarm:mask",
            body,
            lambda uow, who, at: operations.out_of_service(uow, alarm_id, who, at, body.reason, body.end(at), body.comment, "api"),
        )

    @routes.post("/{alarm_id}/{verb}", responses=PROBLEMS)
    def act(alarm_id: int, verb: Verb, request: Request, body: Remark | None = None) -> Response:
        """Acts on the alarm; 409 with `by` and `at` when another was first. `confirm` needs a comment: what was found in the field."""
        remark = body or Remark()
        return perform(h, request, "alarm:act", remark, lambda uow, who, at: VERBS[verb](uow, alarm_id, who, at, remark.comment, "api"))

    return routes
