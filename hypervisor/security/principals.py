"""Who is behind a request: a session's cookie or a bearer token."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypervisor.domain.operator import Principal
from hypervisor.security import sessions, tokens

if TYPE_CHECKING:
    from hypervisor.bootstrap import Hypervisor


def machine_now() -> datetime:
    """The machine's time: a demonstration that moves its clock by a day must not sign everybody out."""
    return datetime.now(UTC)


def by_session(h: "Hypervisor", cookie: str) -> Principal | None:
    """The person or wall of a session's cookie."""
    session = sessions.by_cookie(h.database, cookie, machine_now())
    return session.principal if session else None


def by_token(h: "Hypervisor", bearer: str) -> Principal | None:
    """The program of an API token."""
    return tokens.by_token(h.database, bearer, machine_now())
