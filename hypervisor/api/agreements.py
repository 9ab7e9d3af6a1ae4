"""/api/v1/indicators/{factors,targets,declared}: what services agree for officials' figures, from a day on. /api/v1/indicators/changes: who changed what, from what to what."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.operations import agreements as operations
from hypervisor.operations.agreements import Kind
from hypervisor.queries.agreements import agreements_of
from hypervisor.security.require import require

RIGHT = "indicator:agree"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: date
    source: str = Field(max_length=400, description="Where it is written, and when")


class FactorBody(_Body):
    """A factor from a day on."""

    key: str = Field(max_length=60)
    value: float


class TargetBody(_Body):
    """A target from a day on; of one year for what adds up."""

    indicator: str = Field(max_length=60)
    low: float | None = None
    high: float | None = None


class DeclaredBody(_Body):
    """A volume over [since, until)."""

    key: str = Field(max_length=60)
    until: date
    amount: float


class Withdrawal(BaseModel):
    """What is taken away."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    key: str = Field(max_length=60)
    since: date


def router(h: Hypervisor) -> APIRouter:
    """Routes of what services agree."""
    routes = APIRouter(prefix="/api/v1/indicators", tags=["indicators"])

    @routes.get("/changes")
    def changes() -> dict[str, Any]:
        """The last fifty changes of one's domains, newest first."""
        who = require(RIGHT)
        with h.database.unit_of_work(who.tenant) as uow:
            found = agreements_of(h, uow).changes
        return {
            "items": [
                {"at": one.at.isoformat(), "by": one.by_name, "layer": one.layer, "kind": one.kind, "key": one.key, "since": one.since.isoformat(), "before": one.before, "after": one.after}
                for one in found
            ],
            "next": None,
        }  # fmt: skip

    @routes.post("/factors")
    def factor(body: FactorBody, request: Request) -> Response:
        """Sets a factor from a day on; gives what it replaces."""
        return perform(h, request, RIGHT, body, lambda uow, who, at: operations.set_factor(h, uow, body.key, body.since, body.value, body.source, who, at))

    @routes.post("/targets")
    def target(body: TargetBody, request: Request) -> Response:
        """Sets a target from a day on; gives what it replaces."""
        return perform(
            h, request, RIGHT, body, lambda uow, who, at: operations.set_target(h, uow, body.indicator, body.since, body.low, body.high, body.source, who, at)
        )

    @routes.post("/declared")
    def declared(body: DeclaredBody, request: Request) -> Response:
        """Declares a volume; 409 when some of its days are declared otherwise."""
        return perform(
            h, request, RIGHT, body, lambda uow, who, at: operations.declare(h, uow, body.key, body.since, body.until, body.amount, body.source, who, at)
        )

    @routes.post("/withdraw")
    def withdraw(body: Withdrawal, request: Request) -> Response:
        """Takes away what was written from that day on."""
        return perform(h, request, RIGHT, body, lambda uow, who, at: operations.withdraw(h, uow, body.kind, body.key, body.since, who, at))

    return routes
