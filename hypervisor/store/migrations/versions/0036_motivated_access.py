"""Access to the past by motive."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"

SQL = Path(__file__).parents[2] / "sql" / "0036_motivated_access.sql"


def upgrade() -> None:
    """Creates the table."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
