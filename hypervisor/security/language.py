"""Which language the reader gets: the one of the profile, else of the cookie, else of the browser, else French."""

from starlette.datastructures import Headers

from hypervisor.i18n import LOCALES
from hypervisor.security.sessions import Session, cookie_port
from hypervisor.settings import Settings


def cookie_name(settings: Settings) -> str:
    """Name of the cookie that keeps the language of someone who is not signed in."""
    return f"vigie_{cookie_port(settings)}_locale"


def choose(session: Session | None, jar: dict[str, str], given: Headers, settings: Settings) -> str:
    """One of LOCALES."""
    for wish in (session.locale if session else "", jar.get(cookie_name(settings), "")):
        if wish in LOCALES:
            return wish
    return accepted(given.get("accept-language", ""))


def accepted(header: str) -> str:
    """The first of our languages in an Accept-Language header, by weight then order (RFC 9110 §12.5.4); French when none is ours."""
    wishes = []
    for place, part in enumerate(header.split(",")):
        tag, _semicolon, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), place, tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for _weight, _place, tag in sorted(wishes) if tag in LOCALES), LOCALES[0])
