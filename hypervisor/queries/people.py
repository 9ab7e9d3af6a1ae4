"""Who may receive an event, and what the administration page lists."""

from dataclasses import dataclass
from typing import Any

from hypervisor.domain.operator import PERMISSIONS, Role
from hypervisor.queries import messages
from hypervisor.security.principals import machine_now
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, accounts, audit, sessions, tokens

AUDIT_LINES = 30
OUTBOX_LINES = 50


@dataclass(frozen=True, kw_only=True)
class Governance:
    """Lists of the administration page; one that the reader may not see is None."""

    walls: list[dict[str, Any]] | None
    accounts: list[dict[str, Any]] | None
    tokens: list[dict[str, Any]] | None
    audit: list[dict[str, Any]] | None
    messages: list[dict[str, Any]] | None = None


def assignable(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Accounts that may act on events, by name."""
    require("event:act")
    live = (account for account in accounts.listed(uow) if not account["disabled_at"])
    return sorted((account for account in live if "event:act" in PERMISSIONS[Role(account["role"])]), key=lambda account: account["display_name"])


def governance(uow: UnitOfWork) -> Governance:
    """What `/admin` shows to this reader."""
    who = require("screen:admin")
    return Governance(
        walls=sessions.walls(uow, machine_now()) if who.may("wall:approve") else None,
        accounts=accounts.listed(uow) if who.may("account:write") or who.may("audit:read") else None,
        tokens=tokens.listed(uow) if who.may("token:write") or who.may("audit:read") else None,
        audit=audit.latest(uow, AUDIT_LINES) if who.may("audit:read") else None,
        messages=messages.listed(uow, OUTBOX_LINES) if who.may("message:read") else None,
    )
