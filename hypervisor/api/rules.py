"""/api/v1/rules: what makes alarms, as data."""

from datetime import timedelta
from typing import Any, Literal

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority, Stake
from hypervisor.domain.rule import of_row
from hypervisor.operations import rule_proposals, rule_suspensions
from hypervisor.queries import rule_trial as trials
from hypervisor.queries import rules as queries
from hypervisor.security.require import require

Word = Literal["critical", "major", "minor", "info"]
DAY_S = 86_400
LONGEST_S = rule_suspensions.LONGEST / timedelta(seconds=1)


class Change(BaseModel):
    """Fields of a rule; those that are absent stay as they are."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    kind: str = Field("", max_length=60, description="Kind of asset that carries the alarm")
    property: str = Field("", max_length=60)
    title: str = Field("", max_length=120, description="What the operator reads")
    priority: Word = "minor"
    comparison: str = Field("above", max_length=20, description="above, below, rising or falling (per hour), silent, count")
    threshold: float = 0.0
    hysteresis: float = 0.0
    duration_s: float = Field(0.0, ge=0, le=7 * DAY_S, description="How long the condition must hold; the silence for silent")
    consequence: str = Field("", max_length=500)
    action: str = Field("", max_length=1000)
    decide_within_s: float | None = Field(None, gt=0, le=30 * DAY_S)
    threshold_attribute: str | None = Field(None, max_length=60)
    when: str = Field("", max_length=500, description="CEL expression that must be true when the condition begins")
    communes: list[int] = Field(default_factory=list, max_length=1000)
    area: dict[str, Any] | None = Field(None, description="GeoJSON polygon where the rule applies")
    members: str = Field("", max_length=60, description="Key of the counted rule")
    group: str = Field("", max_length=20, description="parent, commune or area")
    source: str = Field("chosen by us", max_length=300, description="Where the threshold comes from")
    stake: Stake | None = None
    explains: list[str] = Field(default_factory=list, max_length=50)
    latched: bool = False
    highly_managed: bool = False
    enabled: bool = True
    version: int | None = Field(None, description="The version read; 409 when it has changed since")

    def row(self) -> dict[str, Any]:
        """The fields that were given, as `Rule.as_row` writes them."""
        given = self.model_dump(exclude_unset=True, exclude={"enabled", "version", "duration_s", "decide_within_s", "layer", "reason"})
        if "priority" in given:
            given["priority"] = int(Priority.of(self.priority))
        if "area" in given:
            given["area"] = msgspec.json.encode(self.area).decode() if self.area else ""
        if "duration_s" in self.model_fields_set:
            given["duration"] = f"PT{self.duration_s:.3f}S"
        if "decide_within_s" in self.model_fields_set:
            given["decide_within"] = None if self.decide_within_s is None else f"PT{self.decide_within_s:.3f}S"
        return given


class Suspension(BaseModel):
    """An emergency: at once, by one person, for eight hours at most."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    reason: str = Field(min_length=1, max_length=1000)
    lasts_s: float = Field(gt=0, le=LONGEST_S, description="After which the rule resumes by itself")


class Nothing(BaseModel):
    """No field."""

    model_config = ConfigDict(extra="forbid")


class ProposedChange(Change):
    """A change, with why: another person decides of it."""

    reason: str = Field(min_length=1, max_length=1000, description="Why; whoever accepts must understand it")


class NewRule(ProposedChange):
    """A new rule, with why."""

    layer: str = Field(max_length=60)
    key: str = Field(max_length=60)
    kind: str = Field(max_length=60)
    title: str = Field(max_length=120)
    priority: Word


class Written(Change):
    """A rule while it is written: the fields that change, all of them for a new one."""

    layer: str = Field(max_length=60)
    key: str = Field("", max_length=60, description="Of the rule that changes; empty for a new one")


def router(h: Hypervisor) -> APIRouter:
    """Routes of rules."""
    routes = APIRouter(prefix="/api/v1/rules", tags=["rules"])

    @routes.get("")
    def listed(layer: str | None = None) -> dict[str, Any]:
        """Rules of the perimeter, disabled ones too."""
        with h.database.unit_of_work(require("rule:read").tenant) as uow:
            return {"items": queries.listed(uow, h.layers, layer), "next": None}

    @routes.get("/{layer}/{key}")
    def one(layer: str, key: str) -> dict[str, Any]:
        """One rule, with its versions."""
        with h.database.unit_of_work(require("rule:read", layer).tenant) as uow:
            return queries.one(uow, h.layers, layer, key)

    @routes.post("/{layer}/{key}/trial")
    def tried(layer: str, key: str, wanted: Change) -> dict[str, Any]:
        """What the rule with these fields would have raised in the last thirty days, and which delays or hystereses would calm it; nothing is saved."""
        return trials.trial(h, layer, key, wanted.row(), h.clock.now())

    @routes.post("/check")
    def check(wanted: Written) -> dict[str, Any]:
        """What sending the rule would be refused for, in `faults`; nothing is saved."""
        with h.database.unit_of_work(require("rule:propose", wanted.layer).tenant) as uow:
            return {"faults": queries.written(uow, h.layers, wanted.layer, wanted.key, wanted.row() | {"key": wanted.key or "nouvelle"})}

    @routes.post("", status_code=202)
    def add(wanted: NewRule, request: Request) -> Response:
        """Proposes a rule, which another person accepts (`/api/v1/rule-proposals`); 400 with every fault in `faults`."""
        rule = of_row(wanted.row())
        return perform(
            h, request, "rule:propose", wanted,
            lambda uow, who, at: rule_proposals.propose_new(uow, h.layers, wanted.layer, rule, who, at, reason=wanted.reason, enabled=wanted.enabled),
            202,
        )  # fmt: skip

    @routes.patch("/{layer}/{key}", status_code=202)
    def change(layer: str, key: str, wanted: ProposedChange, request: Request) -> Response:
        """Proposes a change of a rule, or to take it away (`enabled: false`); the rule stays as it is until another person accepts."""
        enabled = wanted.enabled if "enabled" in wanted.model_fields_set else None
        return perform(
            h, request, "rule:propose", wanted,
            lambda uow, who, at: rule_proposals.propose(
                uow, h.layers, layer, key, wanted.row(), who, at, reason=wanted.reason, enabled=enabled, version=wanted.version
            ),
            202,
        )  # fmt: skip

    @routes.post("/{layer}/{key}/suspend")
    def suspend(layer: str, key: str, wanted: Suspension, request: Request) -> Response:
        """The chief's emergency: the rule raises nothing from now on, and resumes by itself when the time is over."""
        lasts = timedelta(seconds=wanted.lasts_s)
        return perform(
            h, request, "rule:suspend", wanted,
            lambda uow, who, at: rule_suspensions.suspend(uow, h.layers, layer, key, who, at, reason=wanted.reason, lasts=lasts),
        )  # fmt: skip

    @routes.post("/{layer}/{key}/resume")
    def resume(layer: str, key: str, request: Request, wanted: Nothing | None = None) -> Response:
        """Ends that suspension before its time."""
        return perform(h, request, "rule:suspend", wanted or Nothing(), lambda uow, who, at: rule_suspensions.resume(uow, h.layers, layer, key, who, at))

    return routes
