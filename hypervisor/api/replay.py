"""/api/v1/replay: the past of the reader's perimeter. Its map is served beside the feed's (feed/routes.py), by the same layout."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import Instant, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import Forbidden
from hypervisor.exports import dossier
from hypervisor.i18n import _
from hypervisor.operations import replay as operations
from hypervisor.queries import replay as queries
from hypervisor.queries import replay_curves
from hypervisor.security.require import require, signed_in

USUAL = timedelta(hours=1)


class Note(BaseModel):
    """A bookmark or a lesson on a moment of the past."""

    model_config = ConfigDict(extra="forbid")

    at: Instant
    kind: str = "bookmark"
    text: str = Field("", description="empty for a bare bookmark; 2,000 characters at most")
    event_id: int | None = None


def router(h: Hypervisor) -> APIRouter:
    """Routes of the past."""
    routes = APIRouter(prefix="/api/v1/replay", tags=["replay"])

    @routes.get("")
    def story(
        since: Annotated[Instant | None, Query(description="an hour before the end when absent")] = None,
        until: Annotated[Instant | None, Query(description="now when absent")] = None,
    ) -> dict[str, Any]:
        """Alarms and events of a period (a day at most) with every step of their lives, logbook, first tones, notes."""
        now = h.clock.now()
        end = until or now
        # Who may read it is the query's: by right, or by an access by motive.
        with h.database.unit_of_work(signed_in().tenant) as uow:
            return queries.story(h, uow, since or end - USUAL, end, now)

    @routes.get("/curves")
    def curves(asset_id: int, since: Instant, until: Instant) -> dict[str, Any]:
        """Values of one asset during a period (a day at most), each with when it was observed and when it was received: a replay shows what had been received."""
        return replay_curves.curves(h, asset_id, since, until)

    @routes.get("/file", response_class=Response)
    def incident_file(
        since: Instant,
        until: Instant,
        complete: Annotated[bool, Query(description="refused: see /api/v1/replay/disclosures")] = False,
    ) -> Response:
        """The incident file: tagged PDF, CSV, GeoJSON and digests in one archive. Names of people are replaced; the complete one is asked for at /disclosures."""
        who = require("replay:annotate")
        if complete:
            raise Forbidden(_("La version complète montre des noms : demandez-la avec un motif, une autre personne en décide."))
        body = operations.export(h, since, until, who, h.clock.now())
        headers = {"Content-Disposition": f'attachment; filename="{dossier.file_name(since)}"', "Cache-Control": "no-store"}
        return Response(body, media_type="application/zip", headers=headers)

    @routes.post("/notes", status_code=201)
    def note(request: Request, body: Note) -> Response:
        """Leaves a bookmark or a lesson; idempotent by Idempotency-Key."""
        return perform(
            h, request, "replay:annotate", body, lambda uow, who, at: operations.note(uow, body.at, body.kind, body.text, who, at, body.event_id), status=201
        )

    return routes
