"""The one middleware: who asks, in which language, from where; and the answer's protective headers. Pure ASGI, so that context variables reach everything."""

import logging
from collections.abc import Callable, Sequence, Set
from contextlib import ExitStack
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hypervisor import i18n
from hypervisor.domain.operator import Principal
from hypervisor.errors import Forbidden, Locked, NotFound, NotSignedIn, Unavailable, VigieError, problem
from hypervisor.i18n import _
from hypervisor.security import audit, body, cookies, csrf, headers, paths, sessions, tokens
from hypervisor.security.context import current_address, current_principal, current_session
from hypervisor.security.language import choose
from hypervisor.security.principals import machine_now
from hypervisor.security.require import require

if TYPE_CHECKING:
    from hypervisor.bootstrap import Hypervisor

logger = logging.getLogger(__name__)

T = TypeVar("T")
PROBLEM = "application/problem+json"


class SecurityMiddleware:
    """Guards every request of the web process.

    pages: the paths that Dash serves; csrf and Origin are checked for all. csp_hashes: gives the hashes of Dash's inline scripts, asked at the first
    request, when every callback is known. error_page: draws a refusal for people, from its status and sentence; without it they get plain text.
    """

    def __init__(
        self,
        app: ASGIApp,
        h: "Hypervisor",
        pages: Set[str] = frozenset(),
        csp_hashes: Callable[[], Sequence[str]] = tuple,
        error_page: Callable[[int, str], str] | None = None,
    ) -> None:
        self._app, self._h, self._settings = app, h, h.settings
        self._pages, self._csp_hashes, self._error_page = pages, csp_hashes, error_page
        self._fixed = headers.fixed(h.settings)
        self._hashes: Sequence[str] | None = None
        audit.write_to(h.database)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, one socket, or the life of the process."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope)
        jar = cookies.read(given.get("cookie", ""))
        answer = _Answer(send)
        with ExitStack() as kept:
            _set(kept, i18n.current_locale, choose(None, jar, given, self._settings))
            _set(kept, current_address, _address(scope))
            guarded = self._with_headers(answer, scope, given, jar)
            try:
                receive = body.bounded(given, receive)
                session, principal = await self._who(given, jar)
                _set(kept, current_session, session)
                _set(kept, current_principal, principal)
                _set(kept, i18n.current_locale, choose(session, jar, given, self._settings))
                receive = await self._check_origin(scope, receive, given, jar, principal)
                elsewhere = self._elsewhere(scope, given, principal, session)
                await (elsewhere or self._app)(scope, receive, guarded)
            except VigieError as error:
                if answer.has_begun:
                    raise
                await self._refusal(scope, error)(scope, receive, guarded)
            except Exception:  # The web edge: whatever broke, the reader gets a sentence and the log the trace.
                if answer.has_begun:
                    raise
                logger.exception("request failed: %s %s", scope["method"], scope["path"])
                broken = VigieError(_("Vigie a rencontré une erreur ; rien n’a été enregistré. Réessayez, et prévenez l’administrateur si elle revient."))
                await self._refusal(scope, broken)(scope, receive, guarded)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope)
        jar = cookies.read(given.get("cookie", ""))
        with ExitStack() as kept:
            _set(kept, current_address, _address(scope))
            try:
                session, principal = await self._who(given, jar)
            except (NotSignedIn, Unavailable):
                session, principal = None, None
            if session and session.must_change_password:
                session, principal = None, None  # Nothing is served before the new password, the feed neither.
            _set(kept, current_session, session)
            _set(kept, current_principal, principal)
            _set(kept, i18n.current_locale, choose(session, jar, given, self._settings))
            # /live answers a stranger in its own protocol, so that the page knows that its session has ended.
            is_held = session is not None and session.is_locked
            if not csrf.is_same_origin(given, self._settings) or ((principal is None or is_held) and scope["path"] != "/live"):
                logger.warning("socket refused on %s from origin %s", scope["path"], given.get("origin"))
                await receive()
                await send({"type": "websocket.close", "code": 4403})
                return
            await self._app(scope, receive, send)

    async def _who(self, given: Headers, jar: dict[str, str]) -> tuple[sessions.Session | None, Principal | None]:
        scheme, _space, secret = given.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            principal = await run_in_threadpool(tokens.by_token, self._h.database, secret.strip(), machine_now())
            if principal is None:
                raise NotSignedIn(_("Ce jeton est inconnu, révoqué ou expiré."))
            return None, principal
        for name in sessions.cookie_names(self._settings):
            if name in jar:
                session = await run_in_threadpool(sessions.by_cookie, self._h.database, jar[name], machine_now())
                if session:
                    return session, session.principal
        return None, None

    async def _check_origin(self, scope: Scope, receive: Receive, given: Headers, jar: dict[str, str], principal: Principal | None) -> Receive:
        """Refuses what another site's page could have made the browser send."""
        if scope["method"] in csrf.SAFE or (principal is not None and principal.role is None):
            return receive
        if not csrf.is_same_origin(given, self._settings):
            raise Forbidden(_("La demande vient d’un autre site : elle est refusée."))
        if principal is None:
            return receive
        repeated, receive = await csrf.repeated_value(given, receive)
        if not csrf.is_proved(repeated, principal.csrf, jar.get(cookies.CSRF, "")):
            raise Forbidden(_("La page est trop ancienne pour agir : rechargez-la."), reason="csrf")
        return receive

    def _elsewhere(self, scope: Scope, given: Headers, principal: Principal | None, session: sessions.Session | None) -> ASGIApp | None:
        """What answers instead of the application: a redirection, or a raised refusal; None lets it through."""
        path = scope["path"]
        if scope["method"] in ("GET", "HEAD") and not paths.exists(scope, self._pages):
            raise NotFound(_("Cette adresse n’existe pas."))
        # Behind a proxy of this machine everybody comes from this machine: what it forwards is not local.
        is_local = paths.is_loopback(_address(scope)) and "x-forwarded-for" not in given and "forwarded" not in given
        if path == "/metrics" and not is_local and (principal is None or principal.role is not None):
            raise NotSignedIn(_("Les mesures de la plateforme demandent un jeton."))
        if paths.is_open(path) or path == "/metrics":
            return None
        if principal is None:
            if path == "/mur" and scope["method"] == "GET":
                scope["path"] = paths.PAIRING
                scope["raw_path"] = paths.PAIRING.encode()
                return None
            if paths.is_for_programs(path) or scope["method"] not in ("GET", "HEAD"):
                raise NotSignedIn(_("Personne n’est connecté, ou la session est finie : connectez-vous."))
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"{paths.SIGN_IN}?next={quote(path + ('?' + query if query else ''), safe='')}", status_code=303)
        if session and session.must_change_password and path not in paths.WITHOUT_NEW_PASSWORD:
            if paths.is_for_programs(path):
                raise Forbidden(_("Le mot de passe doit être changé d’abord."))
            return RedirectResponse(paths.NEW_PASSWORD, status_code=303)
        if session and session.is_locked and not paths.is_served_while_locked(path, scope["method"]):
            if paths.is_for_programs(path) or scope["method"] not in ("GET", "HEAD"):
                raise Locked(_("Le poste est verrouillé : rien n’a été fait. Donnez le mot de passe pour continuer."))
            query = scope["query_string"].decode("latin-1")
            scope["asked"] = path + ("?" + query if query else "")
            scope["path"] = paths.LOCKED
            scope["raw_path"] = paths.LOCKED.encode()
            return None
        if path in self._pages and path != paths.SIGN_IN:
            # Courtesy of a real 403: the page's own `require` is what guards it, because navigation inside Dash never comes here.
            require(f"screen:{path.removeprefix('/')}", principal=principal)
        return None

    def _refusal(self, scope: Scope, error: VigieError) -> Response:
        extra = {"Retry-After": str(error.facts["retry_after_s"])} if "retry_after_s" in error.facts else {}
        if paths.is_for_programs(scope["path"]):
            if error.status == 401:
                extra["WWW-Authenticate"] = "Bearer"
            return JSONResponse(problem(error, scope["path"]), error.status, extra, media_type=PROBLEM)
        page = self._error_page(error.status, error.sentence) if self._error_page else error.sentence
        return HTMLResponse(page, error.status, extra)

    def _with_headers(self, answer: "_Answer", scope: Scope, given: Headers, jar: dict[str, str]) -> Send:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in self._fixed:
                    out.setdefault(name, value)
                out["content-security-policy"] = headers.policy(self._settings, self._script_hashes(), given.get("host", ""))
                session = current_session.get()
                if not scope["path"].startswith(paths.OPEN_PREFIXES):
                    out.setdefault("cache-control", "private, no-cache")
                if session and cookies.CSRF not in jar and out.get("content-type", "").startswith("text/html"):
                    # A browser that dropped the cookie could read and never act: the page brings it again.
                    again = Response()
                    again.set_cookie(cookies.CSRF, session.principal.csrf, samesite="lax", secure=self._settings.is_secure)
                    out.append("set-cookie", again.headers["set-cookie"])
            await answer(message)

        return send

    def _script_hashes(self) -> Sequence[str]:
        if self._hashes is None:
            self._hashes = tuple(self._csp_hashes())
        return self._hashes


class _Answer:
    """The server's `send`, remembering whether the answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        self.has_begun = True
        await self._send(message)


def _set(kept: ExitStack, variable: ContextVar[T], value: T) -> None:
    token = variable.set(value)
    kept.callback(variable.reset, token)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
