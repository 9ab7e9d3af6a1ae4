"""What the middleware knows of the request being served, visible in coroutines, in threads and in Dash callbacks."""

from contextvars import ContextVar

from hypervisor.domain.operator import Principal
from hypervisor.security.sessions import Session

current_principal: ContextVar[Principal | None] = ContextVar("principal", default=None)
current_session: ContextVar[Session | None] = ContextVar("session", default=None)
current_address: ContextVar[str] = ContextVar("address", default="")
