"""/api/v1/field: what an agent's phone asks and says besides interventions, and the photographs of interventions."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor import __version__, i18n
from hypervisor.api.interventions import Position, SentAt
from hypervisor.api.verbs import Instant, Remark, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.operations import distress, event_groups, photos
from hypervisor.operations.event_groups import Report as EventReport
from hypervisor.operations.field_reports import Report
from hypervisor.queries import field as queries
from hypervisor.queries import on_call, posture
from hypervisor.queries.interventions import reporting
from hypervisor.security.require import require


class Photo(BaseModel):
    """What identifies a photograph's request."""

    sha256: str
    done_at: Instant | None
    comment: str
    without_faces: bool


class Call(BaseModel):
    """Body of distress."""

    model_config = ConfigDict(extra="forbid")

    intervention_id: int | None = None
    done_at: Instant | None = None
    position: Position | None = None


class Signal(BaseModel):
    """Body of signal: what an agent has seen."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="A key of GET /api/v1/events/types")
    lon: float
    lat: float
    address: str = Field("", max_length=200)
    description: str = Field("", max_length=2000)
    done_at: Instant | None = None


def router(h: Hypervisor) -> APIRouter:
    """Routes of the field."""
    routes = APIRouter(prefix="/api/v1", tags=["field"])

    @routes.get("/field/day")
    def day() -> dict[str, Any]:
        """What the phone keeps: who is signed in, his interventions, what he may report, whom to call."""
        who = require("intervention:act")
        with h.database.unit_of_work(who.tenant) as uow:
            return {
                "at": h.clock.now().isoformat(), "version": __version__, "locale": i18n.current_locale.get(), "me": {"username": who.name, "display_name": who.display_name},
                "phone": h.settings.post_phone, "interventions": queries.day(uow, h.layers, h.clock.now()), "types": queries.types(uow),
                "on_call": on_call.mine(uow, h.clock.now()), "exercise": posture.situation(uow)["exercise"],
            }  # fmt: skip

    @routes.get("/field/asset")
    def asset(code: Annotated[str, Query(max_length=300, description="What the label says: URN, or code")]) -> dict[str, Any]:
        """The asset of a label."""
        with h.database.unit_of_work(require("asset:read").tenant) as uow:
            return queries.asset(uow, h.layers, code.strip())

    @routes.post("/field/signal", status_code=201)
    def signal(body: Signal, request: Request, sent_at: SentAt = None) -> Response:
        """Reports what was seen: an event that waits for its owner in the room, whatever is open near it."""
        report = EventReport(type=body.type, lon=body.lon, lat=body.lat, address=body.address, priority=None, description=body.description)
        return perform(h, request, "event:act", body, lambda uow, who, at: event_groups.signal(uow, report, who, at, body.done_at, sent_at), 201)

    @routes.post("/field/distress", status_code=201)
    def call(body: Call, request: Request, sent_at: SentAt = None) -> Response:
        """« Agent en difficulté »: a critical alarm and its event, at once."""
        position = body.position.model_dump() if body.position else {}
        said = distress.Call(intervention_id=body.intervention_id, done_at=body.done_at, sent_at=sent_at, **position)
        return perform(h, request, "intervention:act", body, lambda uow, who, at: distress.call(uow, said, who, at), 201)

    @routes.post("/field/distress/{event_id}/end")
    def end(event_id: int, request: Request, body: Remark | None = None) -> Response:
        """The agent is out of danger."""
        remark = body or Remark()
        right = "event:act" if require("event:read").may("event:act") else "intervention:act"
        return perform(h, request, right, remark, lambda uow, who, at: distress.end(uow, event_id, who, at, remark.comment))

    @routes.post("/interventions/{intervention_id}/photo", status_code=201)
    def photo(
        intervention_id: int,
        request: Request,
        body: Annotated[bytes, Body(media_type="image/jpeg", description="JPEG, PNG or WebP, 1 MB at most")],
        without_faces: Annotated[bool, Query(description="Somebody has looked: neither a face nor a number plate is on it")] = False,
        done_at: Instant | None = None,
        comment: Annotated[str, Query(max_length=500)] = "",
        sent_at: SentAt = None,
    ) -> Response:
        """Adds a photograph: encoded again without any metadata, 1,600 px at most."""
        about = Photo(sha256=hashlib.sha256(body).hexdigest(), done_at=done_at, comment=comment, without_faces=without_faces)
        said = Report(done_at=done_at, sent_at=sent_at, key=request.headers.get("idempotency-key") or None, comment=comment)
        return perform(
            h, request, reporting(), about, lambda uow, who, at: photos.add(uow, intervention_id, body, who, at, said, without_faces=without_faces), 201
        )

    return routes
