"""A day that is over becomes two Parquet files, once, whole, and again when a value comes late."""

import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from hypervisor.errors import Unavailable
from hypervisor.store import days, history
from hypervisor.store.engine import Engine
from tests.ingest_world import rows
from tests.integration import history_world as world
from tests.integration.history_world import FIRST, TENANT, at
from tests.services import plain

DAY = timedelta(days=1)


def parquets(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def partitions(urls) -> list:
    with Engine(urls.worker, "test").reading() as cursor:
        return days.partitions(cursor)


def test_a_day_closes_two_hours_after_it_is_over_and_not_before(own_database_urls, tmp_path):
    world.fill(own_database_urls, count=2)
    clock = world.clock_at(FIRST + DAY, 1.9)
    closer = world.closer(own_database_urls, tmp_path, clock)
    assert closer.close_due() == []
    clock.at = at(FIRST + DAY, 2.1)
    assert closer.close_due() == [FIRST]
    assert closer.close_due() == []
    assert [(day.day, day.is_whole, day.filed.rows) for day in world.known(own_database_urls)] == [(FIRST, True, 3 * 48)]


def test_the_files_hold_the_day_sorted_by_asset_and_time_with_integer_times(own_database_urls, tmp_path):
    world.fill(own_database_urls, count=1)
    filed = world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + DAY)).close(TENANT, FIRST)
    assert filed.file.startswith(f"tenant=1/day={FIRST}/observations-") and parquets(tmp_path) == sorted([filed.file, filed.hours_file])
    raw = pq.ParquetFile(tmp_path / filed.file)
    assert raw.metadata.row_group(0).column(0).compression == "ZSTD"
    table = raw.read()
    keys = list(zip(table["asset_id"].to_pylist(), table["observed_at_ms"].to_pylist(), strict=True))
    assert keys == sorted(keys) and len(keys) == 3 * 48
    first = table.slice(0, 1).to_pylist()[0]
    midnight = int(at(FIRST).timestamp() * 1000)
    assert first == {"asset_id": 1, "property_id": 1, "observed_at_ms": midnight, "received_at_ms": midnight + 1500, "value": 1270.0, "quality": 0}
    hours = pq.read_table(tmp_path / filed.hours_file).to_pylist()
    # Asset 2 on the 27th, second hour: two values of 2000 + 270 + 1/4.
    assert hours[25] == {"asset_id": 2, "property_id": 1, "hour": midnight // 3_600_000 + 1, "n": 2, "total": 4540.5, "low": 2270.25, "high": 2270.25}
    assert len(hours) == 3 * 24
    assert rows(own_database_urls, "SELECT count(*), sum(n), sum(total) FROM observation_hour") == [(72, 144, sum(hour["total"] for hour in hours))]


def test_an_asset_is_read_from_the_index_of_a_closed_day_alone(own_database_urls, tmp_path):
    world.fill(own_database_urls, count=1, assets=range(1, 101))
    world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + DAY)).close_due()
    with psycopg.connect(plain(own_database_urls.owner), autocommit=True) as owner:
        assert owner.execute("SELECT reloptions FROM pg_class WHERE relname = 'observation_20260327'").fetchone() == (
            ["autovacuum_vacuum_insert_scale_factor=0", "autovacuum_vacuum_insert_threshold=1000"],
        )
        owner.execute("VACUUM observation_20260327")  # As it comes by itself, within a minute.
        owner.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")  # A hundred assets are not a city.
        plan = owner.execute(
            "EXPLAIN SELECT observed_at, received_at, value, quality FROM observation WHERE tenant = 1 AND asset_id = 7 AND property_id = ANY('{1}') "
            "AND observed_at >= %s AND observed_at < %s",
            (at(FIRST), at(FIRST + DAY)),
        ).fetchall()
    said = "\n".join(line for (line,) in plan)
    assert "Index Only Scan using observation_20260327_asset" in said, said


def test_closing_twice_gives_the_same_files(own_database_urls, tmp_path):
    world.fill(own_database_urls, count=1)
    closer = world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + DAY))
    assert closer.close(TENANT, FIRST) == closer.close(TENANT, FIRST)
    assert len(parquets(tmp_path)) == 2


def test_a_late_value_reopens_its_day_and_nothing_of_the_old_file_stays(own_database_urls, tmp_path):
    world.fill(own_database_urls, count=1)
    closer = world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + DAY))
    before = closer.close(TENANT, FIRST)
    world.add(own_database_urls, [(3, 1, at(FIRST, 13.25), 7.0)])
    assert [day.is_whole for day in world.known(own_database_urls)] == [False]
    assert closer.close_due() == [FIRST]
    after = world.known(own_database_urls)[0].filed
    assert (before.rows, after.rows) == (144, 145) and parquets(tmp_path) == sorted([after.file, after.hours_file])
    assert closer.close_due() == []


