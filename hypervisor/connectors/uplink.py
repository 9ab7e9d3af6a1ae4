"""What LoRaWAN network servers have in common: a device, a time, and what their own decoder made of its bytes.

A device is an asset by the `urn` that its integrator gave it at the network server (a tag or an attribute), else urn:ngsi-ld:Device:{DevEUI in capitals}.
Names of the decoded values are attribute names of the asset's layer; what no layer knows is refused by the worker, counted and kept.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from hypervisor.connectors import Heard
from hypervisor.domain.observation import Observation
from hypervisor.errors import InvalidRequest


def read(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises InvalidRequest."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not JSON ({error}): nothing was accepted") from None
    if not isinstance(found, dict):
        raise InvalidRequest("the body is not a JSON object: nothing was accepted; choose JSON, not Protobuf, at the network server")
    return found


def part(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object inside a message, empty when it is absent or something else."""
    found = message.get(name)
    return found if isinstance(found, dict) else {}


def observations(eui: Any, urn: Any, decoded: Mapping[str, Any], time: Any) -> Heard:
    """One observation per decoded number, word or yes-or-no. Raises InvalidRequest when the device or its time cannot be told."""
    if not isinstance(eui, str) or not eui:
        raise InvalidRequest("the uplink names no device (DevEUI): nothing was accepted")
    if not (isinstance(urn, str) and urn.lower().startswith("urn:") and "\0" not in urn):
        urn = f"urn:ngsi-ld:Device:{eui.upper()}"
    at_ms = _epoch_ms(time)
    found = []
    for name, value in decoded.items():
        if isinstance(value, bool | int | float) and _is_finite(value):
            value = float(value)
        elif not isinstance(value, str):
            continue
        found.append(
            Observation(
                entity=urn,
                type="Device",
                property=name.replace("\0", ""),
                value=value.replace("\0", "") if isinstance(value, str) else value,
                observed_at_ms=at_ms,
            )
        )
    return Heard(observations=found)


def _epoch_ms(time: Any) -> int:
    try:
        at = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidRequest(f"the uplink's time is not an ISO-8601 date with its zone: {str(time)[:40]!r}; nothing was accepted")
    return round(at.timestamp() * 1000) or 1


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
