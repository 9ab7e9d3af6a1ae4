"""/api/v1/session and /api/v1/me: signing in and out, and who one is."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import HOME, Principal
from hypervisor.errors import InvalidRequest, NotSignedIn
from hypervisor.i18n import _
from hypervisor.security import cookies, signin
from hypervisor.security.context import current_address, current_principal, current_session
from hypervisor.security.principals import machine_now
from hypervisor.security.sessions import Session, forget
from hypervisor.store import accounts


class Credentials(BaseModel):
    """What a person types."""

    username: str
    password: SecretStr


class Unlocking(BaseModel):
    """The password of the session's own account."""

    model_config = ConfigDict(extra="forbid")

    password: SecretStr


class Preferences(BaseModel):
    """What a person may choose for oneself."""

    model_config = ConfigDict(extra="forbid")

    locale: Literal["fr", "en"] | None = None
    theme: Literal["nuit", "jour", "nuit-profonde"] | None = None
    keys: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=20)]] | None = Field(
        None, max_length=60, description="Action of the keyboard → its key, or `` for none; an absent action keeps the screen's own"
    )


def router(h: Hypervisor) -> APIRouter:
    """Routes of the session."""
    routes = APIRouter(prefix="/api/v1", tags=["session"])

    @routes.post("/session")
    def sign_in(credentials: Credentials) -> Response:
        """Opens a session: its cookie, and `csrf`, to be repeated in the header `X-CSRFToken` of every request that changes something."""
        length = timedelta(hours=h.settings.session_hours)
        opened = signin.sign_in(h.database, credentials.username, credentials.password.get_secret_value(), machine_now(), length, current_address.get())
        answer = JSONResponse({"csrf": opened.csrf, "expires_at": opened.expires_at.isoformat()})
        cookies.give(answer, h.settings, opened)
        return answer

    @routes.post("/session/lock", status_code=204)
    def lock() -> Response:
        """Holds the session's hands: until it is unlocked every operation and query answers 423, while the picture (`/live`, `/api/v1/map`) goes on."""
        signin.lock(h.database, _session(), machine_now(), current_address.get())
        return Response(status_code=204)

    @routes.post("/session/unlock", status_code=204)
    def unlock(body: Unlocking) -> Response:
        """Proves that the person is back at a locked screen: the session goes on. Throttled like a sign-in."""
        session = _session()
        signin.unlock(h.database, session, body.password.get_secret_value(), machine_now(), current_address.get())
        return Response(status_code=204)

    @routes.delete("/session", status_code=204)
    def sign_out() -> Response:
        """Ends the session everywhere."""
        session = current_session.get()
        if session:
            signin.sign_out(h.database, session, machine_now())
        answer = Response(status_code=204)
        cookies.take_back(answer, h.settings)
        return answer

    @routes.get("/me")
    def me() -> dict[str, Any]:
        """Who one is, and what one may do."""
        who = _someone()
        if who.account_id is None:
            return _described(who)
        with h.database.unit_of_work(who.tenant) as uow:
            return _described(who) | {"keys": accounts.keys_of(uow, who.account_id)}

    @routes.patch("/me")
    def prefer(preferences: Preferences, request: Request) -> dict[str, Any]:
        """Keeps the language, the theme and the keys of a signed-in person."""
        who = _someone()
        if who.account_id is None:
            raise InvalidRequest(_("Un jeton n’a pas de préférences."))
        with h.database.unit_of_work(who.tenant) as uow:
            accounts.set_preferences(uow, who.account_id, preferences.locale, preferences.theme, preferences.keys)
        forget(who.session_id)
        return _described(who) | preferences.model_dump(exclude_none=True)

    return routes


def _session() -> Session:
    session = current_session.get()
    if session is None:
        raise NotSignedIn(_("Personne n’est connecté, ou la session est finie : connectez-vous."))
    return session


def _someone() -> Principal:
    who = current_principal.get()
    if who is None:
        raise NotSignedIn(_("Personne n’est connecté, ou la session est finie : connectez-vous."))
    return who


def _described(who: Principal) -> dict[str, Any]:
    session = current_session.get()
    return {
        "name": who.name,
        "display_name": who.display_name,
        "role": who.role,
        "home": HOME[who.role] if who.role else None,
        "permissions": sorted(who.permissions),
        "layers": None if who.layers is None else sorted(who.layers),
        "communes": None if who.communes is None else sorted(who.communes),
        "kind": session.kind if session else "token",
        "locale": session.locale if session else None,
        "theme": session.theme if session else None,
        "must_change_password": bool(session and session.must_change_password),
    }
