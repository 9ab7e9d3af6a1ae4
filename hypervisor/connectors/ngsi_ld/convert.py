"""NGSI-LD entities or a notification (ETSI GS CIM 009 §4.5 and §5.3.1) → observations."""

from collections.abc import Mapping

import msgspec

from hypervisor.connectors import Heard
from hypervisor.errors import InvalidRequest
from hypervisor.ingest.decode import decode


class _Notification(msgspec.Struct):
    """What a context broker sends to its subscribers: the entities are in `data`."""

    type: str
    data: msgspec.Raw


def convert(body: bytes, _query: Mapping[str, str]) -> Heard:
    """Observations of an entity, an array of entities, or a context broker's notification; one entity's mistake does not cost another's value."""
    try:
        notified = msgspec.json.decode(body, type=_Notification)
    except (msgspec.DecodeError, UnicodeDecodeError):
        entities = body
    else:
        entities = bytes(notified.data) if notified.type == "Notification" else body
    found = decode(entities, ())
    if not found.accepted:
        raise InvalidRequest("; ".join(sentence for _entity, sentence in found.refused[:3]) + ": nothing was accepted")
    return Heard(observations=found.observations, refused=found.refused)
