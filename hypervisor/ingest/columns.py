"""A group of batches as columns: which asset, which measure, what value, when. What can be told of an observation without memory is told here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hypervisor.domain.observation import Batch, Observation
from hypervisor.domain.units import UnknownUnit, affine
from hypervisor.ingest.directory import Directory, Measure, Refused

CAUSES = (
    "",
    "unknown_asset",
    "not_allowed",
    "unknown_property",
    "in_the_future",
    "older_than_known",
    "too_old",
    "not_a_number",
    "unknown_word",
    "unknown_unit",
    "out_of_bounds",
)
"""Why an observation is refused, by the number that stands for it in a column; 0: it is not."""
NUMBER_OF = {cause: number for number, cause in enumerate(CAUSES)}
FIRST_OF_VALUE = NUMBER_OF["not_a_number"]
"""From here on, the value itself is wrong: the asset is marked invalid until a valid one comes."""


class Measures:
    """What the directory's measures say, by their number: columns to be indexed by a column of numbers.

    of: [kind's number, attribute's number] → the measure's number, -1 for none. plain: a number without a unit of its own only has to be multiplied and moved.
    """

    def __init__(self, directory: Directory) -> None:
        tables = list(directory.kinds.values())
        self.all: list[Measure] = [measure for table in tables for measure in table.measures.values()]
        self.names = {name: number for number, name in enumerate({name: None for table in tables for name in table.measures})}
        self.of = np.full((len(tables), len(self.names) + 1), -1, np.int16)
        number = 0
        for kind, table in enumerate(tables):
            for name in table.measures:
                self.of[kind, self.names[name]] = number
                number += 1
        self.position = np.array([m.position for m in self.all], np.int32)
        self.property_id = np.array([m.property_id for m in self.all], np.int16)
        self.low = np.array([m.prop.low for m in self.all])
        self.high = np.array([m.prop.high for m in self.all])
        self.active_from = np.array([np.nan if m.active_from is None else m.active_from for m in self.all])
        self.period_ms = np.array([table.period_ms if m.is_heard else 0 for table in tables for m in table.measures.values()], np.int64)
        self.is_heard = np.array([m.is_heard for m in self.all], bool)
        scales = [_scale(measure) for measure in self.all]
        self.plain = np.array([scale is not None for scale in scales], bool)
        self.factor, self.offset = (np.array([scale[i] if scale else np.nan for scale in scales]) for i in range(2))
        numbers = {(table.layer.key, table.kind.key): number for number, table in enumerate(tables)}
        self.kind_of_place = np.array([numbers[table.layer.key, table.kind.key] for table in directory.table], np.int16)
        self.layers = list(directory.layers)
        self.layer_of_kind = np.array([self.layers.index(table.layer.key) for table in tables], np.int16)


def _scale(measure: Measure) -> tuple[float, float] | None:
    if measure.prop.words:
        return None
    try:
        return affine(measure.prop.wire_unit, measure.prop.unit)
    except UnknownUnit:
        return None


@dataclass(frozen=True, slots=True)
class Columns:
    """Observations, and of each: the batch it came in, its place and measure (-1: none), value, the sender's time (0: none), receipt, and what is wrong."""

    observations: Sequence[Observation]
    batch: NDArray[np.int32]
    place: NDArray[np.int32]
    measure: NDArray[np.int16]
    value: NDArray[np.float64]
    observed_at_ms: NDArray[np.int64]
    received_at_ms: NDArray[np.int64]
    wrong: NDArray[np.uint8]
    wrong_value: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.observations)


def columns(batches: Sequence[Batch], directory: Directory, measures: Measures) -> Columns:
    """The observations of these batches, in order."""
    observations = [observation for batch in batches for observation in batch.observations]
    count = len(observations)
    sizes = [len(batch.observations) for batch in batches]
    batch = np.repeat(np.arange(len(batches), dtype=np.int32), sizes)
    by_urn, names, no_name = directory.by_urn, measures.names, len(measures.names)
    place = np.fromiter((by_urn.get(o.entity, -1) for o in observations), np.int32, count)
    name = np.fromiter((names.get(o.property, no_name) for o in observations), np.int16, count)
    wrong = np.zeros(count, np.uint8)
    known = place >= 0
    measure = np.full(count, -1, np.int16)
    kind = measures.kind_of_place[place[known]]
    measure[known] = measures.of[kind, name[known]]
    wrong[measure < 0] = NUMBER_OF["unknown_property"]
    for number, one in enumerate(batches):
        if one.layers is not None:
            allowed = np.array([layer in one.layers for layer in measures.layers], bool)
            is_refused = (batch == number) & known
            is_refused[known] &= ~allowed[measures.layer_of_kind[kind]]
            wrong[is_refused] = NUMBER_OF["not_allowed"]
    wrong[~known] = NUMBER_OF["unknown_asset"]
    value, wrong_value = _values(observations, measure, measures)
    return Columns(
        observations=observations,
        batch=batch,
        place=place,
        measure=measure,
        value=value,
        observed_at_ms=np.fromiter((o.observed_at_ms for o in observations), np.int64, count),
        received_at_ms=np.repeat(np.array([one.received_at_ms for one in batches], np.int64), sizes),
        wrong=wrong,
        wrong_value=wrong_value,
    )


def _values(observations: Sequence[Observation], measure: NDArray[np.int16], measures: Measures) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Values in the properties' own units, and what is wrong with them. Words and senders' own units are read one by one."""
    count = len(observations)
    value = np.fromiter((o.value if type(o.value) is float else np.nan for o in observations), np.float64, count)
    has_unit = np.fromiter((o.unit != "" for o in observations), bool, count)
    wrong = np.zeros(count, np.uint8)
    has_measure = measure >= 0
    plain = has_measure & measures.plain[measure] & ~has_unit & ~np.isnan(value)
    value[plain] = value[plain] * measures.factor[measure[plain]] + measures.offset[measure[plain]]
    for index in np.flatnonzero(has_measure & ~plain).tolist():
        observation = observations[index]
        try:
            value[index] = measures.all[measure[index]].read(observation.value, observation.unit)
        except Refused as refused:
            wrong[index] = NUMBER_OF[str(refused)]
    within = (value >= measures.low[measure]) & (value <= measures.high[measure])
    wrong[(wrong == 0) & ~within] = NUMBER_OF["out_of_bounds"]
    return value, wrong
