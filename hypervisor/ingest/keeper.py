"""Keeps one tenant's present on one shard: judges and stores what batches and the clock lead to, then has it shown.

Order of every step (architecture §3): judge in memory, commit in one PostgreSQL transaction, show in Redis. What was judged is stored until it is
committed, however long PostgreSQL is away; what was committed is shown until Redis has it.
"""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from hypervisor import hops, tracing
from hypervisor.clock import Clock
from hypervisor.domain.facts import Fact
from hypervisor.domain.layer import Layer
from hypervisor.domain.observation import Batch
from hypervisor.hot import counters, facts, keys
from hypervisor.hot.client import Redis
from hypervisor.hot.part import Part
from hypervisor.hot.stream import Entry
from hypervisor.ingest import judge, latency, loading, sieve
from hypervisor.ingest.directory import MILLISECOND
from hypervisor.ingest.judge import Judge
from hypervisor.ingest.pipeline import POISON, Outcome, Refusal
from hypervisor.ingest.present import Present
from hypervisor.ingest.showing import Insist, Showing
from hypervisor.ingest.silences import Silences
from hypervisor.ingest.sources import Sources
from hypervisor.ingest.storing import Storing
from hypervisor.store import assets_index, rules
from hypervisor.store.engine import Engine

logger = logging.getLogger(__name__)

UNREADABLE = (msgspec.MsgspecError, LookupError, TypeError, ValueError)


