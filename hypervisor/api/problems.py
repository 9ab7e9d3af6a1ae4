"""Errors that FastAPI finds before our code, as RFC 9457 problem documents. VigieError and what broke are answered by the security middleware."""

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor.errors import Conflict, InvalidRequest, NotFound, OutOfReach, VigieError, problem
from hypervisor.i18n import N_, _
from hypervisor.security.paths import is_for_programs

MEDIA_TYPE = "application/problem+json"
SENTENCES = {405: N_("Cette adresse ne répond pas à {method} : rien n’a changé. Revenez à la page précédente.")}
"""status of what the router refuses → what people read."""


def invalid(_request: Request, error: Exception) -> Response:
    """422 with the place and the reason of each wrong field."""
    assert isinstance(error, RequestValidationError)
    wrong = [{"field": ".".join(str(part) for part in e["loc"]), "reason": e["msg"]} for e in error.errors()]
    return JSONResponse(
        {
            "type": "urn:vigie:problem:invalid",
            "title": "invalid",
            "status": 422,
            "detail": _("La demande ne peut pas être lue : {fields}.", fields=", ".join(w["field"] for w in wrong)),
            "instance": _request.url.path,
            "errors": wrong,
        },
        422,
        media_type=MEDIA_TYPE,
    )


def http(request: Request, error: Exception) -> Response:
    """What the router refuses: an unknown path becomes a page or a document by the middleware, another method a document."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        raise NotFound(_("Cette adresse n’existe pas."))
    sentence = SENTENCES.get(error.status_code, N_("Cette demande ne peut pas être servie : rien n’a changé."))
    refused: VigieError = InvalidRequest(_(sentence, method=request.method))
    refused.status = error.status_code
    if not is_for_programs(request.url.path):
        raise refused
    document = {"type": "about:blank", "title": str(error.detail), "status": error.status_code, "detail": refused.sentence, "instance": request.url.path}
    return JSONResponse(document, error.status_code, error.headers, media_type=MEDIA_TYPE)


def refused_to_a_callback(request: Request, error: Exception) -> Response:
    """403 for what a callback may not reach: Dash would make 500 of it before the middleware reads it."""
    assert isinstance(error, OutOfReach)
    if not request.url.path.startswith("/_dash-"):
        raise error
    return JSONResponse(problem(error, request.url.path), error.status, media_type=MEDIA_TYPE)


def unknown_callback(request: Request, error: Exception) -> Response:
    """409 for a callback that this version does not have: the page was drawn by another. A KeyError elsewhere is a fault of ours."""
    if not (request.url.path.startswith("/_dash-") and "Callback function not found" in str(error)):
        raise error
    stale = Conflict(_("La page est trop ancienne pour agir : rechargez-la."))
    return JSONResponse(problem(stale, request.url.path), stale.status, media_type=MEDIA_TYPE)


HANDLERS = {RequestValidationError: invalid, HTTPException: http, OutOfReach: refused_to_a_callback, KeyError: unknown_callback}
"""For FastAPI(exception_handlers=…)."""
