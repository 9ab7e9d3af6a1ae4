"""/api/v1/interventions: who is sent where, and what comes back from there."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api import cursor
from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.intervention import Status
from hypervisor.operations import field_reports
from hypervisor.operations import interventions as operations
from hypervisor.operations.field_reports import Report
from hypervisor.operations.interventions import Order
from hypervisor.queries import interventions as queries

SentAt = Annotated[Instant | None, Header(alias="X-Sent-At", description="The phone's own time at the sending: its clock is set right by it")]


class Ordering(BaseModel):
    """Body of a new intervention."""

    model_config = ConfigDict(extra="forbid")

    agent: str = Field("", max_length=200, description="Username of who is asked; see GET …/agents")
    contractor: str = Field("", max_length=200, description="Company or crew, instead of an agent or beside one")
    alarm_id: int | None = Field(None, description="Its event is opened and taken when it has none")
    event_id: int | None = None
    asset_id: int | None = None
    works_id: int | None = None
    title: str = Field("", max_length=200)
    instructions: str = Field("", max_length=2000, description="What is asked")
    due_at: Instant | None = None


class Reassignment(Remark):
    """Body of reassign."""

    agent: str = ""
    contractor: str = ""


class Part(BaseModel):
    """A part that was put in."""

    name: str = Field(max_length=200)
    quantity: float = Field(1, gt=0, le=100_000)


class Position(BaseModel):
    """Where the phone was, sent with this action alone."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    accuracy_m: float | None = Field(None, ge=0)


class Saying(BaseModel):
    """Body of the field's verbs. done_at: when it was done, by the phone's clock; the server keeps its own time of reception beside it."""

    model_config = ConfigDict(extra="forbid")

    done_at: Instant | None = None
    comment: str = Field("", max_length=2000, description="The reason of refuse and impossible, the account of done, the note")
    cause: str = Field("", max_length=500, description="What it came from, with done")
    parts: list[Part] = Field(default_factory=list, max_length=field_reports.MOST_PARTS)
    position: Position | None = None


def router(h: Hypervisor) -> APIRouter:
    """Routes of interventions."""
    routes = APIRouter(prefix="/api/v1/interventions", tags=["interventions"])

    @routes.get("")
    def listed(
        status: Status | None = None,
        event_id: int | None = None,
        alarm_id: int | None = None,
        asset_id: int | None = None,
        works_id: int | None = None,
        agent: str | None = None,
        is_live: Annotated[Literal["true", "false", "all"], Query(alias="live", description="those that somebody has still to do or to decide")] = "all",
        limit: Annotated[int, Query(ge=1, le=cursor.MOST)] = cursor.DEFAULT_LIMIT,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> dict[str, Any]:
        """Interventions, newest first; an agent reads his own."""
        wishes = {"status": status, "event_id": event_id, "alarm_id": alarm_id, "asset_id": asset_id, "works_id": works_id, "agent": agent}
        filters = {name: value for name, value in wishes.items() if value is not None} | cursor.after(cursor_)
        with h.database.unit_of_work(queries.reader().tenant) as uow:
            return cursor.page(queries.listed(uow, filters, limit + 1, is_live=None if is_live == "all" else is_live == "true"), limit)

    @routes.post("", status_code=201)
    def request(body: Ordering, request: Request) -> Response:
        """Asks somebody to go, about an alarm, an event, an asset or works."""
        order = Order(**body.model_dump())
        return perform(h, request, "intervention:dispatch", body, lambda uow, who, at: operations.request(uow, order, who, at), 201)

    @routes.get("/agents")
    def agents() -> dict[str, Any]:
        """Who may be sent, and how many interventions each has in hand."""
        with h.database.unit_of_work(queries.reader().tenant) as uow:
            return {"items": queries.agents(uow), "next": None}

    @routes.get("/{intervention_id}")
    def one(intervention_id: int) -> dict[str, Any]:
        """One intervention, with its log: what was done, when by the phone (`source_at`), set right (`at`), and when it was received."""
        with h.database.unit_of_work(queries.reader().tenant) as uow:
            return queries.one(uow, intervention_id)

    @routes.get("/{intervention_id}/photos/{photo_id}")
    def photo(intervention_id: int, photo_id: int) -> Response:
        """A photograph."""
        with h.database.unit_of_work(queries.reader().tenant) as uow:
            return Response(queries.photo(uow, intervention_id, photo_id), media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})

    @routes.post("/{intervention_id}/reassign")
    def reassign(intervention_id: int, body: Reassignment, request: Request) -> Response:
        """Asks somebody else, with a reason in `comment`."""
        return perform(
            h, request, "intervention:dispatch", body,
            lambda uow, who, at: operations.reassign(uow, intervention_id, who, at, body.agent, body.contractor, body.comment, body.version),
        )  # fmt: skip

    @routes.post("/{intervention_id}/cancel")
    def cancel(intervention_id: int, body: Remark, request: Request) -> Response:
        """Nobody needs to go any more; the reason in `comment`."""
        return perform(
            h, request, "intervention:dispatch", body, lambda uow, who, at: operations.cancel(uow, intervention_id, who, at, body.comment, body.version)
        )

    @routes.post("/{intervention_id}/help-answered")
    def help_answered(intervention_id: int, request: Request, body: Remark | None = None) -> Response:
        """The call for help has been answered."""
        remark = body or Remark()
        return perform(
            h,
            request,
            "intervention:dispatch",
            remark,
            lambda uow, who, at: operations.answer_help(uow, intervention_id, who, at, remark.comment, remark.version),
        )

    @routes.post("/{intervention_id}/{verb}")
    def report(
        intervention_id: int,
        verb: Literal["accept", "refuse", "en-route", "on-site", "done", "impossible", "help", "note", "parts"],
        request: Request,
        body: Saying | None = None,
        sent_at: SentAt = None,
    ) -> Response:
        """What the field reports. `applied` is false, with `why`, when the control post had gone on meanwhile: the fact is then kept beside the state."""
        said = body or Saying()
        report = told(said, request, sent_at)
        return perform(h, request, queries.reporting(), said, lambda uow, who, at: field_reports.report(uow, intervention_id, verb, who, at, report))

    return routes


def told(said: Saying, request: Request, sent_at: Any) -> Report:
    """The report of a body, with the sender's own key of the act."""
    position = said.position.model_dump() if said.position else {}
    return Report(
        done_at=said.done_at, sent_at=sent_at, key=request.headers.get("idempotency-key") or None, comment=said.comment, cause=said.cause,
        parts=[(part.name, part.quantity) for part in said.parts], **position,
    )  # fmt: skip
