"""/api/v1/rule-proposals: changes of rules that wait for a second person."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.rules import Change
from hypervisor.api.verbs import perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.operations import rule_proposals as operations
from hypervisor.queries import rule_proposals as queries
from hypervisor.security.require import require

Verb = Literal["accept", "refuse", "withdraw"]
VERBS: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "accept": ("rule:write", operations.accept),
    "refuse": ("rule:write", operations.refuse),
    "withdraw": ("rule:propose", operations.withdraw),
}


class Figures(BaseModel):
    """What a trial said, kept beside the proposal."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    days: float = Field(0, ge=0)
    raised: int = Field(0, ge=0, description="Alarms of the rule in force")
    removed: int = Field(0, description="How many fewer")
    late: int = Field(0, ge=0)
    worst_late_s: float = Field(0, ge=0)
    missed: int = Field(0, ge=0)


class Proposal(BaseModel):
    """A change of a rule, with why."""

    model_config = ConfigDict(extra="forbid")

    layer: str = Field(max_length=60)
    key: str = Field(max_length=60)
    changes: Change
    reason: str = Field(min_length=1, max_length=1000)
    trial: Figures | None = None


class Decision(BaseModel):
    """A remark; a refusal needs one."""

    model_config = ConfigDict(extra="forbid")

    remark: str = Field("", max_length=1000)


def router(h: Hypervisor) -> APIRouter:
    """Routes of proposals."""
    routes = APIRouter(prefix="/api/v1/rule-proposals", tags=["rules"])

    @routes.get("")
    def listed(
        status: Literal["pending", "accepted", "refused", "withdrawn"] | None = None, layer: str | None = None, key: str | None = None
    ) -> dict[str, Any]:
        """Proposals of the perimeter, newest first."""
        with h.database.unit_of_work(require("rule:read").tenant) as uow:
            return {"items": queries.listed(uow, h.layers, status, layer, key), "next": None}

    @routes.post("", status_code=201)
    def propose(wanted: Proposal, request: Request) -> Response:
        """Proposes a change; 400 with every fault in `faults`, 409 when one already waits or the rule has changed since it was read."""
        changes = wanted.changes
        trial = wanted.trial.model_dump() if wanted.trial else None
        enabled = changes.enabled if "enabled" in changes.model_fields_set else None
        return perform(
            h, request, "rule:propose", wanted,
            lambda uow, who, at: operations.propose(
                uow, h.layers, wanted.layer, wanted.key, changes.row(), who, at, reason=wanted.reason, enabled=enabled, version=changes.version, trial=trial
            ),
            201,
        )  # fmt: skip

    @routes.post("/{number}/{verb}")
    def decide(number: int, verb: Verb, request: Request, said: Annotated[Decision | None, Field()] = None) -> Response:
        """Accepts (another person than who proposed: the rule's next version), refuses with a remark, or withdraws one's own."""
        permission, act = VERBS[verb]
        decision = said or Decision()
        return perform(h, request, permission, decision, lambda uow, who, at: act(uow, h.layers, number, who, at, decision.remark))

    return routes
