"""Rules that a chief suspends at once, for a time."""

from pathlib import Path

from alembic import op

revision = "0030"
down_revision = "0029"

SQL = Path(__file__).parents[2] / "sql" / "0030_rule_suspensions.sql"


def upgrade() -> None:
    """Creates the table."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
