"""Is the room asked too much? Each figure from a day told by hand."""

from datetime import datetime, timedelta
from itertools import count

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden, InvalidRequest
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms
from hypervisor.queries import alarm_health
from hypervisor.security import context
from tests.integration import desk
from tests.integration.desk import NOW, principal

pytestmark = pytest.mark.platform(people=False)
DAWN = NOW - timedelta(hours=24)
CHIEF = principal(Role.CHIEF, "chef")
numbers = count(1)


@pytest.fixture(autouse=True)
def _empty(database_urls: DatabaseUrls) -> None:
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "TRUNCATE alarm_transition, alarm CASCADE")


def asked(urls: DatabaseUrls, at: datetime, priority: int = 3, *, asset_id: int | None = None, state: str = "unacknowledged", is_open: bool = False) -> int:
    """An alarm raised then; closed since unless is_open."""
    if asset_id is None:
        asset_id = next(numbers)
        desk.add_asset(urls, asset_id)
    alarm_id = desk.add_alarm(urls, asset_id, cause=f"c{next(numbers)}" if is_open else "off", priority=priority, active=is_open, acknowledged=not is_open)
    with desk.as_owner(urls) as uow:
        desk.run(uow, "UPDATE alarm SET raised_at = :at WHERE id = :id", at=at, id=alarm_id)
        desk.run(
            uow,
            "INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, to_state) VALUES (1, :id, :at, 'rule:off', 'R', 'raise', :state)",
            id=alarm_id, at=at, state=state,
        )  # fmt: skip
    return alarm_id


def health(h: Hypervisor, who=CHIEF, operators: int | None = 1) -> dict:
    token = context.current_principal.set(who)
    try:
        with h.database.unit_of_work(1) as uow:
            return alarm_health.health(uow, DAWN, NOW, operators)
    finally:
        context.current_principal.reset(token)


def test_a_quiet_day_says_nothing(h: Hypervisor) -> None:
    found = health(h, operators=None)
    assert (found["asked"], found["per_operator_per_step"], found["share_in_flood"], found["operators"], found["worst"]) == (0, 0, 0, 1, [])


def test_rate_and_flood_are_counted_by_operator(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    for second in range(12):  # Twelve in one of the day's 144 steps of 10 minutes.
        asked(database_urls, DAWN + timedelta(minutes=30, seconds=second))
    alone, shared = health(h), health(h, operators=2)
    assert (alone["per_operator_per_step"], shared["per_operator_per_step"]) == (12 / 144, 6 / 144)
    assert (alone["share_in_flood"], shared["share_in_flood"]) == (1 / 144, 0)
    assert (alone["busiest_step"], alone["steps"][3]) == (12, 12)


def test_what_a_mask_hid_was_not_asked(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    asked(database_urls, NOW - timedelta(hours=1), state="suppressed_by_design")
    asked(database_urls, NOW - timedelta(hours=1))
    assert health(h)["asked"] == 1


def test_distribution_is_beside_its_marks(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    for priority in (1, 2, 3, 3):
        asked(database_urls, NOW - timedelta(hours=1), priority)
    found = health(h)
    assert {word: one["share"] for word, one in found["distribution"].items()} == {"critical": 0.25, "major": 0.25, "minor": 0.5}
    assert (found["marks"]["critical"], found["marks"]["major"], found["marks"]["minor"]) == (0.05, 0.15, 0.80)


def test_standing_alarms_are_older_than_a_day_and_not_hidden(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    old, hidden = (asked(database_urls, NOW - timedelta(hours=25), is_open=True) for _ in range(2))
    asked(database_urls, NOW - timedelta(hours=23), is_open=True)
    with h.database.unit_of_work(1) as uow:
        alarms.shelve(uow, hidden, CHIEF, NOW, "nuisance", NOW + timedelta(hours=1))
    found = health(h)
    assert (found["standing"], [one["id"] for one in found["standing_oldest"]]) == (1, [old])
    assert [(one["mask"], one["by"], one["count"]) for one in found["masked"]] == [("shelved", "chef", 1)]


def test_chattering_is_three_times_in_a_minute(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    noisy, calm = next(numbers), next(numbers)
    for asset_id, gap_s in ((noisy, 20), (calm, 40)):
        desk.add_asset(database_urls, asset_id)
        for time in range(4):
            asked(database_urls, NOW - timedelta(hours=2) + time * timedelta(seconds=gap_s), asset_id=asset_id)
    found = health(h)
    assert [(one["asset_id"], one["count"]) for one in found["chattering"]] == [(noisy, 2)]
    assert [(one["asset_id"], one["count"], one["share"]) for one in found["worst"]] == [(noisy, 4, 0.5), (calm, 4, 0.5)]


def test_the_figures_stay_inside_the_perimeter(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    asked(database_urls, NOW - timedelta(hours=1))
    assert health(h, principal(Role.CHIEF, "eau", layers=frozenset({"water"})))["asked"] == 0
    with pytest.raises(Forbidden):
        health(h, principal(Role.AGENT, "agent"))


def test_a_period_of_more_than_a_month_is_refused(h: Hypervisor) -> None:
    token = context.current_principal.set(CHIEF)
    try:
        with pytest.raises(InvalidRequest), h.database.unit_of_work(1) as uow:
            alarm_health.health(uow, NOW - timedelta(days=32), NOW)
    finally:
        context.current_principal.reset(token)
