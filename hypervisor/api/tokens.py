"""/api/v1/tokens: programs' keys, made and revoked by the administrator."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from hypervisor.api.verbs import Instant
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.security import audit, tokens
from hypervisor.security.principals import machine_now
from hypervisor.security.require import require
from hypervisor.store import tokens as rows


class NewToken(BaseModel):
    """What a token may do."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    scope: Literal["ingest", "supervise", "connect", "operate", "read"]
    layers: list[str] | None = None
    expires_at: Instant | None = None


def router(h: Hypervisor) -> APIRouter:
    """Routes of tokens."""
    routes = APIRouter(prefix="/api/v1/tokens", tags=["tokens"])

    @routes.get("")
    def listed() -> dict[str, Any]:
        """Tokens, without their secrets."""
        with h.database.unit_of_work(require("token:write").tenant) as uow:
            return {"items": rows.listed(uow), "next": None}

    @routes.post("", status_code=201)
    def add(wanted: NewToken) -> Response:
        """Makes a token and shows its secret this once. The same name gets a new secret and the old one ends."""
        who = require("token:write")
        with h.database.unit_of_work(who.tenant) as uow:
            secret = tokens.add_token(uow, wanted.name, wanted.scope, machine_now(), wanted.layers, wanted.expires_at)
            audit.done(uow, who, "operator:token:add", machine_now(), about=wanted.name, scope=wanted.scope)
        # Not by `perform`: an answer kept for its Idempotency-Key would keep the secret.
        return JSONResponse({"name": wanted.name, "token": secret}, 201, {"cache-control": "no-store"})

    @routes.delete("/{token_id}", status_code=204)
    def revoke(token_id: int) -> Response:
        """Ends a token."""
        who = require("token:write")
        with h.database.unit_of_work(who.tenant) as uow:
            if not tokens.revoke(uow, token_id, machine_now()):
                raise NotFound(_("Ce jeton n’existe pas, ou est déjà révoqué."))
            audit.done(uow, who, "operator:token:revoke", machine_now(), about=str(token_id))
        return Response(status_code=204)

    return routes
