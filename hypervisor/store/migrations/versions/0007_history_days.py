"""Closed days: hourly roll-up, index by asset, and what the lake holds."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"

SQL = Path(__file__).parents[2] / "sql" / "history_days.sql"


def upgrade() -> None:
    """Creates the two tables, and teaches the partitions' functions about them."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
