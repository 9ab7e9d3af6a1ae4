"""Source protocols, one folder each: `convert.py` is pure (a body → observations), `samples/` is its contract. A new one is a new folder and nothing else.

A folder declares `CONNECTOR`; the door serves it at `POST /hooks/{connector}/{source}`. Read `uplink.py` for how a network server's devices become assets.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypervisor import registry
from hypervisor.domain.observation import Observation

Convert = Callable[[bytes, Mapping[str, str]], list[Observation]]
"""(body, query parameters of the request) → observations, none for a message that carries no measure. Raises InvalidRequest with a sentence."""


@dataclass(frozen=True, kw_only=True)
class Connector:
    """What a folder declares. key: the folder's name; label: the product or norm, with the version read."""

    key: str
    label: str
    convert: Convert


def all_connectors() -> dict[str, Connector]:
    """Every connector by key. Raises BadConfiguration when a folder is not one."""
    return registry.discover(sys.modules[__name__], "CONNECTOR")
