"""Pages without Dash: sign-in, new password, pairing of a wall, errors. They work without JavaScript."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hypervisor import i18n
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import HOME
from hypervisor.errors import Forbidden, InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.operations import on_call
from hypervisor.security import cookies, language, pairing, paths, signin
from hypervisor.security.context import current_address, current_session
from hypervisor.security.csrf import is_proved
from hypervisor.security.passwords import LEAST_LENGTH
from hypervisor.security.principals import machine_now
from hypervisor.security.sessions import WALL, Session

TITLES = {
    403: N_("Accès refusé"),
    404: N_("Page introuvable"),
    405: N_("Demande impossible à cette adresse"),
    500: N_("Erreur de Vigie"),
    503: N_("Vigie est momentanément indisponible"),
}
NOT_KEPT = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
YEAR_S = 365 * 24 * 3600

_pages = Environment(loader=FileSystemLoader(Path(__file__).parent / "html"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
_pages.globals["_"] = i18n._


def render(template: str, **values: object) -> str:
    """A page of layouts/html in the reader's language and theme."""
    session = current_session.get()
    return _pages.get_template(template).render(locale=i18n.current_locale.get(), theme=session.theme if session else "nuit", **values)


def error_page(status: int, sentence: str) -> str:
    """The page of a refusal, for SecurityMiddleware."""
    return render("error.html", status=status, sentence=sentence, title=_(TITLES.get(status, N_("Demande refusée"))))


