"""Who may receive an event, and what the administration page lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.operator import Principal, Role, may_own_events
from hypervisor.operations.wording import PLACE
from hypervisor.queries import messages, on_call
from hypervisor.security.principals import machine_now
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, accounts, audit, pairing, sessions, tokens

AUDIT_LINES = 30
OUTBOX_LINES = 50
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Governance:
    """Lists of the administration page; one that the reader may not see is None. awaited: walls approved that have not opened yet."""

    walls: list[dict[str, Any]] | None
    accounts: list[dict[str, Any]] | None
    tokens: list[dict[str, Any]] | None
    audit: list[dict[str, Any]] | None
    messages: list[dict[str, Any]] | None = None
    on_call: "OnCall | None" = None
    awaited: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class OnCall:
    """The week of the on-call duty: rosters with turns and gaps, the directory, the ladder; from `since`. holidays: ISO date → name."""

    since: datetime
    until: datetime
    rosters: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    ladder: dict[str, Any]
    holidays: dict[str, str]


def assignable(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Accounts that may own an event, by name: those of the desk, not those of the field, who receive interventions."""
    require("event:act")
    live = (account for account in accounts.listed(uow) if not account["disabled_at"])
    return sorted((account for account in live if may_own_events(Role(account["role"]))), key=lambda account: account["display_name"])


def governance(uow: UnitOfWork, at: datetime | None = None, area: str = "") -> Governance:
    """What `/admin` shows to this reader; with the on-call week that begins this day when the time is given. area: where public holidays differ."""
    who = require("screen:admin")
    return Governance(
        walls=sessions.walls(uow, machine_now()) if who.may("wall:approve") else None,
        accounts=accounts.listed(uow) if who.may("account:write") or who.may("audit:read") else None,
        tokens=tokens.listed(uow) if who.may("token:write") or who.may("audit:read") else None,
        audit=_audit(uow, who) if who.may("audit:read") else None,
        messages=messages.listed(uow, OUTBOX_LINES) if who.may("message:read") else None,
        awaited=pairing.approved(uow) if who.may("wall:approve") else (),
        on_call=_on_call(uow, at, area) if at is not None and who.may("oncall:write") else None,
    )


def _audit(uow: UnitOfWork, who: Principal) -> list[dict[str, Any]]:
    """The last lines. Motives tell of people and of their work: who administers accounts reads that there was one, who decides of complete files reads it."""
    lines = audit.latest(uow, AUDIT_LINES)
    if who.may("disclosure:decide"):
        return lines
    return [{**line, "detail": {key: value for key, value in line["detail"].items() if key != "motive"}} for line in lines]


def _on_call(uow: UnitOfWork, at: datetime, area: str) -> OnCall:
    since = at.astimezone(PLACE).replace(hour=0, minute=0, second=0, microsecond=0)
    until = since + WEEK
    return OnCall(
        since=since,
        until=until,
        rosters=on_call.calendar(uow, since, until),
        contacts=on_call.contacts(uow),
        ladder=on_call.ladder(uow),
        holidays={one["date"]: one["name"] for one in on_call.holidays(since, until, area)},
    )
