"""/api/v1/logbook: read, and written in, never changed."""

import hashlib
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from hypervisor import fmt
from hypervisor.api import cursor
from hypervisor.api.verbs import Instant, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import InvalidRequest
from hypervisor.exports import logbook as files
from hypervisor.i18n import _
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


def wishes(
    kind: str | None = None,
    actor: str | None = None,
    author: Annotated[str | None, Query(max_length=80, description="part of the author's name")] = None,
    layer: str | None = None,
    alarm_id: int | None = None,
    event_id: int | None = None,
    event_number: Annotated[str | None, Query(max_length=20, description="number of the event, or its end")] = None,
    asset_id: int | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    text: Annotated[
        str | None, Query(max_length=200, description='words in French, whatever their endings and accents; -word leaves out, "a b" keeps together')
    ] = None,
    exercise: Annotated[bool | None, Query(description="true: lines of exercises alone; false: without them")] = None,
) -> dict[str, Any]:
    """The filters that were given."""
    given = {
        "kind": kind, "actor": actor, "author": author, "layer": layer, "alarm_id": alarm_id, "event_id": event_id, "event_number": event_number,
        "asset_id": asset_id, "since": since, "until": until, "text": text, "exercise": exercise,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


Wishes = Annotated[dict[str, Any], Depends(wishes)]


def router(h: Hypervisor) -> APIRouter:
    """Routes of the logbook."""
    routes = APIRouter(prefix="/api/v1/logbook", tags=["logbook"])

    @routes.get("")
    def listed(
        filters: Wishes,
        limit: Annotated[int, Query(ge=1, le=cursor.MOST)] = cursor.DEFAULT_LIMIT,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> dict[str, Any]:
        """Lines, newest first."""
        if cursor_:
            filters["before"] = cursor.read(cursor_, 1)[0]
        with h.database.unit_of_work(require("logbook:read").tenant) as uow:
            rows = queries.listed(uow, filters, limit + 1)
        return {"items": [row[0] for row in rows[:limit]], "next": cursor.write(rows[limit - 1][1]) if len(rows) > limit else None}

    @routes.get("/export.csv")
    def export_csv(filters: Wishes) -> Response:
        """The lines as CSV, UTF-8, `;`, with every hash; its SHA-256 is in `X-Vigie-SHA256`."""
        require("logbook:read")
        body = files.as_csv(_whole(h, filters))
        return _file(body, hashlib.sha256(body).hexdigest(), "text/csv; charset=utf-8", f"main-courante-{h.clock.now():%Y%m%d-%H%M}.csv")

    @routes.get("/export.pdf")
    def export_pdf(filters: Wishes, part: Annotated[int, Query(ge=1, description="Which thousand lines, oldest first")] = 1) -> Response:
        """A thousand lines as tagged PDF, with the digest of the chain; it carries them, so that it can be verified. `X-Vigie-Parts` says how many there are."""
        who = require("logbook:read")
        lines = _whole(h, filters)
        made, parts = files.as_pdf(lines, _said(filters), who.display_name, h.clock.now(), part), files.parts_of(lines)
        name = f"main-courante-{h.clock.now():%Y%m%d-%H%M}{f'-{part}-sur-{parts}' if parts > 1 else ''}.pdf"
        answer = _file(made.body, made.sha256, "application/pdf", name)
        answer.headers["X-Vigie-Parts"] = str(parts)
        return answer

    @routes.get("/seals")
    def seals(limit: Annotated[int, Query(ge=1, le=400)] = 31) -> dict[str, Any]:
        """The chain's head each night, and whether it held."""
        with h.database.unit_of_work(require("logbook:read").tenant) as uow:
            return {"items": queries.seals(uow, limit), "next": None}

    @routes.post("/verify")
    def verify(file: Annotated[bytes, File(description="A CSV or a PDF that this logbook exported")]) -> dict[str, Any]:
        """Computes every hash of an exported file again, and compares its last line with the logbook."""
        who = require("logbook:read")
        with tempfile.NamedTemporaryFile(suffix=".export") as kept:
            kept.write(file)
            kept.flush()
            found = files.verify(Path(kept.name))
        last = found.lines[-1] if found.lines else None
        with h.database.unit_of_work(who.tenant) as uow:
            known = queries.hash_of(uow, last["seq"]) if last else None
        same = last is None or (last["tenant"] == who.tenant and known == last["hash"])
        return {"lines": len(found.lines), "digest": found.digest, "first_wrong": found.first_wrong, "same_as_logbook": same}

    @routes.post("", status_code=201)
    def write(note: Note, request: Request) -> Response:
        """Appends a line."""
        return perform(h, request, "logbook:write", note, lambda uow, who, at: operations.write(uow, by=who, at=at, **note.model_dump()), 201)

    return routes


def _whole(h: Hypervisor, filters: dict[str, Any]) -> list[dict[str, Any]]:
    with h.database.unit_of_work(require("logbook:read").tenant) as uow:
        lines = queries.whole(uow, filters, files.MOST_WRITTEN, h.clock.now())
    if len(lines) > files.MOST_WRITTEN:
        raise InvalidRequest(_("Le fichier tient {most} mentions au plus et la demande en a davantage : réduisez la période.", most=files.MOST_WRITTEN))
    return lines


def _file(body: bytes, digest: str, media: str, name: str) -> Response:
    return Response(body, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Vigie-SHA256": digest})


def _said(filters: dict[str, Any]) -> str:
    """The filters in words, for the head of a document."""
    words = {
        "kind": _("nature"), "actor": _("identifiant"), "author": _("auteur"), "layer": _("domaine"), "event_number": _("événement"), "event_id": _("événement"),
        "alarm_id": _("alarme"), "asset_id": _("équipement"), "since": _("du"), "until": _("jusqu’au"), "text": _("mots"),
    }  # fmt: skip
    shown = {
        name: fmt.moment(value) if isinstance(value, datetime) else files.KINDS.get(str(value), str(value)) for name, value in filters.items() if name in words
    }
    said = [f"{words[name]} {_(value)}" for name, value in shown.items()]
    if "exercise" in filters:
        said.append(_("exercices seuls") if filters["exercise"] else _("hors exercice"))
    return " · ".join(said) or _("Toutes les mentions de votre périmètre")
