"""What silence leads to, once a second: values grow old, sources fall silent and come back, rules that await a value are met."""

from dataclasses import dataclass

from hypervisor.ingest.present import Present
from hypervisor.rules import silence
from hypervisor.rules.compile import CompiledRule, Rulebook
from hypervisor.rules.conditions import Changes, Conditions

BEHIND_MS = 5000
"""Later than this on the stream, nobody is called silent: what they sent may wait in it."""


@dataclass(frozen=True, kw_only=True)
class SourceChange:
    """A layer's source fell silent or came back; since_ms is its newest value's time."""

    layer: str
    fresh: bool
    since_ms: int


class Silences:
    """See the module. now_ms: when this worker began to listen: nothing is blamed for silence before."""

    def __init__(self, present: Present, conditions: Conditions, rulebook: Rulebook, now_ms: int) -> None:
        self._present = present
        self._conditions = conditions
        self._rules = [one for one in rulebook.rules if one.rule.comparison == "silent"]
        self._watched_from = dict.fromkeys(present.directory.layers, now_ms)
        self._silent = {layer: silence.is_source_silent(present.quality_of(layer)) for layer in present.directory.layers}

    def tick(self, now_ms: int, judged_ms: int, changes: Changes) -> tuple[list[int], list[SourceChange]]:
        """Places to look at again, and sources that changed; conditions met go to `changes`. judged_ms: everything received before has been judged."""
        grown = self._present.grow_old(now_ms)
        if now_ms - judged_ms > BEHIND_MS:
            return grown, []
        sources = self._sources(now_ms)
        for one in self._rules:
            # When a whole source is silent it alone is to blame: thirty thousand alarms would say nothing more.
            if not self._silent[one.layer]:
                self._judge(one, now_ms, changes)
        return grown, sources

    def _sources(self, now_ms: int) -> list[SourceChange]:
        found = []
        for layer, was_silent in self._silent.items():
            is_silent = silence.is_source_silent(self._present.quality_of(layer))
            if is_silent != was_silent:
                self._silent[layer] = is_silent
                self._watched_from[layer] = now_ms
                found.append(SourceChange(layer=layer, fresh=not is_silent, since_ms=self._present.newest(layer)))
        return found

    def _judge(self, one: CompiledRule, now_ms: int, changes: Changes) -> None:
        directory = self._present.directory
        measure = next(m for m in directory.kinds[one.layer, one.rule.kind].measures.values() if m.prop.key == one.rule.property)
        for place in self._present.silent(one.layer, one.rule.kind, measure.position, one.duration_ms, now_ms, self._watched_from[one.layer]):
            cell = directory.first_cell[place] + measure.position
            self._conditions.fell_silent(place, one.number, self._present.value[cell], self._present.heard_at_ms[cell], now_ms, changes)
