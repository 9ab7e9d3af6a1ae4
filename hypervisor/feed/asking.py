"""What a screen says on its socket: to be told anew, or channels by their names, which its perimeter gives it already or refuses."""

import msgspec

from hypervisor.domain.operator import Principal
from hypervisor.feed.channels import Layout
from hypervisor.security import audit


class Asked(msgspec.Struct):
    """One text message. since: the last fact that the screen saw; channels: names, "layer:commune"."""

    t: str = ""
    since: int = 0
    channels: list[str] = []


def read(said: str) -> Asked | None:
    """The message, None for what is none: it is ignored."""
    try:
        return msgspec.json.decode(said, type=Asked)
    except msgspec.DecodeError:
        return None


def elsewhere(layout: Layout, principal: Principal, names: list[str]) -> str | None:
    """The first of these channels that is not in the principal's perimeter, whether it exists or not: the attempt is in the audit."""
    inside = layout.names(principal)
    found = next((name for name in names if name not in inside), None)
    if found is not None:
        audit.refused(principal, "map:read", about=f"channel:{found[:80]}")
    return found
