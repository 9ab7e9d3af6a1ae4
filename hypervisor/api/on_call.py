"""/api/v1/on-call: who answers, the calendar, replacements, the ladder; and /hooks/on-call, where the gateway brings answers."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor.api.verbs import Instant, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import Forbidden, InvalidRequest, NotSignedIn
from hypervisor.i18n import _
from hypervisor.operations import on_call as operations
from hypervisor.queries import on_call as queries
from hypervisor.security import webhooks
from hypervisor.security.require import require

SOURCE = "on-call"
LARGEST_HOOK = 1 << 16
LONGEST_CALENDAR = timedelta(days=100)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Contact(_Body):
    """A person who may be phoned."""

    name: str = Field(max_length=80)
    phone: str = Field("", max_length=30)
    email: str = Field("", max_length=200)
    account: str = Field("", max_length=80, description="Username, for someone who signs in")


class Roster(_Body):
    """A duty to hold."""

    kind: Literal["operation", "safety", "decision"]
    label: str = Field(max_length=120)
    layer: str | None = Field(None, max_length=40, description="Its domain; every domain when absent")
    communes: list[int] | None = Field(None, description="Its area; everywhere when absent")
    ranks: int = Field(1, ge=1, le=9)


class Turn(_Body):
    """Someone on call, [starts_at, ends_at)."""

    roster_id: int
    rank: int = Field(1, ge=1, le=9)
    contact_id: int
    starts_at: Instant
    ends_at: Instant
    repeat: Literal["no", "weeks", "holidays"] = Field("no", description="Again every `every_weeks` weeks, or on each public holiday, at the same hours")
    every_weeks: int = Field(1, ge=1, le=26)
    until: Instant | None = Field(None, description="When a repetition ends, a year at most; needed for one")


class Replacement(_Body):
    """Someone in another's place."""

    contact_id: int
    starts_at: Instant
    ends_at: Instant
    reason: str = Field(max_length=200)


class Cancellation(_Body):
    """Why someone is taken off."""

    reason: str = Field(max_length=200)


class Ladder(_Body):
    """Delays in seconds by priority and rung, null for never; e-mail of the service of each layer."""

    delays: dict[str, dict[str, int | None]] = Field(default_factory=dict)
    services: dict[str, str] = Field(default_factory=dict)


class Answer(BaseModel):
    """What a gateway brings: an SMS (`from`, `text`), or the key pressed during a call (`message_id`, `digits`)."""

    sender: str = Field("", alias="from", max_length=30)
    text: str = Field("", max_length=1000)
    message_id: str = Field("", max_length=40, pattern="^$|^[0-9a-fA-F-]{36}$")
    digits: str = Field("", max_length=10)


