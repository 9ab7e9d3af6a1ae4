"""NGSI-LD entities to observations: syntax only, one entity's mistake never costs another's value. Pure.

Understood: normalized, concise and key-values (simplified) forms of ETSI GS CIM 009 §4.5. An attribute that no layer measures and that holds no
number or word (a position, an address, a relation) is not an observation and is left out.
"""

import json
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from hypervisor.domain.observation import Observation
from hypervisor.errors import InvalidRequest

NOT_MEASURES = frozenset({"id", "type", "@context", "scope", "createdAt", "modifiedAt"})
OTHER_KINDS = frozenset({"GeoProperty", "Relationship", "LanguageProperty", "VocabProperty", "ListProperty", "ListRelationship", "JsonProperty"})
LONGEST_INTEGER = 400
ENTITY_TIME = "dateObserved"
"""The attribute of Smart Data Models that dates a whole entity, used for values without a time of their own."""


@dataclass(slots=True)
class Decoded:
    """What a body holds: observations, the entities they come from in order, and (entity id, what is wrong) for those refused."""

    observations: list[Observation] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    left_out: int = 0

    @property
    def is_fully_dated(self) -> bool:
        """Whether every observation carries the sender's own time, so that the same body again is a replay and not a new measure."""
        return all(observation.observed_at_ms for observation in self.observations)


class _Wrong(Exception):
    """What is wrong with an entity, as a sentence."""


def decode(body: bytes, measured: Collection[str]) -> Decoded:
    """Observations of a body. measured: names of attributes that layers declare, in which only a number or a word makes sense.

    Raises InvalidRequest, with the position, when the body is not JSON or is not an array of entities.
    """
    if (found := _quickly(body, measured)) is not None:
        return found
    entities, is_checked = _parse(body)
    if isinstance(entities, dict):
        entities = [entities]
    if not isinstance(entities, list) or not entities:
        raise InvalidRequest("the body is not an array of entities, or it is empty: nothing was accepted; send a JSON array with at least one entity")
    found, times = Decoded(), _Times()
    for place, entity in enumerate(entities):
        try:
            if not is_checked:
                _check_characters(entity)
            taken = _entity(entity, place, measured, times, found)
        except _Wrong as wrong:
            found.refused.append((_name(entity), str(wrong)))
        else:
            found.observations += taken
            found.accepted.append(entity["id"])
    return found


class _Attribute(msgspec.Struct):
    """An attribute in its long form, as nearly all are sent."""

    type: str = "Property"
    value: Any = None
    observedAt: str | None = None  # noqa: N815 - the name on the wire
    unitCode: str = ""  # noqa: N815


_typed = msgspec.json.Decoder(list[dict[str, _Attribute | str | float | bool | list[Any] | None]])


def _quickly(body: bytes, measured: Collection[str]) -> Decoded | None:
    """The observations of a body in which nothing is wrong; None when anything is, or is unusual: then it is read again, slowly, and explained."""
    if b"\\u0000" in body:
        return None
    try:
        entities = _typed.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    found, times = Decoded(), _Times()
    observations, accepted = found.observations, found.accepted
    try:
        for entity in entities:
            urn, kind = entity["id"], entity["type"]
            if type(urn) is not str or type(kind) is not str or urn[:4] != "urn:" or urn.count(":") < 2 or not kind or ENTITY_TIME in entity:
                return None
            before = len(observations)
            for name, attribute in entity.items():
                if name in NOT_MEASURES:
                    continue
                at, unit = 0, ""
                value: Any = attribute
                if type(attribute) is _Attribute:
                    if attribute.type != "Property" and (attribute.type not in OTHER_KINDS or name in measured):
                        return None
                    value, unit = attribute.value if attribute.type == "Property" else None, attribute.unitCode
                    if attribute.observedAt is not None:
                        at = times.read(attribute.observedAt, name)
                if type(value) in _NUMBERS:
                    value = float(value)
                elif type(value) is not str:
                    if name in measured:
                        return None
                    found.left_out += 1
                    continue
                observations.append(Observation(urn, kind, name, value, at, unit))
            if len(observations) == before:
                return None
            accepted.append(urn)
    except (_Wrong, KeyError, OverflowError):
        return None
    return found if accepted else None


_NUMBERS = frozenset({float, int, bool})


def _parse(body: bytes) -> tuple[Any, bool]:
    """What the body holds, and whether all its characters are known to be whole."""
    try:
        return msgspec.json.decode(body), True
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # The slow way: the standard library says where the mistake is, and reads NaN and 1e999, which are then refused entity by entity.
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest(
            f"the body is not UTF-8: {error.reason} at byte {error.start}; nothing was accepted", position=error.start, reason=error.reason
        ) from None
    try:
        return json.loads(text, parse_int=_integer), False
    except json.JSONDecodeError as error:
        position = len(text[: error.pos].encode())
        raise InvalidRequest(
            f"the body is not JSON: {error.msg} at byte {position} (line {error.lineno}, column {error.colno}); nothing was accepted",
            position=position,
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        ) from None
    except RecursionError:
        raise InvalidRequest("the body nests too deep: nothing was accepted; send plain entities", position=0, reason="nested too deep") from None