class Keeper:
    """See the module. retention: how far back history accepts an observation.

    judged_until_ms, set by the worker: everything received before has been judged. Silences and durations are judged up to it, not up to now: while the
    stream is caught up after an absence, what would end them still waits in it.
    """

    def __init__(
        self, tenant: int, part: Part, layers: dict[str, Layer], engine: Engine, client: Redis, clock: Clock, insist: Insist, retention: timedelta
    ) -> None:
        self.tenant = tenant
        self._part = part
        self.last_ingest_ms: int | None = None
        self.latency_ms = 0
        self.judged_until_ms = 0
        self.layout_version = self.rules_edition = 0
        self._declared = layers
        self._stream = keys.stream(tenant, part.shard)
        self._heard_facts = "0-0"
        self._engine = engine
        self._redis = client
        self._clock = clock
        self._insist = insist
        self._retention_ms = retention // MILLISECOND
        self._counts: Counter[str] = Counter()
        self._storing = Storing(tenant, self._stream, engine, clock, insist, self._counts)
        self._showing = Showing(tenant, part, client, clock, insist, self._counts)

    @property
    def present(self) -> Present:
        """What is known of the tenant's assets."""
        return self._judge.present

    def load(self) -> None:
        """Loads everything from PostgreSQL and Redis and shows it, until it succeeds."""
        self._insist(self._load)

    def resume(self, incarnation: str) -> None:
        """Takes up a stream. Another incarnation than before: Redis was emptied."""
        if self._storing.resume(incarnation):
            # The facts were emptied too, and are numbered from an earlier time when the machine's clock stepped back.
            self._heard_facts = "0-0"

    def handle(self, entries: Sequence[Entry]) -> None:
        """Judges, stores and shows a group of entries, oldest first."""
        now_s = time.time()
        for entry in entries:
            # Redis numbers an entry by its own clock, which the demonstration's does not move.
            hops.note(self._counts, "stream", now_s - entry.rank[0] / 1000)
        with tracing.span("worker.group", self._traces(entries)):
            self._handle(entries)

    def _handle(self, entries: Sequence[Entry]) -> None:
        try:
            outcome = self._store(entries)
        except sieve.ERRORS as error:
            # Memory holds what could not be stored: forget it, and find what is to blame.
            logger.debug("a group of %d entries of %s is tried entry by entry: %s", len(entries), self._stream, error)
            self.load()
            if len(entries) > 1:
                for entry in entries:
                    self._handle([entry])
                return
            outcome = self._sift(entries[0])
        if lost := outcome.counts["rejected:poison"]:
            first = next(refusal for refusal in outcome.refused if refusal.cause == POISON)
            logger.error(
                "%d observations of %s cannot be handled and are kept for inspection, the others are stored; the first is of %r, %s",
                lost,
                self._stream,
                first.observation.entity,
                first.reason,
            )
        self._showing.show(self.present, outcome)
        self.last_ingest_ms = self._clock.epoch_ms()
        if len(received_at_ms := outcome.measured["received_at_ms"]):
            self.latency_ms = self.last_ingest_ms - int(received_at_ms.min())
            outcome.counts.update(latency.totals(received_at_ms, self.last_ingest_ms))
        self._counts += outcome.counts

    def tick(self) -> None:
        """What the clock leads to: durations that are over, silences. About once a second."""
        now_ms = self._clock.epoch_ms()
        outcome = Outcome()
        places, sources = self.silences.tick(now_ms, self._judged_ms(now_ms), outcome.changes)
        outcome.repaint.update(places)
        sources = [source for source in sources if source.layer in self.present.directory.leads]
        self._judge.end_durations(now_ms, self._judged_ms(now_ms), outcome)
        if outcome.changes.verdicts or outcome.changes.pending or sources:
            self._storing.decisions(self._judge, outcome, sources)
        self._showing.show(self.present, outcome)
        self._insist(lambda: self._showing.mend(self.present, self._judge.layers))
        # Once a second: each writing of Redis waits for its disk, and these are only for watching.
        self._insist(lambda: counters.add(self._redis, self.tenant, self._counts))
        self._counts.clear()

    def end_durations(self) -> None:
        """Raises what has waited long enough, and what is counted across assets; cheap, so done between any two batches."""
        now_ms = self._clock.epoch_ms()
        outcome = Outcome()
        self._judge.end_durations(now_ms, self._judged_ms(now_ms), outcome)
        if outcome.changes.verdicts:
            self._storing.decisions(self._judge, outcome)
            self._showing.show(self.present, outcome)
        combined = self._judge.combine(self._clock.epoch_ms())
        if combined.changes.verdicts or combined.changes.pending:
            self._storing.decisions(self._judge, combined)
            self._showing.show(self.present, combined)

    def hear(self) -> None:
        """Takes what people did to alarms, a new layout and changed rules from the relayed facts."""
        heard: list[tuple[int, str, str, bytes]] = []
        self._insist(lambda: heard.extend(facts.read(self._redis, {self.tenant: self._heard_facts})))
        outcome, must_load = Outcome(), False
        for _tenant, position, kind, body in heard:
            self._heard_facts = position
            try:
                if kind == Fact.ALARM_CHANGED:
                    self._judge.know(loading.alarm_of_fact(body), outcome)
                must_load |= kind == Fact.RULE_CHANGED
                must_load |= kind == Fact.LAYOUT_CHANGED and msgspec.json.decode(body)["version"] != self.layout_version
            except UNREADABLE:  # One bad fact must not end the engine of every other.
                logger.exception("tenant %d: fact %s cannot be read and is left out", self.tenant, position)
        if must_load:
            self.load()
        else:
            self._showing.show(self.present, outcome)

    def _load(self) -> None:
        # The position first: a fact between it and the reading of PostgreSQL is heard twice, which is harmless.
        self._heard_facts = facts.newest(self._redis, self.tenant)
        now_ms = self._clock.epoch_ms()
        with self._engine.reading() as cursor:
            _key, self.layout_version = assets_index.tenants(cursor)[self.tenant]
            self.rules_edition = rules.editions(cursor).get(self.tenant, 0)
            said_silent = assets_index.said_silent(cursor, self.tenant)
        memory = loading.load(self._engine, self._redis, self.tenant, self._part, self._declared, self._clock.now())
        self._judge = Judge(memory, self._retention_ms)
        self._storing.forget_failing()
        if self._part.shard == 0:
            self._storing.retire(self._judge)
        self.present.grow_old(now_ms)
        self.present.repaint(range(len(self.present.directory)))
        self.silences = Silences(self.present, memory.conditions, memory.rulebook, Sources(self.present, said_silent, now_ms))
        if self.last_ingest_ms is None:
            self.last_ingest_ms = max((self.present.newest(layer) for layer in memory.layers), default=0) or None
        for layer in memory.layers:
            self._showing.whole(self.present, layer)
        logger.info("tenant %d: %d assets, %d values known", self.tenant, len(self.present.directory), sum(self.present.held.values()))

    def _store(self, entries: Sequence[Entry], poisons: Sequence[Refusal] = ()) -> Outcome:
        """Judges and stores entries; gives what there is to show."""
        with hops.passing(self._counts, "judge"):
            outcome, learnt = self._judge.entries(entries, self._storing.held, poisons, self._clock.epoch_ms())
        if self._is_new(entries[-1]):
            self._storing.entries(self._judge, outcome, entries[-1].id)
            self._storing.held = entries[-1].rank
        outcome.touched += learnt.touched
        outcome.repaint |= learnt.repaint
        return outcome

    def _sift(self, entry: Entry) -> Outcome:
        """Stores an entry without the observations that make it impossible to store, in one transaction with them as refusals: a crash doubles nothing."""
        reading = sieve.read(entry)
        batch = reading.batch or Batch(source="", received_at_ms=entry.rank[0], observations=[])
        rest, poisons = list(batch.observations), list(reading.poisons)
        # What needs no memory first: to try a part of an entry for good, the whole memory is loaded again.
        unfit = sieve.all_to_blame(len(rest), lambda low, high: self._storing.unfit(self._judge, sieve.part(batch, rest[low:high])))
        poisons += [sieve.single(entry, batch.source, rest[number], reason) for number, reason in unfit.items()]
        rest = [observation for number, observation in enumerate(rest) if number not in unfit]
        while True:
            try:
                return self._store([sieve.without(entry, batch, rest)], poisons if self._is_new(entry) else ())
            except sieve.ERRORS as error:
                self.load()
                reason = sieve.told(error)
                found = sieve.first_to_blame(len(rest), reason, lambda count: self._refusal(sieve.without(entry, batch, rest[:count])))
                if found is None and self._refusal(sieve.nothing(entry)):
                    raise  # Not the content: everything would be set aside, one entry after the other.
            if found is None:
                return self._set_aside(entry, reason)
            number, reason = found
            blamed = rest.pop(number)
            poisons.append(sieve.single(entry, batch.source, blamed, reason))

    def _refusal(self, part: Entry) -> str:
        """Why a part of an entry cannot be judged and stored, "" when it can; nothing of it stays."""
        try:
            outcome, _learnt = self._judge.entries([part], self._storing.held, (), self._clock.epoch_ms())
            if self._is_new(part):
                self._storing.entries(self._judge, outcome, part.id, is_trial=True)
        except sieve.ERRORS as error:
            return sieve.told(error)
        else:
            return ""
        finally:
            self.load()

    def _set_aside(self, entry: Entry, reason: str) -> Outcome:
        """Stores an entry as one refusal."""
        outcome = Outcome()
        if self._is_new(entry):
            outcome.set_aside([sieve.whole(entry, reason)])
            self._storing.entries(self._judge, outcome, entry.id)
            self._storing.held = entry.rank
        return outcome

    def _is_new(self, entry: Entry) -> bool:
        return entry.rank > self._storing.held

    def _judged_ms(self, now_ms: int) -> int:
        return min(now_ms, self.judged_until_ms)

    def _traces(self, entries: Sequence[Entry]) -> list[str]:
        """The requests that entries came by, when traces are kept."""
        return [batch.trace for batch in judge.batches(entries, Outcome())] if tracing.is_on() else []