def router(h: Hypervisor) -> APIRouter:
    """Routes of the on-call duty."""
    routes = APIRouter(tags=["on-call"])
    base = "/api/v1/on-call"

    @routes.get(f"{base}/now")
    def now(layer: str | None = None, commune: int | None = None) -> dict[str, Any]:
        """Who answers now, roster by roster; `is_gap` where nobody holds the first rank."""
        with h.database.unit_of_work(require(queries.READ).tenant) as uow:
            return {"items": queries.now(uow, h.clock.now(), layer, commune), "next": None}

    @routes.get(f"{base}/calendar")
    def calendar(since: Annotated[Instant | None, Query()] = None, until: Annotated[Instant | None, Query()] = None) -> dict[str, Any]:
        """Turns and holes, a week by default; and the public holidays among its days."""
        start = since or h.clock.now()
        end = until or start + timedelta(days=7)
        if not start < end <= start + LONGEST_CALENDAR:
            raise InvalidRequest(_("La période demandée est vide ou dépasse cent jours."))
        with h.database.unit_of_work(require(queries.READ).tenant) as uow:
            return {"items": queries.calendar(uow, start, end), "holidays": queries.holidays(start, end, h.settings.holidays_in), "next": None}

    @routes.get(f"{base}/contacts")
    def contacts() -> dict[str, Any]:
        """The directory."""
        with h.database.unit_of_work(require("oncall:write").tenant) as uow:
            return {"items": queries.contacts(uow), "next": None}

    @routes.post(f"{base}/contacts", status_code=201)
    def add_contact(body: Contact, request: Request) -> Response:
        """Adds a person."""
        person = operations.Person(**body.model_dump())
        return perform(h, request, "oncall:write", body, lambda uow, who, at: operations.write_contact(uow, None, person, who, at), 201)

    @routes.post(f"{base}/contacts/{{contact_id}}")
    def change_contact(contact_id: int, body: Contact, request: Request) -> Response:
        """Corrects a person's name, number or address."""
        person = operations.Person(**body.model_dump())
        return perform(h, request, "oncall:write", body, lambda uow, who, at: operations.write_contact(uow, contact_id, person, who, at))

    @routes.post(f"{base}/rosters", status_code=201)
    def add_roster(body: Roster, request: Request) -> Response:
        """Adds a duty to hold."""
        return perform(
            h,
            request,
            "oncall:write",
            body,
            lambda uow, who, at: operations.add_roster(uow, body.kind, body.label, body.layer, body.communes, body.ranks, who, at),
            201,
        )

    @routes.post(f"{base}/turns", status_code=201)
    def add_turn(body: Turn, request: Request) -> Response:
        """Puts someone on call, once or again and again; a repetition is written whole or not at all."""
        turn = body.model_dump(exclude={"repeat", "every_weeks", "until"})
        if body.repeat == "no":
            return perform(h, request, "oncall:write", body, lambda uow, who, at: operations.add_turn(uow, **turn, by=who, at=at), 201)
        if body.until is None:
            raise InvalidRequest(_("Dites jusqu’à quand le tour se répète."))
        weeks = body.every_weeks if body.repeat == "weeks" else 0
        repetition = operations.Repetition(every_weeks=weeks, until=body.until, area=h.settings.holidays_in)
        return perform(h, request, "oncall:write", body, lambda uow, who, at: operations.add_turns(uow, repetition, **turn, by=who, at=at), 201)

    @routes.post(f"{base}/turns/{{turn_id}}/replace", status_code=201)
    def replace(turn_id: int, body: Replacement, request: Request) -> Response:
        """Puts someone else in this turn's place, for a part of its time."""
        return perform(h, request, "oncall:write", body, lambda uow, who, at: operations.replace(uow, turn_id, **body.model_dump(), by=who, at=at), 201)

    @routes.post(f"{base}/turns/{{turn_id}}/cancel")
    def cancel(turn_id: int, body: Cancellation, request: Request) -> Response:
        """Takes someone off."""
        return perform(h, request, "oncall:write", body, lambda uow, who, at: operations.cancel(uow, turn_id, body.reason, who, at))

    @routes.get(f"{base}/ladder")
    def ladder() -> dict[str, Any]:
        """Delays of the escalation, in seconds."""
        with h.database.unit_of_work(require(queries.READ).tenant) as uow:
            return queries.ladder(uow)

    @routes.post(f"{base}/ladder")
    def set_ladder(body: Ladder, request: Request) -> Response:
        """Replaces the tenant's own delays and addresses."""
        return perform(h, request, "oncall:write", body, lambda uow, who, at: operations.set_ladder(uow, body.delays, body.services, who, at))

    @routes.get(f"{base}/webhook")
    def webhook() -> dict[str, str]:
        """Where the SMS and voice gateway brings answers, and the secret that signs them."""
        who = require("token:write")
        return {
            "path": f"/hooks/on-call/{who.tenant}",
            "secret": webhooks.secret_of(h.key, who.tenant, SOURCE),
            "header": "X-Vigie-Signature: sha256=<HMAC of the body>",
        }

    @routes.post("/hooks/on-call/{tenant}")
    async def hook(tenant: str, request: Request) -> Response:
        """An answer, signed: {"from", "text"} of an SMS, {"message_id", "digits"} of a call. Answers {"reply"}: the sentence to send back."""
        body = await request.body()
        return await run_in_threadpool(_answered, h, tenant, body, request)

    return routes


def _answered(h: Hypervisor, tenant: str, body: bytes, request: Request) -> Response:
    number = int(tenant) if tenant.isdecimal() and len(tenant) < 6 else -1
    secret = webhooks.secret_of(h.key, number, SOURCE)
    proved = webhooks.is_proved(secret, body, request.headers.get("x-vigie-signature", ""), request.headers.get("x-vigie-secret", ""))
    if number < 0 or len(body) > LARGEST_HOOK or not proved:
        raise NotSignedIn(_("La signature ne correspond pas : rien n’a été enregistré. Vérifiez l’adresse et le secret de la passerelle."))
    try:
        said = Answer.model_validate_json(body)
    except ValidationError:
        raise InvalidRequest(_("Le message de la passerelle n’a pas la forme attendue : rien n’a été enregistré.")) from None
    with h.database.unit_of_work(number) as uow:
        try:
            if said.message_id:
                return JSONResponse({"reply": operations.answer_by_call(uow, said.message_id, said.digits, h.clock.now())})
            return JSONResponse({"reply": operations.answer_by_reply(uow, h.key, said.sender, said.text, h.clock.now())})
        except Forbidden as refusal:  # Answered, not raised: the failure that slows the next guess down is committed.
            return JSONResponse({"reply": refusal.sentence}, refusal.status)
