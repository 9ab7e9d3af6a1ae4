"""One transaction of the application's role, bound to one tenant; and the pools behind it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from hypervisor import tracing
from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.i18n import N_, _
from hypervisor.store import driver

DOWN = N_("PostgreSQL ne répond pas : rien n’a été enregistré. Réessayez quand le bandeau aura disparu.")
UNREADABLE = N_("Une valeur de la demande ne peut être ni cherchée ni enregistrée : rien n’a changé. Corrigez-la.")


@dataclass(frozen=True)
class UnitOfWork:
    """A transaction in one tenant. `connection` is for `store/` alone; operations hand the unit of work to its functions."""

    connection: Connection
    tenant: int

    def cursor(self) -> psycopg.Cursor:
        """A cursor of the driver's own in this transaction, for what the worker's functions do too. Close it, or use it in a `with`."""
        return self._driver.cursor()

    def later(self, statement: str, parameters: Mapping[str, Any]) -> None:
        """Says a statement, written as for `text`, with the next one or the commit: nobody awaits its answer, and its error is raised there."""
        self._driver.later(_as_the_driver_writes(statement), parameters)

    @property
    def _driver(self) -> driver.Connection:
        connection = self.connection.connection.driver_connection
        assert isinstance(connection, driver.Connection)
        return connection


@lru_cache(maxsize=256)
def _as_the_driver_writes(statement: str) -> str:
    return str(text(statement).compile(dialect=PGDialect_psycopg()))  # type: ignore[no-untyped-call]


class Database:
    """The application's pool of connections. Built once by bootstrap; `close` ends it."""

    def __init__(self, app_url: str, pool_size: int = 8) -> None:
        self._engine: Engine = create_engine(
            app_url,
            pool_size=pool_size,
            max_overflow=8,
            pool_timeout=5,
            isolation_level="AUTOCOMMIT",  # The driver begins nothing by itself: `_begun` does, in the round trip that names the tenant.
            connect_args={
                "connect_timeout": 3,
                "application_name": "vigie",
                "options": "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000 -c timezone=UTC",
            },
        )
        event.listen(self._engine, "do_connect", lambda _dialect, _record, words, named: driver.Connection.connect(*words, **named))

    @contextmanager
    def unit_of_work(self, tenant: int | None) -> Iterator[UnitOfWork]:
        """Commits at the end of the block, rolls back on any error. tenant None sees no row of any tenant.

        Raises Unavailable when the database cannot be reached, goes away or leaves no connection free, InvalidRequest when it cannot read a value.
        """
        try:
            with tracing.span("transaction"), self._begun(tenant) as connection:
                yield UnitOfWork(connection, -1 if tenant is None else tenant)
                connection.commit()
        except (OperationalError, PoolExhausted, psycopg.OperationalError) as error:
            raise Unavailable(_(DOWN)) from error
        except (DataError, psycopg.DataError) as error:
            # A null character, a number too large: what the caller gave, which no check of ours had seen.
            raise InvalidRequest(_(UNREADABLE)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable(_(DOWN)) from error
            raise

    def _begun(self, tenant: int | None) -> Connection:
        """A connection in a transaction of that tenant. One that died in the pool is found by this first statement, which loses nothing: a new one takes its place."""
        opening = f"BEGIN; SELECT set_config('app.tenant', '{'' if tenant is None else int(tenant)}', true)"
        for may_try_again in (True, False):
            connection = self._engine.connect()
            try:
                connection.exec_driver_sql(opening, execution_options={"no_parameters": True})
                break
            except DBAPIError as error:
                connection.close()
                if not (may_try_again and error.connection_invalidated):
                    raise
        return connection

    def close(self) -> None:
        """Gives every connection back."""
        self._engine.dispose()