def router(h: Hypervisor) -> APIRouter:
    """Routes of these pages. Form posts carry the CSRF value in a field, which the middleware checks for signed-in people."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def sign_in_page(request: Request, next: str = "", langue: str = "") -> Response:  # noqa: A002 - the name in the address
        session = current_session.get()
        if session:
            return RedirectResponse(_home(session), 303)
        if langue in i18n.LOCALES:
            answer: Response = RedirectResponse("/", 303)
            answer.set_cookie(language.cookie_name(h.settings), langue, max_age=YEAR_S, samesite="lax", secure=h.settings.is_secure)
            return answer
        if h.settings.screens == "mur" and not next:
            return RedirectResponse("/mur", 303)
        return _sign_in_form(h, request, next)

    @routes.post("/")
    def sign_in(
        request: Request,
        username: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "",  # noqa: A002
        proof: Annotated[str, Form(alias=cookies.CSRF)] = "",
    ) -> Response:
        if not is_proved(proof, "", request.cookies.get(cookies.CSRF, "")):
            return _sign_in_form(h, request, next, username, Forbidden(_("Cette page a expiré, ou les cookies sont refusés : recommencez.")))
        try:
            opened = signin.sign_in(h.database, username, password, machine_now(), timedelta(hours=h.settings.session_hours), current_address.get())
        except InvalidRequest as refusal:
            return _sign_in_form(h, request, next, username, refusal)
        answer = RedirectResponse(_inside(next), 303)
        cookies.give(answer, h.settings, opened)
        return answer

    @routes.post("/deconnexion")
    def sign_out() -> Response:
        session = current_session.get()
        if session:
            signin.sign_out(h.database, session, machine_now())
        answer = RedirectResponse("/", 303)
        cookies.take_back(answer, h.settings)
        return answer

    @routes.get(paths.NEW_PASSWORD)
    def new_password_page() -> Response:
        return _new_password_form(_signed_in())

    @routes.post(paths.NEW_PASSWORD)
    def new_password(old: Annotated[str, Form()] = "", new: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "") -> Response:
        session = _signed_in()
        try:
            if new != again:
                raise InvalidRequest(_("Les deux nouveaux mots de passe diffèrent : retapez-les."))
            signin.change_password(h.database, session, old, new, machine_now(), current_address.get())
        except InvalidRequest as refusal:
            return _new_password_form(session, refusal)
        return RedirectResponse(_home(session), 303)

    @routes.get(paths.LOCKED)
    def locked_page(request: Request) -> Response:
        session = current_session.get()
        wanted = request.scope.get("asked", "/")
        return _locked_form(session, wanted) if session and session.is_locked else RedirectResponse(wanted, 303)

    @routes.post(paths.LOCKED)
    def unlock(password: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "") -> Response:  # noqa: A002
        session = _signed_in()
        try:
            signin.unlock(h.database, session, password, machine_now(), current_address.get())
        except InvalidRequest as refusal:
            return _locked_form(session, next, refusal)
        return RedirectResponse(_inside(next), 303)

    @routes.get("/a/{token}")
    def answering_page(token: str) -> Response:
        tenant, word = _answer_of(token)
        with h.database.unit_of_work(tenant) as uow:
            try:
                found = on_call.shown_by_link(uow, h.key, word, current_address.get(), h.clock.now())
            except InvalidRequest as refusal:
                return HTMLResponse(render("answer.html", alarm=None, said="", refusal=refusal.sentence), refusal.status, NOT_KEPT)
        return HTMLResponse(render("answer.html", alarm=found, said="", refusal=""), headers=NOT_KEPT)

    @routes.post("/a/{token}")
    def answer(token: str) -> Response:
        tenant, word = _answer_of(token)
        with h.database.unit_of_work(tenant) as uow:
            try:
                said = on_call.answer_by_link(uow, h.key, word, current_address.get(), h.clock.now())
            except InvalidRequest as refusal:
                return HTMLResponse(render("answer.html", alarm=None, said="", refusal=refusal.sentence), refusal.status, NOT_KEPT)
        return HTMLResponse(render("answer.html", alarm=None, said=said, refusal=""), headers=NOT_KEPT)

    @routes.get(paths.PAIRING)
    def pairing_page(request: Request) -> Response:
        name = pairing.cookie_name(h.settings)
        secret = request.cookies.get(name, "")
        opened = pairing.collect(h.database, secret, machine_now(), current_address.get()) if secret else None
        if opened:
            answer: Response = RedirectResponse("/mur", 303)
            cookies.give(answer, h.settings, opened, WALL)
            answer.delete_cookie(name)
            return answer
        asked = pairing.waiting(h.database, secret, machine_now()) or pairing.ask(h.database, machine_now(), current_address.get())
        minutes = int(pairing.CODE_LIFE.total_seconds() // 60)
        answer = HTMLResponse(render("pairing.html", code=asked.code, spelled=" ".join(asked.code), expires_at=asked.expires_at.isoformat(), minutes=minutes))
        answer.set_cookie(name, asked.secret, max_age=minutes * 60 * 2, httponly=True, samesite="lax", secure=h.settings.is_secure)
        return answer

    return routes


def _sign_in_form(h: Hypervisor, request: Request, wanted: str, username: str = "", refusal: InvalidRequest | None = None) -> Response:
    csrf = request.cookies.get(cookies.CSRF) or secrets.token_urlsafe(24)
    page = render("sign_in.html", csrf=csrf, next=wanted, username=username, refusal=refusal.sentence if refusal else "")
    extra = {"Retry-After": str(refusal.facts["retry_after_s"])} if refusal and "retry_after_s" in refusal.facts else {}
    answer = HTMLResponse(page, refusal.status if refusal else 200, extra)
    answer.set_cookie(cookies.CSRF, csrf, samesite="lax", secure=h.settings.is_secure)
    return answer


def _locked_form(session: Session, wanted: str, refusal: InvalidRequest | None = None) -> Response:
    who = session.principal
    page = render("locked.html", csrf=who.csrf, name=who.display_name, username=who.name, next=wanted, refusal=refusal.sentence if refusal else "")
    # Its address is no secret, and without a referrer the browser would not say where the form comes from.
    return HTMLResponse(page, refusal.status if refusal else 423, {"cache-control": "no-store"})


def _new_password_form(session: Session, refusal: InvalidRequest | None = None) -> Response:
    who = session.principal
    page = render(
        "new_password.html",
        csrf=who.csrf,
        username=who.name,
        least=LEAST_LENGTH,
        compulsory=session.must_change_password,
        refusal=refusal.sentence if refusal else "",
    )
    return HTMLResponse(page, refusal.status if refusal else 200)


def _signed_in() -> Session:
    session = current_session.get()
    if session is None:
        raise Forbidden(_("Un jeton n’a pas de mot de passe."))
    return session


def _home(session: Session) -> str:
    role = session.principal.role
    return HOME[role] if role else "/"


def _inside(wanted: str) -> str:
    """The path asked for before signing in, `/` when it leads outside: browsers read `//host` and `/\\host` as other sites."""
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not parts.netloc and not parts.scheme and "\\" not in wanted and not wanted.startswith("//") and wanted.isprintable()
    return wanted if is_ours else "/"


def _answer_of(token: str) -> tuple[int, str]:
    """(tenant, word) of an answering address."""
    tenant, _dash, word = token.partition("-")
    return (int(tenant), word) if tenant.isdecimal() and len(tenant) < 6 else (0, word)
