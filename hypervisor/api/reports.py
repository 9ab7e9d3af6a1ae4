"""/api/v1/reports: documents that wait for validation or left. /api/v1/report-plans: what is sent to officials each month, quarter or year, or before each council (/api/v1/councils)."""

from datetime import date
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor import fmt
from hypervisor.api.verbs import perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.exports import reports as documents
from hypervisor.operations import reports as operations
from hypervisor.operations.reports import Wanted
from hypervisor.queries import reports as queries
from hypervisor.security import audit
from hypervisor.security.require import require
from hypervisor.store import reports as store
from hypervisor.store.reports import Prepared


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Plan(_Body):
    """A document to send each period."""

    domain: str = Field("", max_length=40, description="A layer's key, `service`, or nothing for the first page")
    commune: int = Field(0, ge=0, le=10**8, description="0 for the whole territory")
    rhythm: Literal["month", "quarter", "year", "council"] = Field(
        description="`council`: the last month over, on the working day before each council declared"
    )
    recipients: str = Field(max_length=8000, description="One « Name <address> » a line")


class Read(_Body):
    """The version that was read; 409 when it has changed since."""

    version: int = Field(ge=1)


class Correction(Read):
    """The text in place of the one prepared."""

    highlight: str = Field(max_length=2000)


class Refusal(Read):
    """Why it does not leave."""

    motive: str = Field(max_length=2000)


class Council(_Body):
    """A day on which a council sits."""

    day: date


class Nothing(_Body):
    """An empty body."""


def router(h: Hypervisor) -> APIRouter:
    """Routes of documents and plans."""
    routes = APIRouter(prefix="/api/v1", tags=["indicators"])

    @routes.get("/reports")
    def listed() -> dict[str, Any]:
        """Documents and plans of one's perimeter, those to validate first."""
        who = require("report:validate")
        with h.database.unit_of_work(who.tenant) as uow:
            found = queries.sendings(uow, h.clock.now().astimezone(fmt.ZONE).date())
        councils = [{"id": one["id"], "day": one["day"].isoformat(), "declared_by": one["created_name"]} for one in found.councils]
        return {"items": [_document(one) for one in found.documents], "plans": [_plan(one) for one in found.plans], "councils": councils, "next": None}

    @routes.post("/report-plans", status_code=201)
    def plan(body: Plan, request: Request) -> Response:
        """Asks for a document each period; the last one that is over is prepared within a minute or two."""
        wanted = Wanted(domain=body.domain, commune=body.commune, rhythm=body.rhythm, recipients=body.recipients.splitlines())
        return perform(h, request, "report:plan", body, lambda uow, who, at: {"id": operations.plan(uow, wanted, who, at)}, 201)

    @routes.post("/report-plans/{plan_id}/stop")
    def stop(plan_id: int, request: Request) -> Response:
        """Ends a plan and erases its addresses."""
        return perform(h, request, "report:plan", Nothing(), lambda uow, who, at: operations.stop(uow, plan_id, who, at))

    @routes.post("/councils", status_code=201)
    def declare(body: Council, request: Request) -> Response:
        """Says when a council sits; dashboards of that rhythm are prepared on the working day before."""
        return perform(h, request, "report:plan", body, lambda uow, who, at: {"id": operations.declare_council(uow, body.day, who, at)}, 201)

    @routes.post("/councils/{council_id}/withdraw")
    def withdraw(council_id: int, request: Request) -> Response:
        """A council that does not sit."""
        return perform(h, request, "report:plan", Nothing(), lambda uow, who, at: operations.withdraw_council(uow, council_id, who, at))

    @routes.get("/reports/{report_id}/document.pdf")
    def document(report_id: int) -> Response:
        """The PDF, as it waits or left. Each reading is a line of the audit."""
        who = require("report:validate")
        with h.database.unit_of_work(who.tenant) as uow:
            found = operations.one(uow, report_id, who)
            body = store.document(uow, report_id)
            audit.done(uow, who, "official:report:read", h.clock.now(), about=f"report:{report_id}", digest=found["digest"])
        headers = {
            "Content-Disposition": f'inline; filename="tableau-de-bord-{found["period"]}.pdf"',
            "Cache-Control": "private, no-store",
            "X-Content-Digest": f"sha-256={found['digest']}",
        }
        return Response(body, media_type="application/pdf", headers=headers)

    @routes.post("/reports/{report_id}/correct")
    def correct(report_id: int, body: Correction) -> Response:
        """Lays the document out again with this text and the figures of now; another person then validates it."""
        who = require("report:validate")
        text = operations.wording(body.highlight)
        with h.database.unit_of_work(who.tenant) as uow:
            found = operations.one(uow, report_id, who)
        # Laid out between two transactions: it takes seconds, and a connection is no place to wait.
        made = documents.make(h, who.tenant, found["domain"], found["commune_id"], found["period"], text)
        kept = Prepared(
            highlight=text, sentence=made.sentence, document=made.printed.body, digest=made.printed.sha256, written_by=who.name, written_name=who.display_name
        )
        with h.database.unit_of_work(who.tenant) as uow:
            return JSONResponse(operations.correct(uow, report_id, body.version, kept, who, h.clock.now(), h.settings.public_url))

    @routes.post("/reports/{report_id}/validate")
    def validate(report_id: int, body: Read, request: Request) -> Response:
        """Sends the document, as it was read, to everyone of its plan."""
        url = h.settings.public_url
        return perform(h, request, "report:validate", body, lambda uow, who, at: operations.validate(uow, report_id, body.version, who, at, url))

    @routes.post("/reports/{report_id}/refuse")
    def refuse(report_id: int, body: Refusal, request: Request) -> Response:
        """Keeps the document from leaving, and says why."""
        return perform(h, request, "report:validate", body, lambda uow, who, at: operations.refuse(uow, report_id, body.version, body.motive, who, at))

    return routes


def _document(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"], "title": one["title"], "state": one["state"], "version": one["version"], "plan": one["plan_id"], "period": one["period"], "highlight": one["highlight"],
        "sentence": one["sentence"], "digest": one["digest"], "written_by": one["written_name"], "prepared_at": one["prepared_at"].isoformat(), "decided_by": one["decided_name"],
        "decided_at": None if one["decided_at"] is None else one["decided_at"].isoformat(), "motive": one["motive"], "recipients": one["recipients"], "deliveries": one["deliveries"],
    }  # fmt: skip


def _plan(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"], "title": one["title"], "domain": one["domain"], "commune": one["commune_id"], "rhythm": one["rhythm"], "recipients": one["recipients"],
        "created_by": one["created_name"], "created_at": one["created_at"].isoformat(),
    }  # fmt: skip
