"""Keeps one tenant's present on one shard: judges and stores what batches and the clock lead to, then has it shown.

Order of every step (architecture §3): judge in memory, commit in one PostgreSQL transaction, show in Redis. What was judged is stored until it is
committed, however long PostgreSQL is away; what was committed is shown until Redis has it.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np

from hypervisor import hops, tracing
from hypervisor.clock import Clock
from hypervisor.domain.facts import Fact
from hypervisor.domain.layer import Layer
from hypervisor.domain.observation import Batch
from hypervisor.domain.rule import RATE
from hypervisor.hot import counters, facts, keys
from hypervisor.hot.client import Redis
from hypervisor.hot.part import Part
from hypervisor.hot.stream import Entry, rank
from hypervisor.ingest import decided, latency, loading, sieve
from hypervisor.ingest.columns import columns
from hypervisor.ingest.directory import MILLISECOND
from hypervisor.ingest.pipeline import POISON, Outcome, Refusal, accept
from hypervisor.ingest.present import OpenAlarm
from hypervisor.ingest.showing import Insist, Showing
from hypervisor.ingest.silences import Silences
from hypervisor.ingest.sources import SourceChange, Sources
from hypervisor.rules.conditions import Changes, Verdict
from hypervisor.store import assets_index, history, ledger, rejected, relay, rules, verdicts
from hypervisor.store.engine import ContentRefused, Engine

logger = logging.getLogger(__name__)

UNREADABLE = (msgspec.MsgspecError, LookupError, TypeError, ValueError)


class Overtaken(Exception):
    """Another worker has stored entries of this stream: this one's memory is old and must be loaded again."""


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
        self._layers: Mapping[str, Layer] = layers
        self._stream = keys.stream(tenant, part.shard)
        self._incarnation = ""
        self._held = (0, 0)
        self._heard_facts = "0-0"
        self._engine = engine
        self._redis = client
        self._clock = clock
        self._insist = insist
        self._retention_ms = retention // MILLISECOND
        self._days: set[date] = set()
        self._counts: Counter[str] = Counter()
        self._showing = Showing(tenant, part, client, clock, insist, self._counts)

    def load(self) -> None:
        """Loads everything from PostgreSQL and Redis and shows it, until it succeeds."""
        self._insist(self._load)

    def resume(self, incarnation: str) -> None:
        """Takes up a stream: asks the ledger what history already holds of it. Another incarnation than before: Redis was emptied."""

        def ask() -> None:
            with self._engine.reading() as cursor:
                self._held = rank(ledger.last_id(cursor, self.tenant, self._stream, incarnation))

        if self._incarnation not in ("", incarnation):
            # The facts were emptied too, and are numbered from an earlier time when the machine's clock stepped back.
            self._heard_facts = "0-0"
        self._incarnation = incarnation
        self._insist(ask)

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
        self._end_durations(now_ms, outcome)
        if outcome.changes.verdicts or outcome.changes.pending or sources:
            self._commit_or_part(outcome, sources)
        self._showing.show(self.present, outcome)
        self._insist(lambda: self._showing.mend(self.present, self._layers))
        # Once a second: each writing of Redis waits for its disk, and these are only for watching.
        self._insist(lambda: counters.add(self._redis, self.tenant, self._counts))
        self._counts.clear()

    def end_durations(self) -> None:
        """Raises what has waited long enough, and what is counted across assets; cheap, so done between any two batches."""
        outcome = Outcome()
        self._end_durations(self._clock.epoch_ms(), outcome)
        if outcome.changes.verdicts:
            self._commit_or_part(outcome, ())
            self._showing.show(self.present, outcome)
        self._combine()

    def hear(self) -> None:
        """Takes what people did to alarms, a new layout and changed rules from the relayed facts."""
        heard: list[tuple[int, str, str, bytes]] = []
        self._insist(lambda: heard.extend(facts.read(self._redis, {self.tenant: self._heard_facts})))
        outcome, must_load = Outcome(), False
        for _tenant, position, kind, body in heard:
            self._heard_facts = position
            try:
                if kind == Fact.ALARM_CHANGED:
                    self._know(loading.alarm_of_shape(msgspec.json.decode(body)), outcome)
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
        self._layers, self._rulebook, self._combinations = memory.layers, memory.rulebook, memory.combinations
        self.present, self.conditions = memory.present, memory.conditions
        self._failing: set[int] = set()
        if self._part.shard == 0:
            self._retire()
        self.present.grow_old(now_ms)
        self.present.repaint(range(len(self.present.directory)))
        self.silences = Silences(self.present, self.conditions, self._rulebook, Sources(self.present, said_silent, now_ms))
        if self.last_ingest_ms is None:
            self.last_ingest_ms = max((self.present.newest(layer) for layer in self._layers), default=0) or None
        for layer in self._layers:
            self._showing.whole(self.present, layer)
        logger.info("tenant %d: %d assets, %d values known", self.tenant, len(self.present.directory), sum(self.present.held.values()))

    def _retire(self) -> None:
        """Ends the alarms of rules that are no more, and forgets what waited for them."""
        try:
            with self._engine.transaction() as cursor:
                rules.forget_waiting(cursor, self.tenant, list(self._rulebook.by_cause))
                decisions = verdicts.retired(cursor, self.tenant, list(self._rulebook.by_cause))
                written, lines = verdicts.apply(cursor, self.tenant, decisions, self._clock.now()) if decisions else ([], [])
                verdicts.append_lines(cursor, self.tenant, lines)
        except ContentRefused as refused:
            logger.error("tenant %d: alarms of removed rules stay open: %s", self.tenant, refused.sentence)
            return
        for alarm in written:
            self.present.know_alarm(loading.alarm_of_row(alarm))

    # Judging ----------------------------------------------------------------------------------------------------------

    def _judge(self, entries: Sequence[Entry], poisons: Sequence[Refusal]) -> tuple[Outcome, Outcome]:
        """What entries lead to, and what those that history already holds only teach. poisons: what was taken out of them."""
        outcome, learnt = Outcome(), Outcome()
        now_ms = self._clock.epoch_ms()
        oldest_ms = now_ms - self._retention_ms
        known = self._read((entry for entry in entries if entry.rank <= self._held), learnt)
        accept(known, self.present, None, learnt, oldest_ms, now_ms)
        fresh = self._read((entry for entry in entries if entry.rank > self._held), outcome)
        accept(fresh, self.present, self.conditions, outcome, oldest_ms, now_ms)
        self._foresee(outcome, now_ms)
        outcome.set_aside(poisons)
        outcome.counts["accepted"] += len(outcome.measured)
        outcome.counts["guard_failed"] += len(outcome.changes.failed)
        return outcome, learnt

    def _read(self, entries: Iterable[Entry], outcome: Outcome) -> list[Batch]:
        """The batches of these entries; what cannot be read is refused."""
        batches = []
        for entry in entries:
            try:
                batches += [sieve.decode(entry.body)] if entry.body else []
            except sieve.ERRORS:
                reading = sieve.read(entry)
                batches += [reading.batch] if reading.batch is not None else []
                outcome.set_aside(reading.poisons)
        return batches

    def _end_durations(self, now_ms: int, outcome: Outcome) -> None:
        for place, number in self.conditions.due(self._judged_ms(now_ms)):
            value, heard_at_ms = self._latest(place, number, now_ms)
            outcome.changes.verdicts.append(Verdict(place, number, True, value, heard_at_ms, now_ms))
            outcome.changes.pending[place, number] = None
        self._foresee(outcome, now_ms)

    def _latest(self, place: int, number: int, now_ms: int) -> tuple[float | None, int]:
        """What a rule looks at on an asset, and its time; a rate is not known after a restart, until the next value."""
        one = self._rulebook.rules[number]
        if one.rule.comparison == "count":
            return self._combinations.count(place, number), now_ms
        cell = self.present.cell(place, one.rule.property)
        watch = self._rulebook.watches[one.layer, one.rule.kind, one.rule.property]
        value = self.conditions.rate(place, watch) if one.rule.comparison in RATE else self.present.value[cell]
        return value, self.present.heard_at_ms[cell]

    def _foresee(self, outcome: Outcome, now_ms: int) -> None:
        """Puts first the causes that counting finds in what has just been decided: what they explain is born under them."""
        asset_id, rules = self.present.directory.asset_id, self._rulebook.rules
        found = [(asset_id[verdict.asset], rules[verdict.rule].rule.key, verdict.holds) for verdict in outcome.changes.verdicts]
        self._combinations.foresee(found, self.conditions, now_ms, outcome.changes)

    def _combine(self) -> None:
        """Judges what is counted across assets, once the alarms that it counts are written."""
        outcome = Outcome()
        self._combinations.judge(self.conditions, self._clock.epoch_ms(), outcome.changes)
        if outcome.changes.verdicts or outcome.changes.pending:
            self._commit_or_part(outcome, ())
            self._showing.show(self.present, outcome)

    def _judged_ms(self, now_ms: int) -> int:
        return min(now_ms, self.judged_until_ms)

    # Storing ----------------------------------------------------------------------------------------------------------

    def _store(self, entries: Sequence[Entry], poisons: Sequence[Refusal] = ()) -> Outcome:
        """Judges and stores entries; gives what there is to show."""
        with hops.passing(self._counts, "judge"):
            outcome, learnt = self._judge(entries, poisons)
        if entries[-1].rank > self._held:
            self._write(outcome, entries[-1].id)
            self._held = entries[-1].rank
        outcome.touched += learnt.touched
        outcome.repaint |= learnt.repaint
        return outcome

    def _write(self, outcome: Outcome, entry_id: str, *, is_trial: bool = False) -> None:
        self._insist(lambda: self._make_days(outcome))

        def commit() -> None:
            with hops.passing(self._counts, "postgresql"):
                self._commit(outcome, entry_id, (), is_trial=is_trial)

        self._insist(commit)

    def _sift(self, entry: Entry) -> Outcome:
        """Stores an entry without the observations that make it impossible to store, in one transaction with them as refusals: a crash doubles nothing."""
        reading = sieve.read(entry)
        batch = reading.batch or Batch(source="", received_at_ms=entry.rank[0], observations=[])
        rest, poisons = list(batch.observations), list(reading.poisons)
        # What needs no memory first: to try a part of an entry for good, the whole memory is loaded again.
        unfit = sieve.all_to_blame(len(rest), lambda low, high: self._unfit(sieve.part(batch, rest[low:high])))
        poisons += [sieve.single(entry, batch.source, rest[number], reason) for number, reason in unfit.items()]
        rest = [observation for number, observation in enumerate(rest) if number not in unfit]
        while True:
            try:
                return self._store([sieve.without(entry, batch, rest)], poisons if entry.rank > self._held else ())
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

    def _unfit(self, batch: Batch) -> str:
        """Why these observations can be neither read as columns nor, those that are refused whatever was known before, kept for inspection; "" when they can."""
        try:
            found = columns([batch], self.present.directory, self.present.measures)
            refused = np.flatnonzero(np.maximum(found.wrong, found.wrong_value)).tolist()
            rows = [loading.kept(Refusal(POISON, batch.source, batch.received_at_ms, batch.observations[number])) for number in refused]

            def try_to_keep() -> None:
                with self._engine.transaction(is_trial=True) as cursor:
                    rejected.add(cursor, self.tenant, rows)

            self._insist(try_to_keep)
        except sieve.ERRORS as error:
            return sieve.told(error)
        return ""

    def _refusal(self, part: Entry) -> str:
        """Why a part of an entry cannot be judged and stored, "" when it can; nothing of it stays."""
        try:
            outcome, _learnt = self._judge([part], ())
            if part.rank > self._held:
                self._write(outcome, part.id, is_trial=True)
        except sieve.ERRORS as error:
            return sieve.told(error)
        else:
            return ""
        finally:
            self.load()

    def _set_aside(self, entry: Entry, reason: str) -> Outcome:
        """Stores an entry as one refusal."""
        outcome = Outcome()
        if entry.rank > self._held:
            outcome.set_aside([sieve.whole(entry, reason)])
            self._write(outcome, entry.id)
            self._held = entry.rank
        return outcome

    def _make_days(self, outcome: Outcome) -> None:
        for day in history.days_of(outcome.measured) - self._days:
            with self._engine.transaction() as cursor:
                history.make_day(cursor, day)
            self._days.add(day)

    def _commit(self, outcome: Outcome, entry_id: str | None, sources: Sequence[SourceChange], *, is_trial: bool = False) -> None:
        """One transaction. Run again after a failure whose commit is unknown, it does nothing twice: the ledger and the alarms' rows tell."""
        now, directory, rulebook = self._clock.now(), self.present.directory, self._rulebook
        with self._engine.transaction(is_trial=is_trial) as cursor:
            if entry_id is not None:
                stored = rank(ledger.last_id(cursor, self.tenant, self._stream, self._incarnation))
                if stored == rank(entry_id):
                    return  # Our own attempt, whose commit was not heard.
                if stored > self._held:
                    raise Overtaken
                ledger.write(cursor, self.tenant, self._stream, self._incarnation, entry_id)
            history.copy(cursor, self.tenant, outcome.measured)
            rejected.add(cursor, self.tenant, [loading.kept(refusal) for refusal in outcome.refused])
            verdicts.write_pending(cursor, self.tenant, decided.waiting(outcome.changes, directory, rulebook))
            decisions = [decided.decision(verdict, directory, rulebook) for verdict in outcome.changes.verdicts]
            written, lines = verdicts.apply(cursor, self.tenant, decisions, now) if decisions else ([], [])
            # Said once per loading.
            lines += [decided.failed_guard(number, reason, rulebook, now) for number, reason in outcome.changes.failed.items() if number not in self._failing]
            for source in sources:
                since = decided.instant(source.since_ms).isoformat()
                relay.add(cursor, self.tenant, Fact.SOURCE_CHANGED, source.layer, {"layer": source.layer, "fresh": source.fresh, "since": since}, now)
                relay.notify(cursor)
                lines.append(decided.source_changed(source, self._layers[source.layer], now))
            verdicts.append_lines(cursor, self.tenant, lines)
        self._failing.update(outcome.changes.failed)
        for source in sources:
            decided.tell_source(source)
        for alarm in written:
            self._know(loading.alarm_of_row(alarm), outcome)

    def _commit_or_part(self, outcome: Outcome, sources: Sequence[SourceChange]) -> None:
        """Stores what the clock leads to. When PostgreSQL refuses it, each decision is stored apart, and those to blame are left out."""
        try:
            self._insist(lambda: self._commit(outcome, None, sources))
            return
        except ContentRefused as refused:
            logger.error("tenant %d: what the clock led to is refused, each decision is tried apart: %s", self.tenant, refused.sentence)
        parts: list[tuple[Changes, tuple[SourceChange, ...]]] = [(Changes(verdicts=[verdict]), ()) for verdict in outcome.changes.verdicts]
        parts += [(Changes(pending={key: waits}), ()) for key, waits in outcome.changes.pending.items()]
        parts += [(Changes(), (source,)) for source in sources]
        for changes, of_source in parts:
            part = Outcome(changes=changes)
            try:
                self._insist(lambda part=part, of_source=of_source: self._commit(part, None, of_source))  # type: ignore[misc]
            except ContentRefused as refused:
                logger.error("tenant %d: a decision is left out: %s", self.tenant, refused.sentence)
                self._counts["rejected:decision"] += 1
            outcome.repaint |= part.repaint

    def _traces(self, entries: Sequence[Entry]) -> list[str]:
        """The requests that entries came by, when traces are kept."""
        return [batch.trace for batch in self._read(entries, Outcome())] if tracing.is_on() else []

    def _know(self, alarm: OpenAlarm, outcome: Outcome) -> None:
        self._combinations.know(alarm.asset_id, alarm.cause, alarm.id, alarm.version, active=alarm.active)
        if (place := self.present.know_alarm(alarm)) is not None:
            outcome.repaint.add(place)
