"""Counters of open alarms, kept in the transaction that changes them."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"

SQL = Path(__file__).parents[2] / "sql" / "0022_alarm_tally.sql"


def upgrade() -> None:
    """Adds the counters and fills them."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
