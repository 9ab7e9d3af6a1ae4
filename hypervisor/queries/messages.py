"""The outbox: what was sent to whom, and what waits."""

from typing import Any

from hypervisor.domain.operator import Role
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, messages

# The administrator of data sees that messages leave, not what they say nor to which number (screens.md B.9: « no content »).
READERS_OF_CONTENT = frozenset({Role.CHIEF})


def listed(uow: UnitOfWork, limit: int, state: str | None = None) -> list[dict[str, Any]]:
    """Messages of the reader's domains, newest first; with their address and text for those who may read them."""
    who = require("message:read")
    return messages.listed(uow, who.layers, content=who.role in READERS_OF_CONTENT, state=state, limit=limit)
