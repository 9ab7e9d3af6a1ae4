"""Which paths need nobody, which need a person, and which do not exist."""

from collections.abc import Set
from ipaddress import ip_address

from starlette.routing import Match
from starlette.types import Scope

SIGN_IN = "/"
PAIRING = "/appairage"
LOCKED = "/verrou"
NEW_PASSWORD = "/mot-de-passe"  # noqa: S105 - a path
OPEN = frozenset({SIGN_IN, PAIRING, "/healthz", "/readyz", "/favicon.ico", "/_favicon.ico", "/api/v1/session", "/api/v1/pairing", "/api/openapi.json"})
OPEN_PREFIXES = (
    "/assets/",
    "/_dash-component-suites/",
    "/api/docs",
    "/hooks/supervisor/",
    "/hooks/on-call/",
    "/a/",
)  # a hook proves itself by its signature, an answer by its long word
# With a password to change, nothing else works but changing it and leaving.
WITHOUT_NEW_PASSWORD = frozenset({NEW_PASSWORD, "/deconnexion", "/api/v1/session", "/api/v1/me"})
# Behind the lock of a desk left alone (screens.md 1.0) picture, alarms and sound stay, and the post is known to be held; nothing else works but unlocking and leaving.
WHILE_LOCKED = frozenset({LOCKED, "/deconnexion", "/live", "/api/v1/session/lock", "/api/v1/session/unlock", "/api/v1/shifts/state", "/api/v1/shifts/seen"})
PICTURE = ("/api/v1/map/snapshot", "/tiles/")
PROGRAMS = ("/api/", "/hooks/", "/_dash", "/live", "/metrics", "/healthz", "/readyz")


def is_open(path: str) -> bool:
    """Whether the path is served to whoever asks."""
    return path in OPEN or path.startswith(OPEN_PREFIXES)


def is_served_while_locked(path: str, method: str) -> bool:
    """Whether a locked session still gets it."""
    return path in WHILE_LOCKED or (path.startswith(PICTURE) and method in ("GET", "HEAD"))


def is_for_programs(path: str) -> bool:
    """Whether refusals are answered as problem documents rather than pages."""
    return path.startswith(PROGRAMS)


def is_loopback(address: str) -> bool:
    """Whether the client is on this machine."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def exists(scope: Scope, pages: Set[str]) -> bool:
    """Whether something serves the path. Dash's catch-all answers 200 to everything, so it does not count: `pages` are the ones it should answer."""
    if scope["path"] in pages:
        return True
    return any(route.matches(scope)[0] is not Match.NONE for route in scope["app"].router.routes if not str(getattr(route, "path", "")).endswith("{path:path}"))
