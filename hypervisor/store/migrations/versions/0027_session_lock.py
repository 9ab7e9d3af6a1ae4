"""Sessions may be locked."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"

SQL = Path(__file__).parents[2] / "sql" / "0027_session_lock.sql"


def upgrade() -> None:
    """Adds the lock, and gives it with the session."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
