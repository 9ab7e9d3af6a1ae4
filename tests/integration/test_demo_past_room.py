"""The invented past of a demonstration's room in the tables: written once, in place of nothing of the room's own, and read by officials' figures."""

from datetime import UTC, datetime, timedelta

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.demo import past
from hypervisor.domain.operator import Role
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.queries import officials
from hypervisor.queries.officials import Choice
from hypervisor.security.context import current_principal
from hypervisor.store import past as store
from hypervisor.store.engine import Engine
from tests.integration import desk

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
TABLES = ("exercise", "posture_change", "event", "alarm", "indicator_declared")


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    object.__setattr__(h, "clock", desk.FixedClock(NOW))
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "INSERT INTO commune (tenant, id, name, population) VALUES (1, 1, 'Valmorin', 250000)")
    for number, layer, kind in ((1, "water", "main"), (2, "lighting", "luminaire")):
        desk.add_asset(database_urls, number, layer, kind)
    return h


def remember(urls) -> dict[str, int]:
    worker, owner = Engine(urls.worker, "test-past"), Engine(urls.owner, "test-past-room")
    past.remember_room(worker, owner, NOW, 730)
    worker.close()
    owner.close()
    return {table: desk.rows(urls, f"SELECT count(*) AS n FROM {table}")[0].n for table in TABLES}


def test_the_past_is_written_once_and_officials_read_figures_of_last_month(h, database_urls) -> None:
    counts = remember(database_urls)
    assert all(counts.values())
    assert remember(database_urls) == counts
    assert desk.rows(database_urls, "SELECT posture_situation(1::smallint) AS s")[0].s["real_level"] == 0
    officials.forget()
    token = current_principal.set(desk.principal(Role.OFFICIAL))
    figures = {
        one.indicator.key: one for domain in ("service", "water", "waste") for one in officials.dashboard(h, Choice(period="2026-10", domain=domain)).figures
    }
    current_principal.reset(token)
    for key in (
        "vigilance_hours",
        "exercises",
        "reports_received",
        "report_reply",
        "leaks_repaired",
        "leak_repair",
        "water_budget_spent",
        "waste_recovery",
        "waste_per_head",
    ):
        assert figures[key].value, (key, figures[key].reason)
    # Two years are known of the five in which an exercise is counted.
    assert figures["exercises"].is_estimate
    latest = desk.rows(database_urls, "SELECT max(resolved_at) AS at FROM event")[0].at
    assert NOW - timedelta(days=20) < latest < NOW


def test_reports_of_the_past_do_not_keep_the_alarms_of_rules_from_having_theirs(h, database_urls) -> None:
    remember(database_urls)
    worker = Engine(database_urls.worker, "test-past")
    with worker.reading() as cursor:
        assert not store.has_old_alarms(cursor, 1, NOW)
    worker.close()


def test_a_room_that_has_its_own_posture_is_given_none(databases) -> None:
    urls = databases.make()
    desk.add_asset(urls, 1, "water", "main")
    with desk.as_owner(urls) as uow:
        desk.run(uow, "INSERT INTO posture_change (tenant, level, reason, proposed_at, proposed_by, proposed_name) VALUES (1, 1, 'R', :at, 'x', 'X')", at=NOW)
    assert remember(urls)["posture_change"] == 1
    databases.drop(urls)
