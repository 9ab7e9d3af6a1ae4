"""The complete incident file shows names: one person asks for it, another decides, and it stays open for a day (screens.md 1.5). Its life is a table; the clock ends it."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

WAITS = timedelta(days=3)
"""A request that nobody has decided is no longer valid: three days hold a long weekend. Chosen by us."""
OPEN = timedelta(hours=24)
"""How long the file may be taken once agreed: who asks at night and is answered by day is back by then. Chosen by us."""
LEAST_MOTIVE, LONGEST_TEXT = 10, 500


class Status(StrEnum):
    """Where a request stands. The last two are the clock's: they are read, never written."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Act:
    """What a verb leads to, from where, and whether it is the asker's or another person's."""

    of: frozenset[Status]
    to: Status
    is_askers: bool


ACTS: MappingProxyType[str, Act] = MappingProxyType(
    {
        "approve": Act(of=frozenset({Status.WAITING}), to=Status.APPROVED, is_askers=False),
        "refuse": Act(of=frozenset({Status.WAITING}), to=Status.REFUSED, is_askers=False),
        "revoke": Act(of=frozenset({Status.APPROVED}), to=Status.REVOKED, is_askers=False),
        "withdraw": Act(of=frozenset({Status.WAITING, Status.APPROVED}), to=Status.WITHDRAWN, is_askers=True),
    }
)
"""verb → what it does."""


class Impossible(Exception):
    """The verb does not exist from this status."""


class NotTheirs(Exception):
    """The verb is another person's: nobody decides of their own request, nobody withdraws another's."""


def after(verb: str, status: Status, *, is_asker: bool) -> Status:
    """The status after a verb. Raises NotTheirs, whatever the status, and Impossible."""
    act = ACTS[verb]
    if act.is_askers is not is_asker:
        raise NotTheirs(verb)
    if status not in act.of:
        raise Impossible(f"a request that is {status.value} cannot {verb}")
    return act.to


def status_at(kept: Status, asked_at: datetime, open_until: datetime | None, now: datetime) -> Status:
    """The status that is kept, unless the clock has ended it."""
    if kept is Status.WAITING and now >= asked_at + WAITS:
        return Status.LAPSED
    if kept is Status.APPROVED and (open_until is None or now >= open_until):
        return Status.EXPIRED
    return kept


Key = TypeVar("Key", str, int)


def within(inner: Set[Key] | None, outer: Set[Key] | None) -> bool:
    """Whether half a perimeter (layers, or communes; None: everywhere) holds another whole."""
    return outer is None or (inner is not None and inner <= outer)
