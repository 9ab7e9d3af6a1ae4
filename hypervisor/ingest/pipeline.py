"""accept(batches): judges a group of batches, and says what to store, what to decide and what to show. Read this first.

Memory is moved as observations are judged; nothing is written here. The worker stores the outcome in one transaction, then shows it. Everything is done for
whole columns at once (`columns.py`); only observations that may change a rule's condition are looked at one by one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.observation import Batch, Observation
from hypervisor.ingest.columns import CAUSES, FIRST_OF_VALUE, NUMBER_OF, Columns, columns
from hypervisor.ingest.directory import MILLISECOND
from hypervisor.ingest.present import Present
from hypervisor.rules.conditions import Changes, Conditions
from hypervisor.store.history import MEASURED

FUTURE_MS = timedelta(minutes=5) // MILLISECOND
"""How far ahead of us a sender's clock may be; chosen by us: NTP keeps milliseconds, a battery clock drifts by minutes a year."""
KEPT_PER_CAUSE = 50
"""Refused observations kept for inspection, by cause and transaction: a flood of nonsense is counted, not stored."""

POISON = "poison"
"""The cause of what cannot be handled at all: see sieve.py."""

Rows = NDArray[np.intp]
"""Indexes of observations in the columns."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An observation that was not accepted, as it is kept for inspection. reason: more than the cause tells; count: how many were lost with it."""

    cause: str
    source: str
    received_at_ms: int
    observation: Observation
    reason: str = ""
    count: int = 1


@dataclass(slots=True)
class Outcome:
    """What a group of batches leads to. measured: rows for history; touched: cells whose last value moved; repaint: places to look at again."""

    measured: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, MEASURED))
    refused: list[Refusal] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    changes: Changes = field(default_factory=Changes)
    touched: list[NDArray[np.int32]] = field(default_factory=list)
    repaint: set[int] = field(default_factory=set)
    oldest_ms: int = 2**53

    def refuse(self, cause: str, source: str, received_at_ms: int, observation: Observation) -> None:
        """Counts a refusal and keeps the first of each cause."""
        self.counts[f"rejected:{cause}"] += 1
        if self.counts[f"rejected:{cause}"] <= KEPT_PER_CAUSE:
            self.refused.append(Refusal(cause, source, received_at_ms, observation))

    def set_aside(self, poisons: Sequence[Refusal]) -> None:
        """Counts what could not be handled, and keeps the first of it."""
        self.counts[f"rejected:{POISON}"] += sum(poison.count for poison in poisons)
        kept = sum(refusal.cause == POISON for refusal in self.refused)
        self.refused += poisons[: max(0, KEPT_PER_CAUSE - kept)]


def accept(batches: Sequence[Batch], present: Present, conditions: Conditions | None, outcome: Outcome, oldest_ms: int = 0, now_ms: int = 0) -> None:
    """Judges batches, oldest first, into `outcome`.

    conditions None learns the values alone, for batches that history already holds. oldest_ms: observations before it are too old for history.
    now_ms: against which a value's age is judged, its receipt at the earliest: what waited in the stream while the worker was away is not fresh.
    """
    found = columns(batches, present.directory, present.measures)
    measured = [_accept(rows, found, present, conditions, outcome, oldest_ms, now_ms) for rows in _turns(found, present)]
    if conditions is not None:
        outcome.measured = np.concatenate([outcome.measured, *measured])
    for index in np.flatnonzero(found.wrong).tolist():
        batch = batches[found.batch[index]]
        outcome.refuse(CAUSES[found.wrong[index]], batch.source, batch.received_at_ms, found.observations[index])


def _turns(found: Columns, present: Present) -> Iterator[Rows]:
    """Observations in groups in which no cell comes twice, so that a group can be judged at once; a cell's own observations keep their order."""
    rows = np.flatnonzero(found.wrong == 0)
    cells = present.cells(found.place[rows], found.measure[rows])
    order = np.argsort(cells, kind="stable")
    is_first = np.diff(cells[order], prepend=-1) != 0
    at = np.arange(len(order))
    turn = np.empty(len(order), np.intp)
    turn[order] = at - np.maximum.accumulate(np.where(is_first, at, 0))
    for number in range(int(turn.max(initial=-1)) + 1):
        yield rows[turn == number]


