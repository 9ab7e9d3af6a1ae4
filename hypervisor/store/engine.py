"""The connection of a process that writes in bulk (role vigie_worker): one, kept, opened again after a failure.

A worker's connection also holds its shard's advisory lock. The lock dies with the connection, and every transaction goes through the same
one: what is committed was committed by the only worker of the shard.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from hypervisor.errors import Unavailable, VigieError
from hypervisor.i18n import N_, _
from hypervisor.store import driver

DOWN = N_("PostgreSQL ne répond pas : rien n’est écrit, et ce qui a été accepté attend dans le flux. Rien n’est à refaire.")
Cursor = psycopg.Cursor
LOCK_CLASS = 0x5649  # "VI": first half of our advisory locks' keys.
RELAY_LOCK, JOBS_LOCK, CLOSING_LOCK, DELIVERY_LOCK, FIRST_SHARD_LOCK = 1, 2, 3, 4, 1000
INDICATORS_LOCK, PAST_LOCK = 20, 21
OPTIONS = "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"


class LockTaken(Unavailable):
    """Another process holds the lock: this one stands by."""


class ShardingChanges(Unavailable):
    """The stream is not yet in the number of shards that this worker was told."""


class ContentRefused(VigieError):
    """PostgreSQL is there and refuses what it was given: trying again would not help."""


class Engine:
    """See the module. lock: number of the advisory lock to hold, None for none. Not for several threads."""

    def __init__(self, url: str, name: str, lock: int | None = None) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._name = name
        self._lock = lock
        self._connection: driver.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether a connection is held, and with it what was asked of it (LISTEN)."""
        return self._connection is not None and not self._connection.closed

    def connection(self) -> driver.Connection:
        """The open connection, in autocommit. Raises Unavailable, or LockTaken."""
        if self._connection is None or self._connection.closed:
            with self._failing():
                self._connection = driver.Connection.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=3,
                    application_name=self._name,
                    options=OPTIONS,
                    keepalives=1,
                    keepalives_idle=10,
                    keepalives_interval=5,
                    keepalives_count=3,
                    tcp_user_timeout=25_000,  # Keepalives say nothing of a question already sent: without this, a lost network holds it for 15 min.
                )
                self._take_lock(self._connection)
        return self._connection

    @contextmanager
    def transaction(self, *, is_trial: bool = False) -> Iterator[psycopg.Cursor]:
        """Commits at the end of the block. Raises Unavailable when PostgreSQL is away; whether it committed is then unknown: the ledger tells.

        is_trial: takes everything back at the end instead.
        """
        connection = self.connection()
        with self._failing(), connection.begun(is_trial=is_trial), connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def reading(self) -> Iterator[psycopg.Cursor]:
        """A cursor outside any transaction. Raises Unavailable."""
        connection = self.connection()
        with self._failing(), connection.cursor() as cursor:
            yield cursor

    def close(self) -> None:
        """Gives the connection, and the lock, back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _take_lock(self, connection: driver.Connection) -> None:
        if self._lock is None:
            return
        taken = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_CLASS, self._lock)).fetchone()
        if not taken or not taken[0]:
            self.close()
            raise LockTaken(f"another process holds the lock {self._lock} of {self._name}: this one stands by")

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            # Deadlocks, timeouts and a server that goes away are all cured by the same means: a new connection and the same work again.
            self.close()
            raise Unavailable(_(DOWN)) from error
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise ContentRefused(f"PostgreSQL refuses the content: {error}") from error
