"""/api/v1/events."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api import cursor
from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority
from hypervisor.domain.event import Status
from hypervisor.operations import events as operations
from hypervisor.queries import events as queries
from hypervisor.security.require import require

SIMPLE: dict[str, Callable[..., dict[str, Any]]] = {
    "take": operations.take,
    "release": operations.release,
    "resolve": operations.resolve,
    "reopen": operations.reopen,
    "false-positive": operations.false_positive,
    "comment": operations.comment,
}
"""Verbs that need no more than a remark."""


class Creation(BaseModel):
    """Body of a new event."""

    alarm_id: int = Field(description="The alarm that it is opened from")
    comment: str = ""


class Assignment(Remark):
    """Body of assign."""

    to: str = Field(description="Username of the new owner")


class Holding(Remark):
    """Body of hold."""

    until: Instant


class Closing(Remark):
    """Body of close."""

    outcome: str = Field("", description="The account: cause, and what was done")


def router(h: Hypervisor) -> APIRouter:
    """Routes of events."""
    routes = APIRouter(prefix="/api/v1/events", tags=["events"])

    @routes.get("")
    def listed(
        status: Status | None = None,
        layer: str | None = None,
        priority: Literal["critical", "major", "minor", "info"] | None = None,
        owner: str | None = None,
        since: Instant | None = None,
        is_live: Annotated[
            Literal["true", "false", "all"], Query(alias="live", description="events not yet closed alone, unless a status asks for others")
        ] = "true",
        limit: Annotated[int, Query(ge=1, le=cursor.MOST)] = cursor.DEFAULT_LIMIT,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> dict[str, Any]:
        """Events, newest first. Those not yet closed unless `live` or `status` says otherwise."""
        wishes = {"status": status, "layer": layer, "priority": None if priority is None else int(Priority.of(priority)), "owner": owner, "since": since}
        filters = {name: value for name, value in wishes.items() if value is not None} | cursor.after(cursor_)
        wanted = None if is_live == "all" or status is not None else is_live == "true"
        with h.database.unit_of_work(require("event:read").tenant) as uow:
            return cursor.page(queries.listed(uow, filters, limit + 1, is_live=wanted), limit)

    @routes.post("", status_code=201)
    def create(body: Creation, request: Request) -> Response:
        """Opens and takes the event of an alarm."""
        return perform(h, request, "event:act", body, lambda uow, who, at: operations.create_from_alarm(uow, body.alarm_id, who, at, body.comment), 201)

    @routes.get("/{event_id}")
    def one(event_id: int) -> dict[str, Any]:
        """One event."""
        with h.database.unit_of_work(require("event:read").tenant) as uow:
            return queries.one(uow, event_id)

    @routes.get("/{event_id}/log")
    def log(event_id: int) -> dict[str, Any]:
        """What was done to the event, oldest first."""
        with h.database.unit_of_work(require("event:read").tenant) as uow:
            return {"items": queries.log(uow, event_id), "next": None}

    @routes.post("/{event_id}/assign")
    def assign(event_id: int, body: Assignment, request: Request) -> Response:
        """Gives the event to someone."""
        return perform(h, request, "event:assign", body, lambda uow, who, at: operations.assign(uow, event_id, who, at, body.to, body.comment, body.version))

    @routes.post("/{event_id}/hold")
    def hold(event_id: int, body: Holding, request: Request) -> Response:
        """Puts the event aside until a time."""
        return perform(h, request, "event:act", body, lambda uow, who, at: operations.hold(uow, event_id, who, at, body.until, body.comment, body.version))

    @routes.post("/{event_id}/close")
    def close(event_id: int, body: Closing, request: Request) -> Response:
        """Ends a resolved event with its account."""
        return perform(h, request, "event:act", body, lambda uow, who, at: operations.close(uow, event_id, who, at, body.outcome or body.comment, body.version))

    @routes.post("/{event_id}/{verb}")
    def act(
        event_id: int, verb: Literal["take", "release", "resolve", "reopen", "false-positive", "comment"], request: Request, body: Remark | None = None
    ) -> Response:
        """Acts on the event; 409 with `by` and `at` when another was first."""
        remark = body or Remark()
        return perform(
            h, request, "event:act", remark, lambda uow, who, at: SIMPLE[verb](uow, event_id, who, at, comment=remark.comment, version=remark.version)
        )

    return routes
