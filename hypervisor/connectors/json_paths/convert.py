"""Any JSON → observations, by a template that the source declares: where the asset's name, the time and each value are.

    {"each": "readings", "asset": "urn:ngsi-ld:WasteContainer:{id}", "type": "WasteContainer", "time": "at", "time_form": "s",
     "values": {"fillingLevel": {"path": "level", "unit": "P1"}, "temperature": "sensors[0].celsius"}}

A path is names and numbers (`a.b[0].c`); `$` is the whole; `topic[2]` is the third part of an MQTT topic. `each` names the list to read one by one: the other
paths are then inside its items, and `$.a` still begins at the whole message. A value that is absent is not an observation; one that cannot be read is refused.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from hypervisor.connectors import Convert, Heard
from hypervisor.domain.observation import Observation
from hypervisor.errors import InvalidRequest

PATH = re.compile(r"([^.\[\]]+|\[\d+\])(\.[^.\[\]]+|\[\d+\])*")
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
HOLE = re.compile(r"\{([^{}]+)\}")
TIMES_PER_S = {"s": 1, "ms": 1000}


class Value(msgspec.Struct, forbid_unknown_fields=True):
    """Where a value is; unit: UCUM or CEFACT code, "" for the property's own; factor: what multiplies a number."""

    path: str
    unit: str = ""
    factor: float = 1.0


class Template(msgspec.Struct, forbid_unknown_fields=True):
    """See the module. time "" = the message gives none, and its receipt is the time."""

    asset: str
    values: dict[str, str | Value]
    each: str = ""
    type: str = "Device"
    time: str = ""
    time_form: Literal["iso", "s", "ms"] = "iso"


class _Absent(Exception):
    """There is nothing at a path."""


class Place(NamedTuple):
    """What paths are read in: the item, the whole message, the parts of the topic."""

    item: Any
    whole: Any
    topic: Sequence[str]


def convert(_body: bytes, _query: Mapping[str, str]) -> Heard:
    """A source without a template cannot be read."""
    raise InvalidRequest("this source declares no template, so that nothing of its JSON can be told: nothing was accepted; declare one with its topics")


def prepare(template: Mapping[str, Any]) -> Convert:
    """The convert of one source. Raises InvalidRequest when the template is not one."""
    try:
        read = msgspec.convert(template, Template)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"the template cannot be followed: {error}; correct it, the form is in hypervisor/connectors/json_paths/convert.py") from None
    paths = [*HOLE.findall(read.asset), *filter(None, (read.time, read.each)), *(_value(value).path for value in read.values.values())]
    if wrong := [path for path in paths if not PATH.fullmatch(path)]:
        raise InvalidRequest(f"the template cannot be followed: {wrong[0]!r} is not a path such as a.b[0].c")
    if not read.values:
        raise InvalidRequest("the template cannot be followed: it names no value")
    return lambda body, query: _convert(read, body, query)


def _convert(template: Template, body: bytes, query: Mapping[str, str]) -> Heard:
    try:
        whole = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not JSON ({error}): nothing was accepted") from None
    topic = query.get("topic", "").split("/")
    items = _items(template, Place(whole, whole, topic))
    observations: list[Observation] = []
    refused = []
    for item in items:
        place = Place(item, whole, topic)
        try:
            observations += _observations(template, place)
        except InvalidRequest as wrong:
            refused.append((str(item)[:100], wrong.sentence))
    if refused and not observations:
        raise InvalidRequest(f"{refused[0][1]}: nothing was accepted")
    if not observations:
        raise InvalidRequest(f"none of the values {', '.join(template.values)} is in the message: nothing was accepted")
    return Heard(observations=observations, refused=refused)


def _items(template: Template, place: Place) -> Sequence[Any]:
    if not template.each:
        return [place.item]
    try:
        found = _at(template.each, place)
    except _Absent:
        found = None
    if not isinstance(found, list):
        raise InvalidRequest(f"there is no list at {template.each}: nothing was accepted")
    return found


def _observations(template: Template, place: Place) -> list[Observation]:
    found = []
    for name, wanted in template.values.items():
        declared = _value(wanted)
        try:
            value = _at(declared.path, place)
        except _Absent:
            continue
        if isinstance(value, bool | int | float):
            value = float(value) * declared.factor
            if not math.isfinite(value):
                raise InvalidRequest(f"{name} is not a finite number")
        elif not isinstance(value, str):
            raise InvalidRequest(f"{name} is neither a number nor a word")
        found.append((name, value, declared.unit))
    if not found:
        return []
    urn, at_ms = HOLE.sub(lambda hole: _name(hole[1], place), template.asset), _time(template, place)
    return [
        Observation(entity=urn, type=template.type, property=name, value=value, observed_at_ms=at_ms, unit=unit)
        for name, value, unit in ((name, _clean(value), unit) for name, value, unit in found)
    ]


def _time(template: Template, place: Place) -> int:
    if not template.time:
        return 0
    try:
        said = _at(template.time, place)
    except _Absent:
        raise InvalidRequest(f"there is no time at {template.time}") from None
    try:
        if template.time_form == "iso":
            at = datetime.fromisoformat(said)
            if at.tzinfo is None:
                raise ValueError("no zone")
            return round(at.timestamp() * 1000) or 1
        return round(float(said) * 1000 / TIMES_PER_S[template.time_form]) or 1
    except (TypeError, ValueError, OverflowError):
        raise InvalidRequest(f"the time {str(said)[:40]!r} is not of the form {template.time_form}, with its zone") from None


def _name(path: str, place: Place) -> str:
    try:
        found = _at(path, place)
    except _Absent:
        raise InvalidRequest(f"the asset's name is not at {path}") from None
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise InvalidRequest(f"the asset's name at {path} is neither a word nor a whole number")
    name: str = _clean(str(found))
    return name


def _at(path: str, place: Place) -> Any:
    steps = [name or int(number) for name, number in STEP.findall(path)]
    found: Any = place.item
    if steps[0] == "$":
        found, steps = place.whole, steps[1:]
    elif steps[0] == "topic" and len(steps) == 2 and isinstance(steps[1], int):
        found, steps = list(place.topic), steps[1:]
    for step in steps:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            raise _Absent from None
    if found is None:
        raise _Absent
    return found


def _value(wanted: str | Value) -> Value:
    return wanted if isinstance(wanted, Value) else Value(path=wanted)


def _clean(value: Any) -> Any:
    # PostgreSQL's text holds no NUL.
    return value.replace("\0", "") if isinstance(value, str) else value
