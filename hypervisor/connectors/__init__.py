"""Source protocols, one folder each: `convert.py` is pure (a body → what it says), `samples/` is its contract. A new one is a new folder and nothing else.

A folder declares `CONNECTOR`; the door serves it at `POST /hooks/{connector}/{source}`, and the subscriber at the topics of its sources. Read `uplink.py` for
how a network server's devices become assets.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypervisor import registry
from hypervisor.domain.observation import Observation
from hypervisor.domain.supervised import Message
from hypervisor.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a message says. refused: (entity, sentence) for its parts that could not be read, while others could; answer: JSON that its sender waits for."""

    observations: Sequence[Observation] = ()
    alarms: Sequence[Message] = ()
    answer: bytes = b""
    refused: Sequence[tuple[str, str]] = ()

    @property
    def is_fully_dated(self) -> bool:
        """Whether every observation carries the sender's own time, so that the same message again is a replay and not a new measure."""
        return all(observation.observed_at_ms for observation in self.observations)


Convert = Callable[[bytes, Mapping[str, str]], Heard]
"""(body, query parameters of the request, or `topic` of an MQTT message) → what it says, nothing for a message that carries no measure.

Raises InvalidRequest with a sentence.
"""


@dataclass(frozen=True, kw_only=True)
class Connector:
    """What a folder declares. key: the folder's name; label: the product or norm, with the version read.

    prepare: for a connector whose sources declare something of their form: a source's template → its convert; raises InvalidRequest for one that it cannot follow.
    Where and how a sender proves that it knows its secret: signature_header holds signature_prefix and the hexadecimal HMAC-SHA256 of the body; key_field: the field
    of a query or form in which senders that cannot sign give the secret itself. status: of the answer to what was accepted.
    """

    key: str
    label: str
    convert: Convert
    prepare: Callable[[Mapping[str, Any]], Convert] | None = None
    needs_template: bool = False
    signature_header: str = "x-vigie-signature"
    signature_prefix: str = "sha256="
    key_field: str = ""
    status: int = 204

    def of_source(self, template: Mapping[str, Any] | None) -> Convert:
        """The convert of a source that declared this template, None for none. Raises InvalidRequest when the two do not fit."""
        if self.prepare is None and template is not None:
            raise InvalidRequest(f"connector {self.key} reads one form only: leave the template out")
        if self.needs_template and template is None:
            raise InvalidRequest(f"connector {self.key} reads the form that its source declares: give a template")
        return self.convert if self.prepare is None or template is None else self.prepare(template)


def all_connectors() -> dict[str, Connector]:
    """Every connector by key. Raises BadConfiguration when a folder is not one."""
    return registry.discover(sys.modules[__name__], "CONNECTOR")
