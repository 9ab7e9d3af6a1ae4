"""One transaction of a person's act: all of it or nothing, of one tenant, on a connection that may have died while nobody used it."""

from collections.abc import Iterator

import psycopg
import pytest

from hypervisor.domain.operator import Role
from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms
from hypervisor.store import Database, UnitOfWork, outbox
from tests.integration import desk
from tests.integration.desk import NOW, principal

TENANT = "SELECT current_setting('app.tenant', true)"


@pytest.fixture(scope="module", autouse=True)
def an_asset(h, database_urls: DatabaseUrls) -> None:
    desk.add_asset(database_urls, 1, lon=5.04, lat=47.32)


@pytest.fixture
def database(database_urls: DatabaseUrls) -> Iterator[Database]:
    made = Database(database_urls.app, pool_size=1)
    yield made
    made.close()


@pytest.fixture
def owner(database_urls: DatabaseUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_urls.owner.replace("+psycopg", "", 1), autocommit=True) as connection:
        yield connection


def said(uow: UnitOfWork, statement: str) -> object:
    return uow.connection.exec_driver_sql(statement).scalar_one()


def kill(owner: psycopg.Connection, pid: object) -> None:
    owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def test_an_error_takes_everything_back_and_leaves_the_connection_outside_any_transaction(database: Database, owner: psycopg.Connection):
    with pytest.raises(RuntimeError), database.unit_of_work(1) as uow:
        pid = said(uow, "SELECT pg_backend_pid()")
        uow.connection.exec_driver_sql("CREATE TEMPORARY TABLE seen AS SELECT 1 AS one")
        raise RuntimeError
    assert owner.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone() == ("idle",)
    with database.unit_of_work(1) as uow:
        assert said(uow, "SELECT pg_backend_pid()") == pid
        assert said(uow, "SELECT count(*) FROM pg_class WHERE relname = 'seen'") == 0


def test_a_tenant_lasts_for_its_unit_alone(database: Database):
    with database.unit_of_work(1) as uow:
        assert said(uow, TENANT) == "1" and said(uow, "SELECT count(*) FROM asset") == 1
    with database.unit_of_work(None) as uow:
        assert said(uow, TENANT) == "" and said(uow, "SELECT count(*) FROM asset") == 0


def test_a_connection_that_died_in_the_pool_is_replaced_and_nobody_sees_it(database: Database, owner: psycopg.Connection):
    with database.unit_of_work(1) as uow:
        pid = said(uow, "SELECT pg_backend_pid()")
    kill(owner, pid)
    with database.unit_of_work(1) as uow:
        assert said(uow, "SELECT pg_backend_pid()") != pid


def test_a_connection_that_dies_during_the_act_is_said_and_nothing_is_written(database: Database, owner: psycopg.Connection):
    with pytest.raises(Unavailable), database.unit_of_work(1) as uow:
        uow.connection.exec_driver_sql("SELECT set_config('app.tenant', '1', true)")
        kill(owner, said(uow, "SELECT pg_backend_pid()"))
        said(uow, "SELECT 1")
    with database.unit_of_work(1) as uow:
        assert said(uow, "SELECT 1") == 1


def test_a_value_that_postgresql_cannot_read_is_the_caller_s(database: Database):
    with pytest.raises(InvalidRequest), database.unit_of_work(1) as uow:
        said(uow, "SELECT cast('9999999999999' AS int)")


def test_an_act_leaves_one_fact_with_the_shape_that_it_answers_and_wakes_the_relay(database: Database, database_urls: DatabaseUrls, owner: psycopg.Connection):
    alarm_id = desk.add_alarm(database_urls, 1)
    owner.execute("LISTEN vigie_outbox")
    with database.unit_of_work(1) as uow:
        shape = alarms.acknowledge(uow, alarm_id, principal(Role.OPERATOR, "operateur"), NOW)
    assert shape["id"] == alarm_id and shape["acknowledged"]
    told = owner.execute("SELECT body FROM outbox WHERE kind = 'alarm' AND body->>'id' = %s", (str(alarm_id),)).fetchall()
    assert told == [(shape,)]
    assert len(list(owner.notifies(timeout=5, stop_after=1))) == 1


def test_nothing_changed_is_no_fact(database: Database):
    with database.unit_of_work(1) as uow:
        assert outbox.changed(uow, "alarm", [], NOW) == {}
