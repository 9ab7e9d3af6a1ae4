"""Whatever operators do to events, in whatever order, their laws hold (events.md)."""

from datetime import timedelta
from itertools import count

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
from tests.integration import desk
from tests.integration.desk import NOW, principal

PEOPLE = [principal(Role.OPERATOR, "petit"), principal(Role.OPERATOR, "durand"), principal(Role.CHIEF, "chef")]
people = st.sampled_from(PEOPLE)
remarks = st.sampled_from(["", "motif"])
numbers = count(1)


@pytest.fixture(scope="module")
def h(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory):
    built = desk.build(database_urls, redis_url, tmp_path_factory.mktemp("var"))
    yield built
    built.close()


def machine(h: Hypervisor, urls: DatabaseUrls) -> type[RuleBasedStateMachine]:
    """A room of three people and four alarms, on a real database."""

    def read(statement: str, **values):
        with h.database.unit_of_work(1) as uow:
            return list(uow.connection.execute(text(statement), values))

    class Room(RuleBasedStateMachine):
        ids = Bundle("ids")

        @initialize()
        def four_alarms(self) -> None:
            self.alarms, self.events, self.at = [], set(), NOW
            for _each in range(4):
                asset_id = next(numbers)
                desk.add_asset(urls, asset_id)
                self.alarms.append(desk.add_alarm(urls, asset_id))

        def act(self, operation, *values, **named):
            self.at += timedelta(seconds=1)
            before = self.rows()
            try:
                with h.database.unit_of_work(1) as uow:
                    made = operation(uow, *values, **named)
            except VigieError:
                assert self.rows() == before, "what is refused changes nothing"
                return None
            self.events.add(made["id"])
            return made["id"]

        def rows(self):
            return read("SELECT * FROM event WHERE id = ANY(:ids) ORDER BY id", ids=sorted(self.events))

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
            inside = {alarm.id: alarm.event_id for alarm in read("SELECT id, event_id FROM alarm WHERE id = ANY(:ids)", ids=getattr(self, "alarms", []))}
            assert len(inside) == len(getattr(self, "alarms", [])), "no alarm is lost"
            for event_id in inside.values():
                assert event_id is None or by_id[event_id].status != "merged", "a merged event keeps no alarm"
            logs = read(
                "SELECT DISTINCT ON (event_id) event_id, to_status FROM event_log WHERE event_id = ANY(:ids) ORDER BY event_id, id DESC", ids=sorted(by_id)
            )
            assert {log.event_id: log.to_status for log in logs} == {row.id: row.status for row in found}, "the log's last line is where the event stands"
            assert {row.status for row in found if row.status in LIVE} <= set(LIVE)

    return Room


def test_whatever_three_people_do_to_events_the_laws_hold(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    room = machine(h, database_urls)
    bounds = settings(max_examples=6, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(room, settings=bounds)
