"""Every indicator against the golden data set (golden.py, where each answer is worked by hand), through the real closing, the real lake and the real tables."""

from datetime import date, timedelta

import duckdb
import pytest

from hypervisor.domain.indicator import Declared, Parts, Sums
from hypervisor.lake import indicators as engines
from hypervisor.lake.nights import share_of
from hypervisor.layers import all_layers
from hypervisor.store import Database, indicators
from tests.integration import desk, golden
from tests.integration import history_world as world
from tests.integration.golden import DAY, local

NEXT = DAY + timedelta(days=1)
ODD_DAYS = {date(2026, 3, 29): 23, date(2026, 10, 25): 25, date(2028, 2, 29): 24}
FACTORS = [factor for layer in all_layers().values() for factor in layer.factors]


@pytest.fixture(scope="module")
def computed(database_urls, tmp_path_factory):
    """The golden day, closed and computed; gives (urls, folder, clock, numbers)."""
    folder = tmp_path_factory.mktemp("lake")
    numbers = golden.furnish(database_urls)
    world.add(database_urls, golden.readings(numbers))
    clock = world.clock_at(DAY + timedelta(days=3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "share_of", golden.is_night)
        golden.close(database_urls, folder, clock)
        engine = golden.engine(database_urls, folder, clock)
        engine.run()
        yield database_urls, folder, clock, numbers
        engine.close()


def parts(urls, since: date = DAY, until: date = NEXT, communes=None) -> Parts:
    database = Database(urls.app, pool_size=1)
    with database.unit_of_work(1) as uow:
        measures = [measure.key for layer in all_layers().values() for measure in layer.measures]
        found = indicators.sums(uow, measures, since, until, communes).get(0, {})
        made = Parts(since, until, by_day=found, factors=FACTORS, declared=indicators.declared(uow), is_whole=communes is None)
    database.close()
    return made


@pytest.mark.parametrize("key", golden.EXPECTED)
def test_an_indicator_gives_the_answer_worked_by_hand(computed, key: str) -> None:
    indicator = next(one for layer in all_layers().values() for one in layer.indicators if one.key == key)
    value = indicator.value(parts(computed[0]))
    assert value == pytest.approx(golden.EXPECTED[key], rel=2e-5, abs=1e-9)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        # (hours, filling): full at 10, still full at 20, emptied at 34: exactly 24 h.
        ([(9, 90), (10, 100), (20, 104), (34, 3)], (1, 1)),
        ([(10, 100), (34.1, 3)], (0, 1)),
        # Full twice in a day, emptied each time; what was never full does not count.
        ([(1, 100), (3, 0), (20, 101), (22, 10)], (2, 2)),
        ([(1, 99), (3, 0)], None),
        # Full and not emptied yet.
        ([(1, 100), (30, 100)], None),
        # A sensor that wanders by less than twenty points empties nothing.
        ([(1, 100), (2, 85), (3, 101), (26, 0)], (0, 1)),
    ],
)
def test_a_full_container_is_in_time_when_it_is_emptied_a_day_after_it_said_so(told: list[tuple[float, float]], found: tuple[int, int] | None) -> None:
    measure = next(one for one in all_layers()["waste"].measures if one.key == "waste_emptied")
    database = duckdb.connect()
    database.execute("CREATE TABLE raw (day INTEGER, observed_at_ms BIGINT, asset_id INTEGER, property_id INTEGER, value DOUBLE)")
    database.executemany("INSERT INTO raw VALUES (?, ?, 1, 7, ?)", [(int(hour // 24), int(hour * 3_600_000), value) for hour, value in told])
    rows = database.execute(measure.sql.format(filling=7)).fetchall()
    assert (sum(row[2] for row in rows), sum(row[3] for row in rows)) == (found or (0, 0))


def test_every_declared_indicator_is_in_the_golden_set() -> None:
    assert {one.key for layer in all_layers().values() for one in layer.indicators if one.measure} == set(golden.EXPECTED)


@pytest.mark.parametrize(
    ("measure", "heard", "expected"),
    [
        ("lighting_energy", 58, 96),
        ("water_supplied", 59, 72),
        ("parking_sessions", 3, 4),
        ("waste_pickups", 5, 5),
        ("lighting_availability", 2, 4),
        ("lighting_dimmed", 60, 96),
        ("lighting_nuisance", 2, 2),
    ],
)
def test_completeness_counts_what_was_heard_of_what_should_have_been(computed, measure: str, heard: float, expected: float) -> None:
    found = parts(computed[0]).sums(measure)
    assert (found.heard, found.expected) == (heard, expected)


def test_communes_add_up_to_the_territory_and_a_commune_is_not_given_the_volumes_of_all(computed) -> None:
    urls = computed[0]
    lighting = {indicator.key: indicator for indicator in all_layers()["lighting"].indicators}
    one, two = parts(urls, communes={1}), parts(urls, communes={2})
    # Cabinet 2 is alone in commune 2: 227 kWh avoided of 300.
    assert (lighting["energy_avoided"].value(one), lighting["energy_avoided"].value(two)) == (pytest.approx(0.08), pytest.approx(0.227))
    efficiency = all_layers()["water"].indicators[0]
    assert efficiency.value(one) is None


def test_a_value_that_comes_late_has_its_day_computed_again_and_no_other(computed) -> None:
    urls, folder, clock, numbers = computed
    before = desk.rows(urls, "SELECT measure, day, computed_at FROM indicator_run")
    # Camera 71 was offline an hour more than was known: 24 hours heard of which 7 offline... its first online hour becomes half: 17.5 of 24.
    world.add(urls, [(71, numbers["security", "camera_status"], local(6.5), 0.0)])
    clock.at += timedelta(minutes=10)
    golden.close(urls, folder, clock)
    engine = golden.engine(urls, folder, clock)
    assert engine.run() > 0
    assert engine.run() == 0, "what is up to date is not computed again"
    engine.close()
    found = parts(urls).sums("security_camera")
    assert (found.num, found.den) == (17.5, 24.0)
    after = {(row.measure, row.day): row.computed_at for row in desk.rows(urls, "SELECT measure, day, computed_at FROM indicator_run")}
    assert {day for (_measure, day), at in after.items() if at == clock.at} == {DAY, NEXT} & {row.day for row in before}
    with desk.as_owner(urls) as uow:
        desk.run(uow, "DELETE FROM observation WHERE asset_id = 71 AND observed_at = :at", at=local(6.5))
        desk.run(uow, "UPDATE history_day SET late = 1 WHERE day = :day", day=DAY)
    golden.close(urls, folder, clock)
    engine = golden.engine(urls, folder, clock)
    engine.run()
    engine.close()


def test_a_day_that_retention_took_from_postgresql_keeps_its_statistic(computed) -> None:
    urls, folder, clock, _numbers = computed
    with desk.as_owner(urls) as uow:
        desk.run(uow, "UPDATE history_day SET is_hot = false, hours_file = replace(hours_file, 'hours-', 'hours-0')")
    engine = golden.engine(urls, folder, clock)
    assert engine.run() == 0
    engine.close()
    with desk.as_owner(urls) as uow:
        desk.run(uow, "UPDATE history_day SET is_hot = true, hours_file = replace(hours_file, 'hours-0', 'hours-')")


@pytest.fixture(scope="module")
def odd_days(databases, tmp_path_factory):
    """Meter 41 at 10 m³/h all day on the days of clock changes and on 29 February, at some instants around midnight beside; the sums of water by day."""
    urls, folder = databases.make(), tmp_path_factory.mktemp("odd")
    flow = golden.furnish(urls)["water", "flow"]
    rows = [(41, flow, at, 10.0) for day in ODD_DAYS for at in [local(-30, day), *golden.hours(day)]]
    # 22:30 UTC is 23:30 of 28 March, but already 0:30 of 30 March.
    rows += [
        (41, flow, world.at(date(2026, 3, 28), 22.5), 1.0),
        (41, flow, world.at(date(2026, 3, 29), 22.5), 1.0),
        (41, flow, world.at(date(2026, 3, 30), 12), 1.0),
    ]
    world.add(urls, rows)
    clock = world.clock_at(date(2028, 3, 3))
    golden.close(urls, folder, clock)
    engine = golden.engine(urls, folder, clock, "water")
    engine.run()
    engine.close()
    yield parts(urls, date(2026, 1, 1), date(2028, 4, 1)).by_day["water_supplied"]
    databases.drop(urls)


@pytest.mark.parametrize(("day", "hours"), ODD_DAYS.items())
def test_the_days_of_clock_changes_and_leap_years_have_their_own_length(odd_days, day: date, hours: int) -> None:
    # One meter at 10 m³/h all day; three meters are expected.
    found = odd_days[day]
    assert (found.num, found.heard, found.expected) == (10.0 * hours, hours, 3 * hours)


def test_the_day_after_a_clock_change_begins_at_its_own_midnight(odd_days) -> None:
    assert (odd_days[date(2026, 3, 28)].heard, odd_days[date(2026, 3, 29)].heard, odd_days[date(2026, 3, 30)].heard) == (1, 23, 2)


def test_the_night_is_that_of_the_almanac() -> None:
    # Dijon, 10 January 2026 and 21 June 2026: sunset to sunrise, to the minute of the almanac (IMCCE's method, 0.833° under the horizon): about 15 h 13 and 8 h 06.
    for day, hours in ((date(2026, 1, 10), 15.2), (date(2026, 6, 21), 8.1)):
        noon = int(world.at(day, 11).timestamp()) // 3600
        assert sum(share_of(noon + hour, 5.04, 47.32) for hour in range(24)) == pytest.approx(hours, abs=0.15)


def test_a_declared_volume_counts_for_its_days_and_a_hole_gives_nothing() -> None:
    year = Declared(key="v", since=date(2028, 1, 1), until=date(2029, 1, 1), amount=366.0, unit="m³", source="r")
    assert Parts(date(2028, 2, 1), date(2028, 3, 1), declared=[year]).volume("v") == pytest.approx(29.0)
    assert Parts(date(2028, 12, 1), date(2029, 2, 1), declared=[year]).volume("v") is None


def test_a_declared_volume_is_compared_with_the_days_heard_and_no_other(computed) -> None:
    # Ten days asked, one heard: the volumes of that one day, as in the golden set.
    indicator = all_layers()["water"].indicators[0]
    assert indicator.value(parts(computed[0], date(2026, 1, 1), NEXT)) == pytest.approx(golden.EXPECTED["water_efficiency"])


def test_a_price_that_changes_inside_a_period_applies_from_its_day() -> None:
    factor = FACTORS[0]
    changed = [factor, type(factor)(key=factor.key, label="", unit="", value=0.5, since=NEXT, source="avenant")]
    by_day = {"m": {DAY: Sums(num=10, heard=1, expected=1, days=1), NEXT: Sums(num=10, heard=1, expected=1, days=1)}}
    # 10 × 0.17 + 10 × 0.5
    assert Parts(DAY, NEXT + timedelta(days=1), by_day=by_day, factors=changed).priced("m", factor.key) == pytest.approx(6.7)
