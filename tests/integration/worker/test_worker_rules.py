"""Rules that a tenant saves, in a worker that runs: taken up without a restart, counted across assets, guarded."""

from datetime import timedelta

import psycopg

from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import Database, rules
from tests import ingest_world as world
from tests.ingest_world import NOON, NOON_MS, observation, rows, send, soon
from tests.services import plain


def save(urls: DatabaseUrls, version: int = 1, *, enabled: bool = True, **declared: object) -> None:
    rule = Rule(**({"kind": "bin", "property": "filling", "title": "Règle", "priority": Priority.MAJOR} | declared))
    with Database(urls.app, pool_size=1).unit_of_work(1) as uow:
        assert rules.save(uow, "essai", rule.key, version, rule.as_row(), NOON, "metier", enabled=enabled)


def alarms(urls: DatabaseUrls) -> list[tuple[object, ...]]:
    return rows(urls, "SELECT cause, asset_id, active FROM alarm ORDER BY id")


def test_a_saved_rule_is_taken_up_at_its_next_value_and_its_alarm_ends_when_it_is_taken_away(client, running):
    send(client, observation(1, 50))
    soon(lambda: world.nothing_waits(client), 30)
    save(running, key="half", threshold=40.0)

    def sent_until(happened) -> None:
        numbers = iter(range(1, 1000))

        def step() -> bool:
            send(client, observation(1, 50, at_ms=NOON_MS + next(numbers)))
            return happened()

        soon(step, 30)

    sent_until(lambda: alarms(running) == [("half", 1, True)])
    save(running, 2, enabled=False, key="half", threshold=40.0)
    soon(lambda: alarms(running) == [("half", 1, False)], 30)
    assert rows(running, "SELECT action FROM alarm_transition ORDER BY id") == [("raise",), ("retire",)]


def test_a_rule_counts_the_assets_in_alarm_under_one_parent_and_ends_when_enough_have_returned(client, own_database_urls, redis_url, clock):
    with psycopg.connect(plain(own_database_urls.owner), autocommit=True) as owner:
        owner.execute("INSERT INTO asset_edge (tenant, parent_id, child_id, relation) SELECT 1, 20, n, 'feeds' FROM generate_series(1, 5) n")
    save(own_database_urls, key="many", property="", comparison="count", threshold=3.0, members="full", group="parent", duration=timedelta(seconds=10))
    with world.working(own_database_urls, redis_url, clock):
        soon(lambda: len(world.looks(client)) == 20, 30)
        # Bin 6 has another parent: it is not counted.
        send(client, *(observation(n, 95) for n in (1, 2, 6)))
        soon(lambda: len(alarms(own_database_urls)) == 3, 30)
        assert rows(own_database_urls, "SELECT rule FROM alarm_pending") == []
        send(client, observation(3, 95))
        soon(lambda: rows(own_database_urls, "SELECT asset_id, rule, value FROM alarm_pending") == [(20, "many", 3)], 30)
    clock.at = NOON + timedelta(seconds=10)
    # What was counted and what waited are taken up by another worker.
    with world.working(own_database_urls, redis_url, clock):
        soon(lambda: ("many", 20, True) in alarms(own_database_urls), 30)
        assert rows(own_database_urls, "SELECT value, threshold FROM alarm WHERE cause = 'many'") == [(3, 3)]
        send(client, observation(3, 10, at_ms=NOON_MS + 1))
        soon(lambda: ("many", 20, False) in alarms(own_database_urls), 30)


def test_what_fails_together_under_one_parent_is_asked_once_and_its_parts_are_born_under_it(client, own_database_urls, redis_url, clock):
    with psycopg.connect(plain(own_database_urls.owner), autocommit=True) as owner:
        owner.execute("INSERT INTO asset_edge (tenant, parent_id, child_id, relation) SELECT 1, 20, n, 'feeds' FROM generate_series(1, 5) n")
    save(own_database_urls, key="many", property="", comparison="count", threshold=3.0, hysteresis=1.0, members="full", group="parent", explains=("full",))
    with world.working(own_database_urls, redis_url, clock):
        soon(lambda: len(world.looks(client)) == 20, 30)
        send(client, *(observation(n, 95) for n in range(1, 6)))
        soon(lambda: len(alarms(own_database_urls)) == 6, 30)
        born = "SELECT a.cause, x.to_state, count(*) FROM alarm_transition x JOIN alarm a ON a.id = x.alarm_id AND a.tenant = x.tenant WHERE x.action = 'raise' GROUP BY 1, 2 ORDER BY 1"
        assert rows(own_database_urls, born) == [("full", "suppressed_by_design", 5), ("many", "unacknowledged", 1)]
        assert rows(own_database_urls, "SELECT value FROM alarm WHERE cause = 'many'") == [(5,)]
        # Two remain in alarm, as many as the threshold less its hysteresis: one thing still.
        send(client, *(observation(n, 10, at_ms=NOON_MS + 1) for n in (1, 2, 3)))
        soon(lambda: rows(own_database_urls, "SELECT count(*) FROM alarm WHERE active") == [(3,)], 30)
        send(client, observation(4, 10, at_ms=NOON_MS + 2))
        soon(lambda: ("many", 20, False) in alarms(own_database_urls), 30)
        assert rows(own_database_urls, "SELECT asset_id FROM alarm WHERE active") == [(5,)]


def test_a_guard_that_fails_is_said_once_and_the_others_go_on(client, own_database_urls, redis_url, clock):
    save(own_database_urls, key="guarded", threshold=40.0, when="properties.heat > 30.0")
    save(own_database_urls, key="plain_one", threshold=40.0)
    with world.working(own_database_urls, redis_url, clock):
        send(client, observation(1, 50), observation(1, 51, at_ms=NOON_MS + 1))
        soon(lambda: ("plain_one", 1, True) in alarms(own_database_urls), 30)
        soon(lambda: world.nothing_waits(client), 30)
        assert rows(own_database_urls, "SELECT count(*) FROM logbook WHERE text LIKE '%%heat%%'") == [(1,)]
        # Once the temperature is known, the guard lets the rule begin at the next value.
        send(client, observation(1, 35.0, "temperature"), observation(1, 52, at_ms=NOON_MS + 2))
        soon(lambda: ("guarded", 1, True) in alarms(own_database_urls), 30)


def test_a_rule_of_one_area_or_commune_raises_nothing_elsewhere(client, own_database_urls, redis_url, clock):
    far = '{"type":"Polygon","coordinates":[[[5,47],[5.1,47],[5.1,47.1],[5,47]]]}'
    here = '{"type":"Polygon","coordinates":[[[3,43],[4,43],[4,44],[3,44],[3,43]]]}'
    save(own_database_urls, key="far", threshold=40.0, area=far)
    save(own_database_urls, key="here", threshold=40.0, area=here, communes=(2,))
    with world.working(own_database_urls, redis_url, clock):
        # Bin 1 is in commune 2, bin 2 in commune 1.
        send(client, observation(1, 50), observation(2, 50))
        soon(lambda: world.nothing_waits(client) and len(alarms(own_database_urls)) == 1, 30)
        assert alarms(own_database_urls) == [("here", 1, True)]
