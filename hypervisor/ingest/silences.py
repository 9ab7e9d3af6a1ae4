"""What silence leads to, once a second: values grow old, sources fall silent and come back, rules that await a value are met."""

import numpy as np

from hypervisor.ingest.present import Present
from hypervisor.ingest.sources import SourceChange, Sources
from hypervisor.rules import silence
from hypervisor.rules.compile import Rulebook
from hypervisor.rules.conditions import Changes, Conditions

BEHIND_MS = 5000
"""Later than this on the stream, nobody is called silent: what they sent may wait in it."""


class Silences:
    """See the module."""

    def __init__(self, present: Present, conditions: Conditions, rulebook: Rulebook, sources: Sources) -> None:
        self._present = present
        self._conditions = conditions
        self._watches = [_Watch(present, rulebook, layer, kind, prop) for (layer, kind, prop), watch in rulebook.watches.items() if watch.silent]
        self._sources = sources

    def tick(self, now_ms: int, judged_ms: int, changes: Changes) -> tuple[list[int], list[SourceChange]]:
        """Places to look at again, and sources that changed; conditions met go to `changes`. judged_ms: everything received before has been judged."""
        grown = self._present.grow_old(now_ms)
        if now_ms - judged_ms > BEHIND_MS:
            return grown, []
        sources = self._sources.tick(now_ms)
        for watch in self._watches:
            # When a whole source is silent it alone is to blame: thirty thousand alarms would say nothing more.
            if not self._sources.is_blameless(watch.layer):
                watch.judge(self._conditions, now_ms, self._sources.watched_from[watch.layer], changes)
        return grown, sources


class _Watch:
    """The silence rules of one property of one kind, on all its assets."""

    def __init__(self, present: Present, rulebook: Rulebook, layer: str, kind: str, prop: str) -> None:
        self.layer = layer
        self._present = present
        self._places = present.places_of(layer, kind)
        self._cells = np.array([present.cell(place, prop) for place in self._places.tolist()], np.int64)
        durations = ((rulebook.rules[number].duration_ms, number) for number in rulebook.watches[layer, kind, prop].silent)
        self._index = silence.SilenceIndex(durations, len(self._places))

    def judge(self, conditions: Conditions, now_ms: int, watched_from_ms: int, changes: Changes) -> None:
        heard_at_ms, value = self._present.heard_at_ms, self._present.value
        for place, number in self._index.fell_silent(self._present.heard_of(self._cells), now_ms, watched_from_ms):
            cell = int(self._cells[place])
            conditions.fell_silent(int(self._places[place]), number, value[cell], heard_at_ms[cell], now_ms, changes)
