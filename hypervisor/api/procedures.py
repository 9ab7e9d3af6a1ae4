"""/api/v1/procedures, and the run of one on an event: /api/v1/events/{id}/procedure."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from hypervisor import nightly
from hypervisor.api.verbs import perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.operations import procedure_versions as versions
from hypervisor.operations import procedures as operations
from hypervisor.queries import procedures as queries
from hypervisor.security.require import require


class Draft(BaseModel):
    """Body of a draft."""

    model_config = ConfigDict(extra="forbid")

    layer: str = Field(max_length=60)
    yaml: str = Field(max_length=60_000, description="One procedure, as `hypervisor/layers/<key>/procedures.yaml` writes it")


class Publication(BaseModel):
    """Body of publish."""

    model_config = ConfigDict(extra="forbid")

    version: int


class Reason(BaseModel):
    """Body of retire."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500)


class Opening(BaseModel):
    """Body of start."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field("", max_length=30, description="Another procedure of the layer than the one of the event's type")


class Settling(BaseModel):
    """Body of a step's verbs."""

    model_config = ConfigDict(extra="forbid")

    answer: str = Field("", max_length=60, description="answer: a value of the step's answers")
    reason: str = Field("", max_length=500, description="skip, undo: why")
    words: str = Field("", max_length=2000, description="act: the prepared text as the operator changed it")


class Nothing(BaseModel):
    """An empty body."""

    model_config = ConfigDict(extra="forbid")


def router(h: Hypervisor) -> APIRouter:
    """Routes of procedures and of their runs."""
    routes = APIRouter(prefix="/api/v1", tags=["procedures"])

    @routes.get("/procedures")
    def listed(layer: str | None = None, state: Literal["in_force", "draft"] = "in_force") -> dict[str, Any]:
        """Procedures in force, or drafts that wait for a second person."""
        with h.database.unit_of_work(require("procedure:read").tenant) as uow:
            return {"items": queries.in_force(uow, layer) if state == "in_force" else queries.drafts(uow), "next": None}

    @routes.get("/procedures/for")
    def for_cause(layer: str, cause: str) -> dict[str, Any]:
        """The procedure in force for a cause of alarm or a type of event."""
        with h.database.unit_of_work(require("procedure:read").tenant) as uow:
            return queries.for_cause(uow, layer, cause)

    @routes.get("/procedures/left-open")
    def left(seen: bool = False, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> dict[str, Any]:
        """For the chief: events closed with mandatory steps open, and the motive."""
        with h.database.unit_of_work(require("procedure:review").tenant) as uow:
            return {"items": queries.left(uow, limit, is_seen=seen), "next": None}

    @routes.get("/procedures/printed")
    def printed() -> Response:
        """The set of procedures printed last night, as tagged PDF."""
        file = nightly.last_set(h.settings.data_dir, require("procedure:read").tenant)
        if file is None:
            raise NotFound(_("Le jeu imprimable n’a pas encore été produit : il l’est dans la minute du premier démarrage, puis chaque nuit à 2 h."))
        return FileResponse(file, media_type="application/pdf", filename=file.name)

    @routes.get("/procedures/{key}")
    def one(key: str) -> dict[str, Any]:
        """One procedure with its versions."""
        with h.database.unit_of_work(require("procedure:read").tenant) as uow:
            return queries.one(uow, key)

    @routes.post("/procedures", status_code=201)
    def draft(body: Draft, request: Request) -> Response:
        """Writes a draft from YAML; 400 with every fault in `faults`."""
        return perform(h, request, "procedure:write", body, lambda uow, who, at: versions.draft(uow, h.layers, body.layer, body.yaml, who, at), 201)

    @routes.post("/procedures/{key}/publish")
    def publish(key: str, body: Publication, request: Request) -> Response:
        """Puts a draft in force; 403 to who wrote it."""
        return perform(h, request, "procedure:publish", body, lambda uow, who, at: versions.publish(uow, key, body.version, who, at))

    @routes.post("/procedures/{key}/retire")
    def retire(key: str, body: Reason, request: Request) -> Response:
        """Takes a procedure out of force."""
        return perform(h, request, "procedure:publish", body, lambda uow, who, at: versions.retire(uow, key, who, at, body.reason))

    @routes.get("/events/{event_id}/procedure")
    def of_event(event_id: int) -> dict[str, Any]:
        """The run of an event, or the procedure that would be opened."""
        with h.database.unit_of_work(require("procedure:read").tenant) as uow:
            return queries.of_event(uow, event_id)

    @routes.post("/events/{event_id}/procedure/start")
    def start(event_id: int, request: Request, body: Opening | None = None) -> Response:
        """Opens the procedure: the version in force stays the event's."""
        asked = body or Opening()
        return perform(h, request, "event:act", asked, lambda uow, who, at: operations.start(uow, event_id, who, at, asked.key))

    @routes.post("/events/{event_id}/procedure/seen")
    def seen(event_id: int, request: Request, body: Nothing | None = None) -> Response:
        """The chief has read why steps were left open."""
        return perform(h, request, "procedure:review", body or Nothing(), lambda uow, who, at: operations.see_left(uow, event_id, who, at))

    @routes.post("/events/{event_id}/procedure/steps/{number}/act")
    def act(event_id: int, number: int, request: Request, body: Settling | None = None) -> Response:
        """Presses the step's button."""
        asked = body or Settling()
        return perform(h, request, "event:act", asked, lambda uow, who, at: operations.press(uow, event_id, number, who, at, asked.words))

    @routes.post("/events/{event_id}/procedure/steps/{number}/{verb}")
    def settle(event_id: int, number: int, verb: Literal["do", "answer", "skip", "undo"], request: Request, body: Settling | None = None) -> Response:
        """Does, answers, skips or opens again a step; 409 with `by` and `at` when another was first."""
        asked = body or Settling()
        return perform(h, request, "event:act", asked, lambda uow, who, at: operations.settle(uow, event_id, number, verb, who, at, asked.answer, asked.reason))

    return routes
