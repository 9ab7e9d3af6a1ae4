"""What a tenant's entries, the clock and people's acts lead to, judged in memory alone: nothing is written here."""

from collections.abc import Iterable, Sequence

from hypervisor.domain.observation import Batch
from hypervisor.domain.rule import RATE
from hypervisor.hot.stream import Entry
from hypervisor.ingest import sieve
from hypervisor.ingest.loading import Memory
from hypervisor.ingest.pipeline import Outcome, Refusal, accept
from hypervisor.ingest.present import OpenAlarm
from hypervisor.rules.conditions import Verdict


class Judge:
    """See the module. retention_ms: how far back history accepts an observation."""

    def __init__(self, memory: Memory, retention_ms: int) -> None:
        self.layers, self.rulebook, self.present, self.conditions = memory.layers, memory.rulebook, memory.present, memory.conditions
        self._combinations = memory.combinations
        self._retention_ms = retention_ms

    def entries(self, entries: Sequence[Entry], held: tuple[int, int], poisons: Sequence[Refusal], now_ms: int) -> tuple[Outcome, Outcome]:
        """What entries lead to, and what those that history already holds only teach. held: the rank of the last of these; poisons: what was taken out of them."""
        outcome, learnt = Outcome(), Outcome()
        oldest_ms = now_ms - self._retention_ms
        known = batches((entry for entry in entries if entry.rank <= held), learnt)
        accept(known, self.present, None, learnt, oldest_ms, now_ms)
        fresh = batches((entry for entry in entries if entry.rank > held), outcome)
        accept(fresh, self.present, self.conditions, outcome, oldest_ms, now_ms)
        self._foresee(outcome, now_ms)
        outcome.set_aside(poisons)
        outcome.counts["accepted"] += len(outcome.measured)
        outcome.counts["guard_failed"] += len(outcome.changes.failed)
        return outcome, learnt

    def end_durations(self, now_ms: int, judged_ms: int, outcome: Outcome) -> None:
        """Raises what has waited long enough, into `outcome`. judged_ms: everything received before has been judged."""
        for place, number in self.conditions.due(judged_ms):
            value, heard_at_ms = self._latest(place, number, now_ms)
            outcome.changes.verdicts.append(Verdict(place, number, True, value, heard_at_ms, now_ms))
            outcome.changes.pending[place, number] = None
        self._foresee(outcome, now_ms)

    def combine(self, now_ms: int) -> Outcome:
        """Judges what is counted across assets, once the alarms that it counts are written."""
        outcome = Outcome()
        self._combinations.judge(self.conditions, now_ms, outcome.changes)
        return outcome

    def know(self, alarm: OpenAlarm, outcome: Outcome) -> None:
        """Takes what was written of an alarm, and what there is to show of it."""
        self._combinations.know(alarm.asset_id, alarm.cause, alarm.id, alarm.version, active=alarm.active)
        if (place := self.present.know_alarm(alarm)) is not None:
            outcome.repaint.add(place)

    def _latest(self, place: int, number: int, now_ms: int) -> tuple[float | None, int]:
        """What a rule looks at on an asset, and its time; a rate is not known after a restart, until the next value."""
        one = self.rulebook.rules[number]
        if one.rule.comparison == "count":
            return self._combinations.count(place, number), now_ms
        cell = self.present.cell(place, one.rule.property)
        watch = self.rulebook.watches[one.layer, one.rule.kind, one.rule.property]
        value = self.conditions.rate(place, watch) if one.rule.comparison in RATE else self.present.value[cell]
        return value, self.present.heard_at_ms[cell]

    def _foresee(self, outcome: Outcome, now_ms: int) -> None:
        """Puts first the causes that counting finds in what has just been decided: what they explain is born under them."""
        asset_id, rules = self.present.directory.asset_id, self.rulebook.rules
        found = [(asset_id[verdict.asset], rules[verdict.rule].rule.key, verdict.holds) for verdict in outcome.changes.verdicts]
        self._combinations.foresee(found, self.conditions, now_ms, outcome.changes)


def batches(entries: Iterable[Entry], outcome: Outcome) -> list[Batch]:
    """The batches of these entries; what cannot be read is refused."""
    found: list[Batch] = []
    for entry in entries:
        try:
            found += [sieve.decode(entry.body)] if entry.body else []
        except sieve.ERRORS:
            reading = sieve.read(entry)
            found += [reading.batch] if reading.batch is not None else []
            outcome.set_aside(reading.poisons)
    return found
