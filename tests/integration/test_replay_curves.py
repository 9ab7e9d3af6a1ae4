"""The curves of the past: values of one asset in the period and nothing beside it, each with when it was received, inside the perimeter and the window."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import redis

from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import FixedClock
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden, InvalidRequest, NotFound
from hypervisor.operations import motivated
from hypervisor.queries import replay_curves
from hypervisor.security import audit
from hypervisor.security.context import current_principal
from tests import ingest_world as world
from tests.ingest_world import NOON, NOON_MS, observation, send, soon
from tests.integration import desk, feed

MINUTE, MINUTE_MS = timedelta(minutes=1), 60_000
SINCE, UNTIL = NOON - 60 * MINUTE, NOON
MOTIVE = "Plainte n° 12 d’un riverain"


def ms(minutes: int) -> int:
    """Epoch ms, minutes after noon."""
    return NOON_MS + minutes * MINUTE_MS


@pytest.fixture
def h(own_database_urls, redis_url: str, tmp_path) -> Iterator[Hypervisor]:
    """Bin 3 (commune 2, as 1 + 3 % 2) filled before, inside and after the hour that ends at noon; one value of 11:20 was received at 11:50."""
    world.settle(own_database_urls)
    built = feed.build(own_database_urls, redis_url, tmp_path / "var")
    object.__setattr__(built, "layers", world.LAYERS)
    object.__setattr__(built, "clock", FixedClock(NOON + 30 * MINUTE))
    with redis.Redis.from_url(redis_url) as client, world.working(own_database_urls, redis_url, FixedClock(NOON + 30 * MINUTE)):
        for minute, value, received in ((-61, 10, -61), (-60, 20, -60), (-40, 40, -10), (-30, 30, -30), (-1, 50, -1), (0, 60, 0), (20, 70, 20)):
            send(client, observation(3, value, at_ms=ms(minute)), received_at_ms=ms(received))
        send(client, observation(3, "open", "lid", at_ms=ms(-20)), observation(4, 99, at_ms=ms(-20)))
        soon(lambda: world.nothing_waits(client) and world.rows(own_database_urls, "SELECT count(*) FROM observation")[0][0] == 9)
    yield built
    built.close()


def read(h: Hypervisor, who, since: datetime = SINCE, until: datetime = UNTIL, asset: int = 3) -> dict:
    token = current_principal.set(who)
    try:
        return replay_curves.curves(h, asset, since, until)
    finally:
        current_principal.reset(token)


def filling(told: dict) -> list:
    return next(prop["points"] for prop in told["properties"] if prop["key"] == "filling")


def test_a_period_gives_its_values_with_when_each_was_received_and_nothing_before_or_after(h):
    told = read(h, desk.principal(Role.CHIEF))
    assert filling(told) == [[ms(-60), ms(-60), 20, 0], [ms(-40), ms(-10), 40, 0], [ms(-30), ms(-30), 30, 0], [ms(-1), ms(-1), 50, 0]]
    assert (told["asset"]["id"], told["asset"]["name"], told["asset"]["kind"], told["read_until"]) == (3, "Bac 3", "Bac", None)
    # Watched by a rule first, words last; a rule of silence has no level, so that "mute" is not of the axis.
    assert [(prop["key"], prop["unit"], prop["rules"]) for prop in told["properties"]] == [
        ("filling", "%", ["full"]),
        ("heat", "°C", ["fire"]),
        ("lid", "", []),
    ]
    assert [prop["points"] for prop in told["properties"]][1:] == [[], [[ms(-20), ms(-20), 1, 0]]]
    assert told["properties"][2]["words"] == {"0": "closed", "1": "open"}


def test_a_period_that_is_not_over_ends_now(h):
    told = read(h, desk.principal(Role.CHIEF), NOON, NOON + 60 * MINUTE)
    assert (filling(told)[-1][2], told["until"]) == (70, (NOON + 30 * MINUTE).isoformat())


@pytest.mark.parametrize(("since", "until"), [(0, 0), (-3000, 0), (31, 40)])
def test_a_period_that_is_empty_too_long_or_to_come_is_refused(h, since, until):
    with pytest.raises(InvalidRequest):
        read(h, desk.principal(Role.CHIEF), NOON + since * MINUTE, NOON + until * MINUTE)


def test_too_many_values_are_said_to_be_cut_and_where(h, monkeypatch):
    monkeypatch.setattr(replay_curves, "MOST", 2)
    told = read(h, desk.principal(Role.CHIEF))
    assert ([point[2] for point in filling(told)], told["read_until"]) == ([20, 40], (NOON - 40 * MINUTE).isoformat())


def test_another_domain_another_commune_and_another_tenant_do_not_know_the_asset(h):
    for changes in ({"layers": frozenset({"water"})}, {"communes": frozenset({1})}, {"tenant": 2}):
        with pytest.raises(NotFound):
            read(h, desk.principal(Role.CHIEF, **changes))
    assert filling(read(h, desk.principal(Role.CHIEF, layers=frozenset({"essai"}), communes=frozenset({2}))))


def test_who_may_not_look_back_reads_no_curve(h):
    for role in (Role.DISPLAY, Role.ADMIN, Role.DPO):
        with pytest.raises(Forbidden):
            read(h, desk.principal(role))


def test_the_officer_reads_inside_the_window_alone_and_each_read_is_in_the_audit(h, own_database_urls, monkeypatch):
    monkeypatch.setattr(audit, "_database", h.database)
    officer = desk.principal(Role.DPO, "dpo")
    with h.database.unit_of_work(1) as uow:
        motivated.open_access(uow, SINCE, NOON - 20 * MINUTE, MOTIVE, officer, h.clock.now())
    # From 11:00 to 11:40 the value of 11:20 was not known: it was received at 11:50.
    assert [point[2] for point in filling(read(h, officer, SINCE, NOON - 20 * MINUTE))] == [20, 30]
    for since, until in ((SINCE - MINUTE, NOON - 20 * MINUTE), (SINCE, NOON - 19 * MINUTE), (NOON - 10 * MINUTE, NOON)):
        with pytest.raises(Forbidden, match="rien n’est montré en dehors"):
            read(h, officer, since, until)
    # The perimeter holds inside the window too, and the window lends nothing when its hour is over.
    with pytest.raises(NotFound):
        read(h, desk.principal(Role.DPO, "dpo", communes=frozenset({1})), SINCE, NOON - 20 * MINUTE)
    object.__setattr__(h, "clock", FixedClock(h.clock.now() + 60 * MINUTE))
    with pytest.raises(Forbidden, match="a pris fin"):
        read(h, officer, SINCE, NOON - 20 * MINUTE)
    audit.wait()
    kept = desk.rows(own_database_urls, "SELECT outcome, detail ->> 'what' AS what, detail ->> 'asset' AS asset, detail ->> 'motive' AS motive FROM audit WHERE action = 'operator:access:read' ORDER BY id")  # fmt: skip
    assert [(row.what, row.asset, row.motive) for row in kept if row.outcome == "done"] == [("curves", "3", MOTIVE)]
    assert sum(row.outcome == "refused" for row in kept) == 4
