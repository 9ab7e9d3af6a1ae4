"""Statements whose answer nobody awaits: said in order with what follows, never after an error, and heard as an error by what took them along."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import Database, driver
from hypervisor.store.engine import ContentRefused, Engine

MAKE = "CREATE TEMPORARY TABLE said (n int PRIMARY KEY)"
ADD = "INSERT INTO said VALUES (%s)"
ALL = "SELECT array_agg(n ORDER BY ctid) FROM said"


@pytest.fixture
def engine(database_urls: DatabaseUrls) -> Iterator[Engine]:
    made = Engine(database_urls.worker, "test")
    made.connection().execute(MAKE)
    yield made
    made.close()


def all_of(engine: Engine) -> list[int] | None:
    row = engine.connection().execute(ALL).fetchone()
    return row and row[0]


def trips(connection: driver.Connection, log: Path) -> int:
    """How often the server said that it was ready, in what was traced so far."""
    connection.pgconn.untrace()
    return log.read_text().count("ReadyForQuery")


def test_what_is_said_later_comes_before_what_follows_it(engine: Engine):
    with engine.transaction() as cursor:
        driver.later(cursor, ADD, (1,))
        driver.later(cursor, ADD, (2,))
        assert cursor.execute(ALL).fetchone() == ([1, 2],)
        driver.later(cursor, ADD, (3,))
        cursor.executemany(ADD, [(4,), (5,)])
        driver.later(cursor, ADD, (6,))
        with cursor.copy("COPY said FROM STDIN") as copy:
            copy.write_row((7,))
        driver.later(cursor, ADD, (8,))
    assert all_of(engine) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_it_leaves_in_the_round_trip_of_what_follows_and_of_the_commit(engine: Engine, tmp_path: Path):
    connection, log = engine.connection(), tmp_path / "trace"
    with log.open("w") as file:
        connection.pgconn.trace(file.fileno())
        with engine.transaction() as cursor:
            driver.later(cursor, ADD, (1,))
            driver.later(cursor, ADD, (2,))
            cursor.execute("SELECT 1")
            driver.later(cursor, ADD, (3,))
        # BEGIN, the question with two lines, the commit with one.
        assert trips(connection, log) == 3
    assert all_of(engine) == [1, 2, 3]


def test_an_error_before_the_commit_takes_back_what_waits(engine: Engine):
    with pytest.raises(RuntimeError), engine.transaction() as cursor:
        cursor.execute(ADD, (1,))
        driver.later(cursor, ADD, (2,))
        raise RuntimeError
    with engine.transaction() as cursor:
        driver.later(cursor, ADD, (3,))
    assert all_of(engine) == [3]


def test_what_the_database_refuses_is_heard_by_what_follows_it_and_the_connection_goes_on(engine: Engine):
    with pytest.raises(ContentRefused), engine.transaction() as cursor:
        driver.later(cursor, ADD, (1,))
        driver.later(cursor, ADD, (1,))
        cursor.execute("SELECT 1")
    with engine.transaction() as cursor:
        driver.later(cursor, ADD, (2,))
    assert all_of(engine) == [2]


def test_what_the_database_refuses_at_the_commit_is_not_committed(engine: Engine):
    with pytest.raises(ContentRefused), engine.transaction() as cursor:
        cursor.execute(ADD, (1,))
        driver.later(cursor, ADD, (1,))
    with engine.transaction() as cursor:
        driver.later(cursor, ADD, (2,))
    assert all_of(engine) == [2]


def test_a_trial_hears_what_would_be_refused_and_keeps_nothing(engine: Engine):
    with pytest.raises(ContentRefused), engine.transaction(is_trial=True) as cursor:
        driver.later(cursor, ADD, ("one",))
    with engine.transaction(is_trial=True) as cursor:
        driver.later(cursor, ADD, (1,))
    assert all_of(engine) is None


def test_outside_a_transaction_it_is_said_at_once(engine: Engine):
    with engine.reading() as cursor:
        driver.later(cursor, ADD, (1,))
    with psycopg.Cursor(engine.connection()) as plain:
        assert plain.execute(ALL).fetchone() == ([1],)


def test_a_transaction_within_another_is_refused_for_it_would_end_it(engine: Engine):
    with pytest.raises(RuntimeError, match="would end the outer one"), engine.transaction() as cursor:
        cursor.execute(ADD, (1,))
        with engine.transaction():
            pass
    assert all_of(engine) is None


def test_an_act_says_its_statements_in_order_and_forgets_them_when_it_fails(database_urls: DatabaseUrls):
    database = Database(database_urls.app, pool_size=1)
    with database.unit_of_work(1) as uow:
        uow.connection.exec_driver_sql("CREATE TEMPORARY TABLE said (n int PRIMARY KEY)")
        uow.later("INSERT INTO said VALUES (:n)", {"n": 1})
        with uow.cursor() as cursor:
            assert cursor.execute(ALL).fetchone() == ([1],)
        uow.later("INSERT INTO said VALUES (:n)", {"n": 2})
    with pytest.raises(RuntimeError), database.unit_of_work(1) as uow:
        uow.later("INSERT INTO said VALUES (:n)", {"n": 3})
        raise RuntimeError
    with pytest.raises(InvalidRequest), database.unit_of_work(1) as uow:
        uow.later("INSERT INTO said VALUES (:n)", {"n": "four"})
    with database.unit_of_work(1) as uow:
        assert uow.connection.exec_driver_sql(ALL).scalar_one() == [1, 2]
    database.close()


def test_what_cannot_be_written_for_the_server_takes_its_act_back_and_leaves_nothing_to_the_next(database_urls: DatabaseUrls):
    database = Database(database_urls.app, pool_size=1)
    with database.unit_of_work(1) as uow:
        uow.connection.exec_driver_sql("CREATE TEMPORARY TABLE noted (words text)")
    with pytest.raises(UnicodeEncodeError), database.unit_of_work(1) as uow:
        uow.connection.exec_driver_sql("INSERT INTO noted VALUES ('kept by mistake')")
        uow.later("INSERT INTO noted VALUES (:words)", {"words": "\ud800"})
    with database.unit_of_work(1) as uow:
        uow.later("INSERT INTO noted VALUES (:words)", {"words": "next"})
    with database.unit_of_work(1) as uow:
        assert uow.connection.exec_driver_sql("SELECT array_agg(words) FROM noted").scalar_one() == ["next"]
    database.close()


def test_a_transaction_of_the_driver_s_own_says_what_waits_before_it_ends(engine: Engine):
    connection = engine.connection()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(ADD, (1,))
        driver.later(cursor, ADD, (2,))
    assert all_of(engine) == [1, 2]


def test_the_error_of_a_block_is_told_though_its_connection_has_died(engine: Engine):
    with pytest.raises(LookupError), engine.transaction() as cursor:
        cursor.execute(ADD, (1,))
        engine.connection().pgconn.finish()
        raise LookupError
    with engine.transaction() as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_goes_away_before_the_commit_is_said_so_and_nothing_is_kept(database_urls: DatabaseUrls):
    plain = database_urls.owner.replace("+psycopg", "", 1)
    database, engine = Database(database_urls.app, pool_size=1), Engine(database_urls.worker, "test")
    with psycopg.connect(plain, autocommit=True) as owner:
        owner.execute("CREATE TABLE kept (n int)")
        owner.execute("GRANT SELECT, INSERT ON kept TO vigie_app, vigie_worker")
        kill = "SELECT pg_terminate_backend(%s, 5000)"
        with pytest.raises(Unavailable), database.unit_of_work(1) as uow:
            pid = uow.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            uow.later("INSERT INTO kept VALUES (:n)", {"n": 1})
            owner.execute(kill, (pid,))
        with pytest.raises(Unavailable), engine.transaction() as cursor:
            row = cursor.execute("SELECT pg_backend_pid()").fetchone()
            driver.later(cursor, "INSERT INTO kept VALUES (%s)", (2,))
            owner.execute(kill, row)
        with database.unit_of_work(1) as uow:
            uow.later("INSERT INTO kept VALUES (:n)", {"n": 3})
        with engine.transaction() as cursor:
            driver.later(cursor, "INSERT INTO kept VALUES (%s)", (4,))
        assert owner.execute("SELECT array_agg(n ORDER BY n) FROM kept").fetchone() == ([3, 4],)
        owner.execute("DROP TABLE kept")
    database.close()
    engine.close()
