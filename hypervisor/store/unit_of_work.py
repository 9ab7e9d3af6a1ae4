"""One transaction of the application's role, bound to one tenant; and the pools behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from hypervisor import tracing
from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.i18n import N_, _

DOWN = N_("PostgreSQL ne répond pas : rien n’a été enregistré. Réessayez quand le bandeau aura disparu.")
UNREADABLE = N_("Une valeur de la demande ne peut être ni cherchée ni enregistrée : rien n’a changé. Corrigez-la.")


@dataclass(frozen=True)
class UnitOfWork:
    """A transaction in one tenant. `connection` is for `store/` alone; operations hand the unit of work to its functions."""

    connection: Connection
    tenant: int

    def cursor(self) -> psycopg.Cursor:
        """A cursor of the driver's own in this transaction, for what the worker's functions do too. Close it, or use it in a `with`."""
        driver = self.connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        return driver.cursor()


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
