"""Whatever rules, people, masks and the clock do to alarms, in whatever order, on a real database: what was shown before and the feed are what is shown after, and the counters are exact."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import text

from hypervisor.domain.alarm import Priority
from hypervisor.domain.operator import Role
from hypervisor.domain.rule import Rule
from hypervisor.errors import VigieError
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms
from hypervisor.store import Database, UnitOfWork, alarm_clock, health, snapshot, verdicts
from hypervisor.store.verdicts import Decision
from tests.integration import desk
from tests.integration.desk import NOW, principal

ASSETS = range(1, 5)
CABINET, LAMP = 1, (2, 3, 4)
PEOPLE = [principal(Role.OPERATOR, "petit"), principal(Role.CHIEF, "chef")]
ALL = snapshot.Perimeter(layers=None, communes=None)
COUNTED = "SELECT priority, state, count(*) AS n FROM alarm_shape WHERE tenant = 1 AND is_open GROUP BY 1, 2"


@pytest.fixture(scope="module")
def database(database_urls: DatabaseUrls):
    for asset in ASSETS:
        desk.add_asset(database_urls, asset, kind="cabinet" if asset == CABINET else "luminaire")
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "INSERT INTO asset_edge SELECT 1, 1, n, 'feeds' FROM generate_series(2, 4) n")
    built = Database(database_urls.owner, pool_size=4)
    yield built
    built.close()


def decided(uow: UnitOfWork, now, *told: tuple[int, Rule, bool]) -> None:
    """What the worker writes when conditions begin or end."""
    made = [
        Decision(asset_id=asset, layer="lighting", kind=one.kind, commune_id=0, rule=one, unit="", threshold=None, holds=holds, value=1.0, observed_at=now, received_at=now)
        for asset, one, holds in told
    ]  # fmt: skip
    with uow.cursor() as cursor:
        _written, lines = verdicts.apply(cursor, 1, made, now)
        verdicts.append_lines(cursor, 1, lines)


def counted(uow: UnitOfWork) -> dict[str, dict[str, int]]:
    """The counts, by reading every open alarm."""
    found: dict[str, dict[str, int]] = {}
    for row in uow.connection.execute(text(COUNTED)):
        found.setdefault(Priority(row.priority).word, {})[row.state] = row.n
    return found


def shown(uow: UnitOfWork) -> dict[int, Any]:
    return {one["id"]: one for one in snapshot.alarms(uow, ALL)}


def fed(before: dict[int, Any], uow: UnitOfWork, since: int) -> dict[int, Any]:
    """The snapshot before with the facts since, as assets/js/00-live.js applies them: the highest version wins, what has ended leaves."""
    held = dict(before)
    for body in uow.connection.execute(
        text("SELECT body FROM outbox WHERE tenant = 1 AND kind = 'alarm' AND id > :since ORDER BY id"), {"since": since}
    ).scalars():
        if body["id"] in held and held[body["id"]]["version"] > body["version"]:
            continue
        if body["is_open"]:
            held[body["id"]] = body
        else:
            held.pop(body["id"], None)
    return held


class Street(RuleBasedStateMachine):
    """A cabinet that explains its three lamps, two people, and the clock. One transaction for the whole story, undone at its end; each act is a savepoint."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self._kept = self.database._begun(1)
        self.uow, self.at = UnitOfWork(self._kept, 1), NOW

    def teardown(self) -> None:
        self._kept.rollback()
        self._kept.close()

    def acts(self, act: Callable[[], object]) -> None:
        self.at += timedelta(seconds=20)
        before, since, counts = shown(self.uow), snapshot.last_fact(self.uow), snapshot.counts(self.uow, ALL)
        point = self._kept.begin_nested()
        try:
            act()
            point.commit()
        except VigieError:
            point.rollback()
            assert (shown(self.uow), snapshot.counts(self.uow, ALL)) == (before, counts), "what is refused changes nothing"
            return
        after = shown(self.uow)
        assert fed(before, self.uow, since) == after, "the snapshot before and the feed are the snapshot after"
        exact = counted(self.uow)
        assert snapshot.counts(self.uow, ALL) == exact, "the counters are those of the alarms"
        visible = {word: {state: n for state, n in by.items() if state not in health.MASKED} for word, by in exact.items()}
        said = {Priority(priority).word: pair for priority, pair in health.open_alarms(self.uow).items()}
        assert said == {word: (sum(by.values()), sum(by.get(state, 0) for state in health.WAITING)) for word, by in visible.items() if by}

    @initialize()
    def begins(self) -> None:
        self.acts(lambda: None)

    @rule(lamp=st.sampled_from(LAMP), priority=st.sampled_from(list(Priority)), holds=st.booleans(), latched=st.booleans())
    def lamp(self, lamp: int, priority: Priority, holds: bool, latched: bool) -> None:
        told = Rule(key="dark", kind="luminaire", title="Éteint", priority=priority, latched=latched)
        self.acts(lambda: decided(self.uow, self.at, (lamp, told, holds)))

    @rule(holds=st.booleans())
    def cabinet(self, holds: bool) -> None:
        told = Rule(key="tripped", kind="cabinet", title="Armoire", priority=Priority.MAJOR, explains=("dark",))
        self.acts(lambda: decided(self.uow, self.at, (CABINET, told, holds)))

    @rule(
        verb=st.sampled_from([alarms.acknowledge, alarms.unacknowledge, alarms.unshelve, alarms.unsuppress, alarms.in_service, alarms.reset, alarms.comment]),
        who=st.sampled_from(PEOPLE),
        rank=st.integers(0, 5),
    )
    def person(self, verb: Callable[..., object], who: Any, rank: int) -> None:
        if (alarm := self._one(rank)) is not None:
            self.acts(lambda: verb(self.uow, alarm, who, self.at, "vu"))

    @rule(who=st.sampled_from(PEOPLE), rank=st.integers(0, 5), once=st.booleans())
    def shelves(self, who: Any, rank: int, once: bool) -> None:
        if (alarm := self._one(rank)) is not None:
            self.acts(lambda: alarms.shelve(self.uow, alarm, who, self.at, "travaux", None if once else self.at + timedelta(minutes=1), once))

    @rule(who=st.sampled_from(PEOPLE), rank=st.integers(0, 5), verb=st.sampled_from([alarms.suppress, alarms.out_of_service]))
    def hides(self, who: Any, rank: int, verb: Callable[..., object]) -> None:
        if (alarm := self._one(rank)) is not None:
            self.acts(lambda: verb(self.uow, alarm, who, self.at, "travaux", self.at + timedelta(minutes=1)))

    @rule(minutes=st.integers(0, 90))
    def clock(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

        def tick() -> None:
            with self.uow.cursor() as cursor:
                alarm_clock.tick(cursor, 1, self.at)

        self.acts(tick)

    @rule(again=st.booleans())
    def counters_are_kept(self, again: bool) -> None:
        """Summed up, or counted again from nothing: they say the same."""
        self.acts(lambda: self._kept.execute(text("SELECT alarm_tally_count_again()" if again else "SELECT alarm_tally_sum_up()")))

    def _one(self, rank: int) -> int | None:
        known = sorted(shown(self.uow))
        return known[rank % len(known)] if known else None


def test_whatever_happens_to_alarms_the_feed_tells_it_and_the_counters_stay_exact(database: Database) -> None:
    Street.database = database
    run_state_machine_as_test(Street, settings=settings(max_examples=50, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)))


def test_two_transactions_at_once_do_not_wait_for_one_another_and_both_are_counted(database: Database) -> None:
    told = Rule(key="both", kind="luminaire", title="Éteint", priority=Priority.MINOR)
    both = threading.Barrier(2, timeout=10)

    def raise_on(asset: int) -> None:
        with database.unit_of_work(1) as uow:
            # Not the worker's whole path: its logbook line is chained, and lines do wait for one another.
            with uow.cursor() as cursor:
                verdicts.apply(
                    cursor,
                    1,
                    [
                        Decision(
                            asset_id=asset,
                            layer="lighting",
                            kind="luminaire",
                            commune_id=0,
                            rule=told,
                            unit="",
                            threshold=None,
                            holds=True,
                            value=1.0,
                            observed_at=NOW,
                            received_at=NOW,
                        )
                    ],
                    NOW,
                )
            both.wait()  # Neither has committed: a counter that one of them held would stop the other here.

    threads = [threading.Thread(target=raise_on, args=(asset,)) for asset in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with database.unit_of_work(1) as uow:
        assert snapshot.counts(uow, ALL) == counted(uow) == {"minor": {"unacknowledged": 2}}
