"""Sessions may be locked."""

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"

SQL = Path(__file__).parents[2] / "sql" / "0028_session_lock.sql"


def upgrade() -> None:
    """Adds the lock, and gives it with the session."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
