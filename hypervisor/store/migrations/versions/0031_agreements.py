"""Targets set by services, and the history of what they agree."""

from pathlib import Path

from alembic import op

revision = "0031"
down_revision = "0030"

SQL = Path(__file__).parents[2] / "sql" / "0031_agreements.sql"


def upgrade() -> None:
    """Adds the tables."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
