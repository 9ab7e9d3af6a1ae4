"""The intervention: somebody is asked to go and repair. Its life is a table; the event above it keeps a life of its own."""

from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    """Where an intervention stands, in the order of its life."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    DONE = "done"
    IMPOSSIBLE = "impossible"
    REFUSED = "refused"
    CANCELLED = "cancelled"


LIVE = (Status.REQUESTED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE)
"""Somebody has still something to do."""
UNDECIDED = frozenset({*LIVE, Status.REFUSED, Status.IMPOSSIBLE})
"""On the control post's screens: live, or waiting for someone else to be sent."""
FIELD = ("accept", "refuse", "en-route", "on-site", "done", "impossible", "help", "note", "parts", "photo")
"""Verbs of the agent's phone: they come late, and are kept even when the control post has gone on without them."""

_ANY = MappingProxyType({status: status for status in Status})
TRANSITIONS: MappingProxyType[str, MappingProxyType[Status, Status]] = MappingProxyType(
    {
        "accept": MappingProxyType({Status.REQUESTED: Status.ACCEPTED}),
        "refuse": MappingProxyType({Status.REQUESTED: Status.REFUSED, Status.ACCEPTED: Status.REFUSED}),
        "en-route": MappingProxyType({Status.ACCEPTED: Status.EN_ROUTE}),
        # Who was already there goes straight to work.
        "on-site": MappingProxyType({Status.ACCEPTED: Status.ON_SITE, Status.EN_ROUTE: Status.ON_SITE}),
        "done": MappingProxyType({Status.ON_SITE: Status.DONE}),
        "impossible": MappingProxyType(dict.fromkeys((Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE), Status.IMPOSSIBLE)),
        "help": MappingProxyType({status: status for status in LIVE}),
        "help-answered": MappingProxyType({status: status for status in LIVE}),
        "reassign": MappingProxyType(dict.fromkeys(UNDECIDED, Status.REQUESTED)),
        "cancel": MappingProxyType(dict.fromkeys(UNDECIDED, Status.CANCELLED)),
        "note": _ANY,
        "parts": _ANY,
        "photo": _ANY,
    }
)
"""verb → (status before → status after). A verb absent for a status is refused; from the field it is then kept without effect."""

NEEDS_REASON = frozenset({"refuse", "impossible", "cancel"})


class Impossible(Exception):
    """The verb does not exist from this status."""


def after(verb: str, status: Status) -> Status:
    """The status after a verb. Raises Impossible when the table has no such line."""
    try:
        return TRANSITIONS[verb][status]
    except KeyError:
        raise Impossible(f"an intervention that is {status.value} cannot {verb}") from None
