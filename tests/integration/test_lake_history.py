"""One history over PostgreSQL and the lake: the same answers wherever the days are, bounded, and inside the tenant."""

import contextlib
import os
import signal
import threading
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from msgspec import structs

from hypervisor.errors import Forbidden, GivenUp, InvalidRequest, Unavailable
from hypervisor.lake.questions import Measuring, Question, Reach, sql
from hypervisor.lake.waiting import awaited
from hypervisor.queries.observations import local_shifts, start_of
from hypervisor.store import Database
from hypervisor.store.binary import copied, row_of
from hypervisor.store.observations import Whose
from tests.bucket import bucket
from tests.ingest_world import rows
from tests.integration import history_world as world
from tests.integration.history_world import FIRST, TENANT, at

DAY = timedelta(days=1)
SINCE, UNTIL = at(FIRST, 6.25), at(FIRST + 3 * DAY, 18.25)
"""85 hours and a quarter from one to the other … 84 of them, two values each: 27 March 06:30 to 30 March 18:00."""
VALUES_EACH = 168


@pytest.fixture(scope="module", params=["hot", "closed", "half cold", "cold", "in a bucket"])
def history(request, database_urls, databases, tmp_path_factory):
    urls, folder = databases.make(), tmp_path_factory.mktemp("lake")
    served = contextlib.ExitStack()
    if request.param == "in a bucket":
        made = served.enter_context(bucket())
        made.open()
        folder = made.url
    world.fill(urls)
    rows(urls, "INSERT INTO tenant (id, key, label) VALUES (2, 'autre', 'Autre') RETURNING id")
    world.fill(urls, tenant=2, assets=(1, 2, 9))
    clock = world.clock_at(FIRST + 4 * DAY)
    if request.param != "hot":
        world.closer(urls, folder, clock, kept={"closed": 30 * DAY, "half cold": 1 * DAY}.get(request.param, -2 * DAY)).run()
        assert [day.is_hot for day in world.known(urls) if day.tenant == 1] == {
            "closed": [True] * 4,
            "half cold": [False] * 2 + [True] * 2,
        }.get(request.param, [False] * 4)
    with served, world.reading(urls, folder) as found:
        yield found
    databases.drop(urls)


def test_the_values_of_an_asset_are_the_same_wherever_they_are(history):
    found = history.series(TENANT, Whose(property_ids=[1], asset_id=2), SINCE, UNTIL).to_pylist()
    instants = [at(FIRST, 6.5) + world.STEP * n for n in range(VALUES_EACH)]
    assert [row["observed_at_ms"] for row in found] == [int(when.timestamp() * 1000) for when in instants]
    assert [row["value"] for row in found] == [world.value(2, when) for when in instants]
    assert {row["received_at_ms"] - row["observed_at_ms"] for row in found} == {1500}


def test_a_limit_gives_the_oldest_values(history):
    found = history.series(TENANT, Whose(property_ids=[1], asset_id=2), SINCE, UNTIL, limit=100)
    assert found["observed_at_ms"].to_pylist() == [int((at(FIRST, 6.5) + world.STEP * n).timestamp() * 1000) for n in range(100)]


def test_values_are_counted_to_the_second(history):
    assert history.count(TENANT, Whose(property_ids=[1]), SINCE, UNTIL) == 3 * VALUES_EACH
    assert history.count(TENANT, Whose(property_ids=[2]), SINCE, UNTIL) == 0
    assert history.count(2, Whose(property_ids=[1], asset_id=9), SINCE, UNTIL) == VALUES_EACH


def test_hourly_means_of_every_asset(history):
    found = history.means(TENANT, Whose(property_ids=[1]), at(FIRST), at(FIRST + 4 * DAY))
    assert found.num_rows == 3 * 96 and set(found["n"].to_pylist()) == {2}
    hour = int(at(FIRST + DAY, 5).timestamp()) // 3600
    row = next(row for row in found.to_pylist() if (row["bucket"], row["asset_id"]) == (hour, 3))
    # 28 March, 05:00: two values of 3000 + 280 + 5/4.
    assert row == {"bucket": hour, "asset_id": 3, "property_id": 1, "n": 2, "mean": 3281.25, "low": 3281.25, "high": 3281.25}


def test_hours_some_days_at_a_time_are_those_of_the_whole_period(history, monkeypatch):
    monkeypatch.setattr("hypervisor.lake.history.DAYS_AT_ONCE", 2)
    pieces = list(history.hours(TENANT, Whose(property_ids=[1]), SINCE, UNTIL))
    assert len(pieces) == 2
    order = [("bucket", "ascending"), ("asset_id", "ascending")]
    assert pa.concat_tables(pieces).sort_by(order).equals(history.means(TENANT, Whose(property_ids=[1]), SINCE, UNTIL).sort_by(order))