def _accept(rows: Rows, found: Columns, present: Present, conditions: Conditions | None, outcome: Outcome, oldest_ms: int, now_ms: int) -> NDArray[np.void]:
    """Judges observations of as many cells; gives those accepted, as history keeps them."""
    cells = present.cells(found.place[rows], found.measure[rows])
    known_at, received_at = present.heard_at[cells], found.received_at_ms[rows]
    # A value without a time is news even when its receipt is not: the same millisecond may bring two.
    at = np.where(found.observed_at_ms[rows] == 0, np.maximum(received_at, known_at + 1), found.observed_at_ms[rows])
    wrong = found.wrong_value[rows]
    wrong[at < oldest_ms] = NUMBER_OF["too_old"]
    wrong[at <= known_at] = NUMBER_OF["older_than_known"]
    # Only a sender's own time can be wrong: one of ours that is ahead means that our clock has stepped back since.
    wrong[found.observed_at_ms[rows] > received_at + FUTURE_MS] = NUMBER_OF["in_the_future"]
    found.wrong[rows] = wrong
    is_invalid = wrong >= FIRST_OF_VALUE
    if is_invalid.any():
        present.invalid.update(cells[is_invalid].tolist())
        outcome.repaint.update(found.place[rows[is_invalid]].tolist())
        outcome.touched.append(cells[is_invalid & (known_at > 0)])
    good = wrong == 0
    return _keep(rows[good], cells[good], at[good], found, present, conditions, outcome, now_ms)


def _keep(
    rows: Rows,
    cells: NDArray[np.int32],
    at: NDArray[np.int64],
    found: Columns,
    present: Present,
    conditions: Conditions | None,
    outcome: Outcome,
    now_ms: int,
) -> NDArray[np.void]:
    places, measure, value, received_at = found.place[rows], found.measure[rows], found.value[rows], found.received_at_ms[rows]
    previous, known_at = present.values[cells], present.heard_at[cells]
    present.keep_all(places, cells, value, at)
    if present.invalid and (cured := present.invalid.intersection(cells.tolist())):
        present.invalid -= cured
        outcome.repaint.update(places[np.isin(cells, list(cured))].tolist())
    measures = present.measures
    active_from = measures.active_from[measure]
    flipped = ~np.isnan(active_from) & ((known_at == 0) | ((value >= active_from) != (previous >= active_from)))
    outcome.repaint.update(places[flipped].tolist())
    heard = measures.is_heard[measure]
    outcome.repaint.update(present.heard(places[heard], at[heard], measures.period_ms[measure[heard]], np.maximum(now_ms, received_at[heard])))
    outcome.touched.append(cells)
    outcome.oldest_ms = min(outcome.oldest_ms, int(at.min(initial=outcome.oldest_ms)))
    if conditions is None:
        return np.zeros(0, MEASURED)
    judged = np.where(present.primed[cells] == 1, previous, np.nan)
    for index in _candidates(places, measure, judged, value, present, conditions):
        watch = measures.all[measure[index]].watch
        assert watch is not None
        asset, now_known = int(places[index]), (float(previous[index]), int(known_at[index]))
        conditions.observe(asset, watch, float(judged[index]), float(value[index]), int(at[index]), int(received_at[index]), outcome.changes, *now_known)
    present.primed[cells] = 1
    measured = np.zeros(len(rows), MEASURED)
    measured["asset_id"], measured["property_id"] = present.asset_ids[places], measures.property_id[measure]
    measured["value"], measured["observed_at_ms"], measured["received_at_ms"] = value, at, received_at
    return measured


def _candidates(
    places: NDArray[np.int32], measure: NDArray[np.int16], previous: NDArray[np.float64], value: NDArray[np.float64], present: Present, conditions: Conditions
) -> list[int]:
    """Observations that may change a condition, in order."""
    is_candidate = np.zeros(len(places), bool)
    restless = conditions.restless()
    if restless:
        is_candidate = np.isin(places, list(restless))
    for number in np.unique(measure).tolist():
        watch = present.measures.all[number].watch
        of_measure = np.flatnonzero(measure == number)
        if watch is None:
            is_candidate[of_measure] = False
        elif watch.judges_each:
            is_candidate[of_measure] = True
        else:
            is_candidate[of_measure] |= watch.index.may_cross(previous[of_measure], value[of_measure])
    found: list[int] = np.flatnonzero(is_candidate).tolist()
    return found
