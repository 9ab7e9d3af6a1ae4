"""What people do to messages that are at rest: ask for another try."""

from datetime import datetime
from typing import Any

from hypervisor.domain.operator import Principal
from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook, messages


def send_again(uow: UnitOfWork, message_id: int, by: Principal, at: datetime) -> dict[str, Any]:
    """Puts a kept, refused or abandoned message back on its way, under its own id. Raises NotFound when it is not at rest."""
    require("message:send", principal=by)
    said = _("Le message {id} n’existe pas, ou il est déjà parti : rien n’a changé.", id=message_id)
    if not messages.has(uow, by.layers, message_id):
        raise reach.unseen(by, "message:send", f"message:{message_id}", said)
    name = messages.again(uow, by.layers, message_id, at)
    if name is None:
        raise NotFound(said)
    logbook.append(
        uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="action", text=f"Message renvoyé à {name or '–'}", action="message-again")
    )
    return {"id": message_id, "state": "waiting"}
