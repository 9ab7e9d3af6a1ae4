"""The driver's connection, where a statement whose answer nobody awaits leaves with the next one.

On a busy machine a round trip costs more than the statement: client and server each wait for a processor. What is said `later` goes out in one pipeline with the statement
that follows, or with the commit, in the order in which it was said. What is said last before a commit also holds its locks for a round trip less.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import pq

Parameters = Mapping[str, Any] | Sequence[Any]


class Cursor(psycopg.Cursor[Any]):
    """A cursor whose statements take along those that wait."""

    connection: "Connection"

    def execute(self, *arguments: Any, **options: Any) -> "Cursor":
        """As the driver's. An error of a statement that waited is raised here."""
        with self.connection.along():
            return super().execute(*arguments, **options)

    def executemany(self, *arguments: Any, **options: Any) -> None:
        """As the driver's, with the same care."""
        with self.connection.along():
            super().executemany(*arguments, **options)

    @contextmanager
    def copy(self, *arguments: Any, **options: Any) -> Iterator[psycopg.Copy]:
        """As the driver's, once what waits is done: COPY goes in no pipeline."""
        self.connection.say()
        with super().copy(*arguments, **options) as copy:
            yield copy


def later(cursor: psycopg.Cursor, statement: str, parameters: Parameters | None = None) -> None:
    """Says a statement with the next one of the cursor's transaction, or with its commit."""
    assert isinstance(cursor.connection, Connection)
    cursor.connection.later(statement, parameters)


class Connection(psycopg.Connection[Any]):
    """See the module. Not for several threads."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = Cursor
        self._waiting: list[tuple[str, Parameters | None]] = []

    def later(self, statement: str, parameters: Parameters | None) -> None:
        """Keeps a statement, in the driver's own writing of parameters, for the next round trip of this transaction; outside of one, says it at once."""
        self._waiting.append((statement, parameters))
        if self.info.transaction_status is pq.TransactionStatus.IDLE:
            self.say()

    @contextmanager
    def along(self) -> Iterator[None]:
        """Sends what waits with what the block says, in one round trip."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            yield
            return
        with self.pipeline():
            for statement, parameters in waiting:
                psycopg.Cursor(self).execute(statement, parameters)
            yield

    def say(self) -> None:
        """Says what waits now."""
        with self.along():
            pass

    @contextmanager
    def begun(self, *, is_trial: bool = False) -> Iterator[None]:
        """A transaction of a connection in autocommit: committed at the end of the block, with what waits; taken back on any error, or always when it is a trial."""
        if self.info.transaction_status is not pq.TransactionStatus.IDLE:
            raise RuntimeError("a transaction within a transaction would end the outer one")
        self.execute("BEGIN")
        try:
            yield
            if is_trial:
                self.say()
                self.rollback()
            else:
                self.commit()
        except BaseException:
            self._give_up()
            raise

    @contextmanager
    def transaction(self, *arguments: Any, **options: Any) -> Iterator[psycopg.Transaction]:
        """As the driver's; what waits is said before its end."""
        with super().transaction(*arguments, **options) as transaction:
            yield transaction
            self.say()

    def commit(self) -> None:
        """As the driver's. What waited and is refused, or cannot even be written for the server, ends the transaction: the caller's pool believes it ended."""
        if not self._waiting:
            super().commit()
            return
        try:
            with self.along():
                psycopg.Cursor(self).execute("COMMIT")
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        """Takes the transaction back; a connection that cannot is closed, and what it failed of is told by the error that comes first."""
        try:
            self.rollback()
        except psycopg.Error:
            self.close()

    def rollback(self) -> None:
        """As the driver's; what waits is never said."""
        self._waiting.clear()
        super().rollback()