def test_means_of_one_asset_and_of_all_together(history):
    one = history.means(TENANT, Whose(property_ids=[1], asset_id=3), at(FIRST, 5), at(FIRST, 7)).to_pylist()
    assert [(row["asset_id"], row["n"], row["mean"]) for row in one] == [(3, 2, 3271.25), (3, 2, 3271.5)]
    all_of_them = history.means(TENANT, Whose(property_ids=[1]), at(FIRST, 5), at(FIRST, 6), by_asset=False).to_pylist()
    # The mean of 1000, 2000 and 3000, and 270 + 5/4.
    assert [(row["n"], row["mean"], row["low"], row["high"]) for row in all_of_them] == [(6, 2271.25, 1271.25, 3271.25)]


def test_days_are_those_of_the_territory_when_its_clocks_change(history):
    shifts = local_shifts(at(FIRST), at(FIRST + 4 * DAY))
    found = history.means(TENANT, Whose(property_ids=[1], asset_id=1), at(FIRST), at(FIRST + 4 * DAY), 24, shifts).to_pylist()
    # Paris is UTC+1 until 29 March 01:00 UTC, UTC+2 afterwards: 27 March lacks its first hour, the 29th has 23 hours, 31 March begins on the 30th at 22:00 UTC.
    assert [(start_of("day", row["bucket"]).isoformat(), row["n"]) for row in found] == [
        ("2026-03-26T23:00:00+00:00", 46),
        ("2026-03-27T23:00:00+00:00", 48),
        ("2026-03-28T23:00:00+00:00", 46),
        ("2026-03-29T22:00:00+00:00", 48),
        ("2026-03-30T22:00:00+00:00", 4),
    ]


def test_a_perimeter_of_communes_leaves_the_others_out(database_urls, tmp_path):
    from tests.ingest_world import settle

    settle(database_urls, 4)
    world.fill(database_urls)
    clock = world.clock_at(FIRST + 4 * DAY)
    with world.reading(database_urls, tmp_path) as history:
        # Odd bins are in commune 2, even ones in commune 1.
        asked = Whose(property_ids=[1], communes=[2])

        def answers():
            # The means of many assets come in no order.
            return history.count(TENANT, asked, SINCE, UNTIL), history.means(TENANT, asked, SINCE, UNTIL).sort_by(
                [("bucket", "ascending"), ("asset_id", "ascending")]
            )

        hot = answers()
        world.closer(database_urls, tmp_path, clock).run()
        closed = answers()
        assert hot == closed and hot[0] == 2 * VALUES_EACH and set(hot[1]["asset_id"].to_pylist()) == {1, 3}


def test_a_late_value_shows_at_once_and_after_its_day_is_closed_again(own_database_urls, tmp_path):
    world.fill(own_database_urls)
    closer = world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + 4 * DAY))
    closer.run()
    with world.reading(own_database_urls, tmp_path) as history:
        asked = Whose(property_ids=[1]), SINCE, UNTIL
        assert history.count(TENANT, *asked) == 3 * VALUES_EACH
        world.add(own_database_urls, [(2, 1, at(FIRST + DAY, 3.1), 1.0)])
        assert history.count(TENANT, *asked) == 3 * VALUES_EACH + 1
        closer.run()
        assert history.count(TENANT, *asked) == 3 * VALUES_EACH + 1
        low = history.means(TENANT, Whose(property_ids=[1], asset_id=2), at(FIRST + DAY, 3), at(FIRST + DAY, 4)).to_pylist()[0]
        assert (low["n"], low["low"]) == (3, 1.0)


def test_a_question_that_postgresql_gives_up_is_answered_with_a_sentence(own_database_urls):
    database = Database(own_database_urls.app, pool_size=1)
    for question, told in (("SELECT 1 FROM pg_sleep(1)", Unavailable), ("SELECT 'x'::int", InvalidRequest)):
        with pytest.raises(told), database.unit_of_work(TENANT) as uow, uow.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', '10', true)")
            list(copied(cursor, question, {}, row_of(n="i4")))
    database.close()


def test_a_question_to_the_lake_reaches_one_tenant_only():
    reach = Reach(tenant=1, property_ids=[1])
    for file in ("/lake/tenant=2/day=2026-03-27/x.parquet", "/lake/tenant=11/day=2026-03-27/x.parquet", "s3://b/tenant=2/day=2026-03-27/x.parquet"):
        with pytest.raises(Forbidden):
            sql(Question(kind="count", files=["/lake/tenant=1/day=2026-03-27/x.parquet", file], reach=reach, since_ms=0, until_ms=1))


