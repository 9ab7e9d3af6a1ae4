"""The five figures of /elus, on numbers that a person can check."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.hot import keys, state
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.queries import officials
from hypervisor.security.context import current_principal
from hypervisor.store import indicators, snapshot
from tests.integration import desk
from tests.integration.desk import NOW

pytestmark = pytest.mark.keeps_redis


@pytest.fixture(scope="module")
def h(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory):
    built = desk.build(database_urls, redis_url, tmp_path_factory.mktemp("var"), people=False)
    built.redis.flushall()
    yield built
    built.close()


def by_key(h: Hypervisor) -> dict[str, officials.Figure]:
    return {figure.key: figure for figure in officials.compute(h, 1)}


def observe(urls: DatabaseUrls, asset_id: int, property_id: int, at: datetime, value: float, quality: int = 0) -> None:
    with desk.as_owner(urls) as uow:
        uow.connection.execute(text("SELECT make_observation_partition(cast(:d AS date))"), {"d": at.date()})
        uow.connection.execute(
            text("INSERT INTO observation VALUES (:at, :at, :v, :a, :p, :q, 1)"), {"at": at, "v": value, "a": asset_id, "p": property_id, "q": quality}
        )


def hold(h: Hypervisor, layer: str, asset_id: int, property_id: int, value: float, age: timedelta = timedelta(0), quality: int = 0) -> None:
    h.redis.hset(keys.hot(1, layer), *state.HotValue(asset_id, property_id, int((NOW - age).timestamp() * 1000), value, quality).packed())


@pytest.fixture(scope="module")
def numbers(database_urls: DatabaseUrls) -> dict[tuple[str, str], int]:
    with desk.as_owner(database_urls) as uow:
        return snapshot.property_numbers(uow)


def test_without_data_no_figure_is_invented(h: Hypervisor) -> None:
    for figure in by_key(h).values():
        assert figure.value is None, figure.key
        assert figure.reason, figure.key


def test_the_figures_are_those_computed_by_hand(h: Hypervisor, database_urls: DatabaseUrls, numbers) -> None:
    for number in range(1, 6):
        desk.add_asset(database_urls, number, kind="luminaire")
        desk.add_asset(database_urls, 10 + number, layer="waste", kind="container")
    for number in (21, 22):
        desk.add_asset(database_urls, number, layer="parking", kind="car_park")
        desk.add_asset(database_urls, 10 + number, layer="water", kind="district_meter")
    lamp, filling = numbers["lighting", "luminaire_status"], numbers["waste", "filling"]
    # Three working lamps, one broken, one that has not spoken for a day: 3 of 4 heard, 4 of 5 expected.
    for asset_id, value in ((1, 0), (2, 0), (3, 0), (4, 2)):
        hold(h, "lighting", asset_id, lamp, value)
    hold(h, "lighting", 5, lamp, 0, timedelta(days=1))
    # 80 % counts as full; an invalid value (quality 3) is not a value.
    for asset_id, value in ((11, 79.9), (12, 80.0), (13, 95.0), (14, 10.0)):
        hold(h, "waste", asset_id, filling, value)
    hold(h, "waste", 15, filling, 100.0, quality=3)
    # Car park 21 speaks four times (mean 50), 22 once (90): equal weights give 70, not 58. A value of two days ago is out.
    occupancy = numbers["parking", "occupancy"]
    for hours, value in ((1, 40), (2, 60), (3, 40), (4, 60), (48, 0)):
        observe(database_urls, 21, occupancy, NOW - timedelta(hours=hours), value)
    observe(database_urls, 22, occupancy, NOW - timedelta(hours=1), 90)
    # The night of the 11th, 2 h to 5 h in Paris: means 12 and 30, together 42. Values at 6 h are out.
    flow = numbers["water", "flow"]
    for meter, hour, value in ((31, 1, 10), (31, 2, 14), (32, 3, 30), (32, 5, 900)):
        observe(database_urls, meter, flow, datetime(2026, 2, 11, hour, 30, tzinfo=UTC), value)
    found = by_key(h)
    assert (found["luminaires_available"].value, found["luminaires_available"].completeness) == (75.0, 0.8)
    assert (found["full_containers"].value, found["full_containers"].completeness) == (50.0, 0.8)
    assert (found["parking_occupancy"].value, found["parking_occupancy"].completeness) == (70.0, 1.0)
    assert (found["night_flow"].value, found["night_flow"].completeness) == (42.0, 1.0)
    assert found["luminaires_available"].is_estimate, "four fifths heard is an estimate"
    assert not found["night_flow"].is_estimate


def test_an_official_of_some_communes_reads_the_figures_of_those_alone(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    desk.rows(database_urls, "INSERT INTO commune (tenant, id, name) VALUES (1, 4, 'Quatre') RETURNING id")
    desk.rows(database_urls, "UPDATE asset SET commune_id = 4 WHERE id IN (3, 4, 5, 13, 21, 31) RETURNING id")
    found = {figure.key: figure for figure in officials.compute(h, 1, communes=frozenset({4}))}
    # Of lamps 3, 4 and 5: one works, one is broken, one is silent. Container 13 is full. Car park 21 has a mean of 50, meter 31 of 12.
    assert (found["luminaires_available"].value, found["luminaires_available"].completeness) == (50.0, pytest.approx(2 / 3))
    assert (found["full_containers"].value, found["parking_occupancy"].value, found["night_flow"].value) == (100.0, 50.0, 12.0)
    assert by_key(h)["night_flow"].value == 42.0
    nowhere = {figure.key: figure for figure in officials.compute(h, 1, communes=frozenset())}
    assert {figure.value for figure in nowhere.values()} == {None}


def test_the_median_delay_needs_five_cases(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    desk.add_asset(database_urls, 99)

    def acknowledged_after(minutes: int) -> None:
        alarm_id = desk.add_alarm(database_urls, 99, f"c{minutes}", acknowledged=True)
        with desk.as_owner(database_urls) as uow:
            uow.connection.execute(
                text("UPDATE alarm SET acknowledged_at = raised_at + :m * interval '1 minute', acknowledged_by = 'x' WHERE id = :id"),
                {"m": minutes, "id": alarm_id},
            )

    for minutes in (1, 2, 3, 4):
        acknowledged_after(minutes)
    desk.add_alarm(database_urls, 99, "waits")
    assert by_key(h)["acknowledgement"].value is None
    acknowledged_after(100)
    figure = by_key(h)["acknowledgement"]
    # Median of 1 2 3 4 100; ninth decile between 4 and 100 at rank 3.6: 4 + 0.6 × 96. Five of six were acknowledged.
    assert figure.value == pytest.approx(3.0)
    assert figure.ninth_decile == pytest.approx(61.6)
    assert figure.completeness == pytest.approx(5 / 6)
    elsewhere = {
        figure.key: figure
        for layers, communes in (({"water"}, None), (None, {4}))
        for figure in officials.compute(h, 1, layers and frozenset(layers), communes and frozenset(communes))
    }
    assert elsewhere["acknowledgement"].value is None


def test_a_long_history_is_sampled_and_says_so(h: Hypervisor, database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk.as_owner(database_urls) as uow:
        uow.connection.execute(text("SELECT make_observation_partition('2026-01-05')"))
        # 40 assets whose values go around 10, 20 and 30: the mean is 20 whichever pages are read, nearly.
        uow.connection.execute(
            text("""INSERT INTO observation SELECT '2026-01-05'::timestamptz + n * interval '1 second', now(), 10 + 10 * (n % 3), n % 40, 7, 0, 1
                    FROM generate_series(1, 80000) n""")
        )
        uow.connection.execute(text("ANALYZE observation_20260105"))
    monkeypatch.setattr(indicators, "MOST_ROWS_READ", 20_000)
    with h.database.unit_of_work(1) as uow:
        found = indicators.average(uow, 7, datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, 23, tzinfo=UTC))
    assert found.share == pytest.approx(0.25, rel=0.05)
    assert found.mean == pytest.approx(20, rel=0.05)


def test_the_right_is_asked_and_layers_are_the_reader_s(h: Hypervisor) -> None:
    official = desk.principal(Role.OFFICIAL, layers=frozenset({"water"}))
    for who, keys_shown in ((official, {"night_flow", "acknowledgement"}), (desk.principal(Role.AGENT), None)):
        token = current_principal.set(who)
        try:
            if keys_shown is None:
                with pytest.raises(Forbidden):
                    officials.figures(h)
            else:
                assert {figure.key for figure in officials.figures(h)} == keys_shown
        finally:
            current_principal.reset(token)
