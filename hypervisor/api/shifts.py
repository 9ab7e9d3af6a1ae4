"""/api/v1/shifts: taking a post, the two signatures, refusal, instructions; what the frame says of posts."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.operations import shifts as operations
from hypervisor.queries import shifts as queries
from hypervisor.security.require import require

HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Checks(_Body):
    """The tests of the post; a defect written instead of a test that failed."""

    sound: bool = False
    screen: bool = False
    defect: str = Field("", max_length=2000)


class Taking(_Body):
    """Taking a post: every section of the dossier read."""

    station_id: int
    team_id: int
    role: Literal["operator", "chief"] = "operator"
    read: list[int] = Field(default_factory=list, max_length=20)
    checks: Checks = Checks()
    double: bool = Field(False, description="Join somebody who holds the post")


class Signing(_Body):
    """The outgoing's free text, by section."""

    notes: dict[str, str] = Field(default_factory=dict, max_length=20)


class Reason(_Body):
    """Why."""

    reason: str = Field(max_length=2000)


class Instruction(_Body):
    """What is left to those who follow."""

    kind: Literal["temporary", "permanent", "callback"]
    title: str = Field(max_length=200)
    body: str = Field("", max_length=2000)
    layer: str | None = Field(None, max_length=40)
    until: Instant | None = None


class Station(_Body):
    """A post."""

    name: str = Field(max_length=80)
    layers: list[str] | None = None


class Team(_Body):
    """A team, its hours in the territory's time."""

    name: str = Field(max_length=40)
    starts_at: str = Field(pattern=HOUR)
    ends_at: str = Field(pattern=HOUR)


def router(h: Hypervisor) -> APIRouter:
    """Routes of shifts."""
    routes = APIRouter(prefix="/api/v1/shifts", tags=["shifts"])
    act = operations.ACT

    @routes.get("")
    def listed(limit: Annotated[int, Query(ge=1, le=500)] = 50) -> dict[str, Any]:
        """Handovers, newest first, with their two signatures."""
        with h.database.unit_of_work(require("shift:read").tenant) as uow:
            return {"items": queries.listed(uow, limit), "next": None}

    @routes.get("/state")
    def state() -> dict[str, Any]:
        """One's own post, who holds the others, handovers that are late or refused."""
        with h.database.unit_of_work(require("alarm:read").tenant) as uow:
            return queries.state(uow, h.clock.now())

    @routes.get("/handovers/{handover_id}")
    def one(handover_id: int) -> dict[str, Any]:
        """A handover as it was signed."""
        with h.database.unit_of_work(require("shift:read").tenant) as uow:
            return queries.one(uow, handover_id)

    @routes.post("/take", status_code=201)
    def take(body: Taking, request: Request) -> Response:
        """Takes a post: the incoming's signature. 409 while another holds it and has not signed."""
        checks = body.checks.model_dump()
        return perform(
            h, request, act, body,
            lambda uow, who, at: operations.take(uow, body.station_id, body.team_id, body.role, body.read, checks, who, at, double=body.double), 201,
        )  # fmt: skip

    @routes.post("/sign", status_code=201)
    def sign(body: Signing, request: Request) -> Response:
        """The outgoing's signature: freezes the dossier of this moment."""
        return perform(h, request, act, body, lambda uow, who, at: operations.sign(uow, body.notes, who, at), 201)

    @routes.post("/handovers/{handover_id}/refuse")
    def refuse(handover_id: int, body: Reason, request: Request) -> Response:
        """The incoming refuses, with a reason."""
        return perform(h, request, act, body, lambda uow, who, at: operations.refuse(uow, handover_id, body.reason, who, at))

    @routes.post("/close")
    def close(body: Reason, request: Request) -> Response:
        """Closes one's post, or leaves the double command."""
        return perform(h, request, act, body, lambda uow, who, at: operations.close(uow, body.reason, who, at))

    @routes.post("/seen")
    def seen(request: Request) -> Response:
        """A screen of this person lives; said every 30 s. Three minutes of silence raise « Poste non tenu »."""
        return perform(h, request, act, Remark(), lambda uow, who, at: operations.seen(uow, who, at))

    @routes.post("/instructions", status_code=201)
    def instruct(body: Instruction, request: Request) -> Response:
        """Leaves an instruction, or a callback to make."""
        return perform(h, request, act, body, lambda uow, who, at: operations.instruct(uow, **body.model_dump(), by=who, at=at), 201)

    @routes.post("/instructions/{instruction_id}/end")
    def end(instruction_id: int, request: Request) -> Response:
        """Lifts it, or says that the call was made."""
        return perform(h, request, act, Remark(), lambda uow, who, at: operations.end_instruction(uow, instruction_id, who, at))

    @routes.post("/stations", status_code=201)
    def add_station(body: Station, request: Request) -> Response:
        """Adds a post."""
        return perform(h, request, "shift:manage", body, lambda uow, who, at: operations.add_station(uow, body.name, body.layers, who, at), 201)

    @routes.post("/teams", status_code=201)
    def add_team(body: Team, request: Request) -> Response:
        """Adds a team."""
        return perform(h, request, "shift:manage", body, lambda uow, who, at: operations.add_team(uow, body.name, body.starts_at, body.ends_at, who, at), 201)

    return routes
