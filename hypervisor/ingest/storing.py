"""Stores what was judged of one tenant's stream: observations, refusals, alarms, sources and the ledger, in one PostgreSQL transaction.

What is judged is stored until it is committed, however long PostgreSQL is away, and once, however often it is tried.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import date

import numpy as np

from hypervisor import hops
from hypervisor.clock import Clock
from hypervisor.domain.facts import Fact
from hypervisor.domain.observation import Batch
from hypervisor.hot.stream import rank
from hypervisor.ingest import decided, loading, sieve
from hypervisor.ingest.columns import columns
from hypervisor.ingest.judge import Judge
from hypervisor.ingest.pipeline import POISON, Outcome, Refusal
from hypervisor.ingest.showing import Insist
from hypervisor.ingest.sources import SourceChange
from hypervisor.rules.conditions import Changes
from hypervisor.store import history, ledger, rejected, relay, rules, verdicts
from hypervisor.store.engine import ContentRefused, Engine

logger = logging.getLogger(__name__)


class Overtaken(Exception):
    """Another worker has stored entries of this stream: this one's memory is old and must be loaded again."""


class Storing:
    """See the module. held: the rank of the last entry that history holds; counts: to which the time of each transaction is added."""

    def __init__(self, tenant: int, stream: str, engine: Engine, clock: Clock, insist: Insist, counts: Counter[str]) -> None:
        self.held = (0, 0)
        self._tenant, self._stream, self._incarnation = tenant, stream, ""
        self._engine, self._clock, self._insist, self._counts = engine, clock, insist, counts
        self._days: set[date] = set()
        self._failing: set[int] = set()

    def resume(self, incarnation: str) -> bool:
        """Takes up a stream: asks the ledger what history already holds of it. Whether the incarnation is another than before: Redis was emptied."""

        def ask() -> None:
            with self._engine.reading() as cursor:
                self.held = rank(ledger.last_id(cursor, self._tenant, self._stream, incarnation))

        is_another = self._incarnation not in ("", incarnation)
        self._incarnation = incarnation
        self._insist(ask)
        return is_another

    def forget_failing(self) -> None:
        """Rules were loaded: a guard that fails is said again."""
        self._failing.clear()

    def entries(self, judge: Judge, outcome: Outcome, entry_id: str, *, is_trial: bool = False) -> None:
        """Stores what entries led to, up to and with this one. Raises ContentRefused, Overtaken."""
        self._insist(lambda: self._make_days(outcome))

        def commit() -> None:
            with hops.passing(self._counts, "postgresql"):
                self._commit(judge, outcome, entry_id, (), is_trial=is_trial)

        self._insist(commit)

    def decisions(self, judge: Judge, outcome: Outcome, sources: Sequence[SourceChange] = ()) -> None:
        """Stores what the clock leads to. When PostgreSQL refuses it, each decision is stored apart, and those to blame are left out."""
        try:
            self._insist(lambda: self._commit(judge, outcome, None, sources))
            return
        except ContentRefused as refused:
            logger.error("tenant %d: what the clock led to is refused, each decision is tried apart: %s", self._tenant, refused.sentence)
        parts: list[tuple[Changes, tuple[SourceChange, ...]]] = [(Changes(verdicts=[verdict]), ()) for verdict in outcome.changes.verdicts]
        parts += [(Changes(pending={key: waits}), ()) for key, waits in outcome.changes.pending.items()]
        parts += [(Changes(), (source,)) for source in sources]
        for changes, of_source in parts:
            part = Outcome(changes=changes)
            try:
                self._insist(lambda part=part, of_source=of_source: self._commit(judge, part, None, of_source))  # type: ignore[misc]
            except ContentRefused as refused:
                logger.error("tenant %d: a decision is left out: %s", self._tenant, refused.sentence)
                self._counts["rejected:decision"] += 1
            outcome.repaint |= part.repaint

    def retire(self, judge: Judge) -> None:
        """Ends the alarms of rules that are no more, and forgets what waited for them."""
        causes = list(judge.rulebook.by_cause)
        try:
            with self._engine.transaction() as cursor:
                rules.forget_waiting(cursor, self._tenant, causes)
                decisions = verdicts.retired(cursor, self._tenant, causes)
                written, lines = verdicts.apply(cursor, self._tenant, decisions, self._clock.now()) if decisions else ([], [])
                verdicts.append_lines(cursor, self._tenant, lines)
        except ContentRefused as refused:
            logger.error("tenant %d: alarms of removed rules stay open: %s", self._tenant, refused.sentence)
            return
        for alarm in written:
            judge.present.know_alarm(loading.alarm_of_row(alarm))

    def unfit(self, judge: Judge, batch: Batch) -> str:
        """Why these observations can be neither read as columns nor, those that are refused whatever was known before, kept for inspection; "" when they can."""
        try:
            found = columns([batch], judge.present.directory, judge.present.measures)
            refused = np.flatnonzero(np.maximum(found.wrong, found.wrong_value)).tolist()
            rows = [loading.kept(Refusal(POISON, batch.source, batch.received_at_ms, batch.observations[number])) for number in refused]

            def try_to_keep() -> None:
                with self._engine.transaction(is_trial=True) as cursor:
                    rejected.add(cursor, self._tenant, rows)

            self._insist(try_to_keep)
        except sieve.ERRORS as error:
            return sieve.told(error)
        return ""

    def _make_days(self, outcome: Outcome) -> None:
        for day in history.days_of(outcome.measured) - self._days:
            with self._engine.transaction() as cursor:
                history.make_day(cursor, day)
            self._days.add(day)

    def _commit(self, judge: Judge, outcome: Outcome, entry_id: str | None, sources: Sequence[SourceChange], *, is_trial: bool = False) -> None:
        """One transaction. Run again after a failure whose commit is unknown, it does nothing twice: the ledger and the alarms' rows tell."""
        now, directory, rulebook = self._clock.now(), judge.present.directory, judge.rulebook
        with self._engine.transaction(is_trial=is_trial) as cursor:
            if entry_id is not None:
                stored = rank(ledger.last_id(cursor, self._tenant, self._stream, self._incarnation))
                if stored == rank(entry_id):
                    return  # Our own attempt, whose commit was not heard.
                if stored > self.held:
                    raise Overtaken
                ledger.write(cursor, self._tenant, self._stream, self._incarnation, entry_id)
            history.copy(cursor, self._tenant, outcome.measured)
            rejected.add(cursor, self._tenant, [loading.kept(refusal) for refusal in outcome.refused])
            verdicts.write_pending(cursor, self._tenant, decided.waiting(outcome.changes, directory, rulebook))
            decisions = [decided.decision(verdict, directory, rulebook) for verdict in outcome.changes.verdicts]
            written, lines = verdicts.apply(cursor, self._tenant, decisions, now) if decisions else ([], [])
            # Said once per loading.
            lines += [decided.failed_guard(number, reason, rulebook, now) for number, reason in outcome.changes.failed.items() if number not in self._failing]
            for source in sources:
                since = decided.instant(source.since_ms).isoformat()
                relay.add(cursor, self._tenant, Fact.SOURCE_CHANGED, source.layer, {"layer": source.layer, "fresh": source.fresh, "since": since}, now)
                relay.notify(cursor)
                lines.append(decided.source_changed(source, judge.layers[source.layer], now))
            verdicts.append_lines(cursor, self._tenant, lines)
        self._failing.update(outcome.changes.failed)
        for source in sources:
            decided.tell_source(source)
        for alarm in written:
            judge.know(loading.alarm_of_row(alarm), outcome)
