"""The posture of the territory, its history, and exercises."""

from pathlib import Path

from alembic import op

revision = "0033"
down_revision = "0032"

SQL = Path(__file__).parents[2] / "sql" / "0033_posture.sql"


def upgrade() -> None:
    """Creates the tables; the logbook tells what was written in an exercise."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
