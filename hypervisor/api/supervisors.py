"""Alarms from elsewhere: POST /api/v1/alarms by token or session, a webhook for senders that hold none, heartbeats and contracts."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor.api.gathering import Gathering
from hypervisor.api.verbs import Instant, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Stake
from hypervisor.domain.operator import SCOPES, Principal
from hypervisor.errors import InvalidRequest, NotSignedIn
from hypervisor.i18n import _, current_locale
from hypervisor.operations import supervisors as operations
from hypervisor.queries import supervisors as queries
from hypervisor.security import webhooks
from hypervisor.security.require import require
from hypervisor.store import tokens

SCOPE = "supervise"
LARGEST_HOOK = 1 << 20


class Said(BaseModel):
    """What is said of one condition on one asset. `raise` again updates: value, title, a worse severity."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["raise", "update", "clear"] = "raise"
    asset: str = Field(min_length=1, max_length=300, description="URN or code of the asset")
    cause: str = Field(min_length=1, max_length=100, description="The source's own code: one open alarm for each source, asset and cause")
    title: str = Field("", max_length=200)
    severity: str = Field("minor", max_length=40, description="The source's own word (X.733, CAP, RFC 5424); kept beside the priority")
    stake: Stake | None = Field(None, description="Consequence; with respond_within_s it ranks the alarm instead of severity")
    respond_within_s: int | None = Field(None, gt=0, le=31 * 86_400)
    value: float | None = Field(None, allow_inf_nan=False)
    unit: str = Field("", max_length=20)
    observed_at: Instant | None = Field(None, description="The source's own time")
    explains: list[str] = Field(default_factory=list, max_length=50, description="Causes that this alarm explains on assets that depend on it; * for all")
    latched: bool = Field(False, description="Stays until a person resets it")
    layer: str = Field("", max_length=40, description="With lon and lat, for an asset that no inventory holds")
    name: str = Field("", max_length=200)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)

    def message(self) -> operations.Message:
        """The same, for the operation."""
        values = self.model_dump(exclude={"action", "respond_within_s", "explains"})
        within = None if self.respond_within_s is None else timedelta(seconds=self.respond_within_s)
        return operations.Message(holds=self.action != "clear", respond_within=within, explains=tuple(self.explains), **values)


class Delivery(BaseModel):
    """Several messages, applied in order."""

    model_config = ConfigDict(extra="forbid")

    messages: list[Said] = Field(min_length=1, max_length=operations.MOST_MESSAGES)


class Heartbeat(BaseModel):
    """The supervisor lives."""

    model_config = ConfigDict(extra="forbid")

    period_s: int | None = Field(None, ge=5, le=86_400, description="How often it will be heard; silent after three periods")


ANY_DELIVERY: TypeAdapter[Delivery | Said] = TypeAdapter(Annotated[Delivery | Said, Field(union_mode="left_to_right")])


def router(h: Hypervisor) -> APIRouter:
    """Routes of supervisors."""
    routes = APIRouter(tags=["supervisors"])
    lone = Gathering(partial(_deliver_each, h))

    @routes.post("/api/v1/alarms", status_code=201)
    def deliver(body: Delivery | Said, request: Request) -> Response:
        """Raises, updates or clears alarms. One refused message does not refuse the others: `rejected` says why, and they are kept for inspection."""
        messages = _messages(body)
        who = require("alarm:raise")
        if isinstance(body, Said) and "idempotency-key" not in request.headers:
            return JSONResponse(lone.do((who, current_locale.get()), messages[0]), 201)
        return perform(h, request, "alarm:raise", body, lambda uow, who, at: operations.deliver(uow, h.layers, messages, who, at), 201)

    @routes.post("/api/v1/supervisors/heartbeat")
    def heartbeat(request: Request, body: Heartbeat | None = None) -> Response:
        """Says that the supervisor of this token lives; answers its contract."""
        beat = body or Heartbeat()
        return perform(h, request, "alarm:raise", beat, lambda uow, who, at: operations.heartbeat(uow, who, at, beat.period_s))

    @routes.get("/api/v1/supervisors")
    def contracts() -> dict[str, Any]:
        """Each supervisor's last message, lag, errors, silence and availability over thirty days."""
        with h.database.unit_of_work(require("health:read").tenant) as uow:
            return {"items": queries.contracts(uow, h.clock.now()), "next": None}

    @routes.get("/api/v1/supervisors/{source}/webhook")
    def webhook(source: str) -> dict[str, str]:
        """Where that token's supervisor may send the same bodies without the token, and the secret that signs them."""
        who = require("token:write")
        return {
            "path": f"/hooks/supervisor/{who.tenant}.{source}",
            "secret": webhooks.secret_of(h.key, who.tenant, source),
            "header": "X-Vigie-Signature: sha256=<HMAC of the body>",
        }

    @routes.post("/hooks/supervisor/{source}", status_code=201)
    async def hook(source: str, request: Request) -> Response:
        """The body of POST /api/v1/alarms, signed (`X-Vigie-Signature`) or with the secret itself (`X-Vigie-Secret`)."""
        body = await request.body()
        return await run_in_threadpool(_hooked, h, source, body, request)

    return routes


def _deliver_each(h: Hypervisor, kind: tuple[Principal, str], messages: Sequence[operations.Message]) -> list[dict[str, Any]]:
    by, _locale = kind  # Sentences are in the language of whoever runs for the others, so that only those of one language share a run.
    with h.database.unit_of_work(by.tenant) as uow:
        return operations.deliver_each(uow, h.layers, messages, by, h.clock.now())


def _hooked(h: Hypervisor, source: str, body: bytes, request: Request) -> Response:
    tenant, _dot, name = source.partition(".")
    secret = webhooks.secret_of(h.key, int(tenant), name) if tenant.isdecimal() and len(tenant) < 6 else ""
    if (
        len(body) > LARGEST_HOOK
        or not secret
        or not webhooks.is_proved(secret, body, request.headers.get("x-vigie-signature", ""), request.headers.get("x-vigie-secret", ""))
    ):
        raise NotSignedIn(_("La signature ne correspond pas : rien n’a été enregistré. Vérifiez l’adresse et le secret du superviseur."))
    at = h.clock.now()
    with h.database.unit_of_work(int(tenant)) as uow:
        found = tokens.live_by_name(uow, name, at)
        if found is None or "alarm:raise" not in SCOPES[found.scope]:
            raise NotSignedIn(_("Le jeton de ce superviseur est révoqué ou ne permet pas les alarmes : rien n’a été enregistré."))
        layers = None if found.layers is None else frozenset(found.layers)
        by = Principal(tenant=int(tenant), account_id=None, name=f"token:{name}", display_name=name, role=None, permissions=SCOPES[found.scope], layers=layers)
        try:
            said = ANY_DELIVERY.validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InvalidRequest(
                _("Le message n’a pas la forme attendue ({where} : {reason}) : rien n’a été enregistré.", where=where, reason=first["msg"])
            ) from None
        return JSONResponse(operations.deliver(uow, h.layers, _messages(said), by, at), 201)


def _messages(body: Delivery | Said) -> list[operations.Message]:
    said = body.messages if isinstance(body, Delivery) else [body]
    return [one.message() for one in said]
