"""Whether PostgreSQL answers the application's role: one connection of its own, so that a busy pool is not taken for a dead database."""

import psycopg

CONNECT_S = 2
ANSWER_MS = 1000


class Vital:
    """Asks `SELECT 1`. Blocking, and without a bound when the server is frozen: call it in a thread and judge by the age of its last success."""

    def __init__(self, app_url: str) -> None:
        self._url = app_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._connection: psycopg.Connection | None = None

    def answers(self) -> bool:
        """True when the database answered; the connection is made again next time when it did not."""
        try:
            if self._connection is None:
                options = f"-c statement_timeout={ANSWER_MS}"
                self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=CONNECT_S, application_name="vigie-vital", options=options)
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Gives the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
