"""Cookies of a session: the secret one that scripts cannot read, and the CSRF one that they must."""

from http.cookies import CookieError, SimpleCookie

from starlette.responses import Response

from hypervisor.security import sessions
from hypervisor.security.principals import machine_now
from hypervisor.security.sessions import Opened
from hypervisor.settings import Settings

CSRF = "_csrf_token"  # the name that Dash reads


def read(header: str) -> dict[str, str]:
    """The cookies of a Cookie header; those that cannot be read are left out."""
    jar: SimpleCookie = SimpleCookie()
    found = {}
    for part in header.split(";"):
        try:
            jar.load(part)
        except CookieError:
            continue
    for name, morsel in jar.items():
        found[name] = morsel.value
    return found


def give(response: Response, settings: Settings, opened: Opened, kind: str = sessions.PERSON) -> None:
    """Sets both cookies of a session just opened. They live as long as it does."""
    age = int((opened.expires_at - machine_now()).total_seconds())
    response.set_cookie(sessions.cookie_name(settings, kind), opened.cookie, max_age=age, httponly=True, samesite="lax", secure=settings.is_secure)
    response.set_cookie(CSRF, opened.csrf, max_age=age, samesite="lax", secure=settings.is_secure)


def take_back(response: Response, settings: Settings) -> None:
    """Removes the session's cookie, whichever name it came under."""
    for name in sessions.cookie_names(settings):
        response.delete_cookie(name, httponly=True, samesite="lax", secure=settings.is_secure)
    response.delete_cookie(CSRF, samesite="lax", secure=settings.is_secure)
