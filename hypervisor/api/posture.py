"""/api/v1/posture: the territory's posture, who proposes and who decides it, its history; exercises."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.operations import exercises
from hypervisor.operations import posture as operations
from hypervisor.queries import posture as queries
from hypervisor.security.require import require


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reason(_Body):
    """Why."""

    reason: str = Field("", max_length=2000)


class Proposal(_Body):
    """A level, and why."""

    level: int = Field(description="0 watch, 1 vigilance, 2 alert, 3 crisis")
    reason: str = Field(max_length=2000)


class Exercise(_Body):
    """An exercise to enter."""

    title: str = Field(max_length=400, description="The scenario")
    reason: str = Field(max_length=2000)
    hours: float = Field(4, gt=0, le=1000, description="It ends by itself then; 72 at most")
    sends: bool = Field(False, description="SMS and calls really leave; otherwise they are held back, those of real alarms too")


def router(h: Hypervisor) -> APIRouter:
    """Routes of the posture."""
    routes = APIRouter(prefix="/api/v1/posture", tags=["posture"])

    @routes.get("")
    def now() -> dict[str, Any]:
        """The level shown, the real one, the exercise that runs, the proposal that waits."""
        with h.database.unit_of_work(require(queries.READ).tenant) as uow:
            return queries.situation(uow)

    @routes.get("/history")
    def history(since: Instant, until: Instant) -> dict[str, Any]:
        """Periods at each level and exercises that touch the time asked for, oldest first; `exercise_id` marks a level that was only played."""
        with h.database.unit_of_work(require(queries.READ_HISTORY).tenant) as uow:
            return queries.history(uow, since, until)

    @routes.post("/proposals", status_code=201)
    def propose(body: Proposal, request: Request) -> Response:
        """Proposes a level: another person decides."""
        return perform(h, request, "posture:propose", body, lambda uow, who, at: operations.propose(uow, body.level, body.reason, who, at), 201)

    @routes.post("/proposals/{number}/accept")
    def accept(number: int, request: Request) -> Response:
        """Puts the proposed level in force."""
        return perform(h, request, "posture:decide", Remark(), lambda uow, who, at: operations.accept(uow, number, who, at))

    @routes.post("/proposals/{number}/refuse")
    def refuse(number: int, body: Reason, request: Request) -> Response:
        """Refuses it, with a reason."""
        return perform(h, request, "posture:decide", body, lambda uow, who, at: operations.refuse(uow, number, body.reason, who, at))

    @routes.post("/proposals/{number}/withdraw")
    def withdraw(number: int, request: Request) -> Response:
        """Takes one's own proposal back."""
        return perform(h, request, "posture:propose", Remark(), lambda uow, who, at: operations.withdraw(uow, number, who, at))

    @routes.post("/exercises", status_code=201)
    def begin(body: Exercise, request: Request) -> Response:
        """Enters an exercise."""
        lasts = timedelta(hours=body.hours)
        return perform(
            h, request, exercises.RUN, body, lambda uow, who, at: exercises.begin(uow, body.title, body.reason, lasts, who, at, sends=body.sends), 201
        )

    @routes.post("/exercises/{number}/end")
    def end(number: int, body: Reason, request: Request) -> Response:
        """Leaves it, with a reason."""
        return perform(h, request, exercises.RUN, body, lambda uow, who, at: exercises.end(uow, number, body.reason, who, at))

    return routes
