"""A TALQ LogReport → observations of its attributes, alarms of its events. Source: TALQ Specification 2.7.1, data model, LogReport, LogData and EventType.

A device is the asset `urn:ngsi-ld:Device:{deviceAddress}`, or what the source's template makes of it: {"asset": "urn:ngsi-ld:Streetlight:{device}"}. An alarm
finds its asset by that URN or, left as `{device}`, by its code. `attributes` adds to ATTRIBUTES or replaces: {"attributes": {"totalVA": "apparentPower"}}.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from hypervisor.connectors import Convert, Heard
from hypervisor.domain.observation import Observation
from hypervisor.domain.supervised import Message
from hypervisor.errors import InvalidRequest


class Reading(NamedTuple):
    """The attribute of the asset that a TALQ attribute is, and the CEFACT code of TALQ's unit (its `x-talq-unit`)."""

    name: str
    unit: str = ""


ATTRIBUTES: Mapping[str, Reading] = {
    "supplyVoltage": Reading("voltageR", "VLT"),
    "totalPower": Reading("totalActivePower", "KWT"),
    "fillingPercentage": Reading("fillingLevel", "P1"),
    "temperature": Reading("temperature", "CEL"),
    "cabinetDoorOpen": Reading("doorOpen"),
    "occupancy": Reading("status"),
}
"""TALQ's name → ours, those of Smart Data Models. Another keeps its name: a layer may know it."""

WORDS = {"Vacant": "free", "Occupied": "occupied", "Closed": "closed", "Unknown": "unknown"}
"""TALQ's words of a parking spot → those of Smart Data Models ParkingSpot."""

SEVERE = frozenset({"fireDetected", "grillOpened", "gasConcentrationTooHigh"})
LARGE = frozenset({"circuitBreakerTripped", "supplyLoss", "leakageDetected", "impactDetected", "cabinetDoorOpen", "containerTampered", "communicationFailure"})
NEWS = frozenset(
    {
        "batteryFull", "batteryMode", "calendarChange", "changingRelease", "charging", "deviceReset", "hardwareUpdated", "installationMode", "isOccupied", "lightStateChange",
        "localOverride", "locationChanged", "locationUpdated", "maintenanceMode", "movementDetected", "newCmsAttached", "occupancyChangeToOccupied", "occupancyChangeToVacant",
        "orientationChanged", "packageDownloaded", "photocellOutputOn", "powerCycleSeen", "presenceStatusChanged", "programChange", "releaseChanged", "sensorOutputOn",
        "softwareUpdating", "stateChange", "targetCommandChange", "targetLightCommandChange",
    }
)  # fmt: skip
"""Events by what they ask of people; chosen by us, TALQ ranks none. Danger to people is critical, a service or a whole circuit is major, what happens in the life of a
device is information, the others are minor.
"""


class Template(msgspec.Struct, forbid_unknown_fields=True):
    """See the module."""

    asset: str = "urn:ngsi-ld:Device:{device}"
    attributes: dict[str, str] = {}


class Entry(msgspec.Struct):
    """One entry of a report."""

    data: dict[str, Any]


class Report(msgspec.Struct):
    """LogReport."""

    address: str
    entries: list[Entry] = []


def convert(body: bytes, query: Mapping[str, str]) -> Heard:
    """Observations and alarms of a report. Raises InvalidRequest when it is none, or when nothing of it can be read."""
    return _convert(Template(), body)


def prepare(template: Mapping[str, Any]) -> Convert:
    """The convert of a source that names its assets in its own way. Raises InvalidRequest."""
    try:
        read = msgspec.convert(template, Template)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"the template cannot be followed: {error}; it holds `asset`, with {{device}} in it, and `attributes`") from None
    if "{device}" not in read.asset:
        raise InvalidRequest("the template cannot be followed: `asset` does not hold {device}, and every device would be the same asset")
    return lambda body, _query: _convert(read, body)


def _convert(template: Template, body: bytes) -> Heard:
    try:
        report = msgspec.json.decode(body, type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not a TALQ LogReport ({error}): nothing was accepted") from None
    observations: list[Observation] = []
    alarms: list[Message] = []
    refused = []
    for place, entry in enumerate(report.entries):
        try:
            if entry.data.get("type") == "AttributeLogData":
                observations += _attribute(template, entry.data)
            elif entry.data.get("type") in ("EventLogData", "StateChangeEventLogData"):
                alarms += _event(template, entry.data)
            else:
                raise InvalidRequest(f"entry {place} has type {entry.data.get('type')!r}, which is no LogData")
        except InvalidRequest as wrong:
            refused.append((str(entry.data.get("srcAddress", place))[:100], wrong.sentence))
    if refused and not observations and not alarms:
        raise InvalidRequest(f"{refused[0][1]}: nothing was accepted")
    return Heard(observations=observations, alarms=alarms, refused=refused)


def _attribute(template: Template, data: Mapping[str, Any]) -> list[Observation]:
    asset, said = _asset(template, data), data.get("attributeValue")
    name = data.get("attributeName")
    if not isinstance(name, str) or not isinstance(said, dict):
        raise InvalidRequest("an attribute has no name or no value")
    value = said.get("value")
    at_ms = _epoch_ms(said.get("timestamp") or data.get("timestamp"))
    if isinstance(value, dict) and name == "actualLightState":
        level = value.get("value", value.get("level"))
        if not isinstance(level, int | float):
            raise InvalidRequest("actualLightState has no level")
        return [_observed(asset, "illuminanceLevel", float(level), at_ms, "P1"), _observed(asset, "powerState", "on" if level else "off", at_ms)]
    if isinstance(value, str):
        value = WORDS.get(value, value)
    elif isinstance(value, bool | int | float):
        value = float(value)
    else:
        raise InvalidRequest(f"attribute {name} is neither a number nor a word")
    reading = Reading(template.attributes[name]) if name in template.attributes else ATTRIBUTES.get(name, Reading(name))
    return [_observed(asset, reading.name, value, at_ms, "" if isinstance(value, str) else reading.unit)]


def _event(template: Template, data: Mapping[str, Any]) -> list[Message]:
    event, info = data.get("eventType"), data.get("info")
    if not isinstance(event, str) or not event:
        raise InvalidRequest("an event has no eventType")
    at_ms = _epoch_ms(data.get("timestamp"))
    holds = data.get("startEndFlag")
    message = Message(
        holds=holds is not False, asset=_asset(template, data), cause=event[:100], title=f"{event} : {info}"[:200] if isinstance(info, str) and info else event[:200],
        severity="critical" if event in SEVERE else "major" if event in LARGE else "info" if event in NEWS else "minor",
        observed_at=datetime.fromisoformat(str(data["timestamp"])) if at_ms else None,
    )  # fmt: skip
    # Without the flag it is no period ("controller rebooted"): it was, and is over.
    return [message] if isinstance(holds, bool) else [message, replace(message, holds=False)]


def _observed(asset: str, name: str, value: float | str, at_ms: int, unit: str = "") -> Observation:
    return Observation(entity=asset, type="Device", property=name, value=value, observed_at_ms=at_ms, unit=unit)


def _asset(template: Template, data: Mapping[str, Any]) -> str:
    address = data.get("srcAddress")
    if not isinstance(address, str) or not address:
        raise InvalidRequest("an entry has no srcAddress")
    return template.asset.replace("{device}", address.partition("/")[0].replace("\0", ""))


def _epoch_ms(time: Any) -> int:
    if time is None:
        return 0
    try:
        at = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidRequest(f"the time {str(time)[:40]!r} is not an RFC 3339 date")
    return round(at.timestamp() * 1000) or 1
