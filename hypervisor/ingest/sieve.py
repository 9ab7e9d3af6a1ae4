"""What cannot be handled: reads an entry part by part, finds the observation to blame, and says how it is kept for inspection. Pure.

A poison is what raises, again and again, whatever else is up and running. It costs its own observation; the others of its entry are stored without it.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from hypervisor.domain.observation import Batch, Observation
from hypervisor.hot.stream import Entry
from hypervisor.ingest.pipeline import POISON, Refusal
from hypervisor.store.engine import ContentRefused

ERRORS = (ContentRefused, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, AssertionError, RecursionError)
"""What content can raise; msgspec's errors and those of Unicode are ValueErrors. A missing right or table is not among them: it ends the worker, and nothing is set aside."""
BYTES_KEPT = 1000
"""Of something that cannot be read, chosen by us: enough to know its sender by."""


class _Split(msgspec.Struct, array_like=True):
    """A Batch whose observations are not read yet."""

    source: str
    received_at_ms: int
    observations: list[msgspec.Raw]
    layers: list[str] | None = None


decode = msgspec.msgpack.Decoder(Batch).decode
"""An entry's body as a whole, as nearly all can be read. Raises one of ERRORS."""
_split = msgspec.msgpack.Decoder(_Split)
_one = msgspec.msgpack.Decoder(Observation)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an entry holds: the batch of what can be read, None when nothing can, and the refusals of what cannot."""

    batch: Batch | None
    poisons: list[Refusal] = field(default_factory=list)


def read(entry: Entry) -> Reading:
    """Reads an entry, part by part when it cannot be read at once. An entry without a body was trimmed: it holds nothing."""
    if not entry.body:
        return Reading(None)
    try:
        return Reading(decode(entry.body))
    except ERRORS:
        return _by_parts(entry)


def whole(entry: Entry, reason: str) -> Refusal:
    """An entry of which nothing can be stored."""
    return _unreadable(entry, entry.id, entry.body, reason, max(1, entry.count))


def single(entry: Entry, source: str, observation: Observation, reason: str) -> Refusal:
    """One observation that cannot be stored, with what made it so replaced."""
    value = observation.value
    kept = Observation(
        entity=_storable(observation.entity),
        type=_storable(observation.type),
        property=_storable(observation.property),
        value=_storable(value if isinstance(value, str) else repr(value)),
        observed_at_ms=observation.observed_at_ms,
        unit=_storable(observation.unit),
    )
    return Refusal(POISON, _storable(source), entry.rank[0], kept, reason=_of(entry, reason))


def without(entry: Entry, batch: Batch, observations: list[Observation]) -> Entry:
    """The same entry with these observations only."""
    return Entry(entry.id, msgspec.msgpack.encode(part(batch, observations)), len(observations))


def part(batch: Batch, observations: list[Observation]) -> Batch:
    """The same batch with these observations only."""
    return msgspec.structs.replace(batch, observations=observations)


def nothing(entry: Entry) -> Entry:
    """The same entry, ours and empty: when even this cannot be stored, no content is to blame."""
    return without(entry, Batch(source="", received_at_ms=entry.rank[0], observations=[]), [])


def told(error: Exception) -> str:
    """An error as it is kept and logged, never empty."""
    return f"{type(error).__name__}: {error}"


def first_to_blame(count: int, reason: str, refusal: Callable[[int], str]) -> tuple[int, str] | None:
    """Which observation turns what can be taken into what cannot, and why. None when not even none of them can be taken.

    refusal: why the first n cannot be taken, "" when they can; it is asked about log2(count) times. reason: why all of them cannot. What is found is to blame
    whatever the others would answer: everything before it can be taken, and cannot with it.
    """
    if refusal(0):
        return None
    good, bad = 0, count
    while bad - good > 1:
        middle = (good + bad) // 2
        if why := refusal(middle):
            bad, reason = middle, why
        else:
            good = middle
    return bad - 1, reason


def all_to_blame(count: int, reason: Callable[[int, int], str]) -> dict[int, str]:
    """Every observation that cannot be taken by itself, and why. reason: why those in [low, high) cannot be taken together, "" when they can."""
    found: dict[int, str] = {}
    waiting = [(0, count)] if count else []
    while waiting:
        low, high = waiting.pop()
        why = reason(low, high)
        if why and high - low == 1:
            found[low] = why
        elif why:
            middle = (low + high) // 2
            waiting += [(middle, high), (low, middle)]
    return found


def _by_parts(entry: Entry) -> Reading:
    try:
        split = _split.decode(entry.body)
    except ERRORS as error:
        return Reading(None, [whole(entry, told(error))])
    observations, poisons = [], []
    for part in split.observations:
        try:
            observations.append(_one.decode(part))
        except ERRORS as error:
            poisons.append(_unreadable(entry, _storable(split.source), bytes(part), told(error), 1))
    return Reading(Batch(source=split.source, received_at_ms=split.received_at_ms, observations=observations, layers=split.layers), poisons)


def _unreadable(entry: Entry, source: str, body: bytes, reason: str, count: int) -> Refusal:
    kept = Observation(entity="", type="", property="", value=b64encode(body[:BYTES_KEPT]).decode(), observed_at_ms=0)
    told = f"{_of(entry, reason)} ({count} observations, {len(body)} bytes, of which the first {BYTES_KEPT} at most are kept in base64)"
    return Refusal(POISON, source, entry.rank[0], kept, reason=told, count=count)


def _of(entry: Entry, reason: str) -> str:
    return _storable(f"entry {entry.id}: {reason}")


def _storable(text: str) -> str:
    """PostgreSQL's text holds no null character."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
