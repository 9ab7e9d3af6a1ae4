"""Proof that a request with a cookie was made by our own page.

Two guards, either of which would do: a browser says where a request comes from (`Origin`), and only our page can read the CSRF cookie and repeat it in
a header or a form. The cookie has no port in its name, because Dash reads `_csrf_token`; browsers share cookies between the ports of a host, so the
one that comes may be another process's. Hence the repeated value may be the session's or the cookie's own (double submission).
"""

import hmac
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from hypervisor.security.cookies import CSRF
from hypervisor.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrftoken"
FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 64 * 1024


def is_same_origin(headers: Headers, settings: Settings) -> bool:
    """Whether the browser says that the request comes from us. A client that says nothing is no browser, or an old one: the token decides."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    allowed = {headers.get("host", "")}
    if settings.public_url:
        allowed.add(urlsplit(settings.public_url).netloc)
    try:
        return urlsplit(origin).netloc in allowed - {""}
    except ValueError:  # Such as `http://[`: no browser writes it.
        return False


def is_proved(repeated: str, session_csrf: str, cookie: str) -> bool:
    """Whether the value repeated in the header or the form is the session's, or the cookie's."""
    given = repeated.encode()
    return any(bool(known) and hmac.compare_digest(given, known.encode()) for known in (session_csrf, cookie))


async def repeated_value(headers: Headers, receive: Receive) -> tuple[str, Receive]:
    """The value in the header, else in the form's `_csrf_token` field; and a `receive` that gives the form again."""
    if HEADER in headers or not headers.get("content-type", "").startswith(FORM):
        return headers.get(HEADER, ""), receive
    body, messages = b"", []
    while True:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > LARGEST_FORM:
            break
    fields = parse_qs(body[:LARGEST_FORM].decode("utf-8", "replace"))

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return fields.get(CSRF, [""])[0], again
