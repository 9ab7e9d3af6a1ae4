"""What silence leads to, once a second: values grow old, sources fall silent and come back, rules that await a value are met."""

from hypervisor.ingest.present import Present
from hypervisor.ingest.sources import SourceChange, Sources
from hypervisor.rules.compile import CompiledRule, Rulebook
from hypervisor.rules.conditions import Changes, Conditions

BEHIND_MS = 5000
"""Later than this on the stream, nobody is called silent: what they sent may wait in it."""


class Silences:
    """See the module."""

    def __init__(self, present: Present, conditions: Conditions, rulebook: Rulebook, sources: Sources) -> None:
        self._present = present
        self._conditions = conditions
        self._rules = [one for one in rulebook.rules if one.rule.comparison == "silent"]
        self._sources = sources

    def tick(self, now_ms: int, judged_ms: int, changes: Changes) -> tuple[list[int], list[SourceChange]]:
        """Places to look at again, and sources that changed; conditions met go to `changes`. judged_ms: everything received before has been judged."""
        grown = self._present.grow_old(now_ms)
        if now_ms - judged_ms > BEHIND_MS:
            return grown, []
        sources = self._sources.tick(now_ms)
        for one in self._rules:
            # When a whole source is silent it alone is to blame: thirty thousand alarms would say nothing more.
            if not self._sources.is_blameless(one.layer):
                self._judge(one, now_ms, changes)
        return grown, sources

    def _judge(self, one: CompiledRule, now_ms: int, changes: Changes) -> None:
        directory = self._present.directory
        measure = next(m for m in directory.kinds[one.layer, one.rule.kind].measures.values() if m.prop.key == one.rule.property)
        for place in self._present.silent(one.layer, one.rule.kind, measure.position, one.duration_ms, now_ms, self._sources.watched_from[one.layer]):
            cell = directory.first_cell[place] + measure.position
            self._conditions.fell_silent(place, one.number, self._present.value[cell], self._present.heard_at_ms[cell], now_ms, changes)
