"""Questions that people keep, for themselves or for everybody of the tenant."""

from datetime import datetime
from typing import Any

from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, exploration

LONGEST_NAME, LONGEST_BODY = 80, 4_000


def save(uow: UnitOfWork, name: str, body: dict[str, str], by: Principal, at: datetime, *, is_shared: bool) -> dict[str, Any]:
    """Keeps a question under a name; one of the same name and owner gives way."""
    require("exploration:save", principal=by)
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidRequest(_("Le nom est vide ou dépasse {count} caractères.", count=LONGEST_NAME))
    if sum(len(key) + len(value) for key, value in body.items()) > LONGEST_BODY:
        raise InvalidRequest(_("La question est trop longue pour être gardée : réduisez le nombre de séries."))
    return exploration.save_view(uow, name, body, by.name, by.display_name, at, is_shared=is_shared)


def drop(uow: UnitOfWork, view_id: int, by: Principal) -> bool:
    """Forgets a question of one's own; whether there was one."""
    require("exploration:save", principal=by)
    return exploration.drop_view(uow, view_id, by.name)
