"""Whatever operators do to events, in whatever order, their laws hold (events.md)."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.event import LIVE, OPEN
from hypervisor.domain.operator import Role
from hypervisor.errors import VigieError
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import event_groups as groups
from hypervisor.operations import events
from hypervisor.store import UnitOfWork, snapshot
from tests.integration import desk
from tests.integration.desk import NOW, principal

PEOPLE = [principal(Role.OPERATOR, "petit"), principal(Role.OPERATOR, "durand"), principal(Role.CHIEF, "chef")]
people = st.sampled_from(PEOPLE)
remarks = st.sampled_from(["", "motif"])
ASSETS = range(1, 5)
ALL = snapshot.Perimeter(layers=None, communes=None)


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    for asset in ASSETS:
        desk.add_asset(database_urls, asset)
    return h


ALARM = """INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at)
    VALUES (1, :asset, 'lighting', 'cabinet', 'rule', 'off', 'Armoire hors tension', 2, true, false, :at) RETURNING id"""


def machine(h: Hypervisor) -> type[RuleBasedStateMachine]:
    """A room of three people and four alarms, on a real database: one transaction for a whole story, undone at its end; each act is a savepoint."""

    class Room(RuleBasedStateMachine):
        ids = Bundle("ids")

        def __init__(self) -> None:
            super().__init__()
            self._kept = h.database._begun(1)
            self.uow = UnitOfWork(self._kept, 1)
            self.alarms, self.events, self.at = [], set(), NOW

        def teardown(self) -> None:
            self._kept.rollback()
            self._kept.close()

        @initialize()
        def four_alarms(self) -> None:
            self.alarms = [self._kept.execute(text(ALARM), {"asset": asset, "at": NOW}).scalar_one() for asset in ASSETS]

        def read(self, statement: str, **values):
            return list(self._kept.execute(text(statement), values))

        def act(self, operation, *values, **named):
            self.at += timedelta(seconds=1)
            before, shown, since = self.rows(), self.shown(), snapshot.last_fact(self.uow)
            point = self._kept.begin_nested()
            try:
                made = operation(self.uow, *values, **named)
                point.commit()
            except VigieError:
                point.rollback()
                assert self.rows() == before, "what is refused changes nothing"
                return None
            self.events.add(made["id"])
            assert self.fed(shown, since) == self.shown(), "the snapshot before and the feed are the snapshot after"
            return made["id"]

        def shown(self):
            return {event["id"]: event for event in snapshot.events(self.uow, ALL)}

        def fed(self, before, since):
            held = dict(before)
            for (body,) in self.read("SELECT body FROM outbox WHERE tenant = 1 AND kind = 'event' AND id > :since ORDER BY id", since=since):
                if body["status"] in LIVE:
                    held[body["id"]] = body
                else:
                    held.pop(body["id"], None)
            return held

        def rows(self):
            return self.read("SELECT * FROM event WHERE id = ANY(:ids) ORDER BY id", ids=sorted(self.events))

        @rule(target=ids, which=st.integers(0, 3), who=people)
        def opens(self, which, who):
            return self.act(events.create_from_alarm, self.alarms[which], who, self.at, "")

        @rule(
            event=ids,
            who=people,
            remark=remarks,
            verb=st.sampled_from([events.take, events.release, events.resolve, events.reopen, events.false_positive, events.comment]),
        )
        def does(self, event, who, remark, verb):
            if event:
                self.act(verb, event, who, self.at, remark)

        @rule(event=ids, who=people, remark=remarks)
        def holds(self, event, who, remark):
            if event:
                self.act(events.hold, event, who, self.at, self.at + timedelta(hours=1), remark)

        @rule(event=ids, who=people, to=st.sampled_from(["operateur", "chef", "elu"]), remark=remarks)
        def assigns(self, event, who, to, remark):
            if event:
                self.act(events.assign, event, who, self.at, to, remark)

        @rule(event=ids, who=people, outcome=remarks)
        def closes(self, event, who, outcome):
            if event:
                self.act(events.close, event, who, self.at, outcome)

        @rule(event=ids, into=ids, who=people)
        def merges(self, event, into, who):
            if event and into:
                self.act(groups.merge, event, into, who, self.at)

        @rule(target=ids, event=ids, which=st.sets(st.integers(0, 3), min_size=1), who=people)
        def splits(self, event, which, who):
            return self.act(groups.split, event, [self.alarms[one] for one in which], who, self.at) if event else None

        @invariant()
        def the_laws_hold(self) -> None:
            found = self.rows()
            by_id = {row.id: row for row in found}
            for row in found:
                assert (row.status == "on_hold") == (row.hold_until is not None)
                assert (row.status == "merged") == (row.merged_into is not None)
                assert row.status != "in_progress" or row.owner, "what is in progress is somebody's"
                assert row.status != "new" or row.owner is None
                assert row.status != "closed" or (row.outcome and row.closed_at)
                assert row.status not in OPEN or row.closed_at is None
            inside = {alarm.id: alarm.event_id for alarm in self.read("SELECT id, event_id FROM alarm WHERE id = ANY(:ids)", ids=self.alarms)}
            assert len(inside) == len(self.alarms), "no alarm is lost"
            for event_id in inside.values():
                assert event_id is None or by_id[event_id].status != "merged", "a merged event keeps no alarm"
            logs = self.read(
                "SELECT DISTINCT ON (event_id) event_id, to_status FROM event_log WHERE event_id = ANY(:ids) ORDER BY event_id, id DESC", ids=sorted(by_id)
            )
            assert {log.event_id: log.to_status for log in logs} == {row.id: row.status for row in found}, "the log's last line is where the event stands"
            assert {row.status for row in found if row.status in LIVE} <= set(LIVE)

    return Room


def test_whatever_three_people_do_to_events_the_laws_hold(h: Hypervisor) -> None:
    room = machine(h)
    bounds = settings(max_examples=50, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(room, settings=bounds)
