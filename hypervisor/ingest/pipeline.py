"""accept(batch): judges each observation of a batch, and says what to store, what to decide and what to show. Read this first.

Memory is moved as observations are judged; nothing is written here. The worker stores the outcome in one transaction, then shows it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from hypervisor.domain.observation import Batch, Measured, Observation
from hypervisor.domain.quality import Quality
from hypervisor.ingest.directory import MILLISECOND, Measure, Refused
from hypervisor.ingest.present import Present
from hypervisor.rules.conditions import Changes, Conditions

FUTURE_MS = timedelta(minutes=5) // MILLISECOND
"""How far ahead of us a sender's clock may be; chosen by us: NTP keeps milliseconds, a battery clock drifts by minutes a year."""
KEPT_PER_CAUSE = 50
"""Refused observations kept for inspection, by cause and transaction: a flood of nonsense is counted, not stored."""
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An observation that was not accepted, as it is kept for inspection."""

    cause: str
    source: str
    received_at_ms: int
    observation: Observation


@dataclass(slots=True)
class Outcome:
    """What a group of batches leads to. measured goes with received; touched: place and measure of each cell whose last value moved."""

    measured: list[Measured] = field(default_factory=list)
    received_at_ms: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    changes: Changes = field(default_factory=Changes)
    touched: dict[int, tuple[int, Measure]] = field(default_factory=dict)
    repaint: set[int] = field(default_factory=set)
    oldest_ms: int = 2**53

    def refuse(self, cause: str, batch: Batch, observation: Observation) -> None:
        """Counts a refusal and keeps the first of each cause."""
        self.counts[f"rejected:{cause}"] += 1
        if self.counts[f"rejected:{cause}"] <= KEPT_PER_CAUSE:
            self.refused.append(Refusal(cause, batch.source, batch.received_at_ms, observation))


def accept(batch: Batch, present: Present, conditions: Conditions | None, outcome: Outcome, oldest_ms: int = 0, now_ms: int = 0) -> None:
    """Judges a batch into `outcome`.

    conditions None learns the values alone, for a batch that history already holds. oldest_ms: observations before it are too old for history.
    now_ms: against which a value's age is judged, its receipt at the earliest: what waited in the stream while the worker was away is not fresh.
    """
    for observation in batch.observations:
        try:
            _accept(observation, batch, present, conditions, outcome, oldest_ms, now_ms)
        except Refused as refused:
            outcome.refuse(str(refused), batch, observation)
        except UNREADABLE:
            # Whatever the stream holds, the next observation must pass: this one is kept as it is.
            outcome.refuse("poison", batch, observation)


def _accept(observation: Observation, batch: Batch, present: Present, conditions: Conditions | None, outcome: Outcome, oldest_ms: int, now_ms: int) -> None:
    directory = present.directory
    place = directory.by_urn.get(observation.entity)
    if place is None:
        raise Refused("unknown_asset")
    table = directory.table[place]
    if batch.layers is not None and table.layer.key not in batch.layers:
        raise Refused("not_allowed")
    measure = table.measures.get(observation.property)
    if measure is None:
        raise Refused("unknown_property")
    cell = directory.first_cell[place] + measure.position
    known_at = present.heard_at_ms[cell]
    # A value without a time is news even when its receipt is not: the same millisecond may bring two.
    at = observation.observed_at_ms or max(batch.received_at_ms, known_at + 1)
    # Only a sender's own time can be wrong: one of ours that is ahead means that our clock has stepped back since.
    if observation.observed_at_ms > batch.received_at_ms + FUTURE_MS:
        raise Refused("in_the_future")
    if at <= known_at:
        raise Refused("older_than_known")
    if at < oldest_ms:
        raise Refused("too_old")
    value = _value(observation, measure, present, outcome, place, cell)

    previous = present.value[cell]
    present.keep(place, cell, value, at)
    if cell in present.invalid:
        present.invalid.discard(cell)
        outcome.repaint.add(place)
    active_from = measure.active_from
    if active_from is not None and (known_at == 0 or (value >= active_from) != (previous >= active_from)):
        outcome.repaint.add(place)
    if measure.is_heard and present.heard(place, max(now_ms, batch.received_at_ms)):
        outcome.repaint.add(place)
    outcome.touched[cell] = (place, measure)
    outcome.oldest_ms = min(outcome.oldest_ms, at)
    if conditions is None:
        return
    outcome.measured.append(Measured(directory.asset_id[place], measure.property_id, value, at, Quality.FRESH))
    outcome.received_at_ms.append(batch.received_at_ms)
    if measure.watch is not None:
        judged = previous if present.is_primed[cell] else float("nan")
        conditions.observe(place, measure.watch, judged, value, at, batch.received_at_ms, outcome.changes, previous, known_at)
        present.is_primed[cell] = 1


def _value(observation: Observation, measure: Measure, present: Present, outcome: Outcome, place: int, cell: int) -> float:
    """The value in the property's unit; what cannot be one marks the asset invalid until a valid value comes."""
    try:
        value = measure.read(observation.value, observation.unit)
        if not measure.prop.low <= value <= measure.prop.high:
            raise Refused("out_of_bounds")
    except Refused:
        present.invalid.add(cell)
        outcome.repaint.add(place)
        if present.heard_at_ms[cell]:
            outcome.touched[cell] = (place, measure)
        raise
    return value
