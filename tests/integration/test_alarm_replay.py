"""Every operation on an alarm, told by the feed: snapshot before + feed = snapshot after."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms
from tests.integration import desk
from tests.integration.desk import NOW, principal
from tests.integration.held import replayed, seen

PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")
CHIEF = principal(Role.CHIEF, "chef", display_name="M. Chef")
LATER = NOW + timedelta(hours=1)
numbers = count(1)

Act = Callable[[Any, int], Any]
OPERATIONS: dict[str, tuple[Act | None, Act]] = {
    "acknowledge": (None, lambda uow, n: alarms.acknowledge(uow, n, PETIT, NOW)),
    "unacknowledge": (lambda uow, n: alarms.acknowledge(uow, n, PETIT, NOW), lambda uow, n: alarms.unacknowledge(uow, n, PETIT, NOW)),
    "confirm": (None, lambda uow, n: alarms.confirm(uow, n, PETIT, NOW, "constaté")),
    "shelve": (None, lambda uow, n: alarms.shelve(uow, n, PETIT, NOW, "nuisance", LATER)),
    "shelve once": (None, lambda uow, n: alarms.shelve(uow, n, PETIT, NOW, "nuisance", once=True)),
    "unshelve": (lambda uow, n: alarms.shelve(uow, n, PETIT, NOW, "nuisance", LATER), lambda uow, n: alarms.unshelve(uow, n, PETIT, NOW)),
    "suppress": (None, lambda uow, n: alarms.suppress(uow, n, CHIEF, NOW, "maintenance", LATER)),
    "suppress under a cause": (None, lambda uow, n: alarms.suppress(uow, n, CHIEF, NOW, "maintenance", parent_id=n - 1)),
    "unsuppress": (lambda uow, n: alarms.suppress(uow, n, CHIEF, NOW, "maintenance", LATER), lambda uow, n: alarms.unsuppress(uow, n, CHIEF, NOW)),
    "out of service": (None, lambda uow, n: alarms.out_of_service(uow, n, CHIEF, NOW, "maintenance", LATER)),
    "in service": (lambda uow, n: alarms.out_of_service(uow, n, CHIEF, NOW, "maintenance", LATER), lambda uow, n: alarms.in_service(uow, n, CHIEF, NOW)),
}


@pytest.fixture(scope="module")
def h(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hypervisor]:
    built = desk.build(database_urls, redis_url, tmp_path_factory.mktemp("var"))
    yield built
    built.close()


def new(urls: DatabaseUrls, **more: Any) -> int:
    asset_id = next(numbers)
    desk.add_asset(urls, asset_id)
    return desk.add_alarm(urls, asset_id, **more)


def do(h: Hypervisor, act: Act, alarm_id: int) -> None:
    with h.database.unit_of_work(1) as uow:
        act(uow, alarm_id)


@pytest.mark.parametrize("verb", OPERATIONS)
def test_snapshot_before_and_feed_are_snapshot_after(h: Hypervisor, database_urls: DatabaseUrls, verb: str) -> None:
    new(database_urls)
    alarm_id = new(database_urls)
    prepare, act = OPERATIONS[verb]
    if prepare:
        do(h, prepare, alarm_id)
    since, before = seen(h)
    do(h, act, alarm_id)
    _last, now = seen(h)
    assert replayed(h, database_urls, since, before) == now != before


def test_a_latched_alarm_that_is_reset_leaves_the_screen_by_the_feed_too(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    alarm_id = new(database_urls, active=False, acknowledged=True)
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "UPDATE alarm SET latched = true WHERE id = :id", id=alarm_id)
    since, before = seen(h)
    assert ("alarm", alarm_id) in before
    do(h, lambda uow, n: alarms.reset(uow, n, CHIEF, NOW), alarm_id)
    _last, now = seen(h)
    assert ("alarm", alarm_id) not in now
    assert replayed(h, database_urls, since, before) == now
