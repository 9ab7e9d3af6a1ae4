"""The index by asset of a closed day holds whole values."""

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"

SQL = Path(__file__).parents[2] / "sql" / "0026_days_covered.sql"


def upgrade() -> None:
    """Replaces the function that indexes a day."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
