"""People's accounts: added by the command line and by the administration page."""

from collections.abc import Sequence

from hypervisor.domain.operator import Role
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.security import passwords
from hypervisor.store import UnitOfWork
from hypervisor.store import accounts as rows


def add_user(
    uow: UnitOfWork,
    username: str,
    password: str | None,
    role: str,
    display_name: str = "",
    layers: Sequence[str] | None = None,
    communes: Sequence[int] | None = None,
    *,
    must_change: bool = True,
    strict: bool = True,
) -> int:
    """Adds an account, or replaces the one that has this username in the tenant; gives its id.

    password None is for a wall, which signs in by pairing. layers or communes None is all of them. strict=False lets a demonstration's password be short.
    Raises InvalidRequest with what is wrong.
    """
    name = username.strip().lower()
    if not name or not name.isascii() or any(c.isspace() for c in name):
        raise InvalidRequest(_("L’identifiant est vide, ou contient un espace ou un accent : corrigez-le."))
    if role not in {r.value for r in Role}:
        raise InvalidRequest(_("Le rôle {role} n’existe pas : choisissez parmi {roles}.", role=role, roles=", ".join(Role)))
    if password is not None and strict:
        passwords.check_strength(password, name)
    taken = rows.by_username(uow, name)
    if taken is not None and taken.tenant != uow.tenant:
        raise InvalidRequest(_("L’identifiant {name} est déjà pris : choisissez-en un autre.", name=name))
    made = passwords.make_hash(password) if password is not None else None
    return rows.save(
        uow,
        name,
        display_name or username,
        role,
        made,
        list(layers) if layers is not None else None,
        list(communes) if communes is not None else None,
        must_change=must_change,
    )
