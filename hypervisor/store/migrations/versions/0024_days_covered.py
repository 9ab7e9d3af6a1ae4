"""The index by asset of a closed day holds whole values."""

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"

SQL = Path(__file__).parents[2] / "sql" / "0024_days_covered.sql"


def upgrade() -> None:
    """Replaces the function that indexes a day."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
