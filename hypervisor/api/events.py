"""/api/v1/events."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api import cursor
from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority
from hypervisor.domain.event import Status
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.operations import event_groups as groups
from hypervisor.operations import events as operations
from hypervisor.operations.event_groups import MOST_ALARMS, Report
from hypervisor.queries import events as queries
from hypervisor.queries.people import assignable
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork

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
    """Body of a new event: from an alarm, or by hand with its type and place."""

    model_config = ConfigDict(extra="forbid")

    alarm_id: int | None = Field(None, description="The alarm that it is opened from; the other fields are then not read")
    comment: str = ""
    type: str = Field("", description="A key of GET /api/v1/events/types")
    lon: float | None = Field(None, description="degrees, WGS 84")
    lat: float | None = None
    address: str = ""
    priority: Literal["critical", "major", "minor", "info"] | None = Field(None, description="The type's own when absent")
    description: str = ""
    caller: str = Field("", description="Who called: personal data, shown to those who act on the event alone")
    is_new: bool = Field(False, description="It is another one than those that 409 lists in `duplicates`")


class Assignment(Remark):
    """Body of assign."""

    to: str = Field(description="Username of the new owner")


class Holding(Remark):
    """Body of hold."""

    until: Instant


class Merging(Remark):
    """Body of merge."""

    into: int = Field(description="The event that remains")


class Members(Remark):
    """Body of attach and split."""

    alarms: list[int] = Field(max_length=MOST_ALARMS)


class Closing(Remark):
    """Body of close."""

    cause: str = Field("", max_length=500, description="What it came from")
    outcome: str = Field("", description="The account: cause, and what was done")
    motive: str = Field("", max_length=500, description="Why mandatory steps of the procedure stay open; 409 with `open_steps` when some do and this is empty")


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
        """Opens and takes an event: of an alarm, or by hand. 409 with `duplicates` when one like it is open near by and `is_new` is not said."""
        return perform(h, request, "event:act", body, lambda uow, who, at: _create(uow, body, who, at), 201)

    @routes.get("/types")
    def types() -> dict[str, Any]:
        """What may be opened by hand, with the priority and the time to decide that each type proposes."""
        return {"items": queries.types(), "next": None}

    @routes.get("/owners")
    def owners() -> dict[str, Any]:
        """Who may own an event, by name."""
        with h.database.unit_of_work(require("event:act").tenant) as uow:
            return {"items": [{"username": one["username"], "display_name": one["display_name"]} for one in assignable(uow)], "next": None}

    @routes.get("/duplicates")
    def duplicates_of_report(type_: Annotated[str, Query(alias="type")], lon: float, lat: float) -> dict[str, Any]:
        """Live events near what is about to be opened by hand."""
        with h.database.unit_of_work(require("event:read").tenant) as uow:
            return {"items": queries.duplicates_of_report(uow, type_, lon, lat, h.clock.now()), "next": None}

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

    @routes.get("/{event_id}/duplicates")
    def duplicates(event_id: int) -> dict[str, Any]:
        """Live events of the same layer within 200 m and 2 h, the same type first."""
        with h.database.unit_of_work(require("event:read").tenant) as uow:
            return {"items": queries.duplicates(uow, event_id), "next": None}

    @routes.get("/{event_id}/similar")
    def similar(event_id: int) -> dict[str, Any]:
        """Closed events of the same type within 500 m in the last year, with their cause and what was done."""
        with h.database.unit_of_work(require("event:read").tenant) as uow:
            return {"items": queries.similar(uow, event_id), "next": None}

    @routes.post("/{event_id}/merge")
    def merge(event_id: int, body: Merging, request: Request) -> Response:
        """Ends the event in another; answers the one that remains."""
        return perform(h, request, "event:act", body, lambda uow, who, at: groups.merge(uow, event_id, body.into, who, at, body.comment, body.version))

    @routes.post("/{event_id}/attach")
    def attach(event_id: int, body: Members, request: Request) -> Response:
        """Puts alarms in the event."""
        return perform(h, request, "event:act", body, lambda uow, who, at: groups.attach(uow, event_id, body.alarms, who, at, body.comment))

    @routes.post("/{event_id}/split")
    def split(event_id: int, body: Members, request: Request) -> Response:
        """Parts some alarms of the event into a new one; answers the new one."""
        return perform(h, request, "event:act", body, lambda uow, who, at: groups.split(uow, event_id, body.alarms, who, at, body.comment, body.version))

    @routes.post("/{event_id}/assign")
    def assign(event_id: int, body: Assignment, request: Request) -> Response:
        """Gives the event to someone; with a comment, which is compulsory, when it has an owner."""
        return perform(h, request, "event:act", body, lambda uow, who, at: operations.assign(uow, event_id, who, at, body.to, body.comment, body.version))

    @routes.post("/{event_id}/hold")
    def hold(event_id: int, body: Holding, request: Request) -> Response:
        """Puts the event aside until a time."""
        return perform(h, request, "event:act", body, lambda uow, who, at: operations.hold(uow, event_id, who, at, body.until, body.comment, body.version))

    @routes.post("/{event_id}/close")
    def close(event_id: int, body: Closing, request: Request) -> Response:
        """Ends a resolved event with its account."""
        return perform(
            h,
            request,
            "event:act",
            body,
            lambda uow, who, at: operations.close(uow, event_id, who, at, body.outcome or body.comment, body.version, body.cause, body.motive),
        )

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


def _create(uow: UnitOfWork, body: Creation, who: Principal, at: datetime) -> dict[str, Any]:
    if body.alarm_id is not None:
        return operations.create_from_alarm(uow, body.alarm_id, who, at, body.comment)
    if body.lon is None or body.lat is None:
        raise InvalidRequest(_("Donnez une alarme, ou un type et un lieu."))
    priority = None if body.priority is None else Priority.of(body.priority)
    report = Report(type=body.type, lon=body.lon, lat=body.lat, address=body.address, priority=priority, description=body.description, caller=body.caller)
    return groups.create(uow, report, who, at, is_new=body.is_new)
