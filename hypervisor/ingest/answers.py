"""What the door answers: NGSI-LD problem details (ETSI GS CIM 009 §6.3.2) and batch results (§5.2.16)."""

from collections.abc import Sequence

import msgspec
from starlette.responses import Response

from hypervisor.errors import VigieError

ETSI = "https://uri.etsi.org/ngsi-ld/errors/"
TYPES = {
    400: "BadRequestData",
    401: "Unauthorized",
    403: "Forbidden",
    404: "ResourceNotFound",
    409: "Conflict",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    503: "Unavailable",
}
PROBLEM_JSON = "application/problem+json"


def problem(error: VigieError, **headers: str) -> Response:
    """The problem document of an error."""
    body = {
        "type": ETSI + TYPES.get(error.status, "InternalError"),
        "title": error.code.replace("_", " "),
        "status": error.status,
        "detail": error.sentence,
        **error.facts,
    }
    return Response(msgspec.json.encode(body), error.status, headers, PROBLEM_JSON)


def memo(status: int, body: bytes, body_digest: str) -> bytes:
    """An answer as it is remembered with its request."""
    return msgspec.msgpack.encode((status, body, body_digest))


def recall(remembered: bytes) -> tuple[int, bytes, str]:
    """Status, body and body's digest of a remembered answer."""
    return msgspec.msgpack.decode(remembered, type=tuple[int, bytes, str])


def result_body(accepted: Sequence[str], refused: Sequence[tuple[str, str]]) -> tuple[int, bytes]:
    """Status and body of a batch: 204 when everything was accepted, else 207 with what was and what was not."""
    if not refused:
        return 204, b""
    errors = [
        {
            "entityId": entity,
            "error": {
                "type": ETSI + "BadRequestData",
                "title": "bad request data",
                "status": 400,
                "detail": f"{sentence}: nothing of this entity was accepted",
            },
        }
        for entity, sentence in refused
    ]
    return 207, msgspec.json.encode({"success": list(accepted), "errors": errors})
