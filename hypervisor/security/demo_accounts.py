"""The demonstration's accounts and the simulator's token (interfaces.md). Never called on a platform with HYPERVISOR_DEMO=0."""

from datetime import datetime

from hypervisor.domain.operator import Role
from hypervisor.security import accounts, tokens
from hypervisor.store import UnitOfWork

PEOPLE = (
    ("operateur", "Mme Petit", Role.OPERATOR),
    ("chef", "M. Durand", Role.CHIEF),
    ("agent", "M. Garnier", Role.AGENT),
    ("cadre", "Mme Da Silva", Role.DUTY_OFFICER),
    ("elu", "Mme Lefèvre", Role.OFFICIAL),
    ("metier", "M. Roussel", Role.TRADE_MANAGER),
    ("admin", "Mme Moreau", Role.ADMIN),
    ("dpo", "M. Fontaine", Role.DPO),
    ("mur", "Mur", Role.DISPLAY),
)
SIMULATOR = "simulator"


def give_password(uow: UnitOfWork, password: str) -> None:
    """Gives every account this password, and makes those that are missing."""
    for username, display_name, role in PEOPLE:
        accounts.add_user(uow, username, password, role, display_name, must_change=False, strict=False)


def simulator_token(uow: UnitOfWork, at: datetime) -> str:
    """A new token for the simulator; the one before ends."""
    return tokens.add_token(uow, SIMULATOR, "ingest", at)