def _integer(digits: str) -> float:
    # Python refuses to read integers of thousands of digits: they are beyond what a value may be, and cost their entity alone.
    return int(digits) if len(digits) < LONGEST_INTEGER else math.inf


def _check_characters(entity: Any) -> None:
    """Half a character ("\\ud800" alone) is JSON, and nothing that can be stored or answered."""
    try:
        json.dumps(entity, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _Wrong("the entity holds half of a UTF-16 pair, which is no character") from None


def _entity(entity: Any, place: int, measured: Collection[str], times: "_Times", found: Decoded) -> list[Observation]:
    if not isinstance(entity, dict):
        raise _Wrong(f"entity {place} of the array is not an object")
    urn, kind = entity.get("id"), entity.get("type")
    if not isinstance(urn, str) or not urn.lower().startswith("urn:") or urn.count(":") < 2 or "\0" in urn:
        raise _Wrong(f"entity {place} of the array has no id that is a URN, such as urn:ngsi-ld:Streetlight:1")
    if isinstance(kind, list) and kind:
        kind = kind[0]
    if not isinstance(kind, str) or not kind or "\0" in kind:
        raise _Wrong("the entity has no type")
    dated = entity.get(ENTITY_TIME)
    entity_time = times.read(_inner(dated), ENTITY_TIME) if dated is not None else 0
    taken = []
    for name, attribute in entity.items():
        if name in NOT_MEASURES or name == ENTITY_TIME:
            continue
        if "\0" in name:
            raise _Wrong(f"attribute {name!r} has a name that holds a null character")
        observation = _attribute(urn, kind, name, attribute, entity_time, measured, times)
        if observation is None:
            found.left_out += 1
        else:
            taken.append(observation)
    if not taken:
        raise _Wrong("the entity holds no number and no word to keep")
    return taken


def _attribute(urn: str, kind: str, name: str, attribute: Any, entity_time: int, measured: Collection[str], times: "_Times") -> Observation | None:
    value, at, unit = attribute, entity_time, ""
    if type(attribute) is dict:
        form = attribute.get("type", "Property")
        if not isinstance(form, str):
            raise _Wrong(f"attribute {name!r} has a type that is not a string")
        if form in OTHER_KINDS or "value" not in attribute:
            if name in measured:
                raise _Wrong(f"attribute {name!r} has no value that is a number or a word")
            return None
        if form != "Property":
            raise _Wrong(f"attribute {name!r} has type {form!r} instead of Property")
        value = attribute["value"]
        if (own := attribute.get("observedAt")) is not None:
            at = times.read(own, name)
        unit = attribute.get("unitCode", "")
        if not isinstance(unit, str) or "\0" in unit:
            raise _Wrong(f"attribute {name!r} has a unitCode that is not a string")
    if value is True or value is False:
        value = float(value)
    elif isinstance(value, int | float):
        value = _finite(value, name)
    elif isinstance(value, str):
        value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    elif name in measured:
        raise _Wrong(f"attribute {name!r} has a value that is neither a number nor a word")
    else:
        return None
    return Observation(entity=urn, type=kind, property=name, value=value, observed_at_ms=at, unit=unit)


def _finite(value: float, name: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _Wrong(f"attribute {name!r} is not a finite number")
    return number


def _inner(value: Any) -> Any:
    """The value inside {"value": …} and {"@value": …}."""
    for key in ("value", "@value"):
        if isinstance(value, dict):
            value = value.get(key, value)
    return value


def _name(entity: Any) -> str:
    name = entity.get("id") if isinstance(entity, dict) else None
    return name.encode(errors="replace").decode() if isinstance(name, str) else ""


class _Times:
    """Reads dates; a batch repeats the same ones, so each is read once."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def read(self, text: Any, name: str) -> int:
        """Epoch milliseconds of an ISO-8601 date with its zone."""
        if not isinstance(text, str):
            raise _Wrong(f"the time of {name!r} is not a string")
        if (known := self._known.get(text)) is not None:
            return known
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise _Wrong(f"the time of {name!r} is not an ISO-8601 date: {text[:40]!r}") from None
        if at.tzinfo is None:
            raise _Wrong(f"the time of {name!r} has no zone: {text[:40]!r}; end it with Z or an offset")
        # 0 means "no time given": the first millisecond of 1970 is moved by one, and is far too old either way.
        self._known[text] = ms = round(at.timestamp() * 1000) or 1
        return ms