def test_a_value_added_while_its_day_closes_is_kept_whatever_the_moment(own_database_urls, tmp_path, monkeypatch):
    """Before, between and after the two readings of the closing: the value is in the file, or the day is not whole."""
    world.fill(own_database_urls, count=1)
    closer = world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + DAY))
    added = 0
    for name in ("begin", "index", "roll_up", "count", "finish"):
        step = getattr(days, name)

        def late(*arguments, step=step):
            nonlocal added
            added += 1
            world.add(own_database_urls, [(1, 1, at(FIRST, 20) + timedelta(seconds=added), 5.0)])
            return step(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(days, name, late)
            closer.close(TENANT, FIRST)
        day = world.known(own_database_urls)[0]
        assert not day.is_whole or day.filed.rows == 144 + added, name
        closer.close_due()
        assert world.known(own_database_urls)[0].filed.rows == 144 + added


def test_the_closing_waits_for_a_transaction_that_is_adding(own_database_urls, tmp_path):
    world.fill(own_database_urls, count=1)
    closer = world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + DAY))
    adding = Engine(own_database_urls.worker, "adding")
    with adding.transaction() as cursor:
        history.copy(cursor, TENANT, world.measured([(1, 1, 5.0, int(at(FIRST, 20).timestamp() * 1000))]))
        closing = threading.Thread(target=closer.close, args=(TENANT, FIRST))
        closing.start()
        closing.join(0.5)
        assert closing.is_alive()
    closing.join(30)
    assert world.known(own_database_urls)[0].filed.rows == 145


def test_a_lake_that_cannot_be_written_leaves_the_day_in_postgresql(own_database_urls, tmp_path):
    world.fill(own_database_urls, count=1)
    (tmp_path / "tenant=1").write_text("a file where a folder should be")
    closer = world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + 40 * DAY))
    with pytest.raises(Unavailable, match="stays in PostgreSQL"):
        closer.run()
    assert closer.drop() == [] and partitions(own_database_urls) == [FIRST]
    (tmp_path / "tenant=1").unlink()
    closer.run()
    assert partitions(own_database_urls) == [] and len(parquets(tmp_path)) == 2


@pytest.mark.timeout(60)
def test_a_lake_that_fills_while_a_day_is_read_leaves_it_in_postgresql_and_the_connection_goes_on(own_database_urls, tmp_path, monkeypatch):
    world.fill(own_database_urls, count=1)
    closer = world.closer(own_database_urls, tmp_path, world.clock_at(FIRST + 40 * DAY))

    def full(_place, _tenant, _day, raw, _hours):
        next(iter(raw))
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("hypervisor.lake.closing.files.write", full)
        with pytest.raises(Unavailable, match="No space left"):
            closer.run()
    assert partitions(own_database_urls) == [FIRST]
    closer.run()
    assert partitions(own_database_urls) == [] and len(parquets(tmp_path)) == 2


def test_days_past_their_retention_leave_postgresql_once_the_lake_has_them_then_the_lake(own_database_urls, tmp_path):
    world.fill(own_database_urls, count=4)
    clock = world.clock_at(FIRST + 5 * DAY)
    closer = world.closer(own_database_urls, tmp_path, clock, kept=2 * DAY, kept_in_lake=10 * DAY)
    assert closer.drop() == []
    closer.run()
    # On 1 April two days are kept, 30 and 31 March, and one more for values that come at the limit.
    assert partitions(own_database_urls) == [FIRST + 2 * DAY, FIRST + 3 * DAY]
    assert [day.is_hot for day in world.known(own_database_urls)] == [False, False, True, True]
    assert rows(own_database_urls, "SELECT count(*) FROM observation_hour") == [(2 * 72,)]
    clock.at = at(FIRST + 12 * DAY, 12)
    closer.run()
    assert [day.day for day in world.known(own_database_urls)] == [FIRST + DAY, FIRST + 2 * DAY, FIRST + 3 * DAY]
    assert {path.parent.name for path in tmp_path.rglob("*.parquet")} == {f"day={FIRST + n * DAY}" for n in (1, 2, 3)}


def test_a_layer_with_a_shorter_retention_leaves_postgresql_and_the_lake(own_database_urls, tmp_path):
    with world.psycopg.connect(world.plain(own_database_urls.owner), autocommit=True) as owner:
        owner.execute("INSERT INTO property (id, layer, key) VALUES (901, 'brief', 'x'), (902, 'long', 'y')")
    world.fill(own_database_urls, count=4, prop=901)
    world.fill(own_database_urls, count=4, prop=902)
    clock = world.clock_at(FIRST + 4 * DAY)
    world.closer(own_database_urls, tmp_path, clock, kept=2 * DAY).run()
    assert len(partitions(own_database_urls)) == 3
    clock.at = at(FIRST + 5 * DAY, 12)
    world.closer(own_database_urls, tmp_path, clock, kept=2 * DAY, short={"brief": 2}).run()
    kept = {day.day: pq.read_table(tmp_path / day.filed.file)["property_id"].unique().to_pylist() for day in world.known(own_database_urls)}
    assert kept == {FIRST: [902], FIRST + DAY: [902], FIRST + 2 * DAY: [901, 902], FIRST + 3 * DAY: [901, 902]}
    assert rows(own_database_urls, "SELECT DISTINCT observed_at::date, property_id FROM observation ORDER BY 1, 2") == [
        (FIRST + n * DAY, prop) for n in (2, 3) for prop in (901, 902)
    ]
