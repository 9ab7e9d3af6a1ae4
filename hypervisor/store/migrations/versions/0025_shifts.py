"""Posts: stations, teams, shifts, instructions and handovers."""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0024"

SQL = Path(__file__).parents[2] / "sql" / "0025_shifts.sql"


def upgrade() -> None:
    """Adds the tables, their policies and grants."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
