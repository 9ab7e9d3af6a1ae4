"""How a POST becomes an operation: one transaction, and the same answer to the same Idempotency-Key."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, idempotency

LONGEST_KEY = 200

Act = Callable[[UnitOfWork, Principal, datetime], Any]


def _aware(at: datetime) -> datetime:
    # A time without a zone is a mistake waiting for the clocks to change.
    if at.tzinfo is None:
        raise ValueError("the time has no zone: end it with Z")
    return at.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_aware)]


class Remark(BaseModel):
    """Body of most verbs, all optional: a remark, and the version that was read."""

    model_config = ConfigDict(extra="forbid")

    comment: str = Field("", max_length=2000, description="What the operator adds; kept in the log and the logbook")
    version: int | None = Field(None, description="The version read; 409 when it has changed since")


def perform(h: Hypervisor, request: Request, permission: str, body: BaseModel, act: Act, status: int = 200) -> JSONResponse:
    """Runs the operation in one transaction and answers what it gives.

    With an `Idempotency-Key`, a request already answered in the last 24 h gets its first answer again; another body under the same key is refused (422).
    """
    who = require(permission)
    at = h.clock.now()
    key = request.headers.get("idempotency-key", "")
    if len(key) > LONGEST_KEY:
        raise InvalidRequest(_("La clé d’idempotence dépasse {count} caractères.", count=LONGEST_KEY))
    asked = hashlib.sha256(f"{request.method} {request.url.path}\n{body.model_dump_json()}".encode()).digest()
    with h.database.unit_of_work(who.tenant) as uow:
        if not key:
            return JSONResponse(act(uow, who, at), status)
        earlier = idempotency.given(uow, who.name, key, at)
        if earlier is None:
            answer = act(uow, who, at)
            idempotency.remember(uow, who.name, key, asked, status, answer, at)
        elif earlier[0] != asked:
            refused = InvalidRequest(_("Cette clé d’idempotence a déjà servi à une autre demande : donnez-en une neuve."))
            refused.status = 422
            raise refused
        else:
            answer = earlier[1]
    return JSONResponse(answer, status)
