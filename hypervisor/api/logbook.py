"""/api/v1/logbook: read, and written in, never changed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api import cursor
from hypervisor.api.verbs import Instant, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.operations import logbook as operations
from hypervisor.queries import logbook as queries
from hypervisor.security.require import require


class Note(BaseModel):
    """A line that a person writes."""

    model_config = ConfigDict(extra="forbid")

    text: str
    kind: str = "observation"
    layer: str | None = None
    alarm_id: int | None = None
    event_id: int | None = None
    asset_id: int | None = None
    corrects: int | None = None


def router(h: Hypervisor) -> APIRouter:
    """Routes of the logbook."""
    routes = APIRouter(prefix="/api/v1/logbook", tags=["logbook"])

    @routes.get("")
    def listed(
        kind: str | None = None,
        actor: str | None = None,
        layer: str | None = None,
        alarm_id: int | None = None,
        event_id: int | None = None,
        asset_id: int | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        text: Annotated[str | None, Query(max_length=200, description="words that the line holds")] = None,
        limit: Annotated[int, Query(ge=1, le=cursor.MOST)] = cursor.DEFAULT_LIMIT,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> dict[str, Any]:
        """Lines, newest first."""
        wishes = {
            "kind": kind, "actor": actor, "layer": layer, "alarm_id": alarm_id, "event_id": event_id, "asset_id": asset_id, "since": since, "until": until, "text": text,
            "before": cursor.read(cursor_, 1)[0] if cursor_ else None,
        }  # fmt: skip
        filters = {name: value for name, value in wishes.items() if value is not None}
        with h.database.unit_of_work(require("logbook:read").tenant) as uow:
            rows = queries.listed(uow, filters, limit + 1)
        return {"items": [row[0] for row in rows[:limit]], "next": cursor.write(rows[limit - 1][1]) if len(rows) > limit else None}

    @routes.post("", status_code=201)
    def write(note: Note, request: Request) -> Response:
        """Appends a line."""
        return perform(h, request, "logbook:write", note, lambda uow, who, at: operations.write(uow, by=who, at=at, **note.model_dump()), 201)

    return routes