@pytest.fixture(scope="module")
def cold(databases, tmp_path_factory):
    urls, folder = databases.make(), tmp_path_factory.mktemp("lake")
    world.fill(urls)
    world.closer(urls, folder, world.clock_at(FIRST + 4 * DAY), kept=-2 * DAY).run()
    yield urls, folder
    databases.drop(urls)


def test_a_question_that_takes_too_long_is_killed_and_answered_with_a_sentence(cold):
    with world.reading(*cold, timeout_s=60) as history:
        asked = Whose(property_ids=[1]), SINCE, UNTIL
        assert history.count(TENANT, *asked) == 3 * VALUES_EACH
        killed = history.client.pid
        os.kill(killed, signal.SIGSTOP)
        history.client._timeout_s = 0.3
        with pytest.raises(InvalidRequest, match=r"0\.3 s de calcul"):
            history.count(TENANT, *asked)
        assert history.client.pid is None
        history.client._timeout_s = 60
        assert history.count(TENANT, *asked) == 3 * VALUES_EACH and history.client.pid not in (None, killed)


ENDLESS = Measuring(
    text="SELECT 1 AS day, 1 AS asset_id, sum(sin(a.range) * b.range) AS num, 1 AS den, 0 AS cases FROM range(1000000) a, range(1000000) b",
    first=0, last=9, hours_files=[], tables={}, watched=[], heard_by="day", reads=[],
)  # fmt: skip


def test_a_question_given_up_stops_the_calculation_and_the_process_answers_the_next(cold):
    asset = pa.BufferOutputStream()
    with pa.ipc.new_stream(asset, pa.schema([("asset_id", pa.int32()), ("commune_id", pa.int32())])) as stream:
        stream.write_table(pa.table({"asset_id": pa.array([1], pa.int32()), "commune_id": pa.array([1], pa.int32())}))
    endless = structs.replace(ENDLESS, tables={"asset": asset.getvalue().to_pybytes()})
    question = Question(kind="measure", files=[], reach=Reach(tenant=TENANT, property_ids=[1]), since_ms=0, until_ms=1, measuring=endless)
    with world.reading(*cold, timeout_s=60) as history:
        assert history.count(TENANT, Whose(property_ids=[1]), SINCE, UNTIL) == 3 * VALUES_EACH
        pid, left = history.client.pid, threading.Event()
        threading.Timer(0.3, left.set).start()
        with awaited(left), pytest.raises(GivenUp):
            history.client.ask(question)
        # Not killed: interrupted.
        assert history.client.pid == pid
        assert history.count(TENANT, Whose(property_ids=[1]), SINCE, UNTIL) == 3 * VALUES_EACH and history.client.pid == pid


def test_a_process_that_does_not_hear_that_it_is_given_up_is_killed(cold):
    with world.reading(*cold, timeout_s=60) as history:
        history.count(TENANT, Whose(property_ids=[1]), SINCE, UNTIL)
        os.kill(history.client.pid, signal.SIGSTOP)
        left = threading.Event()
        left.set()
        with awaited(left), pytest.raises(GivenUp):
            history.count(TENANT, Whose(property_ids=[1]), SINCE, UNTIL)
        assert history.client.pid is None


def test_who_waits_for_its_turn_may_give_up_too(cold):
    with world.reading(*cold, timeout_s=60) as history:
        left = threading.Event()
        left.set()
        with history.client._turn, awaited(left), pytest.raises(GivenUp):
            history.count(TENANT, Whose(property_ids=[1]), SINCE, UNTIL)


def test_a_process_that_was_killed_is_replaced_without_anyone_noticing(cold):
    with world.reading(*cold) as history:
        asked = Whose(property_ids=[1]), SINCE, UNTIL
        assert history.count(TENANT, *asked) == 3 * VALUES_EACH
        os.kill(history.client.pid, signal.SIGKILL)
        assert history.count(TENANT, *asked) == 3 * VALUES_EACH


def test_a_question_that_passes_its_memory_is_answered_with_a_sentence(cold, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    place = tmp_path / "tenant=1" / "day=2026-01-01"
    place.mkdir(parents=True)
    count = 4_000_000
    numbers = np.arange(count)
    pq.write_table(
        pa.table({"asset_id": numbers.astype("i4"), "property_id": np.ones(count, "i2"), "hour": numbers.astype("i4"), "n": np.ones(count, "i4"),
                  "total": numbers * 1.1, "low": numbers * 1.1, "high": numbers * 1.1}),
        place / "hours-x.parquet",
    )  # fmt: skip
    with world.reading(cold[0], tmp_path, memory_mb=128) as history:
        reach = Reach(tenant=1, property_ids=[1])
        with pytest.raises(InvalidRequest, match="128 Mo"):
            history.client.ask(Question(kind="means", files=[str(place / "hours-x.parquet")], reach=reach, since_ms=0, until_ms=2**52))


def test_the_process_reads_the_lake_and_nothing_else(cold, tmp_path):
    import duckdb

    from hypervisor.lake.server import connect

    secret = tmp_path / "tenant=1" / "secret.csv"
    secret.parent.mkdir()
    secret.write_text("a\n1\n")
    connection = connect(str(cold[1]), 128, 1)
    with pytest.raises(duckdb.PermissionException):
        connection.sql(f"SELECT * FROM read_csv('{secret}')")
    with pytest.raises(duckdb.InvalidInputException):
        connection.sql("SET enable_external_access = true")


def test_notebooks_get_tables_with_their_gaps_and_geometries(own_database_urls, make_settings, tmp_path, monkeypatch):
    from hypervisor import bootstrap
    from hypervisor.lake import frames
    from tests.ingest_world import LAYERS, settle

    settle(own_database_urls, 3)
    number = rows(own_database_urls, "SELECT id FROM property WHERE layer = 'essai' AND key = 'filling'")[0][0]
    world.fill(own_database_urls, count=2, prop=number)
    settings = make_settings(
        database_url=own_database_urls.owner, database_worker_url=own_database_urls.worker, database_app_url=own_database_urls.app,
        redis_url="redis://127.0.0.1:1", lake_url=str(tmp_path / "lake"), data_dir=tmp_path,
    )  # fmt: skip
    world.closer(own_database_urls, tmp_path / "lake", world.clock_at(FIRST + 2 * DAY), kept=-1 * DAY).run()
    monkeypatch.setattr("hypervisor.layers.all_layers", lambda: LAYERS)
    h = bootstrap.build(settings)
    period = at(FIRST), at(FIRST + DAY)
    frame = frames.series(h, TENANT, 2, "essai", "filling", *period)
    # A value every 30 minutes, for a property of every 10: no gap passes three periods.
    assert len(frame) == 48 and frame["value"].notna().all() and frame.index[1] == at(FIRST, 0.5)
    assert len(frames.means(h, TENANT, "essai", "filling", *period)) == 72
    shown = frames.on_map(h, TENANT, "essai", "filling", *period)
    assert shown.crs.to_epsg() == 4326 and shown["n"].tolist() == [48, 48, 48] and shown.geometry.iloc[0].x == 3.8
    assert frames.count(h, TENANT, "essai", "filling", *period) == 144
    h.close()


def test_a_start_of_bucket_is_where_its_hours_begin():
    assert start_of("hour", 493_560) == datetime.fromisoformat("2026-04-22T00:00:00+00:00")


def test_what_was_known_at_a_minute_and_what_came_after_it(history):
    # Values come at :00 and :30. At 10:10 the one of 10:00 was known; the one of 10:30 came in the twentieth minute after. Then what midnight cuts.
    for day, hour in ((FIRST, 10), (FIRST + DAY, 10), (FIRST + 3 * DAY, 0)):
        now = at(day, hour) + timedelta(minutes=10)
        now_ms = int(now.timestamp() * 1000)
        found = history.latest(TENANT, None, {1: now_ms - 3_600_000}, now_ms, 30).to_pylist()
        known = {row["asset_id"]: row for row in found if row["step"] == 0 and row["observed_at_ms"] == int(at(day, hour).timestamp() * 1000)}
        assert {asset: row["value"] for asset, row in known.items()} == {asset: world.value(asset, at(day, hour)) for asset in (1, 2, 3)}
        later = {row["asset_id"]: (row["step"], row["observed_at_ms"]) for row in found if row["step"] > 0}
        assert later == dict.fromkeys((1, 2, 3), (20, int(at(day, hour + 0.5).timestamp() * 1000)))


def test_a_value_older_than_the_look_back_is_not_known(history):
    now_ms = int(at(FIRST, 10).timestamp() * 1000) + 600_000
    assert history.latest(TENANT, None, {1: now_ms - 300_000}, now_ms, 0).num_rows == 0
    assert history.latest(TENANT, None, {2: now_ms - 3_600_000}, now_ms, 5).num_rows == 0
